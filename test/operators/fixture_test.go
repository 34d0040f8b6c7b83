package operators

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/sqlstore/pgtest"
	"github.com/reelastic/reelastic/test/reelastictest"
)

var postgres pgtest.Server

func TestMain(m *testing.M) { reelastictest.Main(tests{m}) }

// tests stops PostgreSQL after the tests of this package.
type tests struct{ *testing.M }

func (m tests) Run() int {
	defer postgres.Stop()
	return m.M.Run()
}

// within bounds every wait for a job, on a busy machine.
const within = 4 * time.Minute

// site is a service with all that it runs on.
type site struct {
	*reelastictest.Fixture
	// encoders are the processes whose workers encode.
	encoders []interface{ Children() []int }
	// scratch are the folders for work in progress.
	scratch []string
}

// onEachShape runs a test on one process that does everything, and on a server and a worker.
func onEachShape(t *testing.T, test func(*testing.T, *site)) {
	t.Parallel()
	t.Run("one process", func(t *testing.T) {
		t.Parallel()
		test(t, oneProcess(t))
	})
	t.Run("server and worker", func(t *testing.T) {
		t.Parallel()
		test(t, apart(t))
	})
}

// oneProcess is a server with everything inside.
func oneProcess(t *testing.T, args ...string) *site {
	t.Helper()
	f := reelastictest.New(t, append([]string{"--workers", "1", "--speed", "slow"}, args...)...)
	f.Within = within
	return &site{Fixture: f, encoders: []interface{ Children() []int }{f.Server},
		scratch: []string{filepath.Join(f.Data, "scratch")}}
}

// apart is a server that encodes nothing and a worker, on PostgreSQL and NATS.
func apart(t *testing.T) *site {
	t.Helper()
	shared := []string{"--database", postgres.Database(t), "--nats", startNATS(t), "--speed", "slow"}
	f := reelastictest.New(t, append([]string{"--workers", "0"}, shared...)...)
	f.Within = within
	s := &site{Fixture: f}
	s.addWorker(t, append([]string{"--storage", filepath.Join(f.Data, "buckets"), "--workers", "1"}, shared...)...)
	return s
}

// addWorker starts a worker and waits until it is listed.
func (s *site) addWorker(t *testing.T, args ...string) {
	t.Helper()
	w := reelastictest.StartWorker(t, args...)
	s.encoders = append(s.encoders, w)
	s.scratch = append(s.scratch, filepath.Join(w.Data, "scratch"))
	reelastictest.Poll(t, within, "the worker is not listed",
		func() bool { return len(s.workers(t)) == len(s.encoders) })
}

// startNATS starts a NATS server in the test's process and returns its address.
func startNATS(t *testing.T) string {
	t.Helper()
	ns, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: t.TempDir(), JetStreamMaxMemory: 16 << 20, JetStreamMaxStore: 64 << 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	ns.Start()
	t.Cleanup(func() {
		ns.Shutdown()
		ns.WaitForShutdown()
	})
	if !ns.ReadyForConnections(time.Minute) {
		t.Fatal("the NATS server did not start")
	}
	return fmt.Sprintf("nats://127.0.0.1:%d", ns.Addr().(*net.TCPAddr).Port)
}

// run runs a command of the program against the server; it must succeed.
func (s *site) run(t *testing.T, args ...string) string {
	t.Helper()
	out, errs, status := reelastictest.Run(t, nil, append(args, "--endpoint-url", s.Endpoint(), "--data", s.Data)...)
	if status != 0 {
		t.Fatalf("%v: exit status %d: %s", args, status, errs)
	}
	return out
}

// refuse runs a command that must fail and returns what it says.
func (s *site) refuse(t *testing.T, args ...string) string {
	t.Helper()
	out, errs, status := reelastictest.Run(t, nil, append(args, "--endpoint-url", s.Endpoint(), "--data", s.Data)...)
	if status == 0 {
		t.Fatalf("%v succeeds: %s", args, out)
	}
	return errs
}

// documents reads one JSON document from each line.
func documents[T any](t *testing.T, lines string) (all []T) {
	t.Helper()
	for line := range strings.Lines(lines) {
		var v T
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, v)
	}
	return all
}

// workers lists the workers as the command does.
func (s *site) workers(t *testing.T) []v1.Worker {
	t.Helper()
	return documents[v1.Worker](t, s.run(t, "worker", "list", "--output", "json"))
}

// encode submits a job that takes a while and returns when it is under way: more than a
// tenth is done.
func (s *site) encode(t *testing.T) string {
	t.Helper()
	s.PutClip(t, "clip.mp4", reelastictest.Clip{Width: 640, Height: 360, Rate: 30, Seconds: 10})
	job := s.Submit(t, long(""))
	if p := s.Reach(t, job, func(p v1.Progress) bool { return p.Percent > 10 }); p.Final() {
		t.Fatalf("the job is too fast for this test: %+v", p)
	}
	return job
}

// long is a job that takes a while, with outputs below a prefix.
func long(prefix string) *api.CreateJobRequest {
	movie := reelastictest.Output("movie.mp4", reelastictest.Generic480p, "")
	movie.ThumbnailPattern = new("thumb-{count}")
	req := &api.CreateJobRequest{
		Inputs:    []api.JobInput{{Key: new("clip.mp4")}},
		Outputs:   []api.CreateJobOutput{movie, reelastictest.Output("hls", reelastictest.HLS400k, "5")},
		Playlists: []api.CreateJobPlaylist{{Name: new("master"), Format: new("HLSv3"), OutputKeys: []string{"hls"}}},
	}
	if prefix != "" {
		req.OutputKeyPrefix = &prefix
	}
	return req
}

// encoding are the processes that encode now.
func (s *site) encoding() (found []int) {
	for _, e := range s.encoders {
		found = append(found, e.Children()...)
	}
	return found
}

// wantNothing wants no object in the bucket "out", and no folder of an attempt.
func (s *site) wantNothing(t *testing.T) {
	t.Helper()
	reelastictest.Poll(t, within, "the folder of an attempt is left", func() bool {
		var left []string
		for _, folder := range s.scratch {
			attempts, _ := filepath.Glob(filepath.Join(folder, "*", "*")) // the pattern is valid
			left = append(left, attempts...)
		}
		return len(left) == 0
	})
	if found := s.Objects("out"); len(found) != 0 {
		t.Errorf("objects are left: %v", found)
	}
	temporary, err := os.ReadDir(filepath.Join(s.Data, "buckets", ".reelastic", "tmp"))
	if err == nil && slices.ContainsFunc(temporary, func(e os.DirEntry) bool { return !e.IsDir() }) {
		t.Errorf("temporary files are left: %v", temporary)
	}
}

// remove removes an object that the test has put.
func (s *site) remove(t *testing.T, bucket, key string) {
	t.Helper()
	if err := os.Remove(filepath.Join(s.Data, "buckets", bucket, key)); err != nil {
		t.Fatal(err)
	}
}

// rfc3339 is a time of the API, in milliseconds, as the command line takes it.
func rfc3339(millis int64) string { return time.UnixMilli(millis).UTC().Format(time.RFC3339) }
