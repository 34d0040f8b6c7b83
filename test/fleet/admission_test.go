package fleet_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/sqlstore/storetest"
	"github.com/reelastic/reelastic/internal/transcode"
)

// busyWorker starts a worker of one slot that claims in order and is kept busy by
// two jobs of the last pipeline; one more stands in the queue. Its runs wait for
// the test.
func (c *cluster) busyWorker(t *testing.T) (w *node, busy []string) {
	t.Helper()
	c.node(t).dispatch()
	w = c.node(t)
	w.encoder.cued = true
	w.oneByOne()
	w.work()
	for range 2 {
		busy = append(busy, c.submit(t, request(2)))
		c.journal.await(t, "the claim", len(busy), claimed(w.node))
	}
	busy = append(busy, c.submit(t, request(2)))
	c.admitted(t, busy[2])
	return w, busy
}

// admitted waits until a task has been handed to the queue.
func (c *cluster) admitted(t *testing.T, job string) {
	t.Helper()
	c.journal.await(t, "the admission", 1, about(job, is("", "Enqueue")))
}

// drain ends one run after the other until all jobs are done.
func (c *cluster) drain(t *testing.T, w *node, jobs []string) {
	t.Helper()
	for n := range jobs {
		next := c.journal.await(t, "the next run", n+1, is(w.node, "run"))
		w.encoder.finish(next.Job)
		c.reach(t, transcode.Complete, next.Job)
	}
}

func wantOrder(t *testing.T, want, got []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

// TestPause pauses a pipeline whose jobs wait, and one of whose jobs has been
// admitted: none of them starts. Afterwards they start in the order in which they
// were submitted.
func TestPause(t *testing.T) {
	onEachShape(t, 30*time.Second, func(t *testing.T, c *cluster) {
		w, busy := c.busyWorker(t)
		w.encoder.finish(busy[0])
		c.journal.await(t, "the claim", 3, claimed(w.node))
		var paused []string
		for range 4 {
			paused = append(paused, c.submit(t, request(0)))
		}
		c.admitted(t, paused[0])
		c.setStatus(t, 0, "Paused")
		other := c.submit(t, request(1))
		c.drain(t, w, []string{busy[0], busy[1], busy[2], other}) // busy[0] has run already
		for _, id := range paused {
			if s := *c.job(t, id).Status; s != "Submitted" {
				t.Errorf("job %s of a paused pipeline is %s", id, s)
			}
			if len(c.journal.all(about(id, claimed("")))) > 0 {
				t.Errorf("job %s of a paused pipeline was claimed", id)
			}
		}
		c.setStatus(t, 0, "Active")
		all := slices.Concat(busy, []string{other}, paused)
		w.encoder.release()
		c.reach(t, transcode.Complete, all...)
		wantOrder(t, all, w.claims())
		c.finishedOnce(t, all...)
		c.told(t, completed, all...)
	})
}

// TestPriority submits an urgent job while many wait: it is next after the ones
// that the queue has already.
func TestPriority(t *testing.T) {
	onEachShape(t, 30*time.Second, func(t *testing.T, c *cluster) {
		w, busy := c.busyWorker(t)
		var waiting []string
		for range 5 {
			waiting = append(waiting, c.submit(t, request(0)))
		}
		first, second := c.submit(t, urgent(request(0), 5)), c.submit(t, urgent(request(0), 9))
		w.encoder.release()
		all := slices.Concat(busy, []string{second, first}, waiting)
		c.reach(t, transcode.Complete, all...)
		wantOrder(t, all, w.claims())
	})
}

// TestFairShare submits jobs to a second pipeline while many of the first wait:
// the two take turns.
func TestFairShare(t *testing.T) {
	onEachShape(t, 30*time.Second, func(t *testing.T, c *cluster) {
		w, busy := c.busyWorker(t)
		var many, few []string
		for range 5 {
			many = append(many, c.submit(t, request(0)))
		}
		for range 2 {
			few = append(few, c.submit(t, request(1)))
		}
		w.encoder.release()
		all := slices.Concat(busy, []string{many[0], few[0], many[1], few[1]}, many[2:])
		c.reach(t, transcode.Complete, all...)
		wantOrder(t, all, w.claims())
	})
}

// TestLimit bounds the jobs of a pipeline; the workers have room for more.
func TestLimit(t *testing.T) {
	const most = 2
	t.Parallel()
	for _, s := range []shape{{}, {remote: true}, {postgres: true}, fleet} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, s, 10*time.Second, most)
			for range 2 {
				c.node(t).dispatch()
				w := c.node(t)
				w.Slots, w.encoder.takes = 4, 5*time.Millisecond
				w.after("Claim", func(e entry) error {
					page := transcode.Page{Ascending: true, Limit: 100}
					running, _, err := c.store.JobsByStatus(w.ctx, transcode.Progressing, page)
					under := map[string]int{}
					for _, j := range running {
						under[*j.PipelineId]++
					}
					for p, n := range under {
						if n > most {
							t.Errorf("pipeline %s has %d jobs under way, at most %d are allowed", p, n, most)
						}
					}
					return err
				})
				w.work()
			}
			var jobs []string
			for n := range 24 {
				jobs = append(jobs, c.submit(t, request(n%2)))
			}
			c.reach(t, transcode.Complete, jobs...)
			c.finishedOnce(t, jobs...)
		})
	}
}

// TestCancel cancels a job that has been admitted: it never starts.
func TestCancel(t *testing.T) {
	onEachShape(t, 30*time.Second, func(t *testing.T, c *cluster) {
		w, busy := c.busyWorker(t)
		canceled := busy[2]
		if err := c.store.CancelJob(t.Context(), canceled); err != nil {
			t.Fatal(err)
		}
		if err := c.store.CancelJob(t.Context(), busy[0]); err == nil {
			t.Error("a running job was canceled")
		}
		last := c.submit(t, request(0))
		w.encoder.release()
		c.reach(t, transcode.Complete, busy[0], busy[1], last)
		c.reach(t, transcode.Canceled, canceled)
		c.journal.await(t, "the end of its message", 1, about(canceled, is(w.node, "Ack")))
		wantOrder(t, []string{busy[0], busy[1], last}, w.claims())
		if j := c.job(t, canceled); *j.Outputs[0].Status != "Canceled" || *j.PipelineId != storetest.PipelineID(2) {
			t.Errorf("the canceled job's output is %s", *j.Outputs[0].Status)
		}
	})
}

// TestPairs gives two jobs to two idle workers, time and again: each does one, and none is
// staged behind the other.
func TestPairs(t *testing.T) {
	onEachShape(t, 30*time.Second, func(t *testing.T, c *cluster) {
		c.node(t).dispatch()
		workers := map[string]*node{}
		for range 2 {
			w := c.node(t)
			w.encoder.cued = true
			workers[w.node] = w.work()
			c.journal.await(t, "the worker", 1, is(w.node, "Announce"))
		}
		for range 25 {
			for node := range workers {
				c.journal.idle(t, node)
			}
			a, b := c.submit(t, request(0)), c.submit(t, request(0))
			first := c.journal.await(t, "the run of the first", 1, about(a, is("", "run")))
			second := c.journal.await(t, "the run of the second", 1, about(b, is("", "run")))
			if first.Node == second.Node {
				t.Fatalf("%s does both", first.Node)
			}
			workers[first.Node].encoder.finish(a)
			workers[second.Node].encoder.finish(b)
			c.reach(t, transcode.Complete, a, b)
		}
	})
}

// TestLatency measures how long an idle service takes from the submission of a
// job to its start.
func TestLatency(t *testing.T) {
	onEachShape(t, 30*time.Second, func(t *testing.T, c *cluster) {
		c.node(t).dispatch()
		w := c.node(t).work()
		c.journal.await(t, "the worker", 1, is(w.node, "Announce"))
		var took []time.Duration
		for range 30 {
			job := c.submit(t, request(0))
			stored := time.Now()
			e := c.journal.await(t, "the claim", 1, about(job, claimed("")))
			took = append(took, e.At.Sub(stored))
			c.reach(t, transcode.Complete, job)
		}
		slices.Sort(took)
		t.Logf("from submission to claim: median %v, nine of ten within %v, longest %v",
			took[len(took)/2].Round(10*time.Microsecond), took[len(took)*9/10].Round(10*time.Microsecond),
			took[len(took)-1].Round(10*time.Microsecond))
		if median := took[len(took)/2]; median > 500*time.Millisecond {
			t.Errorf("half of the jobs waited longer than %v", median)
		}
	})
}
