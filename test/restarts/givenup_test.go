package restarts

import (
	"encoding/json"
	"strings"
	"testing"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestGivenUp kills the server at the only attempt that a job has: the job ends
// with 9999, and the operator finds it in a list.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	r := encode(t, "--max-attempts", "1")
	list := func() string {
		t.Helper()
		out, errs, status := reelastictest.Run(t, nil,
			"job", "given-up", "--output", "json", "--endpoint-url", r.server.Endpoint(), "--data", r.server.Data)
		if status != 0 {
			t.Fatalf("exit status %d: %s", status, errs)
		}
		return out
	}
	if out := list(); out != "" {
		t.Errorf("given up before the end: %s", out)
	}
	r.server.Kill()
	r.server.Restart()
	job := r.server.Await(t, r.job)
	detail := reelastictest.Text(job.Outputs[0].StatusDetail)
	if *job.Status != "Error" || !strings.HasPrefix(detail, "9999 ") {
		t.Errorf("%s: %q", *job.Status, detail)
	}
	var found v1.GivenUpJob
	out := list()
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if found.JobID != r.job || found.Attempts != 1 || len(found.Workers) != 1 || found.GivenUp.IsZero() {
		t.Errorf("given up: %+v", found)
	}
}
