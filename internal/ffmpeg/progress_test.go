package ffmpeg

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/plan"
)

const realProgress = `frame=0
fps=0.00
stream_0_0_q=0.0
bitrate=N/A
total_size=44
out_time_us=N/A
out_time_ms=N/A
out_time=N/A
dup_frames=0
drop_frames=0
speed=N/A
progress=continue
frame=11
total_size=44
out_time_us=-21333
out_time_ms=-21333
speed=-0.04x
progress=continue
frame=30
total_size=1000
out_time_us=1200233
out_time_ms=1200233
speed=1.51x
progress=continue
frame=29
out_time_us=1100000
speed=   2x
progress=end
`

func TestProgress(t *testing.T) {
	t.Parallel()
	var got []plan.Progress
	r := &progressReader{report: func(p plan.Progress) { got = append(got, p) }}
	for i := range len(realProgress) { // byte by byte
		if _, err := r.Write([]byte{realProgress[i]}); err != nil {
			t.Fatal(err)
		}
	}
	want := []plan.Progress{
		{},
		{Frames: 11},
		{Frames: 30, OutTime: 1200233 * time.Microsecond, Speed: 1.51},
		{Frames: 30, OutTime: 1200233 * time.Microsecond, Speed: 2, Done: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	if !r.ended || r.moves.Load() != 3 {
		t.Errorf("ended %v, %d moves, want 3", r.ended, r.moves.Load())
	}
}

func FuzzProgress(f *testing.F) {
	f.Add([]byte(realProgress), 7)
	f.Add([]byte("out_time_us=9223372036854775807\nspeed=1e999x\nspeed=NaNx\nprogress=end\nprogress=end\n"), 3)
	f.Add(bytes.Repeat([]byte("frame=1"), 1000), 100)
	f.Fuzz(func(t *testing.T, b []byte, size int) {
		var last plan.Progress
		ends := 0
		r := &progressReader{report: func(p plan.Progress) {
			if p.OutTime < last.OutTime || p.Frames < last.Frames || p.Speed < 0 || p.Speed != p.Speed {
				t.Errorf("from %+v to %+v", last, p)
			}
			if last = p; p.Done {
				ends++
			}
		}}
		size = max(size%4096, 1)
		for len(b) > 0 {
			n := min(size, len(b))
			if got, err := r.Write(b[:n]); got != n || err != nil {
				t.Fatalf("wrote %d of %d, %v", got, n, err)
			}
			b = b[n:]
		}
		if cap(r.line) > 4*maxProgressLine || ends > 1 {
			t.Errorf("a line of %d bytes is kept; Done was said %d times", cap(r.line), ends)
		}
	})
}
