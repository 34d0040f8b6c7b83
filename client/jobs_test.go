package client

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"

	v1 "github.com/reelastic/reelastic/api/v1"
)

func TestJobCalls(t *testing.T) {
	t.Parallel()
	var asked []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, r.Method+" "+r.URL.String()+" "+string(body))
		fmt.Fprint(w, `{"job":{"id":"`+jobID+`","status":"Canceled","priority":7,"retryOf":"other"}}`)
	})
	job, err := c.StopJob(t.Context(), jobID)
	fatal(t, err)
	if job.ID != jobID || job.Status != "Canceled" || job.Priority != 7 || job.RetryOf != "other" {
		t.Errorf("job %+v", job)
	}
	_, err = c.RetryJob(t.Context(), jobID)
	fatal(t, err)
	_, err = c.PrioritizeJob(t.Context(), jobID, 7)
	fatal(t, err)
	want := []string{"POST /v1/jobs/" + jobID + "/cancel ", "POST /v1/jobs/" + jobID + "/retry ",
		"POST /v1/jobs/" + jobID + `/prioritize {"priority":7}`}
	if !slices.Equal(asked, want) {
		t.Errorf("requests %q, want %q", asked, want)
	}
}

func TestWorkerCalls(t *testing.T) {
	t.Parallel()
	var asked []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, r.Method+" "+r.URL.String()+" "+string(body))
		fmt.Fprint(w, `{"workers":[{"id":"w-1","draining":true}]}`)
	})
	workers, err := c.Workers(t.Context())
	fatal(t, err)
	if len(workers) != 1 || workers[0].ID != "w-1" || !workers[0].Draining {
		t.Errorf("workers %+v", workers)
	}
	fatal(t, c.DrainWorker(t.Context(), "w-1", v1.DrainWorkerRequest{}))
	fatal(t, c.DrainWorker(t.Context(), "w-1", v1.DrainWorkerRequest{GraceSeconds: new(int64(90))}))
	fatal(t, c.ResumeWorker(t.Context(), "w-1"))
	want := []string{"GET /v1/workers ", "POST /v1/workers/w-1/drain {}",
		`POST /v1/workers/w-1/drain {"graceSeconds":90}`, "POST /v1/workers/w-1/resume "}
	if !slices.Equal(asked, want) {
		t.Errorf("requests %q, want %q", asked, want)
	}
}
