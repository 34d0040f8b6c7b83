package restarts

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(m) }

const (
	// clipSeconds is long enough to be interrupted.
	clipSeconds = 10
	// within bounds every wait for the job, on a busy machine.
	within = 4 * time.Minute
)

// run is a server with one job that takes a while.
type run struct {
	*testing.T
	server *reelastictest.Fixture
	job    string
	watch  *watch
}

// encode starts a server and a job, and returns when the job is under way: more
// than a tenth is done.
func encode(t *testing.T, args ...string) *run {
	t.Helper()
	f := reelastictest.New(t, append([]string{"--workers", "1", "--speed", "slow"}, args...)...)
	f.Within = within
	f.PutClip(t, "clip.mp4", reelastictest.Clip{Width: 640, Height: 360, Rate: 30, Seconds: clipSeconds})
	r := &run{T: t, server: f, watch: watchFolder(t, f.Bucket("out"))}
	movie := reelastictest.Output("movie.mp4", reelastictest.Generic480p, "")
	movie.ThumbnailPattern = new("thumb-{count}")
	r.job = f.Submit(t, &api.CreateJobRequest{
		Inputs:    []api.JobInput{{Key: new("clip.mp4")}},
		Outputs:   []api.CreateJobOutput{movie, reelastictest.Output("hls", reelastictest.HLS400k, "5")},
		Playlists: []api.CreateJobPlaylist{{Name: new("master"), Format: new("HLSv3"), OutputKeys: []string{"hls"}}},
	})
	p := f.Reach(t, r.job, func(p v1.Progress) bool { return p.Percent > 10 })
	if p.Status != client.JobProgressing {
		t.Fatalf("the job is too fast for this test: %+v", p)
	}
	return r
}

// progress is where the job stands now.
func (r *run) progress() v1.Progress {
	r.Helper()
	return r.server.Reach(r.T, r.job, func(v1.Progress) bool { return true })
}

// started is the job's StartTimeMillis.
func (r *run) started() int64 {
	r.Helper()
	job := r.server.Job(r.T, r.job)
	if job.Timing.StartTimeMillis == nil {
		r.Fatal("the job runs and has no StartTimeMillis")
	}
	return *job.Timing.StartTimeMillis
}

// completes waits for the job and checks its objects, its start and how often it
// was begun.
func (r *run) completes(started int64, attempt int) {
	r.Helper()
	job := r.server.Await(r.T, r.job)
	if *job.Status != "Complete" {
		r.Fatalf("%s: %q, %q", *job.Status, reelastictest.Text(job.Outputs[0].StatusDetail),
			reelastictest.Text(job.Outputs[1].StatusDetail))
	}
	if *job.Timing.StartTimeMillis != started {
		r.Errorf("StartTimeMillis %d, it was %d at first", *job.Timing.StartTimeMillis, started)
	}
	if p := r.progress(); p.Attempt != attempt || p.Percent != 100 {
		r.Errorf("progress at the end: %+v, want attempt %d, 100 %%", p, attempt)
	}
	objects := r.server.Objects("out")
	want := []string{"hls.m3u8", "hls00000.ts", "hls00001.ts", "master.m3u8", "movie.mp4", "thumb-00001.png"}
	if got := slices.Sorted(maps.Keys(objects)); !slices.Equal(got, want) {
		r.Errorf("objects %q, want %q", got, want)
	}
	r.watch.settled(r.T, objects)
	out := r.server.Bucket("out")
	for _, name := range []string{"movie.mp4", "hls.m3u8", "thumb-00001.png"} {
		reelastictest.Decode(r.T, filepath.Join(out, name))
	}
	for _, name := range []string{"movie.mp4", "hls.m3u8"} {
		s := reelastictest.Probe(r.T, filepath.Join(out, name)).Only(r.T, "video").Seconds()
		if math.Abs(s-clipSeconds) > 0.1 {
			r.Errorf("%s lasts %.3f s, want %d s", name, s, clipSeconds)
		}
	}
	reelastictest.Poll(r.T, 5*time.Second, "scratch holds more than the running worker's empty folder and its lock",
		func() bool {
			workers, _ := filepath.Glob(filepath.Join(r.server.Data, "scratch", "*")) // the patterns are valid
			attempts, _ := filepath.Glob(filepath.Join(r.server.Data, "scratch", "*", "*"))
			return len(workers) == 2 && len(attempts) == 0
		})
	for _, state := range []string{"PROGRESSING", "COMPLETED"} {
		event := `"state":"` + state + `"`
		reelastictest.Poll(r.T, 10*time.Second, "no event "+state, func() bool {
			return strings.Contains(r.server.Log(), event)
		})
		if n := strings.Count(r.server.Log(), event); n != 1 {
			r.Errorf("%d events %s, want 1", n, state)
		}
	}
}

func TestKill(t *testing.T) {
	t.Parallel()
	r := encode(t)
	started := r.started()
	children := r.server.Children()
	if len(children) == 0 {
		t.Error("the server runs no ffmpeg")
	}
	r.server.Kill()
	reelastictest.Poll(t, 5*time.Second, "ffmpeg outlives the killed server", func() bool {
		return !anyAlive(children)
	})
	if r.watch.count() != 0 {
		t.Errorf("%d objects of a job that was killed while it encoded", r.watch.count())
	}
	r.server.Restart()
	r.completes(started, 2)
}

// TestTerminate gives the job less time than it needs: it is handed back.
func TestTerminate(t *testing.T) {
	t.Parallel()
	const grace = 200 * time.Millisecond
	r := encode(t, "--grace", grace.String())
	started := r.started()
	if status := r.server.Terminate(grace + 10*time.Second); status != 0 {
		t.Errorf("exit status %d after SIGTERM", status)
	}
	if r.watch.count() != 0 {
		t.Errorf("%d objects of a job that was handed back", r.watch.count())
	}
	r.server.Restart()
	r.completes(started, 2)
}

// TestTerminateInTime gives the job the time it needs.
func TestTerminateInTime(t *testing.T) {
	t.Parallel()
	r := encode(t, "--grace", within.String())
	started := r.started()
	if status := r.server.Terminate(within); status != 0 {
		t.Errorf("exit status %d after SIGTERM", status)
	}
	if r.watch.count() == 0 {
		t.Error("no objects: the job was not finished in the grace")
	}
	r.server.Restart()
	r.completes(started, 1)
}

// anyAlive reports whether one of the processes still runs; a zombie does not.
func anyAlive(processes []int) bool {
	return slices.ContainsFunc(processes, func(pid int) bool {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return false
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		return rest[0] != 'Z' && rest[0] != 'X'
	})
}

// TestWatchCommand checks what "job watch" tells by its exit status.
func TestWatchCommand(t *testing.T) {
	t.Parallel()
	server := reelastictest.New(t, "--workers", "1")
	server.PutClip(t, "clip.mp4", reelastictest.Clip{Width: 128, Height: 96, Rate: 10, Seconds: 1})
	submit := func(input string) string {
		return server.Submit(t, &api.CreateJobRequest{
			Inputs:  []api.JobInput{{Key: &input}},
			Outputs: []api.CreateJobOutput{reelastictest.Output("from-"+input, reelastictest.Generic480p, "")},
		})
	}
	for _, c := range []struct {
		name, id   string
		status     int
		says, errs string
	}{
		{"complete", submit("clip.mp4"), 0, ": Complete", ""},
		{"failed", submit("nowhere.mp4"), 3, "error 3001: ", ""},
		{"not an id", "job", 2, "", `job id "job" is not valid`},
		{"unknown", "1111111111111-aaaaaa", 1, "", "The specified job was not found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, errs, status := reelastictest.Run(t,
				[]string{"AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(server.Data, "credentials")},
				"job", "watch", c.id, "--endpoint-url", server.Endpoint())
			if status != c.status || !strings.Contains(out, c.says) || !strings.Contains(errs, c.errs) {
				t.Errorf("exit status %d, want %d, %q and %q; it said:\n%s%s", status, c.status, c.says,
					c.errs, out, errs)
			}
		})
	}
}
