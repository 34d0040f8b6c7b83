package plan

import (
	"fmt"
	"strconv"
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

// SampleStep makes a film of a size and length, at 30 frames a second, that is about as hard
// to encode as what cameras record: moving shapes, and noise. Without a size it is audio
// alone. The file is in no way a result of a job.
func SampleStep(size media.Size, length time.Duration, file string) Step {
	seconds := strconv.FormatFloat(length.Seconds(), 'f', -1, 64)
	args := []string{"-f", "lavfi", "-i", "anoisesrc=color=pink:sample_rate=44100:duration=" + seconds}
	if size != (media.Size{}) {
		args = append(args, "-f", "lavfi", "-i", fmt.Sprintf("testsrc2=size=%s:rate=30:duration=%s,noise=alls=8:allf=t",
			size, seconds))
		args = append(args, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-pix_fmt", "yuv420p")
	}
	args = append(args, "-c:a", "aac", "-b:a", "128k", file)
	return Step{Name: "sample", Args: args, Duration: length, Threads: 1}
}
