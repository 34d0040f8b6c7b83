package sqlstore

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/sqlstore/pgtest"
	"github.com/reelastic/reelastic/internal/transcode"
)

var postgres pgtest.Server

func TestMain(m *testing.M) {
	code := m.Run()
	postgres.Stop()
	os.Exit(code)
}

func TestSmoke(t *testing.T) {
	for name, dsn := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "a.db"), "pg": postgres.Database(t)} {
		t.Run(name, func(t *testing.T) {
			db, err := Open(t.Context(), Config{DSN: dsn, MaxJobsPerPipeline: 3})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			ctx := t.Context()
			if err := db.CreatePipeline(ctx, &api.Pipeline{Id: new("1-p"), Status: new("Active")}, 4); err != nil {
				t.Fatal(err)
			}
			j, err := db.CreateJob(ctx, &transcode.JobDraft{Doc: &api.Job{Id: new("1-j"), PipelineId: new("1-p"), Outputs: []api.JobOutput{{Id: new("1"), Key: new("k"), PresetId: new("1351620000001-000010")}}}}, 5)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(*j.Timing.SubmitTimeMillis)
			a, err := db.Admit(ctx, 5)
			t.Log(a, err)
			c, o, err := db.Claim(ctx, transcode.ClaimRequest{Admission: a[0], Delivered: 1, Worker: "w", MaxAttempts: 5})
			if err != nil {
				t.Fatal(err)
			}
			t.Log(o, c.Attempt, len(c.Presets))
			if err := db.SetPublishing(ctx, c, []transcode.ObjectKey{{Bucket: "b", Key: "k"}}); err != nil {
				t.Fatal(err)
			}
			if err := db.Finish(ctx, c, transcode.Result{Outputs: []transcode.OutputResult{{Status: transcode.Complete, Duration: 1500000000}}}); err != nil {
				t.Fatal(err)
			}
			e, err := db.Events(ctx, 10)
			t.Log(len(e), err)
			q, err := db.QueueStats(ctx)
			t.Log(q, err)
			l, n, err := db.JobsByPipeline(ctx, "1-p", transcode.Page{Limit: 10})
			t.Log(len(l), n, err, *l[0].Status, *l[0].Output.Duration)
			if _, err := db.Progress(ctx, "1-j"); err != nil {
				t.Fatal(err)
			}
		})
	}
}
