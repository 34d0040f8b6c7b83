package goclient_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/internal/sqlstore/pgtest"
	"github.com/reelastic/reelastic/test/reelastictest"
)

const missing = "1111111111111-aaaaaa" // an id that nothing has

var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// wantException checks that an error is an exception of the type E, and all that
// it tells of the answer.
func wantException[E error](t *testing.T, err error, operation string, code api.ErrorCode, status int, message string) {
	t.Helper()
	typed, ok := errors.AsType[E](err)
	if !ok {
		t.Errorf("%s: %T is not a %T: %v", operation, err, typed, err)
	}
	wantResponse(t, err, operation, code, status, message)
}

func wantResponse(t *testing.T, err error, operation string, code api.ErrorCode, status int, message string) {
	t.Helper()
	e, ok := errors.AsType[*client.ResponseError](err)
	if !ok {
		t.Fatalf("%s: %T is not a *client.ResponseError: %v", operation, err, err)
	}
	if e.Operation != operation || e.Code != code || e.Status != status || e.Reason != http.StatusText(status) ||
		!strings.Contains(e.Message, message) {
		t.Errorf("%s: %q %q %d %q, message %q, want %q, %d, %q", operation, e.Operation, e.Code, e.Status, e.Reason,
			e.Message, code, status, message)
	}
	if !uuid.MatchString(e.RequestID) || e.RequestID != e.Header.Get(api.HeaderRequestID) {
		t.Errorf("%s: request %q", operation, e.RequestID)
	}
	var body struct{ Message string }
	if err := json.Unmarshal(e.Body, &body); err != nil || body.Message != e.Message {
		t.Errorf("%s: body %s, error %v", operation, e.Body, err)
	}
}

// pipelineRequest is for a pipeline from bucket "in" to bucket "out".
func pipelineRequest(name string) *api.CreatePipelineRequest {
	return &api.CreatePipelineRequest{Name: &name, InputBucket: new("in"), OutputBucket: new("out"),
		Role: new(reelastictest.Role)}
}

// newPipeline makes the buckets and a pipeline.
func newPipeline(t *testing.T, server *reelastictest.Server, c *client.Client, name string) string {
	t.Helper()
	server.Bucket("in")
	server.Bucket("out")
	made, err := c.CreatePipeline(t.Context(), pipelineRequest(name))
	if err != nil {
		t.Fatal(err)
	}
	return *made.Pipeline.Id
}

const systemMP4 = "1351620000001-000020" // Generic 480p 16:9

// jobRequest is for one MP4 out of clip.mp4.
func jobRequest(pipeline, key string) *api.CreateJobRequest {
	return &api.CreateJobRequest{PipelineId: &pipeline, Inputs: []api.JobInput{{Key: new("clip.mp4")}},
		Outputs: []api.CreateJobOutput{{Key: &key, PresetId: new(systemMP4)}}}
}

// newJob submits a job.
func newJob(t *testing.T, c *client.Client, request *api.CreateJobRequest) string {
	t.Helper()
	made, err := c.CreateJob(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return *made.Job.Id
}

// TestExceptions provokes every exception and finds its type.
func TestExceptions(t *testing.T) {
	t.Parallel()
	server := reelastictest.Start(t, "--workers", "0", "--max-pipelines", "1")
	c, ctx := server.GoClient(), t.Context()
	pipeline := newPipeline(t, server, c, "only")
	job := newJob(t, c, jobRequest(pipeline, "a.mp4"))

	_, err := c.CreatePreset(ctx, nil)
	wantException[*client.ValidationException](t, err, "CreatePreset", api.ValidationException, 400,
		"Value null at 'name'")
	_, err = c.ReadJob(ctx, &api.ReadJobRequest{Id: new("é/..?x=%")})
	wantException[*client.ValidationException](t, err, "ReadJob", api.ValidationException, 400,
		"Value 'é/..?x=%' at 'id'")
	_, err = c.MakeRequest(ctx, http.MethodGet, "/2011-01-01/pipelines", nil)
	wantException[*client.IncompatibleVersionException](t, err, "GET /2011-01-01/pipelines",
		api.IncompatibleVersionException, 400, "2011-01-01")
	_, err = c.ReadPipeline(ctx, &api.ReadPipelineRequest{Id: new(missing)})
	wantException[*client.ResourceNotFoundException](t, err, "ReadPipeline", api.ResourceNotFoundException, 404,
		"The specified pipeline was not found")
	_, err = c.DeletePipeline(ctx, &api.DeletePipelineRequest{Id: &pipeline})
	wantException[*client.ResourceInUseException](t, err, "DeletePipeline", api.ResourceInUseException, 409,
		"The pipeline contains active jobs")
	_, err = c.CreatePipeline(ctx, pipelineRequest("second"))
	wantException[*client.LimitExceededException](t, err, "CreatePipeline", api.LimitExceededException, 429,
		"maximum number of pipelines=1")
	_, err = c.DeletePreset(ctx, &api.DeletePresetRequest{Id: new(systemMP4)})
	wantException[*client.AccessDeniedException](t, err, "DeletePreset", api.AccessDeniedException, 403,
		"Deleting a system preset is not allowed")

	stranger := server.GoClient(client.WithCredentials(client.StaticCredentials(server.Credentials().AccessKeyID,
		"not the secret", "")))
	_, err = stranger.CancelJob(ctx, &api.CancelJobRequest{Id: &job})
	wantException[*client.AccessDeniedException](t, err, "CancelJob", api.AccessDeniedException, 403, "")
	if strings.Contains(err.Error(), "not the secret") {
		t.Errorf("the error holds the secret: %v", err)
	}
}

// TestUnknownException keeps the name of an exception that the model does not have.
func TestUnknownException(t *testing.T) {
	t.Parallel()
	c := reelastictest.Start(t, "--workers", "0").GoClient()
	_, err := c.MakeRequest(t.Context(), http.MethodGet, "/"+client.APIVersion+"/nothing", nil)
	wantResponse(t, err, "GET /2012-09-25/nothing", api.UnknownOperationException, 404, "")
	if _, plain := err.(*client.ResponseError); !plain { //nolint:errorlint // it must be no other type
		t.Errorf("%T, want *client.ResponseError", err)
	}
}

// TestServiceUnavailable stops the database under a server.
func TestServiceUnavailable(t *testing.T) {
	t.Parallel()
	var postgres pgtest.Server
	t.Cleanup(postgres.Stop)
	server := reelastictest.Start(t, "--workers", "0", "--database", postgres.Database(t))
	attempts := 0
	c := server.GoClient(client.WithRetry(client.Retry{MaxAttempts: 2}),
		client.WithResponseHook(func(*client.Exchange) {
			attempts++
		}))
	postgres.Down(t)
	_, err := c.ReadPipeline(t.Context(), &api.ReadPipelineRequest{Id: new(missing)})
	wantResponse(t, err, "ReadPipeline", api.ServiceUnavailableException, 503, "")
	if e, _ := errors.AsType[*client.ResponseError](err); attempts != 2 || e.Attempts != 2 {
		t.Errorf("%d attempts, the error says %d, want 2", attempts, e.Attempts)
	}
}
