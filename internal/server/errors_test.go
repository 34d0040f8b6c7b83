package server_test

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/server"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/transcode"
)

var errAway = fmt.Errorf("dial 10.1.2.3: %w", transcode.ErrUnavailable)

// busyText is the message while something is away.
const busyText = "The service is currently unavailable or busy."

const internalText = "The server encountered an internal error trying to fulfill the request."

func TestNotFound(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	pipeline := "The specified pipeline was not found: account=000000000000, pipelineId=" + absentID + "."
	preset := "The specified preset was not found: account=000000000000, presetId=" + absentID
	job := "The specified job was not found: account=000000000000, jobId=" + absentID + "."
	for _, c := range []struct{ method, path, body, message string }{
		{"GET", "/pipelines/" + absentID, "", pipeline},
		{"PUT", "/pipelines/" + absentID, "{}", pipeline},
		{"DELETE", "/pipelines/" + absentID, "", pipeline},
		{"POST", "/pipelines/" + absentID + "/status", `{"Status":"Active"}`, pipeline},
		{"POST", "/pipelines/" + absentID + "/notifications", `{"Notifications":{}}`, pipeline},
		{"GET", "/jobsByPipeline/" + absentID, "", pipeline},
		{"GET", "/presets/" + absentID, "", preset},
		{"DELETE", "/presets/" + absentID, "", preset},
		{"GET", "/jobs/" + absentID, "", job},
		{"DELETE", "/jobs/" + absentID, "", job},
	} {
		h.do(c.method, base+c.path, c.body).wantError(t, 404, api.ResourceNotFoundException, c.message)
	}
	h.do("GET", "/v1/jobs/"+absentID+"/progress", "").wantError(t, 404, api.ResourceNotFoundException, job)
	// a recorder can't stream
	h.do("GET", "/v1/jobs/"+absentID+"/events", "").wantError(t, 500, api.InternalServiceException, internalText)
}

func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for target, path := range map[string]string{
		"/": "/", "/x": "/x", "/2012-09-25": "/2012-09-25", base + "/jobs/a/b": base + "/jobs/a/b",
		base + "//jobs":         base + "//jobs",
		base + "/jobs/..%2Fx/y": base + "/jobs/..%2Fx/y", "/v1": "/v1", "/v1/jobs/x": "/v1/jobs/x",
		base + "/jobs//": base + "/jobs//", "/metrics": "/metrics",
		base + "/nothing?a=b": base + "/nothing",
	} {
		a := h.do("GET", target, "")
		if strings.HasSuffix(target, "/jobs//") { // an empty id is a bad id
			a.wantError(t, 400, api.ValidationException,
				`1 validation error detected: Value '' at 'id' failed to satisfy constraint: Member must satisfy `+
					`regular expression pattern: ^\d{13}-\w{6}$`)
			continue
		}
		a.wantError(t, 404, api.UnknownOperationException, "No operation has the path "+path+".")
	}
}

func TestWrongMethod(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, c := range []struct{ method, path, allow string }{
		{"PATCH", base + "/pipelines/" + pipelineID, "DELETE, GET, PUT"},
		{"DELETE", base + "/jobs", "POST"},
		{"POST", "/v1/jobs/" + jobID + "/progress", "GET"},
		{"POST", "/healthz", "GET, HEAD"},
	} {
		a := h.do(c.method, c.path, "")
		a.wantError(t, 405, api.UnknownOperationException,
			"The method "+c.method+" is not allowed here, only "+c.allow+".")
		if got := a.header.Get("Allow"); got != c.allow {
			t.Errorf("Allow: %q, want %q", got, c.allow)
		}
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.do("GET", "/2014-01-01/pipelines", "").wantError(t, 400, api.IncompatibleVersionException,
		"The API version 2014-01-01 is not supported; the only one is 2012-09-25.")
	a := h.send(httptest.NewRequestWithContext(t.Context(), "GET", "/2014-01-01/pipelines", nil))
	if got := a.exception(); got != api.MissingAuthenticationTokenException {
		t.Errorf("unsigned: %s", got)
	}
}

func TestTrailingSlash(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.do("GET", base+"/pipelines/", "").want(t, 200, `{"Pipelines":[],"NextPageToken":null}`)
	id(t, h.do("POST", base+"/pipelines/", createPipeline), "Pipeline")
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	target := base + "/pipelines"
	for name, c := range map[string]struct {
		change func(sign func(sigv4.Credentials, time.Time), header map[string][]string)
		status int
		code   api.ErrorCode
	}{
		"none": {func(func(sigv4.Credentials, time.Time), map[string][]string) {}, 403,
			api.MissingAuthenticationTokenException},
		"incomplete": {func(_ func(sigv4.Credentials, time.Time), h map[string][]string) {
			h["Authorization"] = []string{"AWS4-HMAC-SHA256 Credential=x"}
		}, 400, api.IncompleteSignatureException},
		"unknown key": {func(sign func(sigv4.Credentials, time.Time), _ map[string][]string) {
			sign(sigv4.Credentials{AccessKeyID: "OTHER", SecretAccessKey: "x"}, now)
		}, 403, api.AccessDeniedException},
		"wrong key": {func(sign func(sigv4.Credentials, time.Time), _ map[string][]string) {
			sign(sigv4.Credentials{AccessKeyID: caller.AccessKeyID, SecretAccessKey: "x"}, now)
		}, 403, api.AccessDeniedException},
		"old": {func(sign func(sigv4.Credentials, time.Time), _ map[string][]string) {
			sign(caller, now.Add(-16*time.Minute))
		}, 400, api.RequestExpired},
		"early": {func(sign func(sigv4.Credentials, time.Time), _ map[string][]string) {
			sign(caller, now.Add(16*time.Minute))
		}, 400, api.RequestExpired},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", target, nil)
		c.change(func(with sigv4.Credentials, at time.Time) {
			if err := sigv4.Sign(r, nil, with, "0", "127", at); err != nil {
				t.Fatal(err)
			}
		}, r.Header)
		a := h.send(r)
		if a.status != c.status || a.exception() != c.code || member(t, a.body, "message") == "" {
			t.Errorf("%s: %d %s %s", name, a.status, a.exception(), a.body)
		}
	}
}

// An access key that has ended is refused as such to who has its secret, and to nobody else.
func TestExpiredKey(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(_ *server.Config, h *harness) { h.callers.expired = true })
	h.do("GET", base+"/pipelines", "").wantError(t, 403, api.ExpiredTokenException,
		"The security token included in the request is expired")
	r := httptest.NewRequestWithContext(t.Context(), "GET", base+"/pipelines", nil)
	wrong := sigv4.Credentials{AccessKeyID: caller.AccessKeyID, SecretAccessKey: "x"}
	if err := sigv4.Sign(r, nil, wrong, "us-east-1", "elastictranscoder", now); err != nil {
		t.Fatal(err)
	}
	if a := h.send(r); a.exception() != api.AccessDeniedException {
		t.Errorf("with another secret: %s", a.body)
	}
}

// A body that is not the signed one is not even decoded.
func TestSignedBody(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := httptest.NewRequestWithContext(t.Context(), "POST", base+"/pipelines", strings.NewReader(`{"Name":1}`))
	sign(t, r, createPipeline)
	if a := h.send(r); a.exception() != api.AccessDeniedException {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestBodyTooLarge(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(c *server.Config, _ *harness) { c.MaxBodyBytes = 100 })
	const message = "The request body is larger than 100 bytes."
	body := strings.Repeat(" ", 101)
	h.do("POST", base+"/pipelines", body).wantError(t, 413, api.RequestEntityTooLargeException, message)
	r := httptest.NewRequestWithContext(t.Context(), "POST", base+"/pipelines", strings.NewReader(body))
	r.ContentLength = -1 // chunked
	sign(t, r, body)
	h.send(r).wantError(t, 413, api.RequestEntityTooLargeException, message)
}

// every lists a valid request of every operation and extension.
var every = []struct{ method, path, body string }{
	{"DELETE", base + "/jobs/" + jobID, ""},
	{"POST", base + "/jobs",
		`{"PipelineId":"` + pipelineID + `","Input":{"Key":"a"},"Output":{"Key":"x","PresetId":"` + webPreset + `"}}`},
	{"POST", base + "/pipelines", createPipeline},
	{"POST", base + "/presets", createPreset},
	{"DELETE", base + "/pipelines/" + pipelineID, ""},
	{"DELETE", base + "/presets/" + presetID, ""},
	{"GET", base + "/jobsByPipeline/" + pipelineID, ""},
	{"GET", base + "/jobsByStatus/Submitted", ""},
	{"GET", base + "/pipelines", ""},
	{"GET", base + "/presets?PageToken=" + presetID, ""},
	{"GET", base + "/jobs/" + jobID, ""},
	{"GET", base + "/pipelines/" + pipelineID, ""},
	{"GET", base + "/presets/" + presetID, ""},
	{"PUT", base + "/pipelines/" + pipelineID, `{}`},
	{"POST", base + "/pipelines/" + pipelineID + "/notifications", `{"Notifications":{}}`},
	{"POST", base + "/pipelines/" + pipelineID + "/status", `{"Status":"Paused"}`},
	{"GET", "/v1/jobs/" + jobID + "/progress", ""},
}

// A store that is away is no fault of the request, which may be sent again; it is logged
// once, and the client learns no more.
func TestStoreAway(t *testing.T) {
	t.Parallel()
	for _, c := range every {
		h := newHarness(t)
		h.store.fail = errAway
		h.do(c.method, c.path, c.body).wantError(t, 503, api.ServiceUnavailableException, busyText)
		if n := strings.Count(h.log.String(), "10.1.2.3"); n != 1 {
			t.Errorf("%s %s: logged %d times: %s", c.method, c.path, n, h.log)
		}
	}
}

func TestPanics(t *testing.T) {
	t.Parallel()
	for _, c := range every {
		h := newHarness(t)
		h.store.panics = true
		h.do(c.method, c.path, c.body).wantError(t, 500, api.InternalServiceException, internalText)
		log := h.log.String()
		if strings.Count(log, "the store panics") != 1 || !strings.Contains(log, "memory_test.go") {
			t.Errorf("%s %s: log: %s", c.method, c.path, log)
		}
	}
}

func TestCallersAway(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.server = server.New(server.Config{Now: func() time.Time { return now },
		Log: slog.New(slog.NewTextHandler(h.log, nil))},
		h.store, h.queue, folders{}, keys{fail: errAway})
	h.do("GET", base+"/pipelines", "").wantError(t, 503, api.ServiceUnavailableException, busyText)
	if n := strings.Count(h.log.String(), "10.1.2.3"); n != 1 {
		t.Errorf("logged %d times: %s", n, h.log)
	}
}

func TestValidation(t *testing.T) {
	t.Parallel()
	const idText = `failed to satisfy constraint: Member must satisfy regular expression pattern: ^\d{13}-\w{6}$`
	pipelines := base + "/pipelines"
	for _, c := range []struct{ method, target, body, message string }{
		{"GET", base + "/jobs/fake_job", "", `1 validation error detected: Value 'fake_job' at 'id' ` + idText},
		{"GET", base + "/jobs/a%2Fb%0A", "", "1 validation error detected: Value 'a/b\n' at 'id' " + idText},
		{"GET", base + "/jobsByPipeline/x?PageToken=y&Ascending=maybe", "",
			`3 validation errors detected: Value 'x' at 'pipelineId' ` + idText +
				`; Value 'maybe' at 'ascending' failed to satisfy constraint: Member must satisfy regular ` +
				`expression pattern: (^true$)|(^false$)` +
				`; Value 'y' at 'pageToken' ` + idText},
		{"GET", base + "/jobsByStatus/complete", "",
			`1 validation error detected: Value 'complete' at 'status' failed to satisfy constraint: Member must ` +
				`satisfy regular expression pattern: ` +
				`(^Submitted$)|(^Progressing$)|(^Complete$)|(^Canceled$)|(^Error$)`},
		{"POST", base + "/jobs", "{}", `1 validation error detected: Value null at 'pipelineId' failed to satisfy ` +
			`constraint: Member must not be null`},
		{"POST", base + "/jobs", "", `1 validation error detected: Value null at 'pipelineId' failed to satisfy ` +
			`constraint: Member must not be null`},
		{"POST", base + "/jobs", `{"PipelineId":"1","Outputs":[{"Key":""}]}`,
			`2 validation errors detected: Value '1' at 'pipelineId' ` + idText +
				`; Value '' at 'outputs.1.member.key' failed to satisfy constraint: Member must have length greater ` +
				`than or equal to 1`},
		{"POST", base + "/presets",
			`{"Name":"n","Container":"mp4","Video":{"Codec":"libvpx"},"Audio":{"Codec":"libvorbis"}}`,
			`2 validation errors detected: Value 'libvpx' at 'video.codec' failed to satisfy constraint: Member ` +
				`must satisfy regular expression pattern: (^H\.264$)|(^vp8$)|(^vp9$)|(^mpeg2$)|(^gif$)` +
				`; Value 'libvorbis' at 'audio.codec' failed to satisfy constraint: Member must satisfy regular ` +
				`expression pattern: (^AAC$)|(^vorbis$)|(^mp3$)|(^mp2$)|(^pcm$)|(^flac$)`},
		{"POST", pipelines, strings.Replace(createPipeline, `"InputBucket":"in",`, "", 1),
			`1 validation error detected: Value null at 'inputBucket' failed to satisfy constraint: Member must not ` +
				`be null`},
		{"POST", pipelines, strings.Replace(createPipeline, `"OutputBucket":"out",`, "", 1),
			`[OutputBucket and ContentConfig:Bucket are not allowed to both be null.]`},
		{"POST", pipelines, strings.Replace(createPipeline, `"OutputBucket":"out",`,
			`"OutputBucket":"out","ContentConfig":{"Bucket":"out"},`, 1),
			`[OutputBucket and ContentConfig are mutually exclusive.]`},
		{"POST", pipelines, `{"Name":"n","InputBucket":"in","OutputBucket":"out"}`, `Role cannot be blank`},
		{"POST", pipelines, `{"Name":"n","InputBucket":"in","OutputBucket":"out","Role":"x"}`,
			`Role ARN is invalid: x`},
		{"POST", pipelines + "/" + pipelineID + "/status", `{"Status":"Stopped"}`,
			`1 validation error detected: Value 'Stopped' at 'status' failed to satisfy constraint: Member must ` +
				`satisfy regular expression pattern: (^Active$)|(^Paused$)`},
		{"POST", pipelines + "/" + pipelineID + "/notifications", `{"Notifications":null}`,
			`1 validation error detected: Value null at 'notifications' failed to satisfy constraint: Member must ` +
				`not be null`},
		{"GET", "/v1/jobs/x/progress", "", `1 validation error detected: Value 'x' at 'id' ` + idText},
	} {
		newHarness(t).do(c.method, c.target, c.body).wantError(t, 400, api.ValidationException, c.message)
	}
}

func TestUnreadableBodies(t *testing.T) {
	t.Parallel()
	for body, message := range map[string]string{
		`{"InputBucket":{}}`: "Start of structure or map found where not expected. (member " +
			"'inputBucket')",
		`{"InputBucket":["a"]}`: "Start of list found where not expected. (member 'inputBucket')",
		`{"Name":7}`:            "NUMBER_VALUE can not be converted to a String (member 'name')",
		`{"Name":`: "The request body is not valid JSON: unexpected end of JSON input, " +
			"at byte 8.",
		"{\"Name\":\"\xff\"}": "The request body is not valid UTF-8.",
		`{"Notifications":{"Error":{"a":1}}}`: "Start of structure or map found where not expected. (member " +
			"'notifications.error')",
	} {
		newHarness(t).do("POST", base+"/pipelines", body).wantError(t, 400, api.SerializationException, message)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	check := func() answer { return h.send(httptest.NewRequestWithContext(t.Context(), "GET", "/healthz", nil)) }
	check().want(t, 200, `{"status":"ready"}`)
	h.queue.fail = errAway
	check().wantError(t, 503, api.ServiceUnavailableException, "The service is currently unavailable or busy.")
	h.queue.fail, h.store.fail = nil, errAway
	check().wantError(t, 503, api.ServiceUnavailableException, "The service is currently unavailable or busy.")
}
