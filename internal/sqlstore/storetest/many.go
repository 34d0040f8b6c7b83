package storetest

import (
	"cmp"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

const (
	// creators and slots are how many jobs are stored, and done, at a time.
	creators, slots = 16, 16
	// crowdPipelines share the jobs of a crowd.
	crowdPipelines = 10
)

// crowd is many jobs on their way through the store. Their number is that of the
// variable REELASTIC_JOBS, or 300.
type crowd struct {
	Store
	t    *testing.T
	size int
	done []atomic.Int32 // how often, by job
}

// testCrowd stores many jobs, admits, claims and finishes all of them, and empties
// the outbox beside it. Each job is done once and listed once, and each has two events.
func testCrowd(t *testing.T, d Database) {
	size, _ := strconv.Atoi(os.Getenv("REELASTIC_JOBS"))
	c := &crowd{Store: open(t, d), t: t, size: cmp.Or(size, 300)}
	c.done = make([]atomic.Int32, c.size)
	for n := range crowdPipelines {
		AddPipeline(t, c, n)
	}
	c.phase("stored", c.store)
	var events int
	c.phase("done", func() {
		finished := make(chan struct{})
		var outbox sync.WaitGroup
		outbox.Go(func() { events = c.empty(finished) })
		c.work()
		close(finished)
		outbox.Wait()
	})
	c.phase("listed", c.list)
	if want := 2 * c.size; events != want {
		t.Errorf("%d events, want %d", events, want)
	}
}

// phase logs how long a part took.
func (c *crowd) phase(name string, part func()) {
	c.t.Helper()
	began := time.Now()
	part()
	c.t.Logf("%d jobs %s, %.0f in a second", c.size, name, float64(c.size)/time.Since(began).Seconds())
	if c.t.Failed() {
		c.t.FailNow()
	}
}

func (c *crowd) store() {
	var next atomic.Int64
	var all sync.WaitGroup
	for range creators {
		all.Go(func() {
			for n := next.Add(1) - 1; int(n) < c.size; n = next.Add(1) - 1 {
				if _, err := c.CreateJob(c.t.Context(), Draft(int(n)%crowdPipelines, int(n), int(n)%3), 0); err != nil {
					c.t.Errorf("job %d: %v", n, err)
					return
				}
			}
		})
	}
	all.Wait()
}

// work admits as a dispatcher does, for as many as there are slots, until nothing waits.
func (c *crowd) work() {
	admitted := make(chan task.Admission, slots)
	var workers sync.WaitGroup
	for range slots {
		workers.Go(func() {
			for a := range admitted {
				c.do(a)
			}
		})
	}
	for total := 0; total < c.size && !c.t.Failed(); {
		next, err := c.Admit(c.t.Context(), slots)
		if err != nil || len(next) == 0 {
			c.t.Errorf("%d of %d were admitted, then %d: %v", total, c.size, len(next), err)
			break
		}
		total += len(next)
		for _, a := range next {
			admitted <- a
		}
	}
	close(admitted)
	workers.Wait()
}

func (c *crowd) do(a task.Admission) {
	claim, outcome, err := c.Claim(c.t.Context(), request(a, 1))
	if err == nil && outcome == task.Claimed {
		err = c.Finish(c.t.Context(), claim, complete(claim.Job))
	}
	if err != nil || outcome != task.Claimed {
		c.t.Errorf("task %s: outcome %d: %v", a.TaskID, outcome, err)
		return
	}
	c.done[c.number(a.TaskID)].Add(1)
}

// number is that of a job's id.
func (c *crowd) number(id string) int {
	millis, err := strconv.Atoi(id[:len("1500000000000")])
	if n := millis - 1500000000000; err == nil && n >= 0 && n < c.size {
		return n
	}
	c.t.Errorf("job %s was never stored", id)
	return 0
}

// empty takes events out of the outbox until there are none after finished, and
// returns their number.
func (c *crowd) empty(finished <-chan struct{}) (total int) {
	for last := false; ; {
		events, err := c.Events(c.t.Context(), 500)
		if err == nil && len(events) > 0 {
			_, err = c.FanOut(c.t.Context(), events, false)
		}
		if err != nil {
			c.t.Errorf("after %d events: %v", total, err)
			return total
		}
		total += len(events)
		if len(events) > 0 {
			continue
		}
		if last {
			return total
		}
		select {
		case <-finished:
			last = true
		case <-time.After(time.Millisecond):
		}
	}
}

// list reads the list of complete jobs to its end.
func (c *crowd) list() {
	listed := make([]bool, c.size)
	for page := (transcode.Page{Limit: 50, Ascending: true}); ; {
		jobs, next, err := c.JobsByStatus(c.t.Context(), transcode.Complete, page)
		if err != nil {
			c.t.Error(err)
			return
		}
		for _, j := range jobs {
			if n := c.number(*j.Id); listed[n] {
				c.t.Errorf("job %s is listed twice", *j.Id)
			} else {
				listed[n] = true
			}
		}
		if page.After = next; next == "" {
			break
		}
	}
	for n, is := range listed {
		if times := c.done[n].Load(); !is || times != 1 {
			c.t.Errorf("job %d was done %d times; listed: %t", n, times, is)
		}
	}
}
