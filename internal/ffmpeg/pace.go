package ffmpeg

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

// pacePackets are how many pictures of a stream are looked at to find its rate.
const pacePackets = 200

// measuredRate is the rate of a stream by the times of its first pictures; zero where
// these do not tell it.
func (r *Runner) measuredRate(ctx context.Context, dir, name, demuxer string, index int) media.Rational {
	args := append(readArgs(), "-select_streams", strconv.Itoa(index), "-read_intervals", fmt.Sprintf("%%+#%d", pacePackets),
		"-show_entries", "packet=pts_time", "-f", demuxer, "-i", "file:"+name)
	out := &bounded{limit: maxAnswer}
	if ended, err := r.ffprobe(ctx, dir, args, out, new(tail)); err != nil || ended != (exit{}) {
		return media.Rational{}
	}
	var found struct{ Packets []packet }
	if json.Unmarshal(out.buf.Bytes(), &found) != nil {
		return media.Rational{}
	}
	return pace(found.Packets)
}

// pace is the mean rate of packets by their times, in whatever order these are;
// zero where there are fewer than two times, or they are nearer to each other than
// pictures can be.
func pace(packets []packet) media.Rational {
	var times []time.Duration
	for _, p := range packets {
		if at, ok := p.PTS.seconds(); ok {
			times = append(times, at)
		}
	}
	slices.Sort(times)
	times = slices.Compact(times)
	if len(times) < 2 {
		return media.Rational{}
	}
	span := times[len(times)-1] - times[0]
	rate := media.NewRational(int64(len(times)-1)*1e6, span.Microseconds())
	if rate.Float() > maxFrameRate {
		return media.Rational{}
	}
	return rate
}
