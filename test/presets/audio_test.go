package presets

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// audioCodecs are the audio codecs in the words of the readers; ffprobe's
// name of pcm goes on with the form of the samples.
var audioCodecs = map[string]struct{ ffprobe, mediainfo string }{
	"AAC": {"aac", "AAC"}, "mp3": {"mp3", "MPEG Audio"}, "mp2": {"mp2", "MPEG Audio"},
	"vorbis": {"vorbis", "Vorbis"}, "flac": {"flac", "FLAC"}, "pcm": {"pcm_", "PCM"},
}

// codecRates are the sample rates that codecs have, of those of the sources and
// the next ones up.
var codecRates = map[string][]int{
	"AAC": {22050, 32000, 44100, 48000, 96000}, "mp3": {22050, 32000, 44100, 48000},
	"mp2":    {22050, 32000, 44100, 48000},
	"vorbis": {22050, 32000, 44100, 48000, 96000}, "flac": {22050, 32000, 44100, 48000, 96000},
	"pcm": {22050, 32000, 44100, 48000, 96000},
}

// checkAudio compares the tracks of sound with the preset's Audio.
func (r result) checkAudio(t *testing.T) {
	t.Helper()
	audios, tracks := r.file.kind("audio"), r.file.tracks("Audio")
	count, channels := r.wantTracks()
	same(t, "tracks of sound (ffprobe)", len(audios), count)
	same(t, "tracks of sound (mediainfo)", len(tracks), count)
	names := audioCodecs[*r.preset.Audio.Codec]
	for _, a := range audios {
		if !strings.HasPrefix(a.Codec, names.ffprobe) {
			t.Errorf("audio codec (ffprobe): %s, want %s", a.Codec, names.ffprobe)
		}
		same(t, "channels (ffprobe)", a.Channels, channels)
		same(t, "sample rate (ffprobe)", int(number(a.SampleRate)), r.wantSampleRate())
		near(t, "seconds of sound", a.duration(), r.from.seconds("audio"), 0.12)
		r.checkDepth(t, a)
		r.checkAudioBits(t, a)
		if *r.preset.Audio.Codec == "AAC" {
			same(t, "AAC profile (ffprobe)", a.Profile, r.wantProfile())
		}
	}
	for _, m := range tracks {
		same(t, "audio codec (mediainfo)", m.text("Format"), names.mediainfo)
		same(t, "channels (mediainfo)", int(m.number("Channels")), channels)
		same(t, "sample rate (mediainfo)", int(m.number("SamplingRate")), r.wantSampleRate())
		r.checkAudioTrack(t, m)
	}
	if reelastictest.Text(r.preset.Audio.AudioPackingMode) == "OneChannelPerTrackWithMosTo8Tracks" {
		r.checkSilence(t, r.wantChannels())
	}
}

// wantChannels are the channels of the programme: auto is as in the source, as
// far as the codec goes.
func (r result) wantChannels() int {
	if channels := reelastictest.Text(r.preset.Audio.Channels); channels != "auto" && channels != "" {
		return int(number(channels))
	}
	most := 8
	if codec := *r.preset.Audio.Codec; codec == "mp3" || codec == "mp2" {
		most = 2
	}
	return min(r.from.kind("audio")[0].Channels, most)
}

// wantTracks are the tracks and the channels of each (API model, AudioPackingMode).
func (r result) wantTracks() (tracks, channels int) {
	switch reelastictest.Text(r.preset.Audio.AudioPackingMode) {
	case "OneChannelPerTrack":
		return r.wantChannels(), 1
	case "OneChannelPerTrackWithMosTo8Tracks":
		return 8, 1
	}
	return 1, r.wantChannels()
}

// wantSampleRate is SampleRate; auto is the source's, or the next one up that the codec has.
func (r result) wantSampleRate() int {
	if rate := reelastictest.Text(r.preset.Audio.SampleRate); rate != "auto" && rate != "" {
		return int(number(rate))
	}
	if *r.preset.Container == "mxf" {
		return 48000
	}
	rates, source := codecRates[*r.preset.Audio.Codec], int(number(r.from.kind("audio")[0].SampleRate))
	if *r.preset.Container == "flv" && *r.preset.Audio.Codec == "mp3" {
		rates = []int{22050, 44100} // all that its header can say, of these
	}
	if at := slices.IndexFunc(rates, func(rate int) bool { return rate >= source }); at >= 0 {
		return rates[at]
	}
	return rates[len(rates)-1]
}

// wantProfile is ffprobe's name of the AAC profile. Auto may be plain AAC at any
// bit rate where no encoder of the other two is installed.
func (r result) wantProfile() string {
	if o := r.preset.Audio.CodecOptions; o != nil {
		switch reelastictest.Text(o.Profile) {
		case "HE-AAC", "HE-AACv2":
			return *o.Profile
		}
	}
	return "LC"
}

// needsHE reports whether a preset asks for one of the profiles that need an encoder
// of their own.
func needsHE(p *api.Preset) bool {
	return p.Audio != nil && p.Audio.CodecOptions != nil &&
		strings.HasPrefix(reelastictest.Text(p.Audio.CodecOptions.Profile), "HE-AAC")
}

// depth is BitDepth, 16 where it is not given.
func (r result) depth() int {
	if o := r.preset.Audio.CodecOptions; o != nil && reelastictest.Text(o.BitDepth) != "" {
		return int(number(*o.BitDepth))
	}
	return 16
}

func (r result) checkDepth(t *testing.T, a stream) {
	t.Helper()
	switch *r.preset.Audio.Codec {
	case "flac":
		same(t, "bit depth (ffprobe)", int(number(a.RawBits)), r.depth())
	case "pcm":
		same(t, "form of samples (ffprobe)", a.Codec, map[int]string{8: "pcm_u8", 16: "pcm_s16le", 24: "pcm_s24le",
			32: "pcm_s32le"}[r.depth()])
	}
}

func (r result) checkAudioTrack(t *testing.T, m track) {
	t.Helper()
	switch *r.preset.Audio.Codec {
	case "mp2", "mp3":
		same(t, "layer (mediainfo)", m.text("Format_Profile"),
			map[string]string{"mp2": "Layer 2", "mp3": "Layer 3"}[*r.preset.Audio.Codec])
	case "flac":
		same(t, "bit depth (mediainfo)", int(m.number("BitDepth")), r.depth())
	case "pcm":
		same(t, "bit depth (mediainfo)", int(m.number("BitDepth")), r.depth())
		if sign := m.text("Format_Settings_Sign"); sign != "" && r.depth() == 8 != (sign == "Unsigned") {
			t.Errorf("samples of %d bits are %s (mediainfo)", r.depth(), sign)
		}
		if order := m.text("Format_Settings_Endianness"); r.depth() > 8 && order != "" {
			same(t, "order of bytes (mediainfo)", order, "Little")
		}
	}
}

// checkAudioBits holds the size of the packets against BitRate. mp2 and mp3 have
// exactly that rate. The others use less where the sound needs no more, and
// somewhat more for a short time.
func (r result) checkAudioBits(t *testing.T, a stream) {
	t.Helper()
	want := number(reelastictest.Text(r.preset.Audio.BitRate))
	if want == 0 || r.anyRate {
		return
	}
	got := a.size() / 1000 / a.duration()
	switch *r.preset.Audio.Codec {
	case "mp2", "mp3":
		near(t, "kb/s of sound", got, nearestOf(layerRates(*r.preset.Audio.Codec, r.wantSampleRate()), want), 0.03*want)
	case "AAC":
		atMost(t, "kb/s of sound", got, 1.15*want+4)
	case "vorbis":
		atMost(t, "kb/s of sound", got, 1.4*want+8)
	}
}

// layerRates are the bit rates of MPEG audio: those of the half sample rates (ISO
// 13818-3, section 2.4.2.3), and of layers 3 and 2 (ISO 11172-3, section 2.4.2.3).
func layerRates(codec string, sampleRate int) []float64 {
	switch {
	case sampleRate < 32000:
		return []float64{8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}
	case codec == "mp3":
		return []float64{32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}
	}
	return []float64{32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384}
}

// nearestOf is the rate that is nearest to a wanted one, the higher one of two.
func nearestOf(rates []float64, want float64) float64 {
	best := rates[0]
	for _, rate := range rates {
		if math.Abs(rate-want) <= math.Abs(best-want) {
			best = rate
		}
	}
	return best
}

// checkSilence expects sound in the first track and none in those that fill up
// to eight; between them a source may be silent too, as deep sounds mostly are.
func (r result) checkSilence(t *testing.T, loud int) {
	t.Helper()
	args := []string{"-nostdin", "-v", "error", "-i", r.file.path}
	tracks := len(r.file.kind("audio"))
	if tracks == 0 {
		return // told already
	}
	args = append(args, "-filter_complex", "amerge=inputs="+string(rune('0'+tracks)), "-f", "s32le", "pipe:1")
	raw := reelastictest.Pipe(t, nil, "ffmpeg", args...)
	heard := make([]bool, tracks)
	for i, b := range raw {
		if b != 0 {
			heard[i/4%tracks] = true
		}
	}
	for i, sound := range heard {
		if i == 0 && !sound || i >= loud && sound {
			t.Errorf("track %d has sound: %t; the programme has %d tracks, the others are silent", i+1, sound, loud)
		}
	}
}
