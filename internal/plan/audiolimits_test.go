package plan

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// audioCase is one choice of what a preset can say about audio, and a source for it.
type audioCase struct {
	container transcode.Container
	spec      transcode.AudioSpec
	source    media.AudioStream
}

func (c audioCase) String() string {
	return fmt.Sprintf("%s %s %s at %d Hz, %d kb/s, %d channels, %d bits, of %d channels at %d Hz", c.container,
		c.spec.Codec, c.spec.Profile,
		c.spec.SampleRate, c.spec.BitRate, c.spec.Channels, c.spec.BitDepth, c.source.Channels, c.source.SampleRate)
}

// audioCases are all combinations of sample rates, channels and bit rates in
// the first container of a codec, and the usual bit rates in the others, which
// narrow the sample rates.
func audioCases() (all []audioCase) {
	for _, c := range []struct {
		codec      transcode.AudioCodec
		containers []transcode.Container
		depths     []int
	}{
		{transcode.AAC, []transcode.Container{transcode.MP4, transcode.TS, transcode.FLV, transcode.FMP4}, nil},
		{transcode.MP3Audio, []transcode.Container{transcode.MP3, transcode.MP4, transcode.FLV, transcode.TS}, nil},
		{transcode.MP2Audio, []transcode.Container{transcode.MP2, transcode.MPG}, nil},
		{transcode.Vorbis, []transcode.Container{transcode.OGG, transcode.WebM}, nil},
		{transcode.FLACAudio, []transcode.Container{transcode.FLAC, transcode.OGA}, []int{16, 24}},
		{transcode.PCM, []transcode.Container{transcode.WAV}, []int{8, 16, 24, 32}},
	} {
		for i, container := range c.containers {
			var specs []transcode.AudioSpec
			for _, depth := range c.depths {
				specs = append(specs, transcode.AudioSpec{Codec: c.codec, BitDepth: depth, Channels: -1})
			}
			bitRates := []media.BitRate{0, 16, 45, 64, 80, 128, 192, 320, 384}
			switch {
			case len(c.depths) > 0:
				bitRates = nil
			case i > 0:
				bitRates = []media.BitRate{64, 320}
			}
			for _, kb := range bitRates {
				specs = append(specs, transcode.AudioSpec{Codec: c.codec, BitRate: kb, Channels: -1})
			}
			for _, spec := range specs {
				all = append(all, audioSources(container, spec)...)
			}
		}
	}
	return all
}

// audioSources are a preset with every source that makes a difference.
func audioSources(container transcode.Container, spec transcode.AudioSpec) (all []audioCase) {
	for _, rate := range losslessSampleRates {
		for channels := 1; channels <= maxChannels; channels++ {
			all = append(all, audioCase{container, spec,
				media.AudioStream{SampleRate: rate, Channels: channels, Layout: layouts[channels]}})
		}
	}
	return all
}

// rendition plans the case, reading the source from a generator.
func (c audioCase) rendition(t *testing.T) rendition {
	t.Helper()
	req := Request{Probes: []media.Probe{{Audio: []media.AudioStream{c.source}}}, Caps: testCaps, Threads: 1,
		Job: job(auto, transcode.OutputSpec{Rotate: -1,
			Preset: transcode.PresetSpec{Container: c.container, Audio: &c.spec}})}
	r, failure := decide(req, 0)
	if failure != nil {
		t.Fatalf("%s: %v", c, failure)
	}
	return r
}

// TestAudioLimits opens encoders and containers with every choice that a preset
// and a source can make together. Choices that come to the same arguments are
// tried once, many in one run; without REELASTIC_SOAK, forty of them. One in
// eight is read back.
func TestAudioLimits(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	const atOnce = 40
	outputs := map[string]rendition{}
	for _, c := range audioCases() {
		r := c.rendition(t)
		args := append(append([]string{r.pieces[0].audioStages[0]}, r.audio.encoder.args()...), muxArgs(&r)...)
		outputs[strings.Join(args, " ")] = r
	}
	var names []string
	for name := range outputs {
		names = append(names, name)
	}
	slices.Sort(names)
	if os.Getenv("REELASTIC_SOAK") == "" {
		var some []string
		for i := range atOnce {
			some = append(some, names[i*len(names)/atOnce])
		}
		t.Logf("%d of %d choices; all with REELASTIC_SOAK=1", len(some), len(names))
		names = some
	}
	dir := t.TempDir()
	for chunk := range slices.Chunk(names, atOnce) {
		openAll(t, dir, outputs, chunk)
	}
}

// openAll writes a fifth of a second of each output in one run.
func openAll(t *testing.T, dir string, outputs map[string]rendition, names []string) {
	t.Helper()
	args := []string{"-nostdin", "-v", "error", "-abort_on", "empty_output", "-y", "-f", "lavfi", "-i",
		"sine=r=48000:d=0.2"}
	var graph []string
	pads := fmt.Sprintf("[0]asplit=%d", len(names))
	for i, name := range names {
		pads += fmt.Sprintf("[s%d]", i)
		graph = append(graph, fmt.Sprintf("[s%d]%s[a%d]", i,
			strings.Join(slices.DeleteFunc(slices.Clone(outputs[name].pieces[0].audioStages),
				func(s string) bool { return s == "" }), ","), i))
	}
	args = append(args, "-filter_complex", strings.Join(append([]string{pads}, graph...), ";"))
	files := make([]string, len(names))
	for i, name := range names {
		r := outputs[name]
		r.File = fmt.Sprintf("o%d.%s", i, r.container)
		args = append(append(append(args, "-map", fmt.Sprintf("[a%d]", i)), r.audio.encoder.args()...), muxArgs(&r)...)
		files[i] = r.File
	}
	call(t, dir, "ffmpeg", args...)
	for i, name := range names {
		if i%8 == 0 {
			readBack(t, dir, files[i], name, *outputs[name].Audio)
		}
		if err := os.Remove(filepath.Join(dir, files[i])); err != nil {
			t.Fatal(err)
		}
	}
}

func readBack(t *testing.T, dir, file, name string, want Audio) {
	t.Helper()
	if got := probeFile(t, dir, file); len(got.Audio) != 1 {
		t.Errorf("%s: %d audio streams", name, len(got.Audio))
	} else if f := checkTrack(want, got.Audio[0]); f != nil {
		t.Errorf("%s: %v", name, f)
	}
}
