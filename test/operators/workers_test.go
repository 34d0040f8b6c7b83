package operators

import (
	"runtime"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestDrainWorker drains the worker that encodes a job, which then goes on to its end; the
// next job waits until the worker takes jobs again.
func TestDrainWorker(t *testing.T) {
	onEachShape(t, func(t *testing.T, s *site) {
		job := s.encode(t)
		reelastictest.Poll(t, within, "the worker does not say what it does", func() bool {
			w := s.workers(t)[0]
			return len(w.Jobs) == 1 && w.Jobs[0].JobID == job && w.Jobs[0].Percent > 10 && w.FFmpegVersion != ""
		})
		w := s.workers(t)[0]
		if w.Host == "" || w.Cores != runtime.NumCPU() || w.MemoryBytes < 1<<28 || w.Sandbox == "" || w.Slots != 2 ||
			w.Started.IsZero() || w.Version == "" || w.Draining {
			t.Errorf("the worker: %+v", w)
		}
		if out := s.run(t, "worker", "list"); !strings.Contains(out, w.ID) || !strings.Contains(out, "busy") ||
			!strings.Contains(out, job) {
			t.Errorf("the table:\n%s", out)
		}
		s.run(t, "worker", "drain", w.ID)
		next := s.Submit(t, long("next/"))
		if done := s.Await(t, job); *done.Status != "Complete" {
			t.Errorf("the job is %s", *done.Status)
		}
		reelastictest.Poll(t, within, "the worker is not drained", func() bool {
			w := s.workers(t)[0]
			return w.Draining && len(w.Jobs) == 0
		})
		if status := *s.Job(t, next).Status; status != "Submitted" {
			t.Errorf("the next job is %s", status)
		}
		s.run(t, "worker", "resume", w.ID)
		if done := s.Await(t, next); *done.Status != "Complete" {
			t.Errorf("the next job is %s", *done.Status)
		}
		if out := s.refuse(t, "worker", "drain", "w-nobody"); !strings.Contains(out, "No worker w-nobody answers") {
			t.Errorf("a worker that is not there: %s", out)
		}
	})
}
