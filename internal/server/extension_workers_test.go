package server_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/server"
	"github.com/reelastic/reelastic/internal/task"
)

// crew is a fleet of workers that a test sets up.
type crew struct {
	workers []task.WorkerStatus
	orders  []string
}

func (c *crew) Workers(context.Context) ([]task.WorkerStatus, error) { return c.workers, nil }

func (c *crew) Order(_ context.Context, id string, o task.Order) error {
	if !slices.ContainsFunc(c.workers, func(w task.WorkerStatus) bool { return w.ID == id }) {
		return fmt.Errorf("order to worker %s: %w", id, task.ErrNoWorker)
	}
	text := fmt.Sprintf("%s %v", id, o.Drain)
	if o.Grace != nil {
		text += " " + o.Grace.String()
	}
	c.orders = append(c.orders, text)
	return nil
}

func TestWorkers(t *testing.T) {
	t.Parallel()
	c := &crew{}
	h := newHarness(t, func(cfg *server.Config, _ *harness) { cfg.Fleet = c })
	h.do("GET", "/v1/workers", "").want(t, 200, `{"workers":[]}`)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("", 3600))
	c.workers = []task.WorkerStatus{
		{ID: "w-2", Slots: 2, Running: 1, Draining: true, Refusal: "the disk is full",
			WorkerMachine: task.WorkerMachine{Host: "b", Started: at}},
		{ID: "w-1", Slots: 2, Running: 1, WorkerMachine: task.WorkerMachine{Host: "a", Cores: 4, MemoryBytes: 1 << 30,
			Version: "1", Started: at, FFmpeg: "7.1", Sandbox: "bubblewrap"},
			Jobs: []task.WorkerJob{{TaskID: "t", JobID: "j", PipelineID: "p", Attempt: 2, Began: at, Percent: 12.5}}},
	}
	h.do("GET", "/v1/workers", "").want(t, 200, `{"workers":[`+
		`{"id":"w-1","host":"a","version":"1","cores":4,"memoryBytes":1073741824,"ffmpegVersion":"7.1",`+
		`"sandbox":"bubblewrap","started":"2026-03-01T11:00:00Z","slots":2,"draining":false,"jobs":[`+
		`{"jobId":"j","pipelineId":"p","attempt":2,"began":"2026-03-01T11:00:00Z","percent":12.5}]},`+
		`{"id":"w-2","host":"b","version":"","cores":0,"memoryBytes":0,"ffmpegVersion":"","sandbox":"",`+
		`"started":"2026-03-01T11:00:00Z","slots":2,"draining":true,"refusal":"the disk is full","jobs":[]}]}`)

	for _, body := range []string{"", `{}`, `{"graceSeconds":0}`, `{"graceSeconds":90}`} {
		h.do("POST", "/v1/workers/w-1/drain", body).want(t, 200, `{}`)
	}
	h.do("POST", "/v1/workers/w-1/resume", "").want(t, 200, `{}`)
	want := []string{"w-1 true", "w-1 true", "w-1 true 0s", "w-1 true 1m30s", "w-1 false"}
	if !slices.Equal(c.orders, want) {
		t.Errorf("orders %q, want %q", c.orders, want)
	}
	for _, grace := range []string{"-1", "604801"} {
		h.do("POST", "/v1/workers/w-1/drain", `{"graceSeconds":`+grace+`}`).wantError(t, 400, "ValidationException",
			"graceSeconds "+grace+" is not valid: it must be from 0 to 604800.")
	}
	h.do("POST", "/v1/workers/w-3/resume", "").wantError(t, 404, "ResourceNotFoundException",
		"No worker w-3 answers: a worker has a new id after each start.")
}
