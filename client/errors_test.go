package client

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
)

const proxyPage = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"

// Answers as the original gave them (original.md 1.3 and 7), and as
// what stands between client and service gives them.
func TestErrorAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer  reply
		code    api.ErrorCode
		message string
	}{
		"sample of the guide": {reply{status: 400, code: "ValidationException",
			body: `{"message":"1 validation error detected: Value null at 'inputBucket' failed to satisfy ` +
				`constraint: Member must not be null"}`},
			api.ValidationException, "1 validation error detected: Value null at 'inputBucket' failed to satisfy " +
				"constraint: Member must not be null"},
		"colon": {overQuota, api.LimitExceededException, "The account already has the maximum " +
			"number of pipelines allowed: account=1, maximum number of pipelines=4"},
		"namespace in the header": {reply{status: 400,
			code: "com.amazonaws#ValidationException:http://internal.amazon.com/coral/", body: `{"message":"no"}`},
			api.ValidationException, "no"},
		"colon and address": {reply{status: 403, code: "AccessDeniedException:http://internal.amazon.com/coral/",
			body: `{"message":"no"}`}, api.AccessDeniedException, "no"},
		"capital M": {reply{status: 400, code: "SerializationException",
			body: `{"Message":"Start of structure or map found where not expected."}`},
			api.SerializationException, "Start of structure or map found where not expected."},
		"type in the body": {reply{status: 404,
			body: `{"__type":"com.amazonaws.ets#ResourceNotFoundException","message":"gone"}`},
			api.ResourceNotFoundException, "gone"},
		"header before body": {reply{status: 409, code: "ResourceInUseException",
			body: `{"__type":"Other","message":"busy"}`}, api.ResourceInUseException, "busy"},
		"code in the body": {reply{status: 400, body: `{"code":"IncompatibleVersionException"}`},
			api.IncompatibleVersionException, ""},
		"no body": {reply{status: 400, code: "ValidationException"}, api.ValidationException, ""},
		"empty message": {reply{status: 400, code: "ValidationException", body: `{"message":""}`},
			api.ValidationException, ""},
		"null message": {reply{status: 400, code: "ValidationException", body: `{"message":null}`},
			api.ValidationException, ""},
		"message of another type": {reply{status: 400, code: "ValidationException",
			body: `{"message":{"a":1},"Message":"b"}`}, api.ValidationException, "b"},
		"null body": {reply{status: 404, code: "ResourceNotFoundException", body: `null`},
			api.ResourceNotFoundException, ""},
		"body is a list": {reply{status: 404, code: "ResourceNotFoundException", body: `[1]`},
			api.ResourceNotFoundException, ""},
		"cut short": {reply{status: 404, code: "ResourceNotFoundException", body: `{"mess`,
			cutBody: true}, api.ResourceNotFoundException, ""},
		"unknown name": {reply{status: 418, code: "TeapotException", body: `{"message":"short and stout"}`},
			"TeapotException", "short and stout"},
		"page of a proxy": {reply{status: 413, body: proxyPage,
			header: map[string]string{"Content-Type": "text/html"}}, "", ""},
		"neither header nor body": {reply{status: 405}, "", ""},
		"redirect": {reply{status: 302,
			header: map[string]string{"Location": "http://elsewhere.test/"}}, "", ""},
		"service error, last time": {failed, api.InternalServiceException, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, play(c.answer).ServeHTTP, func(t *testing.T, client *Client) {
				_, err := client.ReadPreset(t.Context(), &api.ReadPresetRequest{Id: new(jobID)})
				e, ok := errors.AsType[*ResponseError](err)
				if !ok {
					t.Fatalf("error %#v, want an answer's", err)
				}
				if e.Code != c.code || e.Message != c.message || e.Status != c.answer.status ||
					e.RequestID != requestID ||
					string(e.Body) != c.answer.body || e.Operation != "ReadPreset" || e.Header.Get("Date") == "" {
					t.Errorf("error %+v, body %q", e, e.Body)
				}
				if want := typeOf(c.code); want != "" && !hasType(err, want) {
					t.Errorf("error of type %T, want %s", err, want)
				}
				for _, part := range []string{"ReadPreset", string(c.code), c.message, requestID} {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("%q does not say %q", err, part)
					}
				}
			}, WithRetry(Retry{MaxAttempts: 1}))
		})
	}
}

// typeOf names the type of the error of an exception; "" where it has none.
func typeOf(code api.ErrorCode) string {
	if code == api.SerializationException || !strings.HasSuffix(string(code), "Exception") ||
		code == "TeapotException" {
		return ""
	}
	return string(code)
}

// hasType reports whether errors.As finds the type of an exception.
func hasType(err error, name string) bool {
	found := map[string]func() bool{
		"AccessDeniedException": func() bool { _, ok := errors.AsType[*AccessDeniedException](err); return ok },
		"IncompatibleVersionException": func() bool {
			_,
				ok := errors.AsType[*IncompatibleVersionException](err)
			return ok
		},
		"InternalServiceException": func() bool {
			_,
				ok := errors.AsType[*InternalServiceException](err)
			return ok
		},
		"LimitExceededException": func() bool { _, ok := errors.AsType[*LimitExceededException](err); return ok },
		"ResourceInUseException": func() bool { _, ok := errors.AsType[*ResourceInUseException](err); return ok },
		"ResourceNotFoundException": func() bool {
			_,
				ok := errors.AsType[*ResourceNotFoundException](err)
			return ok
		},
		"ValidationException": func() bool { _, ok := errors.AsType[*ValidationException](err); return ok },
	}
	for other, is := range found {
		if is() != (other == name) {
			return false
		}
	}
	return true
}

func TestSuccessBodies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer reply
		ok     bool
	}{
		"whole":     {okJob, true},
		"no body":   {reply{status: 200}, true},
		"null":      {reply{status: 200, body: "null"}, true},
		"nulls":     {reply{status: 200, body: `{"Job":{"Id":null,"Outputs":null,"Timing":null}}`}, true},
		"202":       {reply{status: 202, body: `{"Job":null}`}, true},
		"a page":    {reply{status: 200, body: proxyPage}, false},
		"cut JSON":  {reply{status: 200, body: `{"Job":`}, false},
		"other use": {reply{status: 200, body: `{"Job":"text"}`}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := play(c.answer)
			bubble(t, s.ServeHTTP, func(t *testing.T, client *Client) {
				out, err := client.ReadJob(t.Context(), &api.ReadJobRequest{Id: new(jobID)})
				if (err == nil) != c.ok || (out != nil) != c.ok || s.requests() != 1 {
					t.Errorf("answer %v, error %v", out, err)
				}
				if e, ok := errors.AsType[*ResponseError](err); !c.ok &&
					(!ok || e.Status != 200 || string(e.Body) != c.answer.body) {
					t.Errorf("error %#v, want one with the body", err)
				}
			})
		})
	}
}

// Deletes answer {"Success":"true"}, which has no place in the response.
func TestSuccessDocument(t *testing.T) {
	bubble(t, play(reply{status: 202, body: `{"Success":"true"}`}).ServeHTTP, func(t *testing.T, c *Client) {
		if out, err := c.CancelJob(t.Context(), &api.CancelJobRequest{Id: new(jobID)}); out == nil || err != nil {
			t.Errorf("%v, %v", out, err)
		}
	})
}

func TestAnswerTooLong(t *testing.T) {
	t.Parallel()
	long := `{"Job":{"Id":"` + strings.Repeat("x", 5000) + `"}}`
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		limit   int64
		ok      bool
	}{
		"sized": {func(w http.ResponseWriter, _ *http.Request) {
			reply{status: 200, body: long, header: map[string]string{"Content-Length": "5017"}}.write(w)
		}, 100, false},
		"chunked": {func(w http.ResponseWriter,
			_ *http.Request) {
			w.(http.Flusher).Flush()
			io.WriteString(w, long)
		}, 100, false},
		"just right": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, long) }, int64(len(long)),
			true},
		"chunked, right": {func(w http.ResponseWriter,
			_ *http.Request) {
			w.(http.Flusher).Flush()
			io.WriteString(w, long)
		}, int64(len(long)), true},
		"one byte short": {func(w http.ResponseWriter,
			_ *http.Request) {
			w.(http.Flusher).Flush()
			io.WriteString(w, long)
		}, int64(len(long)) - 1, false},
		"within defaults": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, long) }, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			attempts := 0
			bubble(t, c.handler, func(t *testing.T, client *Client) {
				_, err := client.ReadJob(t.Context(), &api.ReadJobRequest{Id: new(jobID)})
				if errors.Is(err, ErrResponseTooLong) == c.ok || c.ok != (err == nil) || attempts != 1 {
					t.Errorf("error %v after %d attempts", err, attempts)
				}
			}, WithMaxResponseBytes(c.limit), WithResponseHook(func(*Exchange) { attempts++ }))
		})
	}
	t.Run("error", func(t *testing.T) {
		bubble(t, func(w http.ResponseWriter, _ *http.Request) {
			reply{status: 400, code: "ValidationException", body: strings.Repeat("x", maxErrorBytes+1)}.write(w)
		}, func(t *testing.T, client *Client) {
			_, err := client.ReadJob(t.Context(), &api.ReadJobRequest{Id: new(jobID)})
			if e, ok := errors.AsType[*ValidationException](err); !ok || len(e.Body) != maxErrorBytes {
				t.Errorf("error %T", err)
			}
		})
	})
}

// A job as the original sent it in 2014, with its explicit nulls.
func TestRecordedJob(t *testing.T) {
	const recorded = `{"Job":{"Id":"1388444889472-t01s28",` +
		`"Arn":"arn:aws:elastictranscoder:us-east-1:111122223333:job/1388444889472-t01s28",` +
		`"Input":{"Key":"a.avi","Container":null,"FrameRate":null,"AspectRatio":null,"Resolution":null,` +
		`"Interlaced":null},` +
		`"Output":{"Id":"1","Key":"a.mp4","Rotate":null,"StatusDetail":null,"Composition":null,"Width":null,` +
		`"Height":null,"Duration":null,` +
		`"AlbumArt":null,"SegmentDuration":null,"ThumbnailPattern":null,"Watermarks":[],` +
		`"PresetId":"1351620000001-000010","Status":"Submitted"},` +
		`"OutputKeyPrefix":null,"Playlists":[],"PipelineId":"1388444889000-abcdef","Status":"Submitted"}}`
	var want api.CreateJobResponse
	if err := json.Unmarshal([]byte(recorded), &want); err != nil {
		t.Fatal(err)
	}
	bubble(t, play(reply{status: 201, body: recorded}).ServeHTTP, func(t *testing.T, c *Client) {
		out, err := c.CreateJob(t.Context(), &api.CreateJobRequest{})
		if err != nil || *out.Job.Output.Status != JobSubmitted || out.Job.Output.StatusDetail != nil ||
			out.Job.Output.Watermarks == nil || out.Job.Inputs != nil || out.Job.Input.FrameRate != nil {
			t.Errorf("%+v, %v", out, err)
		}
	})
}
