package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/sqlstore/pgtest"
	"github.com/reelastic/reelastic/internal/sqlstore/storetest"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// BenchmarkCreateJob16 is durable jobs stored by 16 clients at once.
func BenchmarkCreateJob16(b *testing.B) {
	eachDatabase(b, func(b *testing.B, db *DB) {
		storetest.AddPipeline(b, db, 1)
		var n atomic.Int64
		var clients sync.WaitGroup
		b.ResetTimer()
		for range 16 {
			clients.Go(func() {
				for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
					if _, err := db.CreateJob(context.Background(), storetest.Draft(1, int(i), 0),
						1_000_000); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		clients.Wait()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
	})
}

// BenchmarkRead100000 is reads among 100,000 jobs while jobs are being stored.
func BenchmarkRead100000(b *testing.B) {
	const jobs = 100_000
	eachDatabase(b, func(b *testing.B, db *DB) {
		fill(b, db, 10, jobs)
		ctx, stop := context.WithCancel(context.Background())
		var writer sync.WaitGroup
		writer.Go(func() {
			for i := jobs + 1; ctx.Err() == nil; i++ {
				if _, err := db.CreateJob(ctx, storetest.Draft(1, i, 0), 0); err != nil && ctx.Err() == nil {
					b.Error(err)
				}
			}
		})
		defer writer.Wait()
		defer stop()
		b.Run("job", func(b *testing.B) {
			slowest(b, func(i int) error {
				_, err := db.Job(ctx, storetest.JobID(i*7919%jobs+1))
				return err
			})
		})
		for _, ascending := range []bool{true, false} {
			b.Run(fmt.Sprintf("list/ascending=%t", ascending), func(b *testing.B) {
				slowest(b, func(i int) error {
					_, _, err := db.JobsByPipeline(ctx, storetest.PipelineID(i%10+1), transcode.Page{
						Limit: 50, Ascending: ascending, After: storetest.JobID(i * 7919 % jobs)})
					return err
				})
			})
			b.Run(fmt.Sprintf("status/ascending=%t", ascending), func(b *testing.B) {
				slowest(b, func(i int) error {
					_, _, err := db.JobsByStatus(ctx, transcode.Submitted, transcode.Page{
						Limit: 50, Ascending: ascending, After: storetest.JobID(i * 7919 % jobs)})
					return err
				})
			})
		}
	})
}

// BenchmarkSearch is searches among 50,000 jobs: of what few have, what all have, what no
// job has, and what is to be looked for the longest.
func BenchmarkSearch(b *testing.B) {
	const jobs = 50_000
	eachDatabase(b, func(b *testing.B, db *DB) {
		fill(b, db, 10, jobs)
		for name, f := range map[string]task.JobFilter{
			"all":                    {},
			"id":                     {Text: storetest.JobID(jobs / 2)},
			"common word":            {Text: "mp4"},
			"beginning of all":       {Text: "15"},
			"beginning of a few":     {Text: "150000019999"},
			"no word":                {Text: "nowhere"},
			"common and rare":        {Text: "out/77/v1.mp4"},
			"metadata":               {Metadata: map[string]string{"order": "77"}},
			"pipeline without match": {PipelineID: storetest.PipelineID(1), Status: transcode.Errored},
			"common words apart":     {Text: "mp4 in zz", PipelineID: storetest.PipelineID(1)},
		} {
			b.Run(name, func(b *testing.B) {
				slowest(b, func(int) error {
					_, _, err := db.SearchJobs(context.Background(), f, 0, 50)
					return err
				})
			})
		}
	})
}

// BenchmarkAdmit is one admission and claim among 1,000 pipelines and many waiting jobs.
func BenchmarkAdmit(b *testing.B) {
	for _, jobs := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(jobs), func(b *testing.B) {
			eachDatabase(b, func(b *testing.B, db *DB) {
				fill(b, db, 1000, jobs)
				b.Run("stats", func(b *testing.B) {
					slowest(b, func(int) error {
						_, err := db.QueueStats(context.Background())
						return err
					})
				})
				b.Run("room=1", func(b *testing.B) {
					slowest(b, func(int) error {
						_, err := db.Admit(context.Background(), 1)
						return err
					})
				})
				b.Run("room=16", func(b *testing.B) {
					slowest(b, func(int) error {
						_, err := db.Admit(context.Background(), 16)
						return err
					})
				})
			})
		})
	}
}

func eachDatabase(b *testing.B, fn func(*testing.B, *DB)) {
	durable := pgtest.Server{Durable: true}
	b.Cleanup(durable.Stop)
	for name, dsn := range map[string]func(b *testing.B) string{
		"sqlite":   func(b *testing.B) string { return filepath.Join(b.TempDir(), "state.db") },
		"postgres": func(b *testing.B) string { return durable.Database(b) },
	} {
		b.Run(name, func(b *testing.B) {
			db, err := Open(b.Context(), Config{DSN: dsn(b)})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			fn(b, db)
		})
	}
}

// fill stores jobs, a thousand in a transaction.
func fill(b *testing.B, db *DB, pipelines, jobs int) {
	b.Helper()
	for i := range pipelines {
		storetest.AddPipeline(b, db, i+1)
	}
	for first := 1; first <= jobs; first += 1000 {
		if err := db.change(context.Background(), "fill", func(t *tx) error {
			for i := first; i < min(first+1000, jobs+1); i++ {
				d := storetest.Draft(i%pipelines+1, i, i%10)
				doc, err := json.Marshal(d.Doc)
				if err != nil {
					return err
				}
				if err := t.insertJob(d, &jobRow{doc: string(doc)}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	analyze(b, db)
}

// analyze does what PostgreSQL does by itself a minute after a table has grown.
func analyze(b *testing.B, db *DB) {
	b.Helper()
	if db.group != nil {
		return
	}
	if _, err := db.write.ExecContext(b.Context(), `analyze`); err != nil {
		b.Fatal(err)
	}
}

// slowest reports the 99th percentile of fn's duration.
func slowest(b *testing.B, fn func(i int) error) {
	took := make([]time.Duration, 0, b.N)
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		if err := fn(i); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
}
