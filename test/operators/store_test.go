package operators

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// The ways in which a store can't be used from a worker.
const (
	usable = iota
	unreachable
	keyUnknown
)

// TestUnusableStore lets the object store be out of reach at the start, and then not know the
// credentials of the service: the worker takes no jobs and says why; the job that met it is not
// ended by it, and is done when the store can be used.
func TestUnusableStore(t *testing.T) {
	t.Parallel()
	var state atomic.Int32
	state.Store(unreachable)
	front := func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		switch state.Load() {
		case unreachable:
			panic(http.ErrAbortHandler)
		case keyUnknown:
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte("<Error><Code>InvalidAccessKeyId</Code></Error>")) // to nobody for HEAD
		default:
			pass.ServeHTTP(w, r)
		}
	}
	f := reelastictest.On(t, reelastictest.StartS3Behind(t, front, "--workers", "1"))
	f.PutClip(t, "clip.mp4", reelastictest.Clip{Width: 128, Height: 96, Rate: 10, Seconds: 1})
	refuses := func(reason string) {
		t.Helper()
		reelastictest.Poll(t, within, "the worker takes jobs", func() bool {
			all, err := f.Client.Workers(t.Context())
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			return strings.HasPrefix(all[0].Refusal, "the object store can't be used from here") &&
				strings.Contains(all[0].Refusal, reason)
		})
	}
	job := func(key string) *api.CreateJobRequest {
		return &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new("clip.mp4")}},
			Outputs: []api.CreateJobOutput{reelastictest.Output(key, reelastictest.Generic480p, "")}}
	}
	refuses("")
	id := f.Submit(t, job("first.mp4"))
	for waiting, err := range f.Client.WaitingJobs(t.Context(), "") {
		if err != nil || waiting.JobID != id || waiting.Reason != v1.WaitsForRefusal {
			t.Errorf("waiting: %+v, %v", waiting, err)
		}
	}
	state.Store(usable)
	if got := f.Await(t, id); *got.Status != "Complete" {
		t.Error(reelastictest.Failures(got))
	}
	state.Store(keyUnknown)
	id = f.Submit(t, job("second.mp4"))
	refuses("InvalidAccessKeyId")
	state.Store(usable)
	if got := f.Await(t, id); *got.Status != "Complete" {
		t.Error(reelastictest.Failures(got))
	}
	if n := strings.Count(f.Log(), `"no job begins"`); n != 2 {
		t.Errorf("it was told %d times, want once for each", n)
	}
}
