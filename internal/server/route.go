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

// route is one method and path with its handler.
type route struct {
	name, method string
	segments     []string // "{Member}" stands for any text
	handle       handler
}

func newRoute(name, method, template string, handle handler) route {
	return route{name, method, strings.Split(strings.TrimPrefix(template, "/"), "/"), handle}
}

// matches tells whether the path is the route's, and sets the request's path values.
func (t route) matches(r *http.Request, segments []string) bool {
	if len(segments) != len(t.segments) {
		return false
	}
	for i, want := range t.segments {
		if want != segments[i] && want[0] != '{' {
			return false
		}
	}
	for i, want := range t.segments {
		if want[0] == '{' {
			r.SetPathValue(strings.Trim(want, "{}"), segments[i])
		}
	}
	return true
}

// split cuts a path into its unescaped segments; one slash at its end does not
// count. The segments of "/a%2Fb" are one: "a/b".
func split(u *url.URL) (segments []string, ok bool) {
	path, ok := strings.CutPrefix(u.EscapedPath(), "/")
	if !ok {
		return nil, false
	}
	for segment := range strings.SplitSeq(strings.TrimSuffix(path, "/"), "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil {
			return nil, false
		}
		segments = append(segments, plain)
	}
	return segments, true
}

// inAPI tells whether a path is one of those that must be signed.
func inAPI(segments []string) bool {
	return segments[0] == extensionVersion || anyVersion.MatchString(segments[0])
}

// route finds the handler of a signed request.
func (s *Server) route(w *response, r *http.Request, segments []string) (route, error) {
	if segments[0] != extensionVersion && segments[0] != version {
		return route{}, &api.Error{Code: api.IncompatibleVersionException,
			Message: "The API version " + segments[0] + " is not supported; the only one is " + version + "."}
	}
	var allowed []string
	for _, t := range s.routes {
		if !t.matches(r, segments) {
			continue
		}
		if t.method == r.Method {
			return t, nil
		}
		allowed = append(allowed, t.method)
	}
	if len(allowed) > 0 {
		slices.Sort(allowed)
		return route{}, wrongMethod(w, r, allowed...)
	}
	return route{}, unknownPath(r)
}

func unknownPath(r *http.Request) error {
	return &api.Error{Code: api.UnknownOperationException,
		Message: "No operation has the path " + clip(r.URL.EscapedPath()) + "."}
}

func wrongMethod(w *response, r *http.Request, allowed ...string) error {
	list := strings.Join(allowed, ", ")
	w.Header().Set("Allow", list)
	return &api.Error{Code: api.UnknownOperationException, Status: http.StatusMethodNotAllowed,
		Message: "The method " + clip(r.Method) + " is not allowed here, only " + list + "."}
}
