package client

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "github.com/reelastic/reelastic/api/v1"
)

func TestGivenUpJobs(t *testing.T) {
	t.Parallel()
	var asked []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.String())
		switch r.URL.Query().Get("before") {
		case "":
			fmt.Fprint(w, `{"jobs":[{"jobId":"2","pipelineId":"p","attempts":5,"workers":["a","b"],`+
				`"givenUp":"2026-03-01T11:00:00Z"}],"next":2}`)
		default:
			fmt.Fprint(w, `{"jobs":[{"jobId":"1","pipelineId":"p","attempts":5,"workers":["a"],"lastError":"4007 x"}]}`)
		}
	})
	var jobs []v1.GivenUpJob
	for j, err := range c.GivenUpJobs(t.Context()) {
		fatal(t, err)
		jobs = append(jobs, j)
	}
	want := []v1.GivenUpJob{
		{JobID: "2", PipelineID: "p", Attempts: 5, Workers: []string{"a", "b"},
			GivenUp: time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC)},
		{JobID: "1", PipelineID: "p", Attempts: 5, Workers: []string{"a"}, LastError: "4007 x"},
	}
	if diff := cmp.Diff(want, jobs); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/v1/jobs/given-up", "/v1/jobs/given-up?before=2"}, asked); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestGivenUpJobsRefused(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) { badInput.write(w) })
	for j, err := range c.GivenUpJobs(t.Context()) {
		if err == nil {
			t.Errorf("%+v without an error", j)
		}
	}
}
