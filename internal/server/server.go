package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Server answers the API. It is an [http.Handler]; [Server.Serve] runs it with
// the time limits it should have.
type Server struct {
	cfg     Config
	store   Store
	queue   Queue
	buckets Buckets
	callers Callers
	routes  []route
	actions []string // that policies can name
	regions regions
	streams chan struct{} // one element for each open event stream
	closing chan struct{} // closed when event streams have to end
	close   func()        // closes closing; may be called again
}

// New returns a server of all operations over its parts, none of which may be nil.
func New(cfg Config, store Store, queue Queue, buckets Buckets, callers Callers) *Server {
	s := &Server{cfg: cfg.withDefaults(), store: store, queue: queue, buckets: buckets, callers: callers,
		closing: make(chan struct{})}
	s.close = sync.OnceFunc(func() { close(s.closing) })
	s.streams = make(chan struct{}, s.cfg.MaxStreams)
	calls := s.calls()
	for _, op := range api.Operations {
		s.actions = append(s.actions, apiService+op.Name)
		s.routes = append(s.routes, newRoute(op.Name, op.Method, op.URI, s.operation(op, calls[op.Name])))
	}
	extended := s.extendedCalls()
	for _, op := range v1.Operations {
		call, here := extended[op.Name]
		if !here {
			continue
		}
		name := extensionVersion + ":" + op.Name
		s.actions = append(s.actions, extensions+op.Name)
		s.routes = append(s.routes, newRoute(name, op.Method, op.Path, s.extension(op, call)))
	}
	s.actions = append(s.actions, keyActions()...)
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	answer := newResponse(w)
	defer func() { s.cfg.Observer.Answered(answer.operation, answer.status, answer.code, time.Since(start)) }()
	defer func() {
		if p := recover(); p != nil {
			s.recovered(answer, r, p)
		}
	}()
	if err := s.serve(answer, r); err != nil {
		s.fail(answer, r, err)
	}
}

// recovered answers a request whose handler panicked. An answer that has begun
// can only be cut off, so that the client does not take it for a whole one.
func (s *Server) recovered(w *response, r *http.Request, p any) {
	err, _ := p.(error)
	aborted := errors.Is(err, http.ErrAbortHandler)
	if !aborted {
		s.cfg.Log.ErrorContext(r.Context(), "request panicked", "operation", w.operation,
			"request", w.requestID, "err", fmt.Sprint(p), "stack", string(debug.Stack()))
	}
	if w.status != 0 || aborted {
		panic(http.ErrAbortHandler)
	}
	w.fail(&api.Error{Code: api.InternalServiceException,
		Message: "The server encountered an internal error trying to fulfill the request."})
}

// handler answers a request that is routed and signed. It returns an error only
// while nothing of the answer has been written.
type handler func(w *response, r *http.Request, from signed) error

// serve routes a request to its handler. What lies under the API's paths must be
// signed before it learns anything, be it that its version or path is unknown.
func (s *Server) serve(w *response, r *http.Request) error {
	segments, ok := split(r.URL)
	if !ok {
		return unknownPath(r)
	}
	switch {
	case len(segments) == 1 && segments[0] == "healthz":
		return s.health(w, r)
	case len(segments) == 2 && segments[0] == extensionVersion && segments[1] == "openapi.json":
		return s.openAPI(w, r)
	case len(segments) == 1 && segments[0] == "metrics" && s.cfg.Metrics != nil:
		return s.metrics(w, r)
	case s.cfg.Keys != nil && segments[0] == "" && r.Method == http.MethodPost && r.Header.Get(targetHeader) != "":
		return s.keyService(w, r)
	case len(segments) == 2 && segments[0] == "sns" && s.cfg.Notifications != nil:
		return s.notificationLink(w, r, segments[1])
	case len(segments) == 1 && segments[0] == "sns" && s.cfg.Notifications != nil:
		return s.notificationLink(w, r, "")
	case !inAPI(segments):
		return unknownPath(r)
	}
	from, err := s.identify(w, r)
	if err != nil {
		return err
	}
	found, err := s.route(w, r, segments)
	if err != nil {
		return err
	}
	w.operation = found.name
	return found.handle(w, r, from)
}

// identify reads a request and says who signed it.
func (s *Server) identify(w *response, r *http.Request) (from signed, err error) {
	if from.body, err = s.read(w, r); err != nil {
		return from, err
	}
	from.caller, err = s.verify(r, from.body)
	return from, err
}

// read reads the body within its limit.
func (s *Server) read(w *response, r *http.Request) ([]byte, error) {
	if r.ContentLength > s.cfg.MaxBodyBytes {
		w.Header().Set("Connection", "close") // what is not read can not be skipped
		return nil, bodyTooLarge(s.cfg.MaxBodyBytes)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.cfg.MaxBodyBytes))
	if err != nil {
		w.Header().Set("Connection", "close")
		return nil, bodyError(err)
	}
	return body, nil
}

func bodyTooLarge(limit int64) error {
	return &api.Error{Code: api.RequestEntityTooLargeException,
		Message: fmt.Sprintf("The request body is larger than %d bytes.", limit)}
}

// verify checks the signature and says whose it is.
func (s *Server) verify(r *http.Request, body []byte) (caller policy.Caller, err error) {
	ctx, cancel := context.WithTimeout(r.Context(), s.cfg.RequestTimeout)
	defer cancel()
	var fault error
	lookup := func(accessKeyID string) (sigv4.Credentials, bool) {
		found, who, err := s.callers.Caller(ctx, accessKeyID)
		if err != nil && !errors.Is(err, transcode.ErrNotFound) {
			fault = fmt.Errorf("look up access key: %w", err)
		}
		caller = who
		return found, err == nil
	}
	if _, err = sigv4.Verify(r, body, lookup, s.cfg.Now()); fault != nil {
		err = fault
	}
	return caller, err
}

// operation joins one operation of the API to HTTP: decode, bind, authorize,
// validate, call, encode. It is the only place that does.
func (s *Server) operation(op api.Operation, run call) handler {
	hasBody := op.Method == http.MethodPost || op.Method == http.MethodPut
	return func(w *response, r *http.Request, from signed) error {
		ctx, cancel := context.WithTimeout(r.Context(), s.cfg.RequestTimeout)
		defer cancel()
		request := op.NewRequest()
		if hasBody {
			if err := decode(from.body, request); err != nil {
				return err
			}
		}
		api.BindPath(request, r.PathValue)
		api.BindQuery(request, r.URL.Query())
		if err := s.authorize(from.caller, apiService+op.Name, s.resources(request)...); err != nil {
			return err
		}
		if err := transcode.Check(request); err != nil {
			return err
		}
		answer, err := run(ctx, request)
		if err != nil {
			return err
		}
		document, err := marshal(answer)
		if err != nil {
			return err
		}
		w.send(op.Status, document)
		return nil
	}
}

// call runs an operation on its request structure and returns its response structure.
type call func(ctx context.Context, request any) (response any, err error)

// op gives a typed method the form of a call.
func op[In, Out any](method func(context.Context, *In) (*Out, error)) call {
	return func(ctx context.Context, request any) (any, error) {
		out, err := method(ctx, request.(*In))
		if err != nil {
			return nil, err
		}
		return out, nil
	}
}

// calls are the operations by name. [New] takes one for each of [api.Operations].
func (s *Server) calls() map[string]call {
	return map[string]call{
		"CancelJob":                   op(s.cancelJob),
		"CreateJob":                   op(s.createJob),
		"CreatePipeline":              op(s.createPipeline),
		"CreatePreset":                op(s.createPreset),
		"DeletePipeline":              op(s.deletePipeline),
		"DeletePreset":                op(s.deletePreset),
		"ListJobsByPipeline":          op(s.listJobsByPipeline),
		"ListJobsByStatus":            op(s.listJobsByStatus),
		"ListPipelines":               op(s.listPipelines),
		"ListPresets":                 op(s.listPresets),
		"ReadJob":                     op(s.readJob),
		"ReadPipeline":                op(s.readPipeline),
		"ReadPreset":                  op(s.readPreset),
		"TestRole":                    op(s.testRole),
		"UpdatePipeline":              op(s.updatePipeline),
		"UpdatePipelineNotifications": op(s.updatePipelineNotifications),
		"UpdatePipelineStatus":        op(s.updatePipelineStatus),
	}
}

// wake tells the dispatcher that there may be work. It looks by itself sooner
// or later, so a failure costs time only.
func (s *Server) wake(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := s.queue.Wake(ctx); err != nil {
		s.cfg.Log.WarnContext(ctx, "dispatcher not woken", "err", err)
	}
}
