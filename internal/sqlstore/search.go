package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// everyJob is the term that every job has.
const everyJob = ""

const (
	// searchTime is how long a search may look for what it has not found yet.
	searchTime = 2 * time.Second
	// most is where the counting of a term's jobs ends: it is not a rare one.
	most = 1000
	// maxLook is how many jobs are looked at with one query.
	maxLook = 1000
	// maxPrefixed is how many words with the same beginning are followed; of more, every
	// job is looked at.
	maxPrefixed = 16
	// clockSlack is how many jobs may have been submitted out of the order of their numbers.
	clockSlack = 1000
)

// index stores the terms by which a job is found.
func (t *tx) index(seq int64, j *api.Job) error {
	terms := append([]string{everyJob}, task.JobWords(j)...)
	terms = append(terms, task.MetadataTerms(j.UserMetadata)...)
	args := []any{seq}
	var rows []string
	for i, term := range terms {
		args = append(args, term)
		rows = append(rows, fmt.Sprintf("($%d, $1)", i+2))
	}
	_, err := t.exec(`insert into job_terms (term, seq) values `+strings.Join(rows, ", ")+` on conflict do nothing`,
		args...)
	return err
}

// SearchJobs lists up to limit jobs that a filter selects, the newest first: those before
// the one of that number, which [task.Record] has; all for 0. Next is where the next page
// begins, 0 at the end. A search that finds little stops after two seconds: the page is
// then short, or empty, and next is not 0.
func (s *DB) SearchJobs(ctx context.Context, f task.JobFilter, before int64, limit int) (found []task.Record,
	next int64, err error) {
	err = s.view(ctx, "search jobs", func(t *tx) error {
		found, next, err = t.searchJobs(f, before, limit, time.Now().Add(searchTime))
		return err
	})
	return found, next, err
}

func (t *tx) searchJobs(f task.JobFilter, before int64, limit int, until time.Time) ([]task.Record, int64, error) {
	q, err := t.newSearch(f, before)
	if err != nil || q == nil {
		return nil, 0, err
	}
	found := []task.Record{}
	for look := max(limit+1, 50); ; look = min(2*look, maxLook) {
		seqs, err := q.candidates(look)
		if err != nil {
			return nil, 0, err
		}
		records, err := q.read(seqs)
		if err != nil {
			return nil, 0, err
		}
		for _, r := range records {
			if len(found) == limit {
				return found, found[limit-1].Number, nil
			}
			if q.hasPrefix(r.Job) {
				found = append(found, r)
			}
		}
		if len(seqs) < look {
			return found, 0, nil
		}
		q.before = seqs[len(seqs)-1]
		if time.Now().After(until) {
			return found, q.before, nil
		}
	}
}

// search is one search under way.
type search struct {
	t *tx
	f task.JobFilter
	// terms are those that a job must have, prefix the beginning of a word, "" for none.
	terms  []string
	prefix string
	// before and after bound the numbers of jobs that are still to be looked at.
	before, after int64
	// source selects the numbers of the jobs that may be meant; its parameters come first,
	// then before, after and how many.
	source func(look int) (query string, args []any)
}

// newSearch decides where to look; nil when nothing can be found.
func (t *tx) newSearch(f task.JobFilter, before int64) (*search, error) {
	q := &search{t: t, f: f, before: before, terms: task.MetadataTerms(f.Metadata)}
	if before == 0 {
		q.before = math.MaxInt64
	}
	if words := task.Words(f.Text); len(words) > 0 {
		q.terms = append(q.terms, words[:len(words)-1]...)
		q.prefix = words[len(words)-1]
	} else if strings.TrimSpace(f.Text) != "" {
		return nil, nil // no job has words without letters and digits
	}
	if f.Pipelines != nil && len(f.Pipelines) == 0 {
		return nil, nil
	}
	if err := q.bound(); err != nil {
		return nil, err
	}
	return q, q.choose()
}

// bound bounds the numbers by the times.
func (q *search) bound() error {
	at := func(moment time.Time) (seq int64, err error) {
		err = q.t.get(`select seq from jobs where submit_millis >= $1 order by submit_millis limit 1`,
			[]any{moment.UnixMilli()}, &seq)
		if errors.Is(err, transcode.ErrNotFound) {
			return math.MaxInt64 - clockSlack, nil
		}
		return seq, err
	}
	if !q.f.From.IsZero() {
		first, err := at(q.f.From)
		if err != nil {
			return err
		}
		q.after = max(0, first-clockSlack)
	}
	if !q.f.Until.IsZero() {
		last, err := at(q.f.Until)
		if err != nil {
			return err
		}
		q.before = min(q.before, last+clockSlack)
	}
	return nil
}

// choose looks where the fewest jobs are to be looked at.
func (q *search) choose() error {
	best := most + 1
	try := func(from, where string, args ...any) error {
		var n int
		err := q.t.row(fmt.Sprintf(`select count(*) from (select 1 from %s where %s limit %d) c`, from, where, most),
			args...).Scan(&n)
		if err == nil && n < best {
			best = n
			q.source = q.along(from, where, args)
		}
		return err
	}
	for _, term := range q.terms {
		if err := try("job_terms", "term = $1", term); err != nil {
			return err
		}
	}
	if q.f.PipelineID != "" {
		if err := try("jobs", "pipeline_id = $1", q.f.PipelineID); err != nil {
			return err
		}
	}
	if q.f.Status != "" {
		if err := try("jobs", "status = $1", string(q.f.Status)); err != nil {
			return err
		}
	}
	if q.source == nil || best == most {
		if words, err := q.prefixed(); err != nil || words != nil {
			q.source = q.alongAll(words)
			return err
		}
	}
	if q.source == nil {
		q.source = q.along("job_terms", "term = $1", []any{everyJob})
	}
	return nil
}

// along looks at the jobs of an index in the order of their numbers.
func (q *search) along(from, where string, args []any) func(int) (string, []any) {
	n := len(args)
	query := fmt.Sprintf(`select seq from %s where %s and seq < $%d and seq > $%d order by seq desc limit $%d`,
		from, where, n+1, n+2, n+3)
	return func(look int) (string, []any) { return query, append(args[:n:n], q.before, q.after, look) }
}

// alongAll looks at the jobs that have one of the words.
func (q *search) alongAll(words []string) func(int) (string, []any) {
	n := len(words)
	parts, args := make([]string, n), make([]any, n)
	for i, word := range words {
		args[i] = word
		parts[i] = fmt.Sprintf(`select seq from (select seq from job_terms where term = $%d and seq < $%d
			and seq > $%d order by seq desc limit $%d) t%d`, i+1, n+1, n+2, n+3, i)
	}
	query := strings.Join(parts, " union ") + fmt.Sprintf(" order by seq desc limit $%d", n+3)
	return func(look int) (string, []any) { return query, append(args[:n:n], q.before, q.after, look) }
}

// prefixed lists the words that begin with the prefix; nil without one, and when there are
// too many.
func (q *search) prefixed() ([]string, error) {
	if q.prefix == "" {
		return nil, nil
	}
	words := []string{}
	last := q.prefix
	for op := ">="; ; op = ">" {
		var word string
		err := q.t.get(`select term from job_terms where term `+op+` $1 order by term limit 1`, []any{last}, &word)
		switch {
		case errors.Is(err, transcode.ErrNotFound), err == nil && !strings.HasPrefix(word, q.prefix):
			if len(words) == 0 { // it must be somewhere to be looked for
				words = append(words, q.prefix)
			}
			return words, nil
		case err != nil:
			return nil, err
		case len(words) == maxPrefixed:
			return nil, nil
		}
		words = append(words, word)
		last = word
	}
}

// candidates are the numbers of the next jobs that may be meant, the newest first.
func (q *search) candidates(look int) ([]int64, error) {
	query, args := q.source(look)
	return collect(q.t, func(rows *sql.Rows) (seq int64, err error) {
		err = rows.Scan(&seq)
		return seq, err
	}, query, args...)
}

// read reads those of some jobs that are meant, but for the prefix.
func (q *search) read(seqs []int64) ([]task.Record, error) {
	if len(seqs) == 0 {
		return nil, nil
	}
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	numbers := make([]string, len(seqs))
	for i, seq := range seqs {
		numbers[i] = arg(seq)
	}
	where := ` where number_of(j) in (` + strings.Join(numbers, ", ") + `)`
	for _, term := range q.terms {
		where += ` and exists (select 1 from job_terms e where e.term = ` + arg(term) + ` and e.seq = j.seq)`
	}
	if q.f.PipelineID != "" {
		where += ` and j.pipeline_id = ` + arg(q.f.PipelineID)
	}
	if q.f.Pipelines != nil {
		ids, err := json.Marshal(q.f.Pipelines)
		if err != nil {
			return nil, err
		}
		arg(string(ids))
		where += ` and ` + among("j.pipeline_id", len(args))
	}
	if q.f.Status != "" {
		where += ` and j.status = ` + arg(string(q.f.Status))
	}
	if !q.f.From.IsZero() {
		where += ` and j.submit_millis >= ` + arg(q.f.From.UnixMilli())
	}
	if !q.f.Until.IsZero() {
		where += ` and j.submit_millis < ` + arg(q.f.Until.UnixMilli())
	}
	records, err := collect(q.t, scanRecord, `select `+recordColumns+` from jobs j
		join tasks k on k.job_id = j.id and k.kind = `+arg(task.WholeJob)+where, args...)
	slices.SortFunc(records, func(a, b task.Record) int { return int(b.Number - a.Number) })
	return records, err
}

// hasPrefix reports whether a word of the job begins as it must.
func (q *search) hasPrefix(j *api.Job) bool {
	return q.prefix == "" || slices.ContainsFunc(task.JobWords(j),
		func(word string) bool { return strings.HasPrefix(word, q.prefix) })
}
