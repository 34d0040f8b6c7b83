package fleet_test

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/transcode"
)

// wholly checks that a job's playlists lead to objects of one attempt only, down
// to the segments, and that its other media are of that attempt.
func (c *cluster) wholly(t *testing.T, job string, attempt int) {
	t.Helper()
	own := func(key string) {
		info, err := c.objects.Stat(t.Context(), "out", key)
		if err != nil {
			t.Errorf("job %s: %v", job, err)
		} else if info.Owner != (object.Owner{Job: job, Attempt: attempt}) {
			t.Errorf("object %s was written by %s, want attempt %d", key, info.Owner, attempt)
		}
	}
	j := c.job(t, job)
	for _, o := range j.Outputs {
		if o.SegmentDuration == nil {
			own(job + "/" + *o.Key)
		} else {
			c.follow(t, job+"/"+*o.Key+".m3u8", own)
		}
	}
	for _, p := range j.Playlists {
		c.follow(t, job+"/"+*p.Name+".m3u8", own)
	}
}

// follow visits a playlist and all that it names.
func (c *cluster) follow(t *testing.T, key string, visit func(key string)) {
	t.Helper()
	visit(key)
	for _, line := range strings.Fields(c.read(t, key)) {
		switch {
		case strings.HasPrefix(line, "#") || !strings.Contains(line, "."):
		case strings.HasSuffix(line, ".m3u8"):
			c.follow(t, path.Join(path.Dir(key), line), visit)
		case strings.HasSuffix(line, ".ts"):
			visit(path.Join(path.Dir(key), line))
		}
	}
}

func (c *cluster) file(key string) string { return filepath.Join(c.folder, "objects/out", key) }

func (c *cluster) read(t *testing.T, key string) string {
	t.Helper()
	return string(must[[]byte](t)(os.ReadFile(c.file(key))))
}

// foreign puts an object that no job has written.
func (c *cluster) foreign(key string) error {
	if err := os.MkdirAll(filepath.Dir(c.file(key)), 0o755); err != nil {
		return err
	}
	return os.WriteFile(c.file(key), []byte("foreign"), 0o600)
}

// attempts is how often a job was begun.
func (c *cluster) attempts(job string) (n int) {
	for _, e := range c.journal.all(about(job, claimed(""))) {
		n = max(n, e.Attempt)
	}
	return n
}

// ladderObjects is what the first attempt at a ladder publishes: twice three
// segments and their playlist, and the master playlist.
const ladderObjects = 9

// TestRetryAfterPut lets first attempts fail before and after each of their
// objects. The second one completes the job with objects of its own.
func TestRetryAfterPut(t *testing.T) {
	onEachShape(t, 10*time.Second, func(t *testing.T, c *cluster) {
		c.node(t).dispatch()
		var mu sync.Mutex
		puts, failing := map[string]int{}, map[string]int{}
		fault := func(e entry) error {
			mu.Lock()
			defer mu.Unlock()
			if e.Attempt > 1 {
				return nil
			}
			puts[e.Job]++
			if puts[e.Job] == failing[e.Job] {
				return errors.New("the store is away")
			}
			return nil
		}
		// The hooks before and after a call count on: 1, 2 are the first object's.
		w := c.node(t)
		w.Slots = 2
		w.before("Put", fault)
		w.after("Put", fault)
		w.before("SetPublishing", func(e entry) error {
			mu.Lock()
			defer mu.Unlock()
			if failing[e.Job] == 0 {
				failing[e.Job] = 1 + len(failing)%(2*ladderObjects)
			}
			return nil
		})
		w.work()
		var jobs []string
		for range 2 * ladderObjects {
			jobs = append(jobs, c.submit(t, ladder(0)))
		}
		c.reach(t, transcode.Complete, jobs...)
		for _, id := range jobs {
			if n := c.attempts(id); n != 2 {
				t.Errorf("job %s took %d attempts", id, n)
			}
			c.wholly(t, id, 2)
		}
		c.finishedOnce(t, jobs...)
		c.told(t, completed, jobs...)
	})
}

// TestDeathWhilePublishing kills a worker between two of its objects; another
// one completes the job.
func TestDeathWhilePublishing(t *testing.T) {
	onEachShape(t, time.Second, func(t *testing.T, c *cluster) {
		c.node(t).dispatch()
		dying := c.node(t)
		var puts atomic.Int32
		dying.after("Put", func(entry) error {
			if puts.Add(1) == 5 {
				dying.die()
			}
			return nil
		})
		dying.work()
		job := c.submit(t, ladder(0))
		c.journal.await(t, "the death", 1, about(job, func(e entry) bool {
			return errors.Is(e.Err, errDead) && e.What == "Put"
		}))
		dying.kill()
		if _, err := os.Stat(c.file(job + "/master.m3u8")); !os.IsNotExist(err) {
			t.Errorf("the master playlist is visible: %v", err)
		}
		c.node(t).work()
		c.reach(t, transcode.Complete, job)
		c.wholly(t, job, c.attempts(job))
		c.finishedOnce(t, job)
	})
}

// TestForeignObject puts an object of somebody else in a job's way: before the
// job, while it runs, and at the last moment.
func TestForeignObject(t *testing.T) {
	onEachShape(t, 10*time.Second, func(t *testing.T, c *cluster) {
		c.node(t).dispatch()
		w := c.node(t)
		w.encoder.cued = true
		const inTheWay = "/low00001.ts"
		atLast := make(chan string, 1) // the job whose way is blocked at its first Put
		w.before("Put", func(e entry) error {
			select {
			case job := <-atLast:
				return c.foreign(job + inTheWay)
			default:
				return nil
			}
		})
		w.work()
		run := func(r string, prepare func(job string)) {
			c.journal.await(t, "the run", 1, about(r, is("", "run")))
			prepare(r)
			w.encoder.finish(r)
			c.reach(t, transcode.Errored, r)
			j := c.job(t, r)
			if s := *j.Outputs[0].Status; s != "Complete" {
				t.Errorf("the other output is %s", s)
			}
			if d := *j.Outputs[1].StatusDetail; d[:5] != "3002 " {
				t.Errorf("detail %q, want 3002", d)
			}
			if d := *j.Playlists[0].StatusDetail; d[:5] != "1001 " {
				t.Errorf("the playlist's detail %q, want 1001", d)
			}
			if text := c.read(t, r+inTheWay); text != "foreign" {
				t.Errorf("the foreign object is now %q", text)
			}
		}
		run(c.submit(t, ladder(0)), func(job string) {
			if err := c.foreign(job + inTheWay); err != nil {
				t.Fatal(err)
			}
		})
		run(c.submit(t, ladder(0)), func(job string) { atLast <- job })

		c.setStatus(t, 0, "Paused")
		job := c.submit(t, request(0))
		if err := c.foreign(job + "/film.mp4"); err != nil {
			t.Fatal(err)
		}
		c.setStatus(t, 0, "Active")
		c.reach(t, transcode.Errored, job)
		if d := *c.job(t, job).Outputs[0].StatusDetail; d[:5] != "3002 " {
			t.Errorf("detail %q, want 3002", d)
		}
		if len(c.journal.all(about(job, is("", "run")))) > 0 {
			t.Error("it was encoded for nothing")
		}
		if text := c.read(t, job+"/film.mp4"); text != "foreign" {
			t.Errorf("the foreign object is now %q", text)
		}
	})
}
