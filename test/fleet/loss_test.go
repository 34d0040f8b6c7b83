package fleet_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// TestEngineLosesItsStore takes all messages away while tasks run, are admitted
// and wait. A server that comes back empty is filled again; the tasks that ran
// stay with their holders. The queue of a process can't be emptied from outside:
// there the whole queue is replaced, and the tasks that ran pass on.
func TestEngineLosesItsStore(t *testing.T) {
	onEachShape(t, 2*time.Second, func(t *testing.T, c *cluster) {
		if c.remote {
			// A busy machine needs time to start the server and fill it again.
			c = newCluster(t, c.shape, 8*time.Second, 0)
		}
		c.node(t).dispatch()
		holder, other := c.node(t), c.node(t)
		for _, n := range []*node{holder, other} {
			n.encoder.cued, n.Slots = true, 2
			n.work()
		}
		c.journal.await(t, "the workers", 2, is("", "Announce"))
		var jobs []string
		for n := range 12 {
			jobs = append(jobs, c.submit(t, request(n%3)))
		}
		c.journal.await(t, "the runs", 4, is("", "run"))
		c.journal.await(t, "the claims", 6, claimed(""))
		held := c.journal.all(claimed(""))
		eventually(t, "admitted tasks", func() error {
			stats, err := c.store.QueueStats(t.Context())
			if err == nil && stats.Admitted == 0 {
				err = fmt.Errorf("there are %+v", stats)
			}
			return err
		})
		c.loseEngine(t)

		lost := time.Now()
		for _, n := range []*node{holder, other} {
			if c.remote { // it extends again, so the loss is over
				c.journal.await(t, "extensions after the loss", 3, func(e entry) bool {
					return is(n.node, "Extend")(e) && e.At.After(lost)
				})
			}
			n.encoder.release()
		}
		c.reach(t, transcode.Complete, jobs...)
		c.finishedOnce(t, jobs...)
		c.told(t, completed, jobs...)
		for _, e := range held {
			n := c.attempts(e.Job)
			if c.remote && n != 1 {
				t.Errorf("job %s took %d attempts, although its holder could extend", e.Job, n)
			}
			c.wholly(t, e.Job, n)
		}
	})
}

func (c *cluster) loseEngine(t *testing.T) {
	t.Helper()
	if !c.remote {
		old := c.local.Swap(c.openQueue(t))
		old.Close()
		return
	}
	c.broker.stop()
	if err := os.RemoveAll(c.broker.dir); err != nil {
		t.Fatal(err)
	}
	c.broker.start(t)
}

// TestQueueComesBack stops a remote queue for longer than a lease, with its
// store kept. Its workers stop what they run, and write nothing meanwhile.
func TestQueueComesBack(t *testing.T) {
	t.Parallel()
	for _, s := range []shape{{remote: true}, fleet} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, s, time.Second, 0)
			c.node(t).dispatch()
			w := c.node(t)
			w.encoder.cued = true
			w.work()
			job := c.submit(t, ladder(0))
			c.journal.await(t, "the run", 1, about(job, is(w.node, "run")))
			c.journal.await(t, "an extension", 1, about(job, is(w.node, "Extend")))
			c.broker.stop()
			stopped := time.Now()
			eventually(t, "the end of the run", func() error {
				if n := c.runs.running(job); n > 0 {
					return fmt.Errorf("%d run", n)
				}
				return nil
			})
			t.Logf("the encoder was stopped %v after the queue, with an ack wait of %v",
				time.Since(stopped).Round(time.Millisecond), c.ackWait)
			c.broker.start(t)
			w.encoder.release()
			c.reach(t, transcode.Complete, job)
			c.wholly(t, job, c.attempts(job))
			c.finishedOnce(t, job)
			c.told(t, completed, job)
		})
	}
}
