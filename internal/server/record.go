package server

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/reelastic/reelastic/api"
)

// who is what a request tells of itself for the records: known as far as it got.
type who struct {
	caller, accessKey string
	// resource is the ARN that the request is about, or the path.
	resource string
	// created is the ARN of what it made.
	created string
}

// recorded writes a line about each answer into the access log, and one into the audit log
// about each that changed something or was refused. Neither has a secret: no header, no
// query and no body is in them.
func (s *Server) recorded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.cfg.Now()
		answer := responseOf(w)
		defer func() { s.note(answer, r, start) }()
		next.ServeHTTP(w, r)
	})
}

func (s *Server) note(w *response, r *http.Request, start time.Time) {
	resource := w.who.resource
	if resource == "" {
		resource = clip(w.target.EscapedPath())
	}
	attrs := []slog.Attr{
		slog.String("request", w.requestID), slog.String("caller", w.who.caller),
		slog.String("access_key", clip(w.who.accessKey)), slog.String("source", r.RemoteAddr),
		slog.String("operation", w.operation), slog.String("method", clip(r.Method)),
		slog.String("resource", resource), slog.Int("status", w.status), slog.String("code", string(w.code)),
	}
	if w.who.created != "" {
		attrs = append(attrs, slog.String("created", w.who.created))
	}
	ctx := context.WithoutCancel(r.Context())
	took := slog.Duration("took", s.cfg.Now().Sub(start))
	s.cfg.Access.LogAttrs(ctx, slog.LevelInfo, "request", append(slices.Clone(attrs), took)...)
	switch {
	case refusal(w.code):
		s.cfg.Audit.LogAttrs(ctx, slog.LevelWarn, "refused", attrs...)
	case w.operation != "" && r.Method != http.MethodGet && w.status < http.StatusBadRequest:
		s.cfg.Audit.LogAttrs(ctx, slog.LevelInfo, "done", attrs...)
	}
}

// refusal reports whether a code says that somebody was not let in, or not let do it.
func refusal(code api.ErrorCode) bool {
	switch code {
	case api.AccessDeniedException, api.MissingAuthenticationTokenException, api.IncompleteSignatureException,
		api.RequestExpired, api.ExpiredTokenException:
		return true
	}
	return false
}

// The delay of refusals to a source that keeps failing.
const (
	freeFailures = 10 // without a delay
	firstDelay   = 50 * time.Millisecond
	// forgetAfter is how long after its last failure a source is like any other.
	forgetAfter = time.Minute
	// maxSources is how many sources and access keys are remembered.
	maxSources = 4096
)

// failures remembers which sources keep failing to say who they are, and which access keys
// keep asking for what they may not do. Only answers to failures are delayed, so that those
// who share an address with somebody are not kept out.
type failures struct {
	longest time.Duration // of the delays

	mu       sync.Mutex
	bySource map[string]failing
}

type failing struct {
	times int
	last  time.Time
}

// delay notes a failure, and says how long its answer is to wait.
func (f *failures) delay(source string, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	known, ok := f.bySource[source]
	if now.Sub(known.last) > forgetAfter {
		known.times = 0
	}
	known.times++
	known.last = now
	if !ok && len(f.bySource) >= maxSources {
		f.forget(now)
	}
	f.bySource[source] = known
	if known.times <= freeFailures {
		return 0
	}
	return min(firstDelay<<min(known.times-freeFailures-1, 10), f.longest)
}

// forget makes room: of those whose time is over, or else of all.
func (f *failures) forget(now time.Time) {
	for source, known := range f.bySource {
		if now.Sub(known.last) > forgetAfter {
			delete(f.bySource, source)
		}
	}
	if len(f.bySource) >= maxSources {
		clear(f.bySource)
	}
}

// slowed delays the answer to a request that was refused, when whoever sent it, a source or
// an access key, keeps failing.
func (s *Server) slowed(r *http.Request, sender string, err error) error {
	if e := clientError(err); e == nil || !refusal(e.Code) {
		return err
	}
	if wait := s.failures.delay(sender, s.cfg.Now()); wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		case <-s.closing:
		}
	}
	return err
}
