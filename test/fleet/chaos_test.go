package fleet_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// population is how many processes, each a worker and a dispatcher, live at a time.
const population = 4

// chaos is a fleet in which everything dies.
type chaos struct {
	*cluster
	chance *rand.Rand
	living []*child
	frozen *child // one of living, or nil
	jobs   []string
	deaths map[string]int // by kind
}

// TestChaos lets a fleet work while its processes are killed and frozen, and its
// queue restarts with and without its store, in an order that a seed decides. Every
// job ends well, with all its objects of one attempt, and every event is delivered.
func TestChaos(t *testing.T) {
	t.Parallel()
	steps, seed := 20, uint64(1)
	if os.Getenv("REELASTIC_SOAK") != "" {
		steps, seed = 1000, uint64(time.Now().UnixNano())
	}
	t.Logf("%d steps of seed %d", steps, seed)
	c := chaos{cluster: newCluster(t, fleet, time.Second, 0), chance: rand.New(rand.NewPCG(seed, 0)),
		deaths: map[string]int{}}
	c.overlaps = true
	for range population {
		c.living = append(c.living, c.birth(t))
	}
	for step := range steps {
		for len(c.jobs) < 2*(step+population) {
			c.submitOne(t)
		}
		c.journal.await(t, fmt.Sprint("the claims before step ", step), len(c.jobs)-2*population+1, claimed(""))
		c.harm(t)
	}
	c.thaw(t)
	c.supervise(t)
	for _, job := range c.jobs {
		c.reach(t, transcode.Complete, job)
		c.wholly(t, job, c.winner(t, job))
	}
	c.nothingLeft(t)
	t.Logf("%d jobs are complete after %v", len(c.jobs), c.deaths)
}

func (c *chaos) birth(t *testing.T) *child {
	t.Helper()
	return c.child(t, childConfig{Work: true, Dispatch: true, Slots: 2, Takes: 50 * time.Millisecond,
		MaxAttempts: 1000})
}

func (c *chaos) submitOne(t *testing.T) {
	t.Helper()
	pipeline := c.chance.IntN(3)
	r := request(pipeline)
	if c.chance.IntN(2) == 0 {
		r = ladder(pipeline)
	}
	c.jobs = append(c.jobs, c.submit(t, urgent(r, c.chance.IntN(10))))
}

// supervise starts others in the place of processes that gave up: they do when they
// begin while there is no queue.
func (c *chaos) supervise(t *testing.T) {
	t.Helper()
	for i, p := range c.living {
		select {
		case <-p.ended:
		default:
			continue
		}
		if code := p.cmd.ProcessState.ExitCode(); code != 1 {
			t.Fatalf("%s ended with status %d", p.name, code)
		}
		c.deaths["process gave up"]++
		c.living[i] = c.birth(t)
	}
}

// harm does one of the things that happen to a fleet.
func (c *chaos) harm(t *testing.T) {
	t.Helper()
	c.supervise(t)
	switch n := c.chance.IntN(10); {
	case n < 5:
		c.kill(t)
	case n < 8:
		c.freeze(t)
	case n < 9:
		c.deaths["queue stopped"]++
		c.broker.stop()
		c.broker.start(t)
		c.reconnect(t)
	default:
		c.deaths["queue lost its store"]++
		c.loseEngine(t)
		c.reconnect(t)
	}
}

// reconnect waits until the test itself has the queue back, for its submissions.
func (c *chaos) reconnect(t *testing.T) {
	t.Helper()
	eventually(t, "the queue", func() error { return c.local.Load().Ping(t.Context()) })
}

// kill ends a process as SIGKILL does, and starts another one.
func (c *chaos) kill(t *testing.T) {
	t.Helper()
	c.deaths["process killed"]++
	i := c.chance.IntN(population)
	if c.living[i] == c.frozen {
		c.frozen = nil
	}
	c.living[i].kill()
	c.living[i] = c.birth(t)
}

// freeze stops a process, and lets the one go on that was stopped before.
func (c *chaos) freeze(t *testing.T) {
	t.Helper()
	c.deaths["process frozen"]++
	c.thaw(t)
	c.frozen = c.living[c.chance.IntN(population)]
	c.signal(t, syscall.SIGSTOP)
}

func (c *chaos) thaw(t *testing.T) {
	t.Helper()
	if c.frozen != nil {
		c.signal(t, syscall.SIGCONT)
		c.frozen = nil
	}
}

// signal is for the frozen process, which may have given up just before.
func (c *chaos) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := c.frozen.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
}

// winner is the attempt whose first object is there.
func (c *chaos) winner(t *testing.T, job string) int {
	t.Helper()
	key := job + "/" + *c.job(t, job).Outputs[0].Key
	if c.job(t, job).Outputs[0].SegmentDuration != nil {
		key += ".m3u8"
	}
	info, err := c.objects.Stat(t.Context(), "out", key)
	if err != nil {
		t.Fatalf("job %s: %v", job, err)
	}
	return info.Owner.Attempt
}

// nothingLeft waits until no task and no event is on its way any more.
func (c *chaos) nothingLeft(t *testing.T) {
	t.Helper()
	eventually(t, "the end of all work", func() error {
		tasks, err := c.store.Outstanding(t.Context())
		if err != nil {
			return err
		}
		events, err := c.store.Events(t.Context(), 1)
		if err == nil && len(tasks)+len(events) > 0 {
			err = fmt.Errorf("tasks %v and events %v are left", tasks, events)
		}
		return err
	})
}
