package joboptions

import (
	"bytes"
	"testing"

	"github.com/reelastic/reelastic/api"
)

// TestSpeed encodes with the settings of the speed that a job asks for, which x264 writes into
// its stream, and with the installation's where it asks for none.
func TestSpeed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.PutMade(t, "film.mp4", flat("gray", "160x120", "25", 1)...)
	preset := b.preset(t, nil)
	for speed, setting := range map[string]string{"": "subme=2 ", "ultrafast": "subme=0 ", "slow": "subme=8 "} {
		request := &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new("film.mp4")}},
			Outputs: []api.CreateJobOutput{{Key: new("at-" + speed + ".mp4"), PresetId: &preset}}}
		if speed != "" {
			request.UserMetadata = map[string]string{"reelastic:speed": speed}
		}
		b.Complete(t, request)
		if !bytes.Contains(b.ReadOutput(t, "at-"+speed+".mp4"), []byte(setting)) {
			t.Errorf("speed %q: no %q in the file", speed, setting)
		}
	}
}
