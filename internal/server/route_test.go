package server_test

import (
	"net/http/httptest"
	"testing"

	"github.com/reelastic/reelastic/api"
)

// Paths are matched as they were sent: nothing is cleaned, nothing is redirected, and an
// odd id reaches the operation as it is.
func TestOddPaths(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for target, id := range map[string]string{
		"/jobs//": "", "/jobs/.": ".", "/jobs/../": "..", "/jobs/%2E%2e": "..", "/jobs/%2F": "/", "/%6Aobs/%2f": "/",
		"/pipelines//": "", "/jobs/%00": "\x00", "/jobs/%7BId%7D": "{Id}", "/jobs/a%2Fb": "a/b",
	} {
		h.do("GET", base+target, "").wantError(t, 400, api.ValidationException,
			"1 validation error detected: Value '"+id+"' at 'id' failed to satisfy constraint: Member must satisfy "+
				`regular expression pattern: ^\d{13}-\w{6}$`)
	}
	for _, c := range []struct {
		method, target, allow string
	}{
		{"GET", "/jobs/x/..", ""}, {"GET", "//jobs/x", ""}, {"GET", "/./jobs/x", ""}, {"GET", "", ""},
		{"CONNECT", "/jobs", "POST"}, {"HEAD", "/jobs/x", "DELETE, GET"}, {"GET", "/pipelines//status", "POST"},
	} {
		a := h.do(c.method, base+c.target, "")
		if a.exception() != api.UnknownOperationException || a.header.Get("Allow") != c.allow ||
			a.header.Get("Location") != "" {
			t.Errorf("%s %s: %d %v", c.method, c.target, a.status, a.header)
		}
	}
}

// TestPathsNeedSignature sends what no endpoint takes, without a signature.
func TestPathsNeedSignature(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for target, status := range map[string]int{
		"/v1": 403, "/v1/": 403, "/v1/x": 403, "/2012-09-25": 403, "/2012-09-25/x": 403, "/2014-01-01/": 403,
		"/v2": 404, "//v1/system": 404, "/": 404, "/healthz/x": 404,
	} {
		if a := h.send(httptest.NewRequestWithContext(t.Context(), "GET", target, nil)); a.status != status {
			t.Errorf("%s: status %d, want %d", target, a.status, status)
		}
	}
	a := h.send(httptest.NewRequestWithContext(t.Context(), "POST", "/healthz", nil))
	if a.status != 405 || a.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST /healthz: %d %v", a.status, a.header)
	}
}
