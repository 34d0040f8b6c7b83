package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/task"
)

func TestGivenUpJobs(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	if a := h.do("GET", "/v1/jobs/given-up", ""); a.status != 200 || a.body != `{"jobs":[]}` {
		t.Errorf("none: %d %s", a.status, a.body)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("", 3600))
	h.store.givenUp = []task.GivenUp{{Number: 7, JobID: "j", PipelineID: "p", Attempts: 2, Workers: []string{"a", "b"},
		LastError: "4007 x: damaged", At: at}}
	const want = `{"jobs":[{"jobId":"j","pipelineId":"p","attempts":2,"workers":["a","b"],` +
		`"lastError":"4007 x: damaged","givenUp":"2026-03-01T11:00:00Z"}]}`
	if a := h.do("GET", "/v1/jobs/given-up", ""); a.status != 200 || a.body != want {
		t.Errorf("one: %d %s", a.status, a.body)
	}
	for _, before := range []string{"x", "0", "-1"} {
		a := h.do("GET", "/v1/jobs/given-up?before="+before, "")
		if want := fmt.Sprintf(`before \"%s\" is not valid: it must be the next of an answer`, before); a.status != 400 ||
			!strings.Contains(a.body, want) {
			t.Errorf("%s: %d %s", before, a.status, a.body)
		}
	}
}

// A long list comes in pages.
func TestGivenUpPages(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for n := range int64(101) {
		h.store.givenUp = append(h.store.givenUp, task.GivenUp{Number: 101 - n, JobID: fmt.Sprint("job", 101-n)})
	}
	a := h.do("GET", "/v1/jobs/given-up", "")
	if strings.Count(a.body, `"jobId"`) != 100 || !strings.HasSuffix(a.body, `"next":2}`) {
		t.Errorf("the first page is %s", a.body)
	}
	a = h.do("GET", "/v1/jobs/given-up?before=2", "")
	if strings.Count(a.body, `"jobId"`) != 1 || !strings.Contains(a.body, `"job1"`) ||
		strings.Contains(a.body, `"next"`) {
		t.Errorf("the second page is %s", a.body)
	}
}
