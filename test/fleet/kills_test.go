package fleet_test

import (
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// TestKills kills a lone server forty times while two jobs run in it, side by side. Each job has
// one attempt, for which those deaths don't count: none is lost, and none ends for them.
func TestKills(t *testing.T) {
	t.Parallel()
	const kills = 40
	onLoneServers(t, func(t *testing.T, c *cluster) {
		start := func() *child {
			return c.child(t, childConfig{Work: true, Dispatch: true, Revive: true, Cued: true, Slots: 2,
				MaxAttempts: 1})
		}
		complete := 0
		server := start()
		for range kills {
			jobs := []string{c.submit(t, request(0)), c.submit(t, ladder(1))}
			for _, id := range jobs {
				c.journal.await(t, "the run", 1, about(id, is(server.name, "run")))
			}
			server.kill()
			server = start()
			for _, id := range jobs {
				server.say(t, "finish", id)
			}
			c.reach(t, transcode.Complete, jobs...)
			complete += len(jobs)
		}
		c.givenUp(t)
		t.Logf("%d kills, %d jobs complete: 0 lost, and 0 innocent jobs ended", kills, complete)
	})
}

// TestPoison lets a job kill the server whenever it runs, beside healthy ones. It ends after
// its attempts, and they are Complete.
func TestPoison(t *testing.T) {
	t.Parallel()
	onLoneServers(t, func(t *testing.T, c *cluster) {
		const attempts = 3
		healthy := []string{c.submit(t, request(0)), c.submit(t, ladder(0))}
		poison := c.submit(t, request(0))
		healthy = append(healthy, c.submit(t, ladder(0)), c.submit(t, request(0)))
		start := func() *child {
			return c.child(t, childConfig{Work: true, Dispatch: true, Revive: true, Slots: 3, MaxAttempts: attempts,
				Takes: 30 * time.Millisecond, Poison: poison})
		}
		deaths := 0
		server := start()
		for !transcode.Status(*c.job(t, poison).Status).Final() {
			select {
			case <-server.ended:
				deaths++
				server = start()
			case <-time.After(10 * time.Millisecond):
			}
		}
		c.reach(t, transcode.Errored, poison)
		c.reach(t, transcode.Complete, healthy...)
		if detail := details(c.job(t, poison)); !strings.HasPrefix(detail, "9999 ") {
			t.Errorf("the poisonous job ended with %q", detail)
		}
		if deaths < attempts || deaths > attempts+1 {
			t.Errorf("%d deaths, want %d, and one more if others ran beside it at first", deaths, attempts)
		}
		if given := c.givenUp(t, poison); given[0].Attempts < attempts {
			t.Errorf("given up after %d attempts", given[0].Attempts)
		}
	})
}

// onLoneServers runs a test on a process with all services in it, with each database.
func onLoneServers(t *testing.T, test func(*testing.T, *cluster)) {
	for _, s := range []shape{{}, {postgres: true}} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			test(t, newCluster(t, s, time.Minute, 0))
		})
	}
}

// givenUp wants exactly these jobs to be given up.
func (c *cluster) givenUp(t *testing.T, jobs ...string) []task.GivenUp {
	t.Helper()
	all := must[[]task.GivenUp](t)(c.store.GivenUpJobs(t.Context(), 0, nil, 10))
	if len(all) != len(jobs) {
		t.Fatalf("given-up jobs %+v, want %q", all, jobs)
	}
	for i, g := range all {
		if g.JobID != jobs[i] {
			t.Fatalf("given-up jobs %+v, want %q", all, jobs)
		}
	}
	return all
}
