package reelastictest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/elastictranscoder"
	"github.com/aws/aws-sdk-go-v2/service/elastictranscoder/types"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
)

// Region is the server's region unless it was told another.
const Region = "us-east-1"

// Role is a role that pipelines can name.
const Role = "arn:aws:iam::000000000000:role/transcoder"

// JobsWithin bounds how long a short job takes on a busy machine.
const JobsWithin = 120 * time.Second

var credentialLine = regexp.MustCompile(`(?m)^\s*(\w+)\s*=\s*(\S+)\s*$`)

// Credentials are those that the server made at its first start.
func (s *Server) Credentials() aws.Credentials {
	s.tb.Helper()
	text, err := os.ReadFile(filepath.Join(s.Data, "credentials"))
	if err != nil {
		s.tb.Fatal(err)
	}
	values := map[string]string{}
	for _, m := range credentialLine.FindAllStringSubmatch(string(text), -1) {
		values[m[1]] = m[2]
	}
	c := aws.Credentials{AccessKeyID: values["aws_access_key_id"], SecretAccessKey: values["aws_secret_access_key"]}
	if !c.HasKeys() {
		s.tb.Fatalf("no keys in the server's credentials file, only %d values", len(values))
	}
	return c
}

// Client is the Go SDK's client of the server. It does not retry.
func (s *Server) Client(options ...func(*elastictranscoder.Options)) *elastictranscoder.Client {
	s.tb.Helper()
	return s.ClientWith(s.Credentials(), options...)
}

// ClientWith is [Server.Client] with other credentials.
func (s *Server) ClientWith(c aws.Credentials, options ...func(*elastictranscoder.Options)) *elastictranscoder.Client {
	return elastictranscoder.New(elastictranscoder.Options{
		Region:       Region,
		BaseEndpoint: aws.String(s.Endpoint()),
		Credentials:  fixed(c),
		Retryer:      aws.NopRetryer{},
		HTTPClient:   s.HTTP(),
	}, options...)
}

// GoClient is this project's own client of the server, as a program gets it that
// sets endpoint, region and credentials.
func (s *Server) GoClient(options ...client.Option) *client.Client {
	s.tb.Helper()
	keys := s.Credentials()
	options = append([]client.Option{client.WithRegion(Region),
		client.WithCredentials(client.StaticCredentials(keys.AccessKeyID, keys.SecretAccessKey, ""))}, options...)
	if s.CertFile != "" {
		options = append(options, client.WithHTTPClient(s.HTTP()))
	}
	c, err := client.New(s.Endpoint(), options...)
	if err != nil {
		s.tb.Fatal(err)
	}
	s.tb.Cleanup(c.CloseIdleConnections)
	return c
}

// fixed provides the same credentials always.
func fixed(c aws.Credentials) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return c, nil })
}

// Send sends a signed request that no client of the API would, and returns the
// answer with its whole body.
func (s *Server) Send(tb testing.TB, method, path string, body []byte) (*http.Response, []byte) {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), method, s.Endpoint()+path, bytes.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	sum := sha256.Sum256(body)
	err = v4.NewSigner().SignHTTP(tb.Context(), s.Credentials(), req, hex.EncodeToString(sum[:]), "elastictranscoder", Region, time.Now())
	if err != nil {
		tb.Fatal(err)
	}
	resp, err := s.HTTP().Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return resp, text
}

// Pipeline makes a pipeline from bucket "in" to bucket "out", both made too.
func (s *Server) Pipeline(tb testing.TB, c *elastictranscoder.Client) string {
	tb.Helper()
	s.Bucket("in")
	s.Bucket("out")
	out, err := c.CreatePipeline(tb.Context(), &elastictranscoder.CreatePipelineInput{
		Name: aws.String("test"), InputBucket: aws.String("in"), OutputBucket: aws.String("out"), Role: aws.String(Role),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return *out.Pipeline.Id
}

// Submit makes a job and returns its id.
func Submit(tb testing.TB, c *elastictranscoder.Client, in *elastictranscoder.CreateJobInput) string {
	tb.Helper()
	out, err := c.CreateJob(tb.Context(), in)
	if err != nil {
		tb.Fatal(err)
	}
	return *out.Job.Id
}

// AwaitJob reads a job until it has ended.
func AwaitJob(tb testing.TB, c *elastictranscoder.Client, id string, within time.Duration) *types.Job {
	tb.Helper()
	var job *types.Job
	Poll(tb, within, "job "+id+" has not ended", func() bool {
		job = ReadJob(tb, c, id)
		switch *job.Status {
		case "Complete", "Error", "Canceled":
			return true
		}
		return false
	})
	return job
}

// ReadJob reads a job.
func ReadJob(tb testing.TB, c *elastictranscoder.Client, id string) *types.Job {
	tb.Helper()
	out, err := c.ReadJob(tb.Context(), &elastictranscoder.ReadJobInput{Id: &id})
	if err != nil {
		tb.Fatal(err)
	}
	return out.Job
}

// Do submits a job and waits for its end, whichever that is.
func Do(tb testing.TB, c *client.Client, req *api.CreateJobRequest) *api.Job {
	tb.Helper()
	created, err := c.CreateJob(tb.Context(), req)
	if err != nil {
		tb.Fatal(err)
	}
	job, err := c.WaitJob(tb.Context(), *created.Job.Id, client.WaitTimeout(JobsWithin))
	if failed, ok := errors.AsType[*client.JobError](err); ok {
		return failed.Job
	}
	if err != nil {
		tb.Fatal(err)
	}
	return job
}

// Lacks tells whether the server says that its ffmpeg lacks what is named.
func (s *Server) Lacks(name string) bool {
	s.tb.Helper()
	version, err := s.GoClient().Version(s.tb.Context())
	if err != nil || version.FFmpeg == nil {
		s.tb.Fatalf("the server tells of no ffmpeg: %+v, %v", version, err)
	}
	return slices.ContainsFunc(version.FFmpeg.Missing, func(l client.Lack) bool { return l.Name == name })
}
