package bench

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

const (
	submitters = 16
	// storedJobs is how many jobs there are when reads are measured.
	storedJobs = 100_000
	// reads is how many single jobs, and first pages, are read.
	reads = 2000
)

// BenchmarkJobs is 16 clients that store 100,000 jobs through the API, and then
// one client that reads them, on the embedded database with the durable commits
// that it has by default. The pipeline is paused and there is no worker. Every
// acknowledged job must be there after a crash.
func BenchmarkJobs(b *testing.B) {
	load(b)
	s := reelastictest.Start(b, "--workers", "0")
	id, c := pipeline(b, s), newClient(s, submitters)
	c.call(b, http.MethodPost, "pipelines/"+id+"/status", map[string]string{"Status": "Paused"}, new(struct{}))

	before, began := processorTime(b, s.PID()), time.Now()
	stored := submitAll(b, c, id)
	took, used := time.Since(began), processorTime(b, s.PID())-before
	results.above(b, "durable CreateJob, 16 clients", storedJobs/took.Seconds(), 1000, "jobs/s")
	results.note(b, "server's CPU time for one CreateJob", number(milliseconds(used)/storedJobs, "ms"))

	s.Kill()
	s.Restart()
	c = newClient(s, 1)
	floor(b, c)
	measureReads(b, c, stored)
	byPipeline := measureList(b, c, "ListJobsByPipeline", "/2012-09-25/jobsByPipeline/"+id)
	measureList(b, c, "ListJobsByStatus", "/2012-09-25/jobsByStatus/Submitted")
	for _, job := range stored {
		if !byPipeline[job] {
			b.Fatalf("job %s was acknowledged and is not there after a crash", job)
		}
	}
	results.note(b, "jobs there after SIGKILL", fmt.Sprintf("%d of %d", len(byPipeline), len(stored)))
}

// submitAll stores the jobs and returns their ids.
func submitAll(b *testing.B, c *client, pipeline string) []string {
	b.Helper()
	body, err := json.Marshal(&api.CreateJobRequest{PipelineId: &pipeline, Input: &api.JobInput{Key: new("clip.mp4")},
		Output: &api.CreateJobOutput{Key: new("720p.mp4"), PresetId: new(mp4Preset)}})
	if err != nil {
		b.Fatal(err)
	}
	ids := make([]string, storedJobs)
	var next atomic.Int64
	var clients sync.WaitGroup
	for range submitters {
		clients.Go(func() {
			for i := next.Add(1) - 1; i < storedJobs; i = next.Add(1) - 1 {
				answer, err := c.send(http.MethodPost, "/2012-09-25/jobs", body)
				var out struct{ Job struct{ Id string } }
				if err == nil {
					err = json.Unmarshal(answer, &out)
				}
				if err != nil {
					b.Error(err)
					return
				}
				ids[i] = out.Job.Id
			}
		})
	}
	clients.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return ids
}

// floor notes what a request costs that does nothing, client included.
func floor(b *testing.B, c *client) {
	b.Helper()
	results.note(b, "GET /healthz (client's own cost), p50, p99", quantiles(timed(b, reads, func(int) {
		if _, err := c.send(http.MethodGet, "/healthz", nil); err != nil {
			b.Fatal(err)
		}
	})))
}

func measureReads(b *testing.B, c *client, ids []string) {
	b.Helper()
	took := timed(b, reads, func(int) {
		if _, err := c.send(http.MethodGet, "/2012-09-25/jobs/"+ids[rand.IntN(len(ids))], nil); err != nil {
			b.Fatal(err)
		}
	})
	results.note(b, "ReadJob among 100,000, p50, p99", quantiles(took))
	results.below(b, "ReadJob among 100,000, p99", milliseconds(quantile(took, 0.99)), 5, "ms")
}

// measureList reads the first page again and again, then all pages to the end,
// and returns the ids that they list.
func measureList(b *testing.B, c *client, name, target string) map[string]bool {
	b.Helper()
	first := timed(b, reads/4, func(int) {
		if _, err := c.send(http.MethodGet, target, nil); err != nil {
			b.Fatal(err)
		}
	})
	listed := map[string]bool{}
	var deep []time.Duration
	for token := ""; ; {
		began := time.Now()
		answer, err := c.send(http.MethodGet, target+token, nil)
		if err != nil {
			b.Fatal(err)
		}
		deep = append(deep, time.Since(began))
		var page struct {
			Jobs          []struct{ Id string }
			NextPageToken *string
		}
		if err := json.Unmarshal(answer, &page); err != nil {
			b.Fatal(err)
		}
		for _, job := range page.Jobs {
			listed[job.Id] = true
		}
		if page.NextPageToken == nil {
			break
		}
		token = "?PageToken=" + *page.NextPageToken
	}
	last := deep[len(deep)*9/10:]
	results.note(b, name+", first page, p50, p99", quantiles(first))
	results.note(b, fmt.Sprintf("%s, last tenth of %d pages, p50, p99", name, len(deep)), quantiles(last))
	results.below(b, name+", first page, p99", milliseconds(quantile(first, 0.99)), 20, "ms")
	results.below(b, name+", deep pages, p99", milliseconds(quantile(last, 0.99)), 20, "ms")
	return listed
}

// timed runs do so many times, after a few that do not count, and returns how
// long each took.
func timed(b *testing.B, times int, do func(i int)) []time.Duration {
	b.Helper()
	for i := range 20 {
		do(i)
	}
	took := make([]time.Duration, times)
	for i := range took {
		began := time.Now()
		do(i)
		took[i] = time.Since(began)
	}
	return took
}

func quantiles(took []time.Duration) string {
	return number(milliseconds(quantile(took, 0.50)), "ms") + ", " + number(milliseconds(quantile(took, 0.99)), "ms")
}
