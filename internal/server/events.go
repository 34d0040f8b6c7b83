package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// progress answers GET /v1/jobs/{Id}/progress.
func (s *Server) progress(w *response, r *http.Request, _ signed) error {
	ctx, cancel := context.WithTimeout(r.Context(), s.cfg.RequestTimeout)
	defer cancel()
	found, err := s.jobProgress(ctx, r)
	if err != nil {
		return err
	}
	document, err := marshal(showProgress(*found))
	if err != nil {
		return err
	}
	w.send(http.StatusOK, document)
	return nil
}

func showProgress(p task.Progress) v1.Progress {
	shown := v1.Progress{
		JobID: p.JobID, Status: string(p.Status), Attempt: p.Attempt, Percent: p.Percent, Speed: p.Speed,
		SecondsLeft: p.SecondsLeft, Outputs: make([]v1.OutputProgress, len(p.Outputs)),
	}
	for i, o := range p.Outputs {
		shown.Outputs[i] = v1.OutputProgress{
			ID: o.ID, Key: o.Key, Status: string(o.Status), Percent: o.Percent, Speed: o.Speed,
			SecondsLeft: o.SecondsLeft,
		}
	}
	return shown
}

// jobProgress reads where the job of a request stands, from the store.
func (s *Server) jobProgress(ctx context.Context, r *http.Request) (*task.Progress, error) {
	id := r.PathValue("id")
	if err := transcode.Check(&api.ReadJobRequest{Id: &id}); err != nil {
		return nil, err
	}
	found, err := s.store.Progress(ctx, id)
	if err != nil {
		return nil, s.jobError(err, id)
	}
	return found, nil
}

// events answers GET /v1/jobs/{Id}/events with server-sent events: "status" at
// the beginning and whenever a status or the attempt changes, "progress" for the
// rest. The data of both is a [v1.Progress]. The stream ends after the
// final status, when the client goes, when the server stops, after an hour, and when the
// caller may not read it any more.
func (s *Server) events(w *response, r *http.Request, from signed) error {
	if !s.streams.take(from.caller.Name) {
		return &api.Error{Code: api.ThrottlingException, Message: fmt.Sprintf(
			"All %d event streams are in use, or %d by this caller.", s.cfg.MaxStreams, s.cfg.MaxStreamsPerCaller)}
	}
	defer s.streams.give(from.caller.Name)
	ctx, cancel := context.WithTimeout(r.Context(), s.cfg.StreamTime)
	defer cancel()
	control := http.NewResponseController(w)
	// The limit on reading the request is over; it would end the stream.
	if err := control.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("event stream: %w", err)
	}
	// Watch first, then look: nothing that happens in between is missed.
	job := r.PathValue("id")
	news, err := s.watch(ctx, job)
	if err != nil {
		return err
	}
	snapshot, err := s.jobProgress(ctx, r)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would collect events otherwise
	st := &stream{s: s, w: w, control: control, job: job, accessKey: from.accessKey}
	st.follow(ctx, snapshot, news)
	return nil
}

// watch subscribes to the news of a job. An id that can't be one is not
// subscribed to; the caller refuses it.
func (s *Server) watch(ctx context.Context, id string) (<-chan task.Progress, error) {
	if err := transcode.Check(&api.ReadJobRequest{Id: &id}); err != nil {
		return nil, err
	}
	news, err := s.queue.WatchJob(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("watch job %s: %w", id, err)
	}
	return news, nil
}

// stream is one client's view of one job.
type stream struct {
	s       *Server
	w       *response
	control *http.ResponseController
	job     string
	// accessKey is the id of the one with which the client may read.
	accessKey string
	last      task.Progress // what the client knows
}

// follow sends events until the job ends or nobody listens any more.
func (st *stream) follow(ctx context.Context, snapshot *task.Progress, news <-chan task.Progress) {
	if st.send(v1.EventStatus, *snapshot) != nil || snapshot.Status.Final() {
		return
	}
	heartbeat := time.NewTicker(st.s.cfg.Heartbeat)
	defer heartbeat.Stop()
	reread := time.NewTicker(st.s.cfg.Reread)
	defer reread.Stop()
	for !st.last.Status.Final() {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-st.s.closing:
			return
		case p, open := <-news:
			if !open {
				news = nil // the store still tells
				continue
			}
			err = st.hear(ctx, p)
		case <-reread.C:
			if err = st.mayGoOn(ctx); err == nil {
				err = st.look(ctx)
			}
		case <-heartbeat.C:
			err = st.write(": still here\n\n")
		}
		if err != nil {
			return
		}
	}
}

// mayGoOn is an error when the access key has ended, or its policy does not allow to read
// the job any more. While the store is away nothing of that is known.
func (st *stream) mayGoOn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, st.s.cfg.RequestTimeout)
	defer cancel()
	_, caller, err := st.s.callers.Caller(ctx, st.accessKey)
	if err == nil {
		err = st.s.authorizeJob(ctx, caller, extensions+"ReadJobEvents", st.job)
	}
	if errors.Is(err, transcode.ErrNotFound) || errors.Is(err, transcode.ErrExpired) || clientError(err) != nil {
		return err
	}
	return nil
}

// hear takes one piece of news. A change of status is believed only when the
// store says the same, because the store is the truth and news may be lost,
// late or of an attempt that has passed on.
func (st *stream) hear(ctx context.Context, p task.Progress) error {
	if p.Status != st.last.Status || p.Attempt != st.last.Attempt {
		return st.look(ctx)
	}
	return st.tell(p)
}

// look reads the store and tells what is new in it. A store that is away is no
// news.
func (st *stream) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, st.s.cfg.RequestTimeout)
	defer cancel()
	p, err := st.s.store.Progress(ctx, st.job)
	if err != nil {
		st.s.cfg.Log.WarnContext(ctx, "event stream can't read the job", "job", st.job, "err", err)
		return nil
	}
	return st.tell(*p)
}

// tell sends p if it is new. The percentage never goes back within an attempt:
// what the store holds may be older than what was heard.
func (st *stream) tell(p task.Progress) error {
	switch {
	case p.Attempt < st.last.Attempt:
		return nil
	case st.moved(p):
		return st.send(v1.EventStatus, st.forward(p))
	case p.Percent > st.last.Percent:
		return st.send(v1.EventProgress, p)
	}
	return nil
}

// moved reports whether the attempt or any status differs from what the client knows.
func (st *stream) moved(p task.Progress) bool {
	return p.Status != st.last.Status || p.Attempt != st.last.Attempt ||
		!slices.EqualFunc(p.Outputs, st.last.Outputs,
			func(a, b task.OutputProgress) bool { return a.Status == b.Status })
}

// forward keeps the percentages that the client knows where those of p, of the
// same attempt, are behind them.
func (st *stream) forward(p task.Progress) task.Progress {
	if p.Attempt != st.last.Attempt || len(p.Outputs) != len(st.last.Outputs) {
		return p
	}
	p.Percent = max(p.Percent, st.last.Percent)
	p.Outputs = slices.Clone(p.Outputs)
	for i := range p.Outputs {
		p.Outputs[i].Percent = max(p.Outputs[i].Percent, st.last.Outputs[i].Percent)
	}
	return p
}

func (st *stream) send(event string, p task.Progress) error {
	document, err := marshal(showProgress(p))
	if err != nil {
		return err
	}
	st.last = p
	return st.write("event: " + event + "\ndata: " + string(document) + "\n\n")
}

// write sends text at once. A client that does not read it in time loses the stream.
func (st *stream) write(text string) error {
	if err := st.control.SetWriteDeadline(time.Now().Add(st.s.cfg.WriteTimeout)); err != nil {
		return fmt.Errorf("event stream: %w", err)
	}
	if _, err := st.w.Write([]byte(text)); err != nil {
		return fmt.Errorf("event stream: %w", err)
	}
	return st.control.Flush()
}
