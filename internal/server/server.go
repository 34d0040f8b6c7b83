package server

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Server answers the API. It is an [http.Handler]; [Server.Serve] runs it with
// the time limits it should have.
type Server struct {
	cfg           Config
	store         Store
	queue         Queue
	buckets       Buckets
	callers       Callers
	authenticator authenticator
	router        *router
	handler       http.Handler // the chain before the router
	actions       []string     // that policies can name
	regions       *regions
	failures      failures
	bodies        *quota        // of large bodies, by source
	streams       *quota        // of event streams, by caller
	closing       chan struct{} // closed when event streams have to end
	close         func()        // closes closing; may be called again
}

// New returns a server of all operations over its parts, none of which may be nil.
func New(cfg Config, store Store, queue Queue, buckets Buckets, callers Callers) *Server {
	s := &Server{cfg: cfg.withDefaults(), store: store, queue: queue, buckets: buckets, callers: callers,
		closing: make(chan struct{}), regions: newRegions()}
	s.close = sync.OnceFunc(func() { close(s.closing) })
	s.failures = failures{longest: s.cfg.RefusalDelay, bySource: map[string]failing{}}
	s.bodies = newQuota(s.cfg.MaxBodies, s.cfg.MaxBodiesPerSource)
	s.streams = newQuota(s.cfg.MaxStreams, s.cfg.MaxStreamsPerCaller)
	s.authenticator = signatures{callers, s.cfg.Now, s.cfg.RequestTimeout}
	s.router = newRouter(s.mounted(s.unrouted))
	s.handler = s.chain(s.router)
	s.mount()
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// mount puts everything that the server offers at its paths.
func (s *Server) mount() {
	s.mountOperations()
	s.mountExtensions()
	read := []string{http.MethodGet, http.MethodHead}
	s.public("/healthz", s.health, read...)
	s.public("/"+extensionVersion+"/openapi.json", s.openAPI, read...)
	if s.cfg.Metrics != nil {
		s.actions = append(s.actions, readMetrics)
		s.private(extensionVersion+":ReadMetrics", http.MethodGet, "/metrics", s.metrics)
	}
	if s.cfg.Keys != nil {
		s.router.handle("/{$}", s.mounted(s.keyService))
	}
	if s.cfg.Notifications != nil {
		s.public("/sns", s.notificationLink, http.MethodGet, http.MethodPost)
		s.public("/sns/{file}", s.certificate, http.MethodGet, http.MethodPost)
	}
	s.actions = append(append(s.actions, keyActions()...), otherActions...)
}

// public mounts an endpoint that takes requests of anybody.
func (s *Server) public(path string, e endpoint, methods ...string) {
	for _, method := range methods {
		s.router.handleMethod(method, path, s.mounted(e))
	}
}

// private mounts an operation for callers that are authenticated. Name is the one that the
// observer gets.
func (s *Server) private(name, method, path string, h handler) {
	s.router.handleMethod(method, path, s.mounted(s.authenticated(
		func(w *response, r *http.Request, from signed) error {
			w.operation = name
			return h(w, r, from)
		})))
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
