package joboptions

import (
	"fmt"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// manyShades are the inputs by their colours, and how bright these come out.
var manyShades = []struct {
	colour string
	luma   int
}{{"black", 16}, {"0x404040", 71}, {"gray", 126}, {"white", 235}}

// TestManyInputs joins as many inputs as a job may have, with REELASTIC_SOAK (the
// tests of package plan join fewer, in batches too), in an order that no batch
// repeats. Every picture is looked at. No process takes more than a gigabyte.
func TestManyInputs(t *testing.T) {
	t.Parallel()
	const pictures, rate = 5, 25 // of each input
	if !reelastictest.Soak {
		t.Skip("200 inputs are joined with REELASTIC_SOAK=1 only")
	}
	const inputs = 200
	b := newBench(t, "--workers", "1")
	b.Within = 5 * reelastictest.JobsWithin
	memory := reelastictest.WatchMemory(t, b.Server)
	for _, s := range manyShades {
		b.PutMade(t, s.colour+".mp4", append(flat(s.colour, "1280x720", fmt.Sprint(rate), float64(pictures)/rate),
			"-preset", "ultrafast")...)
	}
	preset := b.preset(t, nil)
	shade := func(i int) int { return (i*i + i/3) % len(manyShades) }
	request := &api.CreateJobRequest{Outputs: []api.CreateJobOutput{{Key: new("joined.mp4"), PresetId: &preset}}}
	for i := range inputs {
		request.Inputs = append(request.Inputs, api.JobInput{Key: new(manyShades[shade(i)].colour + ".mp4")})
	}
	job := b.Complete(t, request)
	reelastictest.WantComplete(t, job.Outputs[0], "")
	const small = 6 // bytes of a picture of four pixels
	raw := reelastictest.Command(t, "ffmpeg", "-nostdin", "-v", "error", "-i", b.Output("joined.mp4"),
		"-vf", "crop=160:90,scale=2:2:flags=area", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
	if len(raw) != inputs*pictures*small || *job.Outputs[0].DurationMillis != int64(inputs*pictures*1000/rate) {
		t.Fatalf("%d pictures, %d ms, want %d of %d a second", len(raw)/small, *job.Outputs[0].DurationMillis,
			inputs*pictures, rate)
	}
	for i := range inputs * pictures {
		near(t, fmt.Sprintf("picture %d of input %d", i%pictures+1, i/pictures+1), int(raw[i*small]),
			manyShades[shade(i/pictures)].luma)
	}
	if server, child := memory.Peak(); server == 0 || server > 300<<20 || child > 1<<30 {
		t.Errorf("the server held %d MB, a child %d MB", server>>20, child>>20)
	} else {
		t.Logf("%d inputs: the server held %d MB, a child %d MB", inputs, server>>20, child>>20)
	}
}
