package plan

import (
	"strconv"

	"github.com/reelastic/reelastic/internal/transcode"
)

// flac is a FLAC stream with every choice made.
type flac struct {
	audioForm
	// depth is bits per sample, 16 or 24.
	depth int
}

// losslessSampleRates are those of FLAC and PCM.
var losslessSampleRates = []int{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000,
	64000, 88200, 96000, 176400, 192000}

func newFLAC(spec transcode.AudioSpec, s audioScene) (audioEncoder, string, *transcode.Failure) {
	channels := s.channels(maxChannels)
	form := audioForm{
		sampleRate: nearestSampleRate(losslessSampleRates, s.sampleRate),
		channels:   channels,
		layout:     squareLayout(channels),
		samples:    "s16",
	}
	if spec.BitDepth > 16 {
		form.samples = "s32"
	}
	return flac{form, spec.BitDepth}, "", nil
}

func (f flac) name() string { return "flac" }

func (f flac) args() []string {
	args := []string{"-c:a", f.name()}
	if f.depth > 16 {
		args = append(args, "-bits_per_raw_sample:a", strconv.Itoa(f.depth))
	}
	return append(args, "-ar", strconv.Itoa(f.sampleRate))
}

// oggPage is a single frame: VLC drops audio whose page is longer than it waits for.
func (f flac) oggPage() string { return "1" }

func (f flac) expect(a *Audio) { a.probed, a.BitDepth = f.name(), f.depth }
