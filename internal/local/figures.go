package local

import (
	"math"
	"time"

	"github.com/reelastic/reelastic/internal/plan"
)

// Figures are how fast a machine is, as [Runner.Bench] has measured it.
type Figures struct {
	Measured time.Time `json:"measured"`
	FFmpeg   string    `json:"ffmpeg"`
	Speed    string    `json:"speed"`
	Threads  int       `json:"threads"`
	// What a job takes besides the encoding: to begin programs, to read and check.
	FixedSeconds          float64  `json:"fixedSeconds"`
	FixedProcessorSeconds float64  `json:"fixedProcessorSeconds"`
	Figures               []Figure `json:"figures"`
}

// Figure is the speed of one codec at one size.
type Figure struct {
	// Codec is a video codec in the API's spelling, or "audio".
	Codec  string `json:"codec"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	// MediaSeconds is what was encoded, Seconds and ProcessorSeconds what that took.
	MediaSeconds     float64 `json:"mediaSeconds"`
	Seconds          float64 `json:"seconds"`
	ProcessorSeconds float64 `json:"processorSeconds"`
	// Ratio is the processor time in proportion to what plans assume.
	Ratio float64 `json:"ratio"`
}

// What a machine is taken to need for a job besides the encoding, where it was not measured.
const (
	assumedSeconds   = 1.0
	assumedProcessor = 0.8
)

// expect estimates processor time and length of a plan, in seconds; nil figures are those of
// a common machine.
func (f *Figures) expect(p *plan.Plan, cores int) (processor, elapsed float64) {
	processor, elapsed = p.Expect(cores, f.ratio)
	if f == nil {
		return processor + assumedProcessor, elapsed + assumedSeconds
	}
	return processor + f.FixedProcessorSeconds, elapsed + f.FixedSeconds
}

// decodedAs is the codec whose figures stand for decoding and for what was not measured: most
// inputs are of it.
const decodedAs = "H.264"

// ratio is the machine's processor time in proportion to that of some work: the ratio that was
// measured for the codec at the size that is nearest.
func (f *Figures) ratio(w plan.Work) float64 {
	if f == nil {
		return 1
	}
	if ratio, ok := f.nearest(w.Kind, w.Pixels); ok {
		return ratio
	}
	if ratio, ok := f.nearest(decodedAs, w.Pixels); ok {
		return ratio
	}
	return 1
}

func (f *Figures) nearest(codec string, pixels int64) (ratio float64, ok bool) {
	least := math.Inf(1)
	for _, figure := range f.Figures {
		measured := int64(figure.Width) * int64(figure.Height)
		distance := math.Abs(math.Log(float64(max(measured, 1))) - math.Log(float64(max(pixels, 1))))
		if figure.Codec == codec && distance < least {
			least, ratio, ok = distance, figure.Ratio, true
		}
	}
	return ratio, ok
}
