package plan

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// boxes are the names of the outermost boxes of an mp4 file.
func boxes(t *testing.T, dir, name string) (names []string) {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	for len(file) >= 8 {
		size := binary.BigEndian.Uint32(file)
		names = append(names, string(file[4:8]))
		if size < 8 || int(size) > len(file) {
			t.Fatalf("%s: a box %q of %d bytes, %d are left", name, names[len(names)-1], size, len(file))
		}
		file = file[size:]
	}
	return names
}

// TestFragments writes fmp4 files: an index before the fragments, and a fragment
// for each GOP, or for each four seconds of audio.
func TestFragments(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, moving("320x180", "25", 5)...)
	both := mp4Output(size(320, 180))
	both.Preset.Container, both.Preset.Video.GOP = transcode.FMP4, transcode.GOP{MaxFrames: 50, Fixed: true}
	picture, sound := both, both
	picture.Preset.Audio, sound.Preset.Video = nil, nil
	p := execute(t, dir, probe, auto, both, picture, sound)
	for i, want := range []string{"moov sidx sidx moof mdat moof mdat moof mdat",
		"moov sidx moof mdat moof mdat moof mdat", "moov sidx moof mdat moof mdat"} {
		got := slices.DeleteFunc(boxes(t, dir, p.Outputs[i].File), func(name string) bool {
			return slices.Contains([]string{"ftyp", "styp", "mfra", "prft"}, name)
		})
		if text := strings.Join(got, " "); text != want {
			t.Errorf("output %d: boxes %s, want %s", i, text, want)
		}
	}
	if got := keyframes(t, dir, p.Outputs[0]); !slices.Equal(got, []int{0, 50, 100}) {
		t.Errorf("keyframes at frames %v", got)
	}
	for _, s := range ffprobe(t, dir, p.Outputs[0].File).Streams {
		// What AAC puts before the programme has times below 0.
		const priming = -1025 * time.Second / 44100
		if start := seconds(s.StartTime); start != 0 && (s.Type == "video" || start > 0 || start < priming) {
			t.Errorf("the %s begins at %s", s.Type, start)
		}
	}
}

// TestRatesOfMPEG2 encodes rates that MPEG-2 or the container don't know.
func TestRatesOfMPEG2(t *testing.T) {
	t.Parallel()
	for rate, want := range map[string]string{"10": "10", "15": "15", "25/2": "12", "7": "8"} {
		t.Run(strings.ReplaceAll(rate, "/", "over"), func(t *testing.T) {
			t.Parallel()
			dir, probe := generate(t, moving("160x90", rate, 20)...)
			out := mp4Output(size(160, 90))
			out.Preset.Container, out.Preset.Video.Codec = transcode.MXF, transcode.MPEG2
			out.Preset.Audio = &transcode.AudioSpec{Codec: transcode.PCM, SampleRate: 48000, Channels: 2, BitDepth: 16}
			other := out
			other.Preset.Container, other.Preset.Audio = transcode.MPG, &transcode.AudioSpec{Codec: transcode.MP2Audio,
				Channels: 2}
			p := execute(t, dir, probe, auto, out, other)
			for _, out := range p.Outputs {
				r, err := media.ParseRational(want)
				if err != nil {
					t.Fatal(err)
				}
				if got := inspect(t, dir, out); out.Video.FrameRate != r || got.VideoFrames != frames(out.Video.Duration, r) {
					t.Errorf("%s: %d frames at %s", out.File, got.VideoFrames, fmt.Sprint(out.Video.FrameRate))
				}
			}
		})
	}
}
