package server

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/api"
)

// version is the first path segment of the API's operations, and extensionVersion that
// of the extension API.
const (
	version          = "2012-09-25"
	extensionVersion = "v1"
)

// anyVersion is what a path segment looks like that names a version of an AWS API.
var anyVersion = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

// router finds the endpoint of a request by its method and path. [http.ServeMux] does
// the matching; the router keeps it from redirecting, because clients sign their paths
// and many follow no redirect.
type router struct {
	mux      *http.ServeMux
	methods  []string     // that patterns name
	fallback http.Handler // of requests that no pattern matches
}

func newRouter(fallback http.Handler) *router {
	t := &router{mux: http.NewServeMux(), fallback: fallback}
	t.handle("/", fallback)
	return t
}

// handle mounts a handler at a pattern of [http.ServeMux] whose wildcards are whole
// segments. The handler's request has the path, and the values of the wildcards, as they
// were sent.
func (t *router) handle(pattern string, h http.Handler) {
	names := map[int]string{} // of wildcards, by the number of their segment
	for i, segment := range strings.Split(pattern[strings.Index(pattern, "/")+1:], "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok && segment != "{$}" {
			names[i] = strings.TrimSuffix(name, "}")
		}
	}
	t.mux.Handle(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL = responseOf(w).target
		segments, _ := split(r.URL)
		for i, name := range names {
			if text, err := url.PathUnescape(segments[i]); err == nil {
				r.SetPathValue(name, text)
			}
		}
		h.ServeHTTP(w, r)
	}))
}

// handleMethod mounts a handler at a path for one method. GET is not HEAD here.
func (t *router) handleMethod(method, path string, h http.Handler) {
	if !slices.Contains(t.methods, method) {
		t.methods = append(t.methods, method)
		slices.Sort(t.methods)
	}
	t.handle(method+" "+path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method {
			t.fallback.ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, r)
	}))
}

// ServeHTTP lets the handler of a request answer it.
func (t *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if routed, ok := routable(r); ok {
		t.mux.ServeHTTP(w, routed)
		return
	}
	t.fallback.ServeHTTP(w, r)
}

// allowed are the methods that have a handler at the path of a request, sorted.
func (t *router) allowed(r *http.Request) (methods []string) {
	routed, ok := routable(r)
	if !ok {
		return nil
	}
	for _, method := range t.methods {
		routed.Method = method
		if _, pattern := t.mux.Handler(routed); strings.HasPrefix(pattern, method+" ") {
			methods = append(methods, method)
		}
	}
	return methods
}

// split cuts a path into its segments, which stay escaped; one slash at its end does not
// count.
func split(u *url.URL) (segments []string, ok bool) {
	path, ok := strings.CutPrefix(u.EscapedPath(), "/")
	return strings.Split(strings.TrimSuffix(path, "/"), "/"), ok
}

// routable copies a request so that [http.ServeMux] takes its path as it is.
func routable(r *http.Request) (*http.Request, bool) {
	segments, ok := split(r.URL)
	if !ok {
		return nil, false
	}
	for i, segment := range segments {
		segments[i] = kept(segment)
	}
	if len(segments) == 1 && segments[0] == anyText {
		segments[0] = "" // the path is "/"
	}
	escaped := "/" + strings.Join(segments, "/")
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return nil, false
	}
	routed := r.WithContext(r.Context())
	target := *r.URL
	target.Path, target.RawPath = plain, escaped
	routed.URL = &target
	return routed, true
}

// anyText stands for a segment that [http.ServeMux] would not match to a wildcard.
const anyText = "%00"

// kept is a path segment, escaped, in a form that [http.ServeMux] neither cleans away nor
// takes for the end of the path.
func kept(segment string) string {
	switch strings.ToUpper(segment) {
	case "", ".", "..", "%2F":
		return anyText
	}
	return segment
}

// unrouted refuses a request that no endpoint takes. What lies under the API's paths must
// be signed before it learns anything, be it that its version or path is unknown.
func (s *Server) unrouted(w *response, r *http.Request) error {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if first == extensionVersion || anyVersion.MatchString(first) {
		return s.authenticated(func(w *response, r *http.Request, _ signed) error {
			return s.notHere(w, r, first)
		})(w, r)
	}
	return s.notHere(w, r, "")
}

// notHere reports whether it is the version, the method or the path that has no endpoint.
func (s *Server) notHere(w *response, r *http.Request, inVersion string) error {
	if inVersion != "" && inVersion != extensionVersion && inVersion != version {
		return &api.Error{Code: api.IncompatibleVersionException,
			Message: "The API version " + inVersion + " is not supported; the only one is " + version + "."}
	}
	if allowed := s.router.allowed(r); len(allowed) > 0 {
		return wrongMethod(w, r, allowed)
	}
	return unknownPath(r)
}

func unknownPath(r *http.Request) error {
	return &api.Error{Code: api.UnknownOperationException,
		Message: "No operation has the path " + clip(r.URL.EscapedPath()) + "."}
}

func wrongMethod(w *response, r *http.Request, allowed []string) error {
	list := strings.Join(allowed, ", ")
	w.Header().Set("Allow", list)
	return &api.Error{Code: api.UnknownOperationException, Status: http.StatusMethodNotAllowed,
		Message: "The method " + clip(r.Method) + " is not allowed here, only " + list + "."}
}
