package server_test

import (
	"net/http/httptest"
	"testing"

	v1 "github.com/reelastic/reelastic/api/v1"
)

// TestOpenAPI wants the document without a signature, and nothing else below /v1.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	a := h.send(httptest.NewRequestWithContext(t.Context(), "GET", "/v1/openapi.json", nil))
	a.want(t, 200, string(v1.OpenAPI))
	for _, target := range []string{"/v1/openapi.json/x", "/v1/system"} {
		if a := h.send(httptest.NewRequestWithContext(t.Context(), "GET", target, nil)); a.status != 403 {
			t.Errorf("%s: %d without a signature", target, a.status)
		}
	}
}
