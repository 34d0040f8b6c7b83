package server_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/server"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// at is where the test's job stands.
func at(status transcode.Status, attempt int, percent float64) task.Progress {
	return task.Progress{JobID: jobID, Status: status, Attempt: attempt, Percent: percent,
		Outputs: []task.OutputProgress{{ID: "1", Key: "a.mp4", Status: status, Percent: percent}}}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.store.setProgress(at(transcode.Progressing, 1, 12.5))
	h.do("GET", "/v1/jobs/"+jobID+"/progress", "").want(t, 200, `{"jobId":"1502631977930-rabioh","status":"Progressing",
		"attempt":1,"percent":12.5,"speed":0,"secondsLeft":null,
		"outputs":[{"id":"1","key":"a.mp4","status":"Progressing","percent":12.5,"speed":0,"secondsLeft":null}]}`)
}

// events reads the events of a stream one by one.
type events struct {
	t     *testing.T
	lines *bufio.Scanner
}

// next returns the next event, or comment, as its lines joined by "|"; "" at the end.
func (e events) next() string {
	e.t.Helper()
	var lines []string
	for e.lines.Scan() && e.lines.Text() != "" {
		lines = append(lines, e.lines.Text())
	}
	return strings.Join(lines, "|")
}

// want checks the next event by its name and what stands in its data.
func (e events) want(name, status string, attempt, percent string) {
	e.t.Helper()
	got := e.next()
	prefix := "event: " + name + `|data: {"jobId":"` + jobID + `","status":"` + status + `","attempt":` + attempt +
		`,"percent":` + percent + `,`
	if !strings.HasPrefix(got, prefix) {
		e.t.Errorf("event %s, want %s...", got, prefix)
	}
}

// watch opens the stream of the test's job.
func (s *running) watch(t *testing.T) events {
	t.Helper()
	resp := s.open(t, "GET", "/v1/jobs/"+jobID+"/events", "")
	want := map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
	got := map[string]string{"Content-Type": resp.Header.Get("Content-Type"),
		"Cache-Control": resp.Header.Get("Cache-Control")}
	if diff := cmp.Diff(want, got); diff != "" || resp.StatusCode != 200 ||
		!uuidForm.MatchString(resp.Header.Get(api.HeaderRequestID)) {
		t.Fatalf("status %d, headers (-want +got):\n%s", resp.StatusCode, diff)
	}
	return events{t, bufio.NewScanner(resp.Body)}
}

// calm keeps a stream from doing anything by the clock.
func calm(c *server.Config, h *harness) {
	c.Heartbeat, c.Reread = time.Hour, time.Hour
	h.queue.news = make(chan task.Progress)
}

func TestEvents(t *testing.T) {
	t.Parallel()
	s := start(t, newHarness(t, calm))
	s.store.setProgress(at(transcode.Submitted, 0, 0))
	e := s.watch(t)
	e.want("status", "Submitted", "0", "0")
	s.store.setProgress(at(transcode.Progressing, 1, 0))
	s.queue.news <- at(transcode.Progressing, 1, 1)
	e.want("status", "Progressing", "1", "0")
	s.queue.news <- at(transcode.Progressing, 1, 40)
	e.want("progress", "Progressing", "1", "40")
	s.queue.news <- at(transcode.Progressing, 1, 30) // late news
	s.queue.news <- at(transcode.Progressing, 1, 50.5)
	e.want("progress", "Progressing", "1", "50.5")
	s.store.setProgress(at(transcode.Progressing, 2, 3)) // the worker died
	s.queue.news <- at(transcode.Progressing, 2, 4)
	e.want("status", "Progressing", "2", "3")
	s.queue.news <- at(transcode.Progressing, 1, 99) // of the dead worker: the store knows better
	s.queue.news <- at(transcode.Progressing, 2, 60)
	e.want("progress", "Progressing", "2", "60")
	s.queue.news <- at(transcode.Complete, 2, 100) // not yet true in the store
	s.queue.news <- at(transcode.Progressing, 2, 70)
	e.want("progress", "Progressing", "2", "70")
	s.store.setProgress(at(transcode.Complete, 2, 100))
	s.queue.news <- task.Progress{JobID: jobID} // "look into the store"
	e.want("status", "Complete", "2", "100")
	if got := e.next(); got != "" {
		t.Errorf("after the end: %s", got)
	}
	<-s.answers.told
	if got := s.answers.last(); got != "v1:ReadJobEvents OK" {
		t.Errorf("observed: %s", got)
	}
}

func TestEventsOfAFinishedJob(t *testing.T) {
	t.Parallel()
	s := start(t, newHarness(t, calm))
	s.store.setProgress(at(transcode.Errored, 1, 7))
	e := s.watch(t)
	e.want("status", "Error", "1", "7")
	if got := e.next(); got != "" {
		t.Errorf("after the end: %s", got)
	}
}

// Without any news the store is looked at by the clock, also when the queue has
// gone, and a silent stream shows that it lives.
func TestEventsByTheClock(t *testing.T) {
	t.Parallel()
	s := start(t, newHarness(t, func(c *server.Config, h *harness) {
		c.Heartbeat, c.Reread, c.ReadTimeout = 20*time.Millisecond, 30*time.Millisecond, 40*time.Millisecond
		h.queue.news = make(chan task.Progress)
		close(h.queue.news)
	}))
	s.store.setProgress(at(transcode.Submitted, 0, 0))
	e := s.watch(t)
	e.want("status", "Submitted", "0", "0")
	for range 4 { // beyond ReadTimeout, which must not end the stream
		if got := e.next(); got != ": still here" {
			t.Fatalf("instead of a heartbeat: %s", got)
		}
	}
	s.store.setProgress(at(transcode.Canceled, 0, 0))
	for got := e.next(); ; got = e.next() {
		if got != ": still here" {
			if !strings.HasPrefix(got, `event: status|data: {"jobId":"`+jobID+`","status":"Canceled"`) {
				t.Errorf("instead of the end: %q", got)
			}
			break
		}
	}
}

func TestEventsEndWithTheServer(t *testing.T) {
	t.Parallel()
	s := start(t, newHarness(t, calm))
	s.store.setProgress(at(transcode.Submitted, 0, 0))
	e := s.watch(t)
	e.want("status", "Submitted", "0", "0")
	s.stop()
	if got := e.next(); got != "" {
		t.Errorf("at the end: %s", got)
	}
	if err := s.wait(); err != nil {
		t.Error(err)
	}
}

// A client that does not read can't hold a stream.
func TestStuckReader(t *testing.T) {
	t.Parallel()
	s := start(t, newHarness(t, func(c *server.Config, h *harness) {
		calm(c, h)
		c.WriteTimeout = 50 * time.Millisecond
		c.MaxStreams = 1
	}))
	p := at(transcode.Progressing, 1, 0)
	p.Outputs[0].Key = strings.Repeat("k", 1<<20)
	s.store.setProgress(p)
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+s.address+"/v1/jobs/"+jobID+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	sign(t, r, "")
	if err := r.Write(dial(t, s)); err != nil {
		t.Fatal(err)
	}
	for percent := 1.0; ; percent++ {
		p.Percent = percent
		select {
		case s.queue.news <- p:
			continue
		case <-s.answers.told: // the stream has ended
		}
		break
	}
}

func TestTooManyStreams(t *testing.T) {
	t.Parallel()
	s := start(t, newHarness(t, func(c *server.Config, h *harness) {
		calm(c, h)
		c.MaxStreams = 1
	}))
	s.store.setProgress(at(transcode.Submitted, 0, 0))
	s.watch(t).want("status", "Submitted", "0", "0")
	resp := s.open(t, "GET", "/v1/jobs/"+jobID+"/events", "")
	answer{resp.StatusCode, resp.Header, readAll(t, resp.Body)}.
		wantError(t, 429, api.ThrottlingException, "All 1 event streams are in use, or 200 by this caller.")
}

func TestTooManyStreamsOfACaller(t *testing.T) {
	t.Parallel()
	s := start(t, newHarness(t, func(c *server.Config, h *harness) {
		calm(c, h)
		c.MaxStreamsPerCaller = 1
	}))
	s.store.setProgress(at(transcode.Submitted, 0, 0))
	s.watch(t).want("status", "Submitted", "0", "0")
	resp := s.open(t, "GET", "/v1/jobs/"+jobID+"/events", "")
	answer{resp.StatusCode, resp.Header, readAll(t, resp.Body)}.
		wantError(t, 429, api.ThrottlingException, "All 1000 event streams are in use, or 1 by this caller.")
}

// A stream ends when its time is over, when its access key has ended and when its policy
// does not allow it any more.
func TestStreamsEnd(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*server.Config, *harness){
		"time is over": func(c *server.Config, _ *harness) { c.StreamTime = time.Millisecond },
		"key is revoked": func(_ *server.Config, h *harness) {
			h.callers.after(2, func(k *keys) { k.known.AccessKeyID = "RLAOTHER" })
		},
		"policy is another": func(_ *server.Config, h *harness) {
			h.callers.after(2, func(k *keys) { k.policy = policy.Presets() })
		},
	} {
		s := start(t, newHarness(t, calm, func(c *server.Config, h *harness) {
			c.Reread = 5 * time.Millisecond
			end(c, h)
		}))
		s.store.setProgress(at(transcode.Submitted, 0, 0))
		resp := s.open(t, "GET", "/v1/jobs/"+jobID+"/events", "")
		if text := readAll(t, resp.Body); !strings.HasPrefix(text, "event: status") {
			t.Errorf("%s: %q", name, text)
		}
	}
}

func TestEventsRefused(t *testing.T) {
	t.Parallel()
	s := start(t, newHarness(t, calm))
	for id, code := range map[string]api.ErrorCode{"x": api.ValidationException,
		absentID: api.ResourceNotFoundException} {
		resp := s.open(t, "GET", "/v1/jobs/"+id+"/events", "")
		if got := resp.Header.Get(api.HeaderErrorType); got != string(code)+":" {
			t.Errorf("%s: %s", id, got)
		}
	}
}
