package storetest

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

func testAdmissionOrder(t *testing.T, d Database) {
	type job struct{ pipeline, priority int }
	for _, c := range []struct {
		name string
		jobs []job // the n-th job's id ends in n
		room []int // of calls one after the other
		want []int
	}{
		{"submit order", []job{{1, 0}, {1, 0}, {1, 0}}, []int{9}, []int{1, 2, 3}},
		{"priority", []job{{1, 0}, {1, 9}, {1, 5}, {1, 9}}, []int{9}, []int{2, 4, 3, 1}},
		{"pipelines take turns", []job{{1, 0}, {1, 0}, {1, 0}, {2, 0}, {2, 0}, {3, 0}}, []int{9}, []int{1, 4, 6, 2, 5, 3}},
		{"turns go on", []job{{1, 0}, {1, 0}, {1, 0}, {2, 0}, {2, 0}, {3, 0}}, []int{1, 1, 1, 1, 1, 1},
			[]int{1, 4, 6, 2, 5, 3}},
		{"priority before turns", []job{{1, 1}, {1, 1}, {2, 0}, {2, 1}, {2, 1}}, []int{2, 3}, []int{1, 4, 2, 5, 3}},
		{"more room than one batch", []job{{1, 0}, {2, 0}, {1, 0}, {2, 0}, {1, 0}, {2, 0}}, []int{4, 2},
			[]int{1, 2, 3, 4, 5, 6}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t, d)
			t.Cleanup(func() { // for the next case
				for _, table := range []string{"jobs", "tasks", "pipelines", "turns where name like '1%'"} {
					d.Exec(t, "delete from "+table)
				}
			})
			for n := range 3 {
				AddPipeline(t, s, n+1)
			}
			for i, j := range c.jobs {
				got(s.CreateJob(t.Context(), Draft(j.pipeline, i+1, j.priority), 0))(t)
			}
			var all, want []string
			for _, room := range c.room {
				for _, a := range got(s.Admit(t.Context(), room))(t) {
					all = append(all, a.TaskID)
				}
			}
			for _, n := range c.want {
				want = append(want, JobID(n))
			}
			if diff := gocmp.Diff(want, all); diff != "" {
				t.Errorf("order (-want +got):\n%s", diff)
			}
		})
	}
}

// queueModel is the order of admission in its simplest form.
type queueModel struct {
	limit   int
	turn    int
	active  map[int]bool
	served  map[int]int
	busy    map[int]int
	waiting []queued
}

type queued struct{ pipeline, n, priority int }

func (m *queueModel) admit(room int) (ids []string) {
	for ; room > 0; room-- {
		var may []queued
		for _, q := range m.waiting {
			if m.active[q.pipeline] && m.busy[q.pipeline] < m.limit {
				may = append(may, q)
			}
		}
		if len(may) == 0 {
			break
		}
		next := slices.MinFunc(may, func(a, b queued) int {
			return cmp.Or(-cmp.Compare(a.priority, b.priority),
				cmp.Compare(m.served[a.pipeline], m.served[b.pipeline]), cmp.Compare(a.n, b.n))
		})
		m.turn++
		m.served[next.pipeline] = m.turn
		m.busy[next.pipeline]++
		m.take(next.n)
		ids = append(ids, JobID(next.n))
	}
	return ids
}

func (m *queueModel) take(n int) {
	m.waiting = slices.DeleteFunc(m.waiting, func(q queued) bool { return q.n == n })
}

// testAdmissionModel compares the store with the model under random jobs,
// priorities, pauses, cancels and ends of jobs.
func testAdmissionModel(t *testing.T, d Database) {
	const limit = 3
	s, ctx := d.Open(t, limit), t.Context()
	t.Cleanup(func() { must(t, s.Close()) })
	pipelines, jobs := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		m := &queueModel{limit: limit, active: map[int]bool{}, served: map[int]int{}, busy: map[int]int{}}
		first := pipelines + 1
		for range rapid.IntRange(1, 4).Draw(rt, "pipelines") {
			pipelines++
			AddPipeline(t, s, pipelines)
			m.active[pipelines] = true
		}
		setActive := func(n int, on bool) {
			m.active[n] = on
			got(s.UpdatePipeline(ctx, PipelineID(n), func(p *api.Pipeline) error {
				p.Status = new(map[bool]string{true: "Active", false: "Paused"}[on])
				return nil
			}))(t)
		}
		var admitted []queued
		admit := func(room int) {
			before := slices.Clone(m.waiting)
			want := m.admit(room)
			var all []string
			for _, a := range got(s.Admit(ctx, room))(t) {
				all = append(all, a.TaskID)
			}
			if diff := gocmp.Diff(want, all); diff != "" {
				rt.Fatalf("order (-want +got):\n%s", diff)
			}
			for _, q := range before {
				if slices.Contains(all, JobID(q.n)) {
					admitted = append(admitted, q)
				}
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"create": func(rt *rapid.T) {
				jobs++
				q := queued{rapid.IntRange(first, pipelines).Draw(rt, "pipeline"), jobs, rapid.IntRange(0, 2).Draw(rt, "priority")}
				got(s.CreateJob(ctx, Draft(q.pipeline, q.n, q.priority), 0))(t)
				m.waiting = append(m.waiting, q)
			},
			"admit": func(rt *rapid.T) { admit(rapid.IntRange(1, 6).Draw(rt, "room")) },
			"pause or activate": func(rt *rapid.T) {
				setActive(rapid.IntRange(first, pipelines).Draw(rt, "pipeline"), rapid.Bool().Draw(rt, "active"))
			},
			"cancel": func(rt *rapid.T) {
				if len(m.waiting) == 0 {
					rt.Skip("nothing waits")
				}
				q := rapid.SampledFrom(m.waiting).Draw(rt, "job")
				must(t, s.CancelJob(ctx, JobID(q.n)))
				m.take(q.n)
			},
			"cancel after admission": func(rt *rapid.T) {
				if len(admitted) == 0 {
					rt.Skip("nothing is admitted")
				}
				i := rapid.IntRange(0, len(admitted)-1).Draw(rt, "job")
				must(t, s.CancelJob(ctx, JobID(admitted[i].n)))
				m.busy[admitted[i].pipeline]--
				admitted = slices.Delete(admitted, i, i+1)
			},
		})
		for n := first; n <= pipelines; n++ { // what still waits is out of the next round's way
			setActive(n, false)
		}
	})
}

// testLimit lowers the bound between admission and claim.
func testLimit(t *testing.T, d Database) {
	ctx := t.Context()
	s := d.Open(t, 0)
	for n := 1; n <= 4; n++ {
		create(t, s, n)
	}
	admitted := got(s.Admit(ctx, 3))(t)
	must(t, s.Close())
	s = d.Open(t, 1)
	t.Cleanup(func() { must(t, s.Close()) })
	c := claim(t, s, request(admitted[0], 1))
	for _, a := range admitted[1:] {
		if _, outcome, err := s.Claim(ctx, request(a, 1)); err != nil || outcome != task.Drop {
			t.Fatalf("outcome %d, error %v, want Drop", outcome, err)
		}
	}
	if all := got(s.Admit(ctx, 9))(t); len(all) != 0 {
		t.Fatalf("admitted %v beyond the limit", all)
	}
	must(t, s.Release(ctx, c))
	a := admit(t, s)
	if a.TaskID != c.Task.ID {
		t.Fatalf("admitted %v, want the job that has started", a)
	}
	c = claim(t, s, request(a, 1))
	must(t, s.Finish(ctx, c, complete(c.Job)))
	for n := 2; n <= 4; n++ {
		all := got(s.Admit(ctx, 9))(t)
		if len(all) != 1 || all[0].TaskID != JobID(n) {
			t.Fatalf("admitted %v, want job %d", all, n)
		}
		c := claim(t, s, request(all[0], 1))
		must(t, s.Finish(ctx, c, complete(c.Job)))
	}
	wantStatus(t, s, JobID(4), transcode.Complete)
}
