package plan

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// soundSeen is what mediainfo says of the audio tracks of a file, a line for
// each: format, rate and channels, and of samples without loss their bits.
func soundSeen(t *testing.T, dir, name string, bits bool) []string {
	t.Helper()
	inform := "Audio;%Format% %Format_AdditionalFeatures%%Format_Profile%, %SamplingRate% Hz, %Channels%"
	if bits {
		inform += " of %BitDepth% bits"
	}
	return strings.Split(strings.TrimSpace(call(t, dir, "mediainfo", "--Inform="+inform+`\n`, name)), "\n")
}

// tone is two seconds of audio in the left channel louder than in the right one,
// with tags that must not be passed on.
func tone(t *testing.T, rate int) (dir string, probe media.Probe) {
	t.Helper()
	return generate(t, "-f", "lavfi", "-i", fmt.Sprintf("aevalsrc=0.5*sin(2764*t)|0.25*sin(2764*t):s=%d:d=2", rate),
		"-metadata", "title=secret", "-metadata", "artist=secret", "-c:a", "pcm_s24le", "-f", "wav")
}

func audioOutput(container transcode.Container, spec transcode.AudioSpec) transcode.OutputSpec {
	return transcode.OutputSpec{Rotate: -1, Preset: transcode.PresetSpec{Container: container, Audio: &spec}}
}

// TestAudioOnly writes audio into every container that may hold it alone and
// reads it with two programs.
func TestAudioOnly(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	needTool(t, "mediainfo")
	cases := []struct {
		container transcode.Container
		spec      transcode.AudioSpec
		rate      int    // what comes out
		codec     string // mediainfo's names
		demuxer   string // ffprobe's
	}{
		{transcode.MP4, transcode.AudioSpec{Codec: transcode.AAC, SampleRate: 44100, BitRate: 128, Channels: 2,
			Profile: "AAC-LC"}, 44100, "AAC LC", "mov"},
		{transcode.FMP4, transcode.AudioSpec{Codec: transcode.AAC, SampleRate: 48000, BitRate: 96, Channels: 2,
			Profile: "auto"}, 48000, "AAC LC", "mov"},
		{transcode.TS, transcode.AudioSpec{Codec: transcode.AAC, BitRate: 64, Channels: 1}, 48000, "AAC LC", "mpegts"},
		{transcode.FLV, transcode.AudioSpec{Codec: transcode.AAC, SampleRate: 22050, BitRate: 64, Channels: 2}, 22050,
			"AAC LC", "flv"},
		{transcode.FLV, transcode.AudioSpec{Codec: transcode.MP3Audio, BitRate: 96, Channels: 2}, 44100,
			"MPEG Audio Layer 3", "flv"},
		{transcode.MP4, transcode.AudioSpec{Codec: transcode.MP3Audio, SampleRate: 32000, BitRate: 160, Channels: 2}, 32000,
			"MPEG Audio Layer 3", "mov"},
		{transcode.TS, transcode.AudioSpec{Codec: transcode.MP3Audio, SampleRate: 44100, BitRate: 128, Channels: 2}, 44100,
			"MPEG Audio Layer 3", "mpegts"},
		{transcode.MP3, transcode.AudioSpec{Codec: transcode.MP3Audio, BitRate: 320, Channels: -1}, 48000,
			"MPEG Audio Layer 3", "mp3"},
		{transcode.MP2, transcode.AudioSpec{Codec: transcode.MP2Audio, SampleRate: 44100, BitRate: 192, Channels: 2}, 44100,
			"MPEG Audio Layer 2", "mp3"},
		{transcode.MPG, transcode.AudioSpec{Codec: transcode.MP2Audio, BitRate: 384, Channels: 2}, 48000,
			"MPEG Audio Layer 2", "mpeg"},
		{transcode.OGG, transcode.AudioSpec{Codec: transcode.Vorbis, BitRate: 128, Channels: 2}, 48000, "Vorbis ", "ogg"},
		{transcode.OGA, transcode.AudioSpec{Codec: transcode.Vorbis, SampleRate: 96000, BitRate: 128, Channels: 2}, 96000,
			"Vorbis ", "ogg"},
		{transcode.WebM, transcode.AudioSpec{Codec: transcode.Vorbis, SampleRate: 44100, Channels: 1}, 44100, "Vorbis ",
			"matroska"},
		{transcode.OGG, transcode.AudioSpec{Codec: transcode.FLACAudio, BitDepth: 16, Channels: 2}, 48000, "FLAC ", "ogg"},
		{transcode.OGA, transcode.AudioSpec{Codec: transcode.FLACAudio, BitDepth: 24, Channels: 2}, 48000, "FLAC ", "ogg"},
		{transcode.FLAC, transcode.AudioSpec{Codec: transcode.FLACAudio, SampleRate: 96000, BitDepth: 24, Channels: -1},
			96000, "FLAC ", "flac"},
		{transcode.FLAC, transcode.AudioSpec{Codec: transcode.FLACAudio, BitDepth: 16, Channels: 1}, 48000, "FLAC ", "flac"},
		{transcode.WAV, transcode.AudioSpec{Codec: transcode.PCM, SampleRate: 22050, BitDepth: 8, Channels: 2}, 22050,
			"PCM ", "wav"},
		{transcode.WAV, transcode.AudioSpec{Codec: transcode.PCM, BitDepth: 16, Channels: 2}, 48000, "PCM ", "wav"},
		{transcode.WAV, transcode.AudioSpec{Codec: transcode.PCM, SampleRate: 192000, BitDepth: 24, Channels: 1}, 192000,
			"PCM ", "wav"},
		{transcode.WAV, transcode.AudioSpec{Codec: transcode.PCM, BitDepth: 32, Channels: 2}, 48000, "PCM ", "wav"},
	}
	dir, probe := tone(t, 48000)
	var outputs []transcode.OutputSpec
	for _, c := range cases {
		outputs = append(outputs, audioOutput(c.container, c.spec))
	}
	p := execute(t, dir, probe, auto, outputs...)
	for i, c := range cases {
		out := p.Outputs[i]
		name := fmt.Sprintf("%s in %s", c.spec.Codec, out.File)
		got := ffprobe(t, dir, out.File)
		if demuxer, _, _ := strings.Cut(got.Format.Name, ","); demuxer != c.demuxer {
			t.Errorf("%s: format %s, want %s", name, demuxer, c.demuxer)
		}
		if length := inspect(t, dir, out).AudioDuration(); (length - 2*time.Second).Abs() > 100*time.Millisecond {
			t.Errorf("%s: %s long, want 2s", name, length)
		}
		if out.Audio.SampleRate != c.rate {
			t.Errorf("%s: planned at %d Hz, want %d", name, out.Audio.SampleRate, c.rate)
		}
		file, err := os.ReadFile(filepath.Join(dir, out.File))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(file), "secret") {
			t.Errorf("%s: the source's tags were passed on", name)
		}
		want := fmt.Sprintf("%s, %d Hz, %d", c.codec, c.rate, out.Audio.Channels)
		if depth := out.Audio.BitDepth; depth > 0 {
			want += fmt.Sprintf(" of %d bits", depth)
		}
		if seen := soundSeen(t, dir, out.File, out.Audio.BitDepth > 0); !slices.Equal(seen, []string{want}) {
			t.Errorf("%s: %q (mediainfo), want %q", name, seen, want)
		}
		if codec := got.Streams[0]; c.container != transcode.TS && c.container != transcode.MPG && math.Abs(seconds(codec.StartTime).Seconds()) > 0.06 {
			t.Errorf("%s: begins at %s", name, codec.StartTime)
		}
	}
}

// volumes are the mean volumes in dB of all audio tracks of a file.
func volumes(t *testing.T, dir, name string, tracks int) (all []float64) {
	t.Helper()
	for i := range tracks {
		text := call(t, dir, "sh", "-c",
			fmt.Sprintf("ffmpeg -nostdin -i %s -map 0:a:%d -af volumedetect -f null - 2>&1 | grep mean_volume", name, i))
		_, value, _ := strings.Cut(text, "mean_volume: ")
		db, err := strconv.ParseFloat(strings.Fields(value)[0], 64)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, db)
	}
	return all
}

// TestTracks lays the channels into the tracks of an mxf file.
func TestTracks(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2",
		"-f", "lavfi", "-i", "aevalsrc=0.5*sin(2764*t)|0.25*sin(2764*t):s=44100:d=2", "-c:v", "mpeg2video", "-c:a", "pcm_s16le", "-f", "matroska")
	var outputs []transcode.OutputSpec
	for _, c := range []struct {
		packing  transcode.Packing
		channels int
		depth    int
	}{
		{"", 2, 16}, {transcode.SingleTrack, -1, 24}, {transcode.OneChannelPerTrack, 2, 24},
		{transcode.OneChannelPerTrack, 1, 16},
		{transcode.MosTo8Tracks, 2, 24}, {transcode.MosTo8Tracks, 1, 16},
	} {
		out := mp4Output(size(320, 180))
		out.Preset.Container, out.Preset.Video.Codec, out.Preset.Video.Profile = transcode.MXF, transcode.MPEG2, ""
		out.Preset.Audio = &transcode.AudioSpec{Codec: transcode.PCM, SampleRate: 48000, Channels: c.channels,
			BitDepth: c.depth, Packing: c.packing}
		outputs = append(outputs, out)
	}
	p := execute(t, dir, probe, auto, outputs...)
	const loud, soft, both = -9, -15, -11.5
	for i, want := range [][]float64{{both}, {both}, {loud, soft}, {both}, {loud, soft, -91, -91, -91, -91, -91, -91},
		{both, -91, -91, -91, -91, -91, -91, -91}} {
		got := volumes(t, dir, p.Outputs[i].File, p.Outputs[i].Audio.Tracks)
		if !slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 1 }) {
			t.Errorf("output %d: volumes %v, want about %v", i, got, want)
		}
		for _, a := range inspect(t, dir, p.Outputs[i]).Probe.Audio {
			if (a.Duration - 2*time.Second).Abs() > 50*time.Millisecond {
				t.Errorf("output %d: a track of %s, want 2s", i, a.Duration)
			}
		}
	}
}

// TestSurround keeps the channels of a source where the codec can, and mixes
// them where it can't.
func TestSurround(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, "-f", "lavfi", "-i",
		"aevalsrc=0.1*sin(999*t)|0.1*sin(999*t)|0.1*sin(999*t)|0.1*sin(999*t)|0.1*sin(999*t)|0.1*sin(999*t):s=48000:d=1:c=5.1",
		"-c:a", "pcm_s16le", "-f", "wav")
	var outputs []transcode.OutputSpec
	want := []string{"5.1", "5.1", "5.1", "5.1", "stereo", "stereo"}
	for _, c := range []struct {
		container transcode.Container
		codec     transcode.AudioCodec
		depth     int
	}{
		{transcode.MP4, transcode.AAC, 0},
		{transcode.OGG, transcode.Vorbis, 0},
		{transcode.FLAC, transcode.FLACAudio, 16},
		{transcode.WAV, transcode.PCM, 16},
		{transcode.MP3, transcode.MP3Audio, 0},
		{transcode.MP2, transcode.MP2Audio, 0},
	} {
		spec := transcode.AudioSpec{Codec: c.codec, Channels: -1, BitRate: 320, BitDepth: c.depth}
		outputs = append(outputs, audioOutput(c.container, spec))
	}
	p := execute(t, dir, probe, auto, outputs...)
	for i, layout := range want {
		if got := ffprobe(t, dir, p.Outputs[i].File).Streams[0].Layout; got != layout {
			t.Errorf("%s: layout %s, want %s", p.Outputs[i].File, got, layout)
		}
	}
}
