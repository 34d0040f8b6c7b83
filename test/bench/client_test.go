package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// client sends signed requests over connections that stay open. It is cheaper
// than an SDK, since it shares the cores with the server.
type client struct {
	http        *http.Client
	endpoint    string
	credentials sigv4.Credentials
}

// newClient makes a client for so many requests at the same time.
func newClient(s *reelastictest.Server, connections int) *client {
	keys := s.Credentials()
	return &client{
		http:     &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}},
		endpoint: s.Endpoint(),
		credentials: sigv4.Credentials{
			AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey},
	}
}

// send returns the body of a 2xx answer.
func (c *client) send(method, target string, body []byte) ([]byte, error) {
	req, err := http.NewRequest(method, c.endpoint+target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if err := sigv4.Sign(req, body, c.credentials, reelastictest.Region, "elastictranscoder", time.Now()); err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %s: %s", method, target, resp.Status, answer)
	}
	return answer, err
}

// call sends in as JSON, if it is not nil, and reads the answer into out.
func (c *client) call(b *testing.B, method, target string, in, out any) {
	b.Helper()
	var body []byte
	var err error
	if in != nil {
		if body, err = json.Marshal(in); err != nil {
			b.Fatal(err)
		}
	}
	answer, err := c.send(method, path.Join("/2012-09-25", target), body)
	if err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		b.Fatal(err)
	}
}

// submit makes a job and returns its id.
func (c *client) submit(b *testing.B, req *api.CreateJobRequest) string {
	b.Helper()
	var out struct{ Job api.Job }
	c.call(b, http.MethodPost, "jobs", req, &out)
	return *out.Job.Id
}

// await reads a job, so often, until it has ended, and returns it. One that is
// not Complete fails the benchmark.
func (c *client) await(b *testing.B, id string, every time.Duration) api.Job {
	b.Helper()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for range tick.C {
		var out struct{ Job api.Job }
		c.call(b, http.MethodGet, "jobs/"+id, nil, &out)
		switch *out.Job.Status {
		case "Complete":
			return out.Job
		case "Error", "Canceled":
			b.Fatalf("job %s ended with %s: %s", id, *out.Job.Status, *out.Job.Output.StatusDetail)
		}
	}
	panic("unreachable")
}

// pipeline makes the buckets and a pipeline from "in" to "out".
func pipeline(b *testing.B, s *reelastictest.Server) string {
	b.Helper()
	return reelastictest.On(b, s).PipelineID
}
