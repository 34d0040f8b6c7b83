package client

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/wait"
)

const (
	// watchTries is how often in a row a stream is taken up again without news.
	watchTries = 5
	watchDelay = 200 * time.Millisecond
	// watchSilence is how long a stream may say nothing; the server says every 15
	// seconds that it is there.
	watchSilence = time.Minute
	// maxEventBytes bounds a line of a stream.
	maxEventBytes = 1 << 20
)

// errNoEvents is that the server has no event streams.
var errNoEvents = errors.New("the server has no event streams")

// Watch yields where a job stands, now and whenever that changes, until it has
// ended. Reelastic tells live (server-sent events of its extension API); of a
// server without that the job is read every few seconds. A stream that breaks
// is taken up again; after five such tries without news, or at once when the
// server refuses, the last element is the last progress with an error.
// The job's last status is the last element otherwise; why it failed is to be
// found by [Client.WaitJob].
func (c *Client) Watch(ctx context.Context, id string) iter.Seq2[v1.Progress, error] {
	return func(yield func(v1.Progress, error) bool) {
		w := &watcher{c: c, id: id, yield: yield}
		err := w.follow(ctx)
		if errors.Is(err, errNoEvents) {
			err = w.poll(ctx)
		}
		if err != nil && !w.stopped {
			yield(w.last, err)
		}
	}
}

// watcher is one range over [Client.Watch].
type watcher struct {
	c       *Client
	id      string
	yield   func(v1.Progress, error) bool
	last    v1.Progress
	stopped bool // the loop over the sequence has ended
}

// done reports whether there is nothing more to yield.
func (w *watcher) done() bool { return w.stopped || w.last.Final() }

// show yields a progress.
func (w *watcher) show(p v1.Progress) {
	w.last = p
	w.stopped = !w.yield(p, nil)
}

// follow reads streams of events until the job ends, one after the other where
// they break.
func (w *watcher) follow(ctx context.Context) error {
	for try := 0; ; try++ {
		before := w.last
		err := w.stream(ctx)
		if w.done() {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("watch job %s: %w", w.id, ctx.Err())
		}
		if errors.Is(err, errNoEvents) || w.refused(err) {
			return err
		}
		if w.last.Percent > before.Percent || w.last.Status != before.Status || w.last.Attempt != before.Attempt {
			try = 0
		}
		if try >= watchTries {
			return fmt.Errorf("watch job %s: %w", w.id, err)
		}
		pause := max(w.c.opts.retry.pause(1, err), time.Duration(try+1)*watchDelay)
		if wait.For(ctx, jitter(pause)) != nil {
			return fmt.Errorf("watch job %s: %w", w.id, ctx.Err())
		}
	}
}

// refused reports whether an error is an answer that another try won't change.
func (w *watcher) refused(err error) bool {
	if e, ok := errors.AsType[*TransportError](err); ok {
		return e.final
	}
	_, answered := errors.AsType[*ResponseError](err)
	return answered && !w.c.opts.retry.repeats(err, false)
}

// stream reads one stream of events to its end, which is an error unless the
// job has ended.
func (w *watcher) stream(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(watchSilence, func() { cancel(errSilent) })
	defer silence.Stop()
	resp, err := w.open(ctx)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxEventBytes)
	for !w.done() && lines.Scan() {
		silence.Reset(watchSilence)
		text, ok := bytes.CutPrefix(lines.Bytes(), []byte("data:"))
		if !ok {
			continue
		}
		var p v1.Progress
		if err := json.Unmarshal(text, &p); err != nil {
			return fmt.Errorf("the server's event can't be read: %w", err)
		}
		w.show(p)
	}
	return cmp.Or(context.Cause(ctx), lines.Err(), io.ErrUnexpectedEOF)
}

// errSilent is that a stream said nothing for too long.
var errSilent = fmt.Errorf("the event stream was silent for %v", watchSilence)

// open begins a stream of events.
func (w *watcher) open(ctx context.Context) (*http.Response, error) {
	r := &call{name: "WatchJob", method: http.MethodGet, path: "/v1/jobs"}
	if err := r.below("Id", &w.id, "/events"); err != nil {
		return nil, &TransportError{Operation: r.name, Attempts: 1, Err: err, final: true}
	}
	resp, err := w.c.begin(ctx, r)
	if err == nil {
		if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind == "text/event-stream" {
			return resp, nil
		}
		resp.Body.Close()
		return nil, errNoEvents
	}
	// A server of the original API alone knows neither the path nor its version.
	if e, ok := errors.AsType[*ResponseError](err); ok {
		unknown := e.Status == http.StatusNotFound && e.Code != api.ResourceNotFoundException
		if unknown || e.Code == api.UnknownOperationException || e.Code == api.IncompatibleVersionException {
			return nil, errNoEvents
		}
	}
	return nil, err
}

// begin sends a call once and returns the answer with its body unread. Where
// the date of the signature was refused it is sent again.
func (c *Client) begin(ctx context.Context, r *call) (*http.Response, error) {
	for n := 1; ; n++ {
		began := time.Now()
		req, resp, err := c.send(ctx, r, n)
		var body []byte
		if err == nil && !r.succeeded(resp.StatusCode) {
			if body, err = c.read(resp, r, n); err == nil {
				err = newResponseError(r.name, resp, body).typed()
			}
		}
		c.tell(&Exchange{Operation: r.name, Attempt: n, Request: req, Response: resp, Body: body, Err: err}, began)
		if err == nil {
			return resp, nil
		}
		if n > 1 || !c.correctClock(err, r.skew) {
			return nil, err
		}
	}
}

// poll reads the job until it ends.
func (w *watcher) poll(ctx context.Context) error {
	_, err := w.c.wait(ctx, w.id, waiting{first: time.Second, longest: 5 * time.Second, outage: time.Minute,
		each: func(job *api.Job) bool {
			if p := progressOf(job); !same(&p, &w.last) {
				w.show(p)
			}
			return !w.stopped
		}})
	if _, ended := errors.AsType[*JobError](err); ended {
		return nil
	}
	return err
}

// progressOf is what a job tells of its progress.
func progressOf(job *api.Job) v1.Progress {
	p := v1.Progress{JobID: value(job.Id), Status: value(job.Status)}
	all := outputs(job)
	for _, o := range all {
		out := v1.OutputProgress{ID: value(o.Id), Key: value(o.Key), Status: value(o.Status)}
		if final(out.Status) {
			out.Percent = 100
			p.Percent += 100 / float64(len(all))
		}
		p.Outputs = append(p.Outputs, out)
	}
	if p.Status == JobComplete {
		p.Percent = 100
	}
	return p
}

// same reports whether there is nothing new in p.
func same(p, old *v1.Progress) bool {
	return p.Status == old.Status && slices.EqualFunc(p.Outputs, old.Outputs,
		func(a, b v1.OutputProgress) bool { return a.Status == b.Status })
}
