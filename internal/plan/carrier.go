package plan

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Carrier is a stream of small frames that brings cea-708 captions into an
// output, one for each of its frames.
type Carrier struct {
	// File is what the output's step reads: the stream that [Carrier.Step] writes,
	// with the captions in it.
	File string
	Rate media.Rational
	// Frames is how many there are: more than the output is expected to
	// have, since it ends with them.
	Frames int
	output int
}

// newCarrier makes the carrier of an output, whose length is 0 when it is not known.
func newCarrier(output int, rate media.Rational, length time.Duration) (*Carrier, *transcode.Failure) {
	if rate != (media.Rational{Num: 30000, Den: 1001}) && rate != whole(30) {
		return nil, transcode.UnsupportedCaptionRate(rate)
	}
	const longest = 6 * time.Hour // where nobody knows
	reach := longest
	if length > 0 {
		reach = length + length/20 + 10*time.Second
	}
	return &Carrier{
		File:   fmt.Sprintf("cc%d.h264", output+1),
		Rate:   rate,
		Frames: int(math.Ceil(reach.Seconds() * rate.Float())),
		output: output,
	}, nil
}

// carrierSize is the height and width of a carrier's frames.
const carrierSize = 32

// Step writes the carrier without captions into [Carrier.Blank].
func (c Carrier) Step() Step {
	frame := fmt.Sprintf("color=black:s=%[1]dx%[1]d:r=%[2]s", carrierSize, c.Rate)
	return Step{
		Name:        fmt.Sprintf("carrier-%d", c.output+1),
		Outputs:     []int{c.output},
		Threads:     1,
		MemoryBytes: 64 << 20,
		Duration:    framesLength(c.Frames, c.Rate),
		Share:       1,
		Args: []string{"-f", "lavfi", "-i", frame, "-frames:v", strconv.Itoa(c.Frames), "-c:v", "libx264",
			"-preset", "ultrafast", "-bf", "0", "-threads", "1", "-f", "h264", c.Blank()},
	}
}

// Blank is the file without captions.
func (c Carrier) Blank() string { return "blank-" + c.File }

// args read the carrier as an input.
func (c Carrier) args() []string {
	return ownInput("h264", "-framerate", c.Rate.String(), "-f", "h264", "-i", "file:"+c.File)
}

// ground makes the carrier's frames fit under those of the output, on the clock of these, or
// the last of them is lost.
func (c Carrier) ground(v Video, dar media.Rational) string {
	shape := "setsar=1"
	if !dar.IsZero() {
		shape = "setdar=" + dar.String()
	}
	return fmt.Sprintf("scale=%d:%d:flags=neighbor,%s,format=%s,settb=%d/%d",
		v.Size.Width, v.Size.Height, shape, v.pixelFormat, c.Rate.Den, c.Rate.Num)
}
