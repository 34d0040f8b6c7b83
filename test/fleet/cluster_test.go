package fleet_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/objstore/dir"
	"github.com/reelastic/reelastic/internal/sqlstore"
	"github.com/reelastic/reelastic/internal/sqlstore/pgtest"
	"github.com/reelastic/reelastic/internal/sqlstore/storetest"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/taskqueue"
	"github.com/reelastic/reelastic/internal/transcode"
)

var postgres pgtest.Server

// shape is where the state and the queue are.
type shape struct{ postgres, remote bool }

func (s shape) String() string {
	return map[bool]string{false: "SQLite", true: "PostgreSQL"}[s.postgres] + " " +
		map[bool]string{false: "in-process", true: "remote"}[s.remote]
}

// onEachShape runs a test in every shape. AckWait is as short as the test's waits
// ask for, and long where nobody is meant to lose a lease.
func onEachShape(t *testing.T, ackWait time.Duration, test func(*testing.T, *cluster)) {
	t.Parallel()
	for _, s := range []shape{{false, false}, {false, true}, {true, false}, {true, true}} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			test(t, newCluster(t, s, ackWait, 0))
		})
	}
}

// cluster is a service without its front: a database, an queue, a folder of
// objects, and nodes that are started and stopped by the test.
type cluster struct {
	shape
	ackWait time.Duration
	// limit is how many jobs of a pipeline may be under way; 0 is any number.
	limit   int
	dsn     string
	folder  string
	broker  *broker // nil when in-process
	local   atomic.Pointer[taskqueue.Queue]
	store   *sqlstore.DB
	objects *dir.Store
	journal *journal
	runs    *runs
	// overlaps says that a frozen node makes runs overlap.
	overlaps bool
	nodes    int
	jobs     uint64
}

func newCluster(t *testing.T, s shape, ackWait time.Duration, limit int) *cluster {
	t.Helper()
	c := &cluster{shape: s, ackWait: ackWait, limit: limit, folder: t.TempDir(), journal: newJournal(), runs: newRuns()}
	t.Cleanup(func() {
		if t.Failed() {
			c.journal.show(t)
		}
	})
	t.Cleanup(func() {
		if twice := c.runs.twice(); len(twice) > 0 && !c.overlaps {
			t.Errorf("encoded twice at the same time: %v", twice)
		}
	})
	c.dsn = filepath.Join(c.folder, "state.db")
	if s.postgres {
		c.dsn = postgres.Database(t)
	}
	if s.remote {
		c.broker = startBroker(t)
	}
	for _, d := range []string{"objects/in", "objects/out"} {
		if err := os.MkdirAll(filepath.Join(c.folder, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(c.folder, "objects/in/in.mp4"), []byte("a clip"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.store = c.openStore(t)
	t.Cleanup(func() { c.store.Close() })
	c.local.Store(c.openQueue(t))
	t.Cleanup(func() { c.local.Load().Close() })
	c.objects = must[*dir.Store](t)(dir.Open(filepath.Join(c.folder, "objects")))
	t.Cleanup(func() { c.objects.Close() })
	for n := range 3 {
		storetest.AddPipeline(t, c.store, n)
	}
	return c
}

// openStore opens the database; the caller closes it.
func (c *cluster) openStore(t *testing.T) *sqlstore.DB {
	t.Helper()
	return must[*sqlstore.DB](t)(sqlstore.Open(t.Context(),
		sqlstore.Config{DSN: c.dsn, MaxConns: 4, MaxJobsPerPipeline: c.limit}))
}

// lockTTL is how long the lead outlives a dispatcher that died, or one that a busy
// machine holds up.
const lockTTL = 2 * time.Second

// openQueue opens the queue; the caller closes it.
func (c *cluster) openQueue(t *testing.T) *taskqueue.Queue {
	t.Helper()
	cfg := taskqueue.Config{AckWait: c.ackWait, LockTTL: lockTTL, Log: slog.New(slog.DiscardHandler)}
	if c.remote {
		cfg.URL = c.broker.url()
	}
	return must[*taskqueue.Queue](t)(taskqueue.Open(t.Context(), cfg))
}

func (c *cluster) scratch() string { return filepath.Join(c.folder, "scratch") }

// request asks for one MP4 of the input.
func request(pipeline int) *api.CreateJobRequest {
	return &api.CreateJobRequest{
		PipelineId: new(storetest.PipelineID(pipeline)), Input: &api.JobInput{Key: new("in.mp4")},
		Output: &api.CreateJobOutput{Key: new("film.mp4"), PresetId: new("1351620000001-000010")},
	}
}

// ladder asks for two renditions in segments and a playlist of them.
func ladder(pipeline int) *api.CreateJobRequest {
	r := request(pipeline)
	r.Output = nil
	r.Outputs = []api.CreateJobOutput{
		{Key: new("high"), PresetId: new("1351620000001-200030"), SegmentDuration: new("1")},
		{Key: new("low"), PresetId: new("1351620000001-200040"), SegmentDuration: new("1")},
	}
	r.Playlists = []api.CreateJobPlaylist{{Name: new("master"), Format: new("HLSv3"),
		OutputKeys: []string{"high", "low"}}}
	return r
}

// urgent raises a request's priority.
func urgent(r *api.CreateJobRequest, priority int) *api.CreateJobRequest {
	r.UserMetadata = map[string]string{"reelastic:priority": strconv.Itoa(priority)}
	return r
}

// submit stores a job, as the server does, and returns its id. All that the job
// writes stands below its id.
func (c *cluster) submit(t *testing.T, r *api.CreateJobRequest) string {
	t.Helper()
	c.jobs++
	var random [8]byte
	binary.LittleEndian.PutUint64(random[:], c.jobs)
	id := transcode.NewID(time.Now().UnixMilli(), random)
	r.OutputKeyPrefix = new(id + "/")
	presets := map[string]*api.Preset{}
	for _, preset := range transcode.PresetIDs(r) {
		presets[preset], _ = transcode.SystemPreset(preset)
	}
	p := must[*api.Pipeline](t)(c.store.Pipeline(t.Context(), *r.PipelineId))
	draft := must[*transcode.JobDraft](t)(transcode.NewJob(r, p, presets, id, "us-east-1", "000000000000"))
	must[*api.Job](t)(c.store.CreateJob(t.Context(), draft, 0))
	c.wake(t)
	return id
}

func (c *cluster) wake(t *testing.T) {
	t.Helper()
	if err := c.local.Load().Wake(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// setStatus pauses or activates a pipeline, as the server does.
func (c *cluster) setStatus(t *testing.T, pipeline int, status string) {
	t.Helper()
	must[*api.Pipeline](t)(c.store.UpdatePipeline(t.Context(), storetest.PipelineID(pipeline),
		func(p *api.Pipeline) error {
			p.Status = &status
			return nil
		}))
	c.wake(t)
}

func (c *cluster) job(t *testing.T, id string) *api.Job {
	t.Helper()
	return must[*api.Job](t)(c.store.Job(t.Context(), id))
}

// reach waits until jobs have a status. Any other final one fails the test.
func (c *cluster) reach(t *testing.T, status transcode.Status, ids ...string) {
	t.Helper()
	for _, id := range ids {
		eventually(t, "job "+id, func() error {
			j := c.job(t, id)
			is := transcode.Status(*j.Status)
			if is == status {
				return nil
			}
			if is.Final() {
				t.Fatalf("job %s is %s, want %s: %s", id, is, status, details(j))
			}
			return fmt.Errorf("it is %s, not %s", is, status)
		})
	}
}

func details(j *api.Job) (text string) {
	for _, o := range j.Outputs {
		if o.StatusDetail != nil {
			text += *o.StatusDetail + "; "
		}
	}
	return text
}

// finishedOnce checks that exactly one attempt stored each job's result.
func (c *cluster) finishedOnce(t *testing.T, ids ...string) {
	t.Helper()
	for _, id := range ids {
		c.journal.await(t, "the finish of job "+id, 1, about(id, is("", "Finish")))
		if n := len(c.journal.all(about(id, is("", "Finish")))); n != 1 {
			t.Errorf("job %s was finished %d times", id, n)
		}
	}
}

// told waits until each job's events are delivered, and checks that there are no
// others, warnings of lost attempts aside.
func (c *cluster) told(t *testing.T, states []string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		for _, state := range states {
			c.journal.await(t, "event "+state+" of job "+id, 1, about(id, func(e entry) bool {
				return is("", "TellEvent")(e) && e.Event.State == state
			}))
		}
		distinct := map[int64]bool{}
		for _, e := range c.journal.all(about(id, is("", "TellEvent"))) {
			if e.Event.State != notify.StateWarning {
				distinct[e.Event.ID] = true
			}
		}
		if len(distinct) != len(states) {
			t.Errorf("job %s has %d events, want %v", id, len(distinct), states)
		}
	}
}

// completed is told of a job that went well.
var completed = []string{notify.StateProgressing, notify.StateCompleted}

// about narrows a match to a job.
func about(job string, match func(entry) bool) func(entry) bool {
	return func(e entry) bool { return e.Job == job && match(e) }
}

// claimed matches a claim that was given; node "" is any.
func claimed(node string) func(entry) bool {
	return func(e entry) bool { return is(node, "Claim")(e) && e.Attempt > 0 }
}

// broker is a NATS server as an operator runs it: with a port and a disk.
type broker struct {
	dir  string
	port int
	ns   *server.Server
}

func startBroker(t *testing.T) *broker {
	t.Helper()
	b := &broker{dir: t.TempDir(), port: server.RANDOM_PORT}
	b.start(t)
	t.Cleanup(b.stop)
	return b
}

// start starts it on the port that it had before.
func (b *broker) start(t *testing.T) {
	t.Helper()
	ns := must[*server.Server](t)(server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: b.port, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: b.dir, JetStreamMaxMemory: 16 << 20, JetStreamMaxStore: 64 << 20,
	}))
	ns.Start()
	if !ns.ReadyForConnections(limit) {
		t.Fatal("the NATS server did not start")
	}
	b.port = ns.Addr().(*net.TCPAddr).Port
	b.ns = ns
}

func (b *broker) stop() {
	b.ns.Shutdown()
	b.ns.WaitForShutdown()
}

func (b *broker) url() string { return "nats://127.0.0.1:" + strconv.Itoa(b.port) }

// refused checks that a write was refused because the lease had passed on.
func refused(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, task.ErrLeaseLost) {
		t.Errorf("%s by a late worker: %v, want ErrLeaseLost", what, err)
	}
}
