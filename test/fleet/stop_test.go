package fleet_test

import (
	"os"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// TestStop stops a worker in good order: what it has not done is handed back and
// taken by another one at once, and the attempt does not count.
func TestStop(t *testing.T) {
	onEachShape(t, time.Minute, func(t *testing.T, c *cluster) {
		c.node(t).dispatch()
		stopping := c.node(t)
		stopping.encoder.cued, stopping.MaxAttempts = true, 1
		stopping.work()
		job, staged := c.submit(t, ladder(0)), c.submit(t, request(0))
		c.journal.await(t, "the claims", 2, claimed(stopping.node))
		c.journal.await(t, "the run", 1, is(stopping.node, "run"))
		next := c.node(t)
		next.MaxAttempts = 1
		next.work()
		c.journal.await(t, "the next worker", 1, is(next.node, "Announce"))

		began := time.Now()
		stopping.stop()
		for _, id := range []string{job, staged} {
			if len(c.journal.all(about(id, is(stopping.node, "Release")))) != 1 {
				t.Errorf("job %s was not handed back", id)
			}
			again := c.journal.await(t, "the next claim", 1, about(id, claimed(next.node)))
			t.Logf("taken %v after the stop", again.At.Sub(began).Round(time.Millisecond))
		}
		c.reach(t, transcode.Complete, job, staged)
		c.wholly(t, job, 2)
		c.finishedOnce(t, job, staged)
		c.told(t, completed, job, staged)
		noScratch(t, c, stopping.node)
		entries := must[[]os.DirEntry](t)(os.ReadDir(c.scratch()))
		for _, e := range entries {
			if e.Name() != next.node && e.Name() != next.node+".lock" {
				t.Errorf("%s is left in the scratch folder", e.Name())
			}
		}
	})
}
