package fleet_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// cancel cancels a job, as the server does; told says that workers hear of it.
func (c *cluster) cancel(t *testing.T, job string, told bool) {
	t.Helper()
	if _, err := c.store.StopJob(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if !told {
		return
	}
	if err := c.local.Load().TellCanceled(t.Context(), job); err != nil {
		t.Fatal(err)
	}
}

// nothingOf wants no object, no scratch and no note of a job that was canceled.
func (c *cluster) nothingOf(t *testing.T, n *node, job string) {
	t.Helper()
	c.journal.await(t, "the end of the message", 1, about(job, is(n.node, "Ack")))
	if _, err := os.Stat(filepath.Join(c.folder, "objects/out", job)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("objects of job %s: %v, want none", job, err)
	}
	scratch := must[[]os.DirEntry](t)(os.ReadDir(filepath.Join(c.scratch(), n.node)))
	if len(scratch) != 0 {
		t.Errorf("%s is left in the scratch folder", scratch[0].Name())
	}
	left := must[[]task.Leftover](t)(c.store.Leftovers(t.Context(), -time.Minute))
	if len(left) != 0 {
		t.Errorf("noted as left: %v", left)
	}
	if status := *c.job(t, job).Status; status != string(transcode.Canceled) {
		t.Errorf("job %s is %s", job, status)
	}
}

// TestCancelRunning cancels a job in the middle of its encode. Nobody else waits for the worker's
// lease: it ends at once when it is told, and at its next extension when it is not.
func TestCancelRunning(t *testing.T) {
	for _, told := range []bool{true, false} {
		t.Run(fmt.Sprintf("told=%v", told), func(t *testing.T) {
			ackWait := time.Minute
			if !told {
				ackWait = 3 * time.Second
			}
			onEachShape(t, ackWait, func(t *testing.T, c *cluster) {
				c.node(t).dispatch()
				n := c.node(t)
				n.encoder.cued = true
				n.work()
				job := c.submit(t, ladder(0))
				c.journal.await(t, "the run", 1, about(job, is(n.node, "run")))
				c.cancel(t, job, told)
				c.nothingOf(t, n, job)
				if n := c.runs.running(job); n != 0 {
					t.Errorf("%d encodes of the job still run", n)
				}
				next := c.submit(t, request(0))
				c.journal.await(t, "the next run", 1, about(next, is(n.node, "run")))
				n.encoder.finish(next)
				c.reach(t, transcode.Complete, next)
			})
		})
	}
}

// TestCancelWhilePublishing cancels a job of which some objects are visible by then: they
// are removed, and no other.
func TestCancelWhilePublishing(t *testing.T) {
	onEachShape(t, time.Minute, func(t *testing.T, c *cluster) {
		c.node(t).dispatch()
		n := c.node(t)
		var job string
		puts := 0
		n.after("Put", func(e entry) error {
			n.mu.Lock()
			defer n.mu.Unlock()
			if puts++; e.Job == job && puts == 3 {
				c.cancel(t, job, true)
			}
			return nil
		})
		n.mu.Lock()
		n.work()
		job = c.submit(t, ladder(0))
		n.mu.Unlock()
		c.nothingOf(t, n, job)
	})
}

// TestCancelOfADeadWorkersJob cancels a job whose worker died while it published: what it
// left is found by whoever sweeps.
func TestCancelOfADeadWorkersJob(t *testing.T) {
	onEachShape(t, time.Second, func(t *testing.T, c *cluster) {
		c.node(t).dispatch()
		n := c.node(t)
		n.after("Put", func(entry) error {
			n.die()
			return nil
		})
		n.work()
		job := c.submit(t, ladder(0))
		c.journal.await(t, "an object", 1, func(e entry) bool { return e.What == "Put" && e.Job == job })
		c.cancel(t, job, true)
		left := must[[]task.Leftover](t)(c.store.Leftovers(t.Context(), -time.Minute))
		if len(left) != 1 || left[0].JobID != job || len(left[0].Keys) < 3 {
			t.Errorf("noted as left: %v", left)
		}
	})
}
