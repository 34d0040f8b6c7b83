package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"

	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Admit makes up to room waiting tasks admitted and returns them in their order.
// Jobs that have started come first, held by nothing. Of the others come those of
// the highest priority, the pipelines of one priority taking turns (the turns are
// kept, so that they go on with the next call), each in the order of submission;
// only of Active pipelines that are below their bound on jobs under way.
func (s *DB) Admit(ctx context.Context, room int) (admitted []task.Admission, err error) {
	if waits, err := s.waits(ctx); err != nil || !waits || room <= 0 {
		return nil, err
	}
	err = s.change(ctx, "admit tasks", func(t *tx) error {
		a := admitter{t: t, room: room}
		if err := a.run(s.cfg.MaxJobsPerPipeline); err != nil {
			return err
		}
		admitted = a.admitted
		return nil
	})
	if err != nil {
		return nil, err
	}
	return admitted, nil
}

// waits spares an idle service the transaction.
func (s *DB) waits(ctx context.Context) (waits bool, err error) {
	err = s.view(ctx, "look for waiting tasks", func(t *tx) error {
		return t.row(`select exists (select 1 from tasks where state = 'waiting' and started = 0)
			or exists (select 1 from tasks where state = 'waiting' and started = 1)`).Scan(&waits)
	})
	return waits, err
}

// admitter is one call of Admit.
type admitter struct {
	t        *tx
	room     int
	admitted []task.Admission
}

// line is the waiting tasks of a pipeline.
type line struct {
	pipeline string
	// served is the turn in which the pipeline was served last, 0 for never.
	served int64
	// free is how many more of its jobs may be under way.
	free int
	// head is the next tasks, in order; not empty.
	head []waiting
}

type waiting struct {
	id       string
	seq      int64
	priority int
}

func (a *admitter) run(limit int) error {
	// The lock on this row keeps others from admitting, and so from counting.
	turn, err := a.t.lock("admission")
	if err != nil {
		return err
	}
	if err := a.resume(); err != nil || a.room == 0 {
		return err
	}
	lines, err := a.lines(limit)
	if err != nil {
		return err
	}
	return a.serve(lines, turn)
}

// serve admits from the lines, turn after turn, until the room or the lines are
// used up, and keeps the turns.
func (a *admitter) serve(lines []line, turn int64) error {
	turns := map[string]int64{} // by pipeline, and the last of all
	for a.room > 0 && len(lines) > 0 {
		i := first(lines)
		l := &lines[i]
		ok, err := a.admit(l.head[0])
		if err != nil {
			return err
		}
		l.head = l.head[1:]
		if ok {
			turn++
			l.free--
			l.served, turns[l.pipeline], turns["admission"] = turn, turn, turn
		}
		if err := a.refill(l); err != nil {
			return err
		}
		if l.free <= 0 || len(l.head) == 0 {
			lines[i] = lines[len(lines)-1]
			lines = lines[:len(lines)-1]
		}
	}
	for name, turn := range turns {
		if _, err := a.t.exec(`insert into turns (name, turn) values ($1, $2)
			on conflict (name) do update set turn = excluded.turn`, name, turn); err != nil {
			return err
		}
	}
	return nil
}

// first is the index of the line whose head is next.
func first(lines []line) int {
	best := 0
	for i := range lines {
		a, b := &lines[i], &lines[best]
		if cmp.Or(cmp.Compare(b.head[0].priority, a.head[0].priority), cmp.Compare(a.served, b.served),
			cmp.Compare(a.head[0].seq, b.head[0].seq)) < 0 {
			best = i
		}
	}
	return best
}

// admit takes one task out of the waiting ones; false when it was canceled meanwhile.
func (a *admitter) admit(w waiting) (bool, error) {
	admission := task.Admission{TaskID: w.id}
	err := a.t.get(`update tasks set state = 'admitted', admission = admission + 1
		where id = $1 and state = 'waiting' returning admission`, []any{w.id}, &admission.Number)
	if errors.Is(err, transcode.ErrNotFound) {
		return false, nil
	}
	if err == nil {
		a.admitted = append(a.admitted, admission)
		a.room--
	}
	return err == nil, err
}

// resume admits tasks of jobs that have started.
func (a *admitter) resume() error {
	ids, err := collect(a.t, scanText,
		`select id from tasks where state = 'waiting' and started = 1 order by seq limit $1`, a.room)
	for i := 0; err == nil && i < len(ids); i++ {
		_, err = a.admit(waiting{id: ids[i]})
	}
	return err
}

// lines reads the head of every line that may be served: one look-up in an index
// for each Active pipeline, however many tasks wait.
func (a *admitter) lines(limit int) ([]line, error) {
	busy := map[string]int{}
	if limit > 0 {
		var err error
		if busy, err = a.t.busy(); err != nil {
			return nil, err
		}
	}
	all, err := collect(a.t, func(rows *sql.Rows) (line, error) {
		l := line{head: make([]waiting, 1), free: a.room}
		err := rows.Scan(&l.pipeline, &l.served, &l.head[0].id, &l.head[0].seq, &l.head[0].priority)
		return l, err
	}, `select p.id, coalesce(n.turn, 0), w.id, w.seq, w.priority from pipelines p
		join tasks w on w.id = (select h.id from tasks h where h.pipeline_id = p.id and h.state = 'waiting'
			and h.started = 0
			order by h.priority desc, h.seq limit 1)
		left join turns n on n.name = p.id where p.status = 'Active'`)
	free := all[:0]
	for _, l := range all {
		if limit > 0 {
			l.free = limit - busy[l.pipeline]
		}
		if l.free > 0 {
			free = append(free, l)
		}
	}
	return free, err
}

// busy counts the jobs of each pipeline that are under way.
func (t *tx) busy() (map[string]int, error) {
	busy := map[string]int{}
	_, err := collect(t, func(rows *sql.Rows) (n int, err error) {
		var pipeline string
		err = rows.Scan(&pipeline, &n)
		busy[pipeline] = n
		return n, err
	}, `select pipeline_id, count(distinct job_id) from tasks
		where state in ('admitted', 'running') group by pipeline_id`)
	return busy, err
}

// refill reads the next tasks of a line whose head is used up; the ones before
// wait no longer.
func (a *admitter) refill(l *line) (err error) {
	if n := min(a.room, l.free); len(l.head) == 0 && n > 0 {
		l.head, err = collect(a.t, func(rows *sql.Rows) (w waiting, err error) {
			err = rows.Scan(&w.id, &w.seq, &w.priority)
			return w, err
		}, `select id, seq, priority from tasks where pipeline_id = $1 and state = 'waiting' and started = 0
			order by priority desc, seq limit $2`, l.pipeline, n)
	}
	return err
}
