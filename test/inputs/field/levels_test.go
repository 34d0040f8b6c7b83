package field

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// audioKinds are the codecs and containers of audio by itself.
var audioKinds = []struct {
	key, container, codec string
	options               *api.AudioCodecOptions
}{
	{"aac.m4a", "mp4", "AAC", nil}, {"mp3.mp3", "mp3", "mp3", nil}, {"vorbis.ogg", "ogg", "vorbis", nil},
	{"flac.flac", "flac", "flac", nil},
	{"pcm.wav", "wav", "pcm", &api.AudioCodecOptions{BitDepth: new("16")}},
}

// preset makes a preset of audio alone.
func (b *bench) preset(t *testing.T, container, codec string, options *api.AudioCodecOptions, channels string) string {
	t.Helper()
	audio := &api.AudioParameters{Codec: &codec, SampleRate: new("48000"), Channels: &channels, CodecOptions: options}
	if codec != "flac" && codec != "pcm" {
		audio.BitRate = new("192")
	}
	return *b.CreatePreset(t, &api.CreatePresetRequest{Name: new(codec), Container: &container, Audio: audio}).Id
}

// TestLevels: channels are mixed by one rule in every codec, full scale stays within full
// scale, and one channel becomes two without loss.
func TestLevels(t *testing.T) {
	t.Parallel()
	dir, b := folder(t), newBench(t)
	presets := map[string]string{}
	for _, kind := range audioKinds {
		presets[kind.key] = b.preset(t, kind.container, kind.codec, kind.options, "2")
	}
	for _, file := range []string{"dialogue-51.flac", "loud-71.flac", "mono.flac"} {
		b.Put("in", file, filepath.Join(dir, file))
		req := &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new(file)}}}
		for _, kind := range audioKinds {
			req.Outputs = append(req.Outputs, api.CreateJobOutput{Key: new(file + "/" + kind.key),
				PresetId: new(presets[kind.key])})
		}
		source := reelastictest.Watch(t, "", filepath.Join(dir, file), 1)
		var levels []float64
		for _, o := range b.Run(t, req).Outputs {
			if *o.Status != "Complete" {
				t.Fatalf("%s: %s", *o.Key, reelastictest.Text(o.StatusDetail))
			}
			f := reelastictest.Watch(t, "", b.Output(*o.Key), 2)
			levels = append(levels, f.Levels[0])
			if math.Abs(decibels(f.Levels[0]/f.Levels[1])) > 0.1 {
				t.Errorf("%s: channels of %.4f and %.4f", *o.Key, f.Levels[0], f.Levels[1])
			}
			if peak := max(f.Peaks[0], f.Peaks[1]); peak > 1.01 {
				t.Errorf("%s: a sample of %.3f of full scale", *o.Key, peak)
			}
			if off := decibels(f.Levels[0] / source.Levels[0]); strings.HasPrefix(file, "mono") && math.Abs(off) > 0.3 {
				t.Errorf("%s is %.2f dB louder than its source", *o.Key, off)
			}
		}
		for i, level := range levels {
			if off := decibels(level / levels[0]); math.Abs(off) > 0.3 {
				t.Errorf("%s: %s is %.2f dB louder than %s", file, audioKinds[i].key, off, audioKinds[0].key)
			}
		}
	}
}

func decibels(ratio float64) float64 { return 20 * math.Log10(ratio) }

// TestRefused: what can't be read is refused for the right reason.
func TestRefused(t *testing.T) {
	t.Parallel()
	dir, b := folder(t), newBench(t)
	b.Put("in", "protected-cenc.mp4", filepath.Join(dir, "protected-cenc.mp4"))
	b.Put("in", "depth32.flac", filepath.Join(reelastictest.Root(), "internal", "ffmpeg", "testdata", "depth32.flac"))
	for file, want := range map[string]struct{ code, text string }{
		"protected-cenc.mp4": {"4000 ", "protected by DRM"}, "depth32.flac": {"4006 ", "decodes nothing"},
	} {
		job := b.Run(t, &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new(file)}},
			Outputs: []api.CreateJobOutput{{Key: new(file + ".m4a"), PresetId: new(reelastictest.M4A160k)}}})
		detail := reelastictest.Text(job.Outputs[0].StatusDetail)
		if *job.Status == "Complete" && file == "depth32.flac" {
			continue // from ffmpeg 6.1 on
		}
		if *job.Status != "Error" || !strings.HasPrefix(detail, want.code) || !strings.Contains(detail, want.text) {
			t.Errorf("%s: %s %q", file, *job.Status, detail)
		}
	}
}
