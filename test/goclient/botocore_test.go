package goclient_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// own are the headers in which clients may differ: what they say does not change
// what the service does. All others must be the same, but for the signature and
// its time.
var own = map[string]string{
	"User-Agent":            "names the client",
	"Accept-Encoding":       "botocore's connection asks for identity, Go's for gzip; the service compresses nothing",
	"Amz-Sdk-Invocation-Id": "botocore's retries: the same over all attempts of a call",
	"Amz-Sdk-Request":       "botocore's retries: the number of the attempt",
	"Content-Length": "of a request without a body botocore's may be 0 and Go's absent, which means 0 (RFC " +
		"9112 section 6.3)",
}

// seen is a request as the service sees it, less the headers of own.
type seen struct {
	Method, URI, Proto, Host string
	Length                   int64
	Encoding                 []string
	Header                   map[string][]string
	// Credential is the scope without the date, Signed the names of what is signed.
	Credential, Signed []string
	Body               any
}

// recorder answers every request with {} and keeps it.
type recorder struct {
	*httptest.Server
	requests chan *seen
}

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{requests: make(chan *seen, 1)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.requests <- see(t, req)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(r.Close)
	return r
}

// see takes a request apart.
func see(t *testing.T, req *http.Request) *seen {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		t.Error(err)
	}
	s := &seen{Method: req.Method, URI: req.RequestURI, Proto: req.Proto, Host: req.Host, Length: req.ContentLength,
		Encoding: req.TransferEncoding, Header: req.Header}
	if len(body) > 0 {
		if err := json.Unmarshal(body, &s.Body); err != nil {
			t.Errorf("%v: %s", err, body)
		}
		s.Length = 0 // of the JSON text, which may be spaced and escaped as one likes
	}
	s.Credential, s.Signed = authorization(t, req.Header.Get("Authorization"))
	if !strings.HasPrefix(req.Header.Get("X-Amz-Date"), "20") {
		t.Errorf("X-Amz-Date %q", req.Header.Get("X-Amz-Date"))
	}
	for _, name := range append(slices.Collect(maps.Keys(own)), "Authorization", "X-Amz-Date") {
		delete(s.Header, name)
	}
	return s
}

// authorization reads key id, region, service and "aws4_request", and the names
// of the signed headers.
func authorization(t *testing.T, header string) (credential, signed []string) {
	t.Helper()
	rest, ok := strings.CutPrefix(header, "AWS4-HMAC-SHA256 Credential=")
	scope, rest, ok2 := strings.Cut(rest, ", SignedHeaders=")
	names, signature, ok3 := strings.Cut(rest, ", Signature=")
	credential = strings.Split(scope, "/")
	if !ok || !ok2 || !ok3 || len(credential) != 5 || len(signature) != 64 {
		t.Errorf("Authorization %q", header)
		return nil, nil
	}
	return slices.Delete(credential, 1, 2), strings.Split(names, ";")
}

// openBotocore starts botocore, for requests to the endpoint.
func openBotocore(t *testing.T, endpoint, token string) *reelastictest.Driver {
	t.Helper()
	reelastictest.Need(t, "", "/usr/bin/python3", "-c", "import botocore")
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") })
	return reelastictest.StartDriver(t, append(env, "TEST_ENDPOINT="+endpoint,
		"AWS_ACCESS_KEY_ID=AKID", "AWS_SECRET_ACCESS_KEY=secret", "AWS_SESSION_TOKEN="+token,
		"AWS_DEFAULT_REGION=eu-west-1",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "PYTHONDONTWRITEBYTECODE=1",
		"PYTHONWARNINGS=ignore"),
		"/usr/bin/python3", "botocore/driver.py")
}

// callBotocore makes botocore call an operation.
func callBotocore(t *testing.T, botocore *reelastictest.Driver, operation string, request any) {
	t.Helper()
	var answer struct{ Error *string }
	botocore.Exchange(t, map[string]any{"operation": operation, "params": params(request)}, &answer)
	if answer.Error != nil {
		t.Fatalf("botocore: %s: %s", operation, *answer.Error)
	}
}

// TestRequestsAreBotocores calls every operation with both clients and finds that
// the service could not tell them apart but by the headers of own.
func TestRequestsAreBotocores(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"", "session token/+="} {
		r := newRecorder(t)
		botocore := openBotocore(t, r.URL, token)
		c, err := client.New(r.URL, client.WithRegion("eu-west-1"),
			client.WithCredentials(client.StaticCredentials("AKID", "secret", token)))
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range api.Operations {
			for _, v := range variants {
				request := v.request(t, op)
				callBotocore(t, botocore, op.Name, request)
				want := <-r.requests
				if err := invoke(t.Context(), c, op, request); err != nil {
					t.Fatalf("%s, %s: %v", op.Name, v.name, err)
				}
				got := <-r.requests
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s, %s (-botocore +ours):\n%s", op.Name, v.name, diff)
				}
			}
		}
	}
}
