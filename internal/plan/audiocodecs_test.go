package plan

import (
	"maps"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// TestAudioEncoders settles an encoder of each codec at its limits.
func TestAudioEncoders(t *testing.T) {
	t.Parallel()
	preset := func(codec transcode.AudioCodec, rate media.BitRate, profile string, depth int) transcode.AudioSpec {
		return transcode.AudioSpec{Codec: codec, BitRate: rate, Profile: profile, BitDepth: depth}
	}
	fromSource := func(channels, sampleRate int, container transcode.Container) audioScene {
		return audioScene{container: container, asked: -1, available: channels, sampleRate: sampleRate}
	}
	for _, c := range []struct {
		name  string
		spec  transcode.AudioSpec
		scene audioScene
		form  string // the filter before the encoder
		args  string
	}{
		{"mp3 takes two channels and the rates of MPEG-2.5", preset(transcode.MP3Audio, 320, "", 0),
			fromSource(6, 8000, transcode.MP3), "fltp stereo", "libmp3lame -b:a 64k -ar 8000"},
		{"mp3 in mp4 begins at 16 kHz", preset(transcode.MP3Audio, 100, "", 0),
			fromSource(1, 8000, transcode.MP4), "fltp mono", "libmp3lame -b:a 96k -ar 16000"},
		{"mp3 in flv has three rates", preset(transcode.MP3Audio, 0, "", 0),
			fromSource(2, 48000, transcode.FLV), "fltp stereo", "libmp3lame -b:a 128k -ar 44100"},
		{"mp2 of one channel", preset(transcode.MP2Audio, 320, "", 0),
			fromSource(1, 96000, transcode.MP2), "s16 mono", "mp2 -b:a 192k -ar 48000"},
		{"mp2 of two channels", preset(transcode.MP2Audio, 32, "", 0),
			fromSource(2, 32000, transcode.MPG), "s16 stereo", "mp2 -b:a 64k -ar 32000"},
		{"vorbis in four corners", preset(transcode.Vorbis, 16, "", 0),
			fromSource(4, 44100, transcode.OGG), "fltp quad", "libvorbis -b:a 128k -ar 44100"},
		{"vorbis beyond bit rates", preset(transcode.Vorbis, 0, "", 0),
			fromSource(2, 96000, transcode.OGG), "fltp stereo", "libvorbis -q:a 4 -ar 96000"},
		{"flac of 16 bits", preset(transcode.FLACAudio, 0, "", 16),
			fromSource(9, 44100, transcode.FLAC), "s16 7.1", "flac -ar 44100"},
		{"flac of 24 bits", preset(transcode.FLACAudio, 0, "", 24),
			fromSource(2, 400000, transcode.FLAC), "s32 stereo", "flac -bits_per_raw_sample:a 24 -ar 192000"},
		{"pcm of 8 bits", preset(transcode.PCM, 0, "", 8),
			fromSource(2, 44100, transcode.WAV), "u8 stereo", "pcm_u8 -ar 44100"},
		{"pcm in mxf", preset(transcode.PCM, 0, "", 24),
			fromSource(2, 44100, transcode.MXF), "s32 stereo", "pcm_s24le -ar 48000"},
		{"AAC-LC of four channels has one at the back", preset(transcode.AAC, 0, AACLC, 0),
			fromSource(4, 44100, transcode.MP4), "fltp 4.0", "aac -profile:a aac_low -b:a 256k -ar 44100"},
		{"AAC-LC has no layout of seven", preset(transcode.AAC, 320, AACLC, 0),
			fromSource(7, 8000, transcode.MP4), "fltp 7.1", "aac -profile:a aac_low -b:a 320k -ar 8000"},
		{"AAC-LC holds so many bits", preset(transcode.AAC, 320, AACLC, 0),
			fromSource(1, 8000, transcode.MP4), "fltp mono", "aac -profile:a aac_low -b:a 48k -ar 8000"},
	} {
		c.scene.caps = testCaps
		encoder, warning, failure := newAudioEncoder(c.spec, c.scene)
		if failure != nil || warning != "" {
			t.Errorf("%s: %v, %q", c.name, failure, warning)
			continue
		}
		form := encoder.form()
		if got := form.samples + " " + form.layout; got != c.form {
			t.Errorf("%s: the form %q, want %q", c.name, got, c.form)
		}
		if got, want := strings.Join(encoder.args(), " "), "-c:a "+c.args; got != want {
			t.Errorf("%s: %q, want %q", c.name, got, want)
		}
	}
}

// TestHighEfficiency chooses the profile and the encoder by what is installed.
func TestHighEfficiency(t *testing.T) {
	t.Parallel()
	library, program := testCaps, testCaps
	library.Encoders = maps.Clone(testCaps.Encoders)
	library.Encoders["libfdk_aac"] = true
	program.FDKAAC = "/usr/bin/fdkaac"
	for _, c := range []struct {
		name     string
		profile  string
		rate     media.BitRate
		channels int
		caps     media.Caps
		fallback bool
		args     string // "" for a failure
		warned   bool
	}{
		{"the library", heAAC, 64, 2, library, false, "libfdk_aac -profile:a aac_he -b:a 64k -ar 48000", false},
		{"the program", heAAC, 64, 2, program, false, "copy -bsf:a aac_adtstoasc", false},
		{"parametric stereo", heAACv2, 0, 2, library, false, "libfdk_aac -profile:a aac_he_v2 -b:a 64k -ar 48000",
			false},
		{"one channel has no parametric stereo", heAACv2, 0, 1, library, false,
			"libfdk_aac -profile:a aac_he -b:a 64k -ar 48000", false},
		{"neither", heAAC, 64, 2, testCaps, false, "", false},
		{"neither, and AAC-LC will do", heAAC, 64, 2, testCaps, true, "aac -profile:a aac_low -b:a 64k -ar 48000",
			true},
		{"automatic, low", autoProfile, 47, 2, library, false, "libfdk_aac -profile:a aac_he_v2 -b:a 47k -ar 48000",
			false},
		{"automatic, middling", autoProfile, 48, 2, library, false,
			"libfdk_aac -profile:a aac_he -b:a 48k -ar 48000", false},
		{"automatic, high", autoProfile, 65, 2, library, false, "aac -profile:a aac_low -b:a 65k -ar 48000", false},
		{"automatic, neither", autoProfile, 47, 2, testCaps, false, "aac -profile:a aac_low -b:a 47k -ar 48000", false},
	} {
		spec := transcode.AudioSpec{Codec: transcode.AAC, Profile: c.profile, BitRate: c.rate}
		scene := audioScene{container: transcode.MP4, asked: c.channels, sampleRate: 48000, caps: c.caps,
			fallback: c.fallback}
		encoder, warning, failure := newAudioEncoder(spec, scene)
		if (failure != nil) != (c.args == "") || (warning != "") != c.warned {
			t.Errorf("%s: %v, %q", c.name, failure, warning)
		}
		if failure != nil {
			continue
		}
		if got, want := strings.Join(encoder.args(), " "), "-c:a "+c.args; got != want {
			t.Errorf("%s: %q, want %q", c.name, got, want)
		}
	}
}

// TestCodecNames holds the names of RFC 6381 to what playlists say.
func TestCodecNames(t *testing.T) {
	t.Parallel()
	audio := audioForm{channels: 2}
	for _, c := range []struct {
		want string
		by   audioEncoder
	}{
		{"mp4a.40.2", aac{profile: AACLC}},
		{"mp4a.40.5", aac{profile: heAAC}},
		{"mp4a.40.29", fdkaac{aac{profile: heAACv2}}},
		{"mp4a.40.34", mp3{audio, 0}},
		{"", vorbis{audio, 0}},
	} {
		var a Audio
		if c.by.expect(&a); a.RFC6381 != c.want {
			t.Errorf("%T: %q, want %q", c.by, a.RFC6381, c.want)
		}
	}
	for _, c := range []struct {
		want string
		by   videoEncoder
	}{
		{"avc1.42001e", h264{profile: "baseline", level: transcode.H264Level{IDC: 30}}},
		{"avc1.64001f", h264{profile: "high", level: transcode.H264Level{IDC: 31}}},
		{"", vp9{}},
	} {
		var v Video
		if c.by.expect(&v); v.RFC6381 != c.want {
			t.Errorf("%T: %q, want %q", c.by, v.RFC6381, c.want)
		}
	}
}
