package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// handles opens the database as several servers do, or once where only one may.
func handles(t *testing.T, d Database, limit int) []Store {
	t.Helper()
	n := 1
	if d.Shared {
		n = 3
	}
	all := make([]Store, n)
	for i := range all {
		s := d.Open(t, limit)
		t.Cleanup(func() { must(t, s.Close()) })
		all[i] = s
	}
	return all
}

// testRaceOfClaimers has many workers claim the same delivery.
func testRaceOfClaimers(t *testing.T, d Database) {
	servers := handles(t, d, 2)
	for n := 1; n <= 5; n++ {
		create(t, servers[0], n)
		a := admit(t, servers[0])
		var won, deferred atomic.Int32
		var winner atomic.Pointer[task.Claim]
		var workers sync.WaitGroup
		for i := range 12 {
			workers.Go(func() {
				c, outcome, err := servers[i%len(servers)].Claim(t.Context(), request(a, 1))
				switch {
				case err != nil:
					t.Error(err)
				case outcome == task.Claimed:
					won.Add(1)
					winner.Store(c)
				case outcome == task.Defer:
					deferred.Add(1)
				}
			})
		}
		workers.Wait()
		if won.Load() != 1 || deferred.Load() != 11 {
			t.Fatalf("%d claimed and %d deferred, want 1 and 11", won.Load(), deferred.Load())
		}
		must(t, servers[0].Finish(t.Context(), winner.Load(), complete(winner.Load().Job)))
	}
}

func testRaceOfCancelAndClaim(t *testing.T, d Database) {
	servers := handles(t, d, 0)
	s := servers[0]
	for n := 1; n <= 20; n++ {
		create(t, s, n)
		a := admit(t, s)
		var claimed, canceled bool
		var both sync.WaitGroup
		both.Go(func() {
			_, outcome, err := s.Claim(t.Context(), request(a, 1))
			if err != nil {
				t.Error(err)
			}
			claimed = outcome == task.Claimed
		})
		both.Go(func() {
			err := servers[len(servers)-1].CancelJob(t.Context(), JobID(n))
			if err != nil && !errors.Is(err, transcode.ErrInUse) {
				t.Error(err)
			}
			canceled = err == nil
		})
		both.Wait()
		if claimed == canceled {
			t.Fatalf("claimed %t, canceled %t", claimed, canceled)
		}
		want := transcode.Progressing
		if canceled {
			want = transcode.Canceled
		}
		wantStatus(t, s, JobID(n), want)
	}
}

// testRaceForRoom runs jobs of two pipelines on many workers of several servers,
// and counts that no pipeline ever has more than its limit, and no job runs twice.
func testRaceForRoom(t *testing.T, d Database) {
	const limit, jobs = 2, 24
	servers := handles(t, d, limit)
	AddPipeline(t, servers[0], 1)
	AddPipeline(t, servers[0], 2)
	for n := 1; n <= jobs; n++ {
		got(servers[0].CreateJob(t.Context(), Draft(n%2+1, n, n%3), 0))(t)
	}
	var busy [2]atomic.Int32
	var finished atomic.Int32
	var workers sync.WaitGroup
	for i := range 9 {
		s := servers[i%len(servers)]
		workers.Go(func() {
			for finished.Load() < jobs && !t.Failed() {
				admitted, err := s.Admit(t.Context(), 3)
				if err != nil {
					t.Error(err)
					return
				}
				for _, a := range admitted {
					c, outcome, err := s.Claim(t.Context(), request(a, 1))
					if err != nil || outcome != task.Claimed {
						t.Errorf("claim of %s: outcome %d, error %v", a.TaskID, outcome, err)
						return
					}
					n := 0
					if *c.Job.PipelineId == PipelineID(2) {
						n = 1
					}
					if now := busy[n].Add(1); now > limit {
						t.Errorf("%d jobs of a pipeline run", now)
					}
					busy[n].Add(-1)
					if err := s.Finish(t.Context(), c, complete(c.Job)); err != nil {
						t.Error(err)
					}
					finished.Add(1)
				}
			}
		})
	}
	workers.Wait()
	if q := got(servers[0].QueueStats(t.Context()))(t); q != (task.QueueStats{}) {
		t.Errorf("left over: %+v", q)
	}
	if events := states(t, servers[0]); len(events) != 2*jobs {
		t.Errorf("%d events, want %d", len(events), 2*jobs)
	}
}

// testRaceOfCreators stores jobs from many goroutines, one in four under an id
// that is taken: each of those fails alone. The limit holds exactly.
func testRaceOfCreators(t *testing.T, d Database) {
	servers := handles(t, d, 0)
	AddPipeline(t, servers[0], 1)
	got(servers[0].CreateJob(t.Context(), Draft(1, 1000, 0), 0))(t)
	var created, duplicate, limited atomic.Int32
	var clients sync.WaitGroup
	for i := range 16 {
		clients.Go(func() {
			for n := range 8 {
				job := 1 + i*8 + n
				if n%4 == 3 {
					job = 1000
				}
				switch _, err := servers[0].CreateJob(t.Context(), Draft(1, job, 0), 91); {
				case err == nil:
					created.Add(1)
				case errors.Is(err, transcode.ErrDuplicateID):
					duplicate.Add(1)
				case errors.Is(err, transcode.ErrLimit):
					limited.Add(1)
				default:
					t.Error(err)
				}
			}
		})
	}
	clients.Wait()
	if created.Load() != 90 || created.Load()+duplicate.Load()+limited.Load() != 128 {
		t.Errorf("created %d, duplicates %d, over the limit %d; want 90 created", created.Load(), duplicate.Load(),
			limited.Load())
	}
	all, _, err := servers[0].JobsByPipeline(t.Context(), PipelineID(1), transcode.Page{Limit: 1000})
	must(t, err)
	if len(all) != 91 {
		t.Errorf("lists %d jobs, want 91", len(all))
	}
}
