package goclient_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// captured is what a client gave its transport.
type captured struct {
	request *http.Request
	body    []byte
}

// capture is a transport that keeps the last request and answers {}.
type capture struct{ last captured }

func (c *capture) RoundTrip(req *http.Request) (*http.Response, error) {
	c.last = captured{request: req}
	if req.Body != nil {
		var err error
		if c.last.body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: req,
		Body: io.NopCloser(strings.NewReader("{}"))}, nil
}

// eachSigned captures every operation's requests, in all variants, for a server.
func eachSigned(t *testing.T, endpoint string, keys aws.Credentials,
	check func(t *testing.T, op api.Operation, c captured)) {
	t.Helper()
	var transport capture
	c, err := client.New(endpoint, client.WithRegion(reelastictest.Region),
		client.WithHTTPClient(&http.Client{Transport: &transport}),
		client.WithCredentials(client.StaticCredentials(keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken)))
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range api.Operations {
		for _, v := range variants {
			if err := invoke(t.Context(), c, op, v.request(t, op)); err != nil {
				t.Fatalf("%s, %s: %v", op.Name, v.name, err)
			}
			t.Run(op.Name+", "+v.name, func(t *testing.T) { check(t, op, transport.last) })
		}
	}
}

// TestSDKSignsTheSame signs every request again with the SDK's signer: at the
// same time, with the same headers signed, it comes to the same signature.
func TestSDKSignsTheSame(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"", "session token/+="} {
		keys := aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret", SessionToken: token}
		eachSigned(t, "http://127.0.0.1:8080", keys, func(t *testing.T, _ api.Operation, c captured) {
			if got, want := c.request.Header.Get("Authorization"), c.again(t, keys); got != want {
				t.Errorf("Authorization\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// again returns the Authorization that the SDK's signer gives a captured request.
func (c captured) again(t *testing.T, keys aws.Credentials) string {
	t.Helper()
	at, err := time.Parse("20060102T150405Z", c.request.Header.Get("X-Amz-Date"))
	if err != nil {
		t.Fatal(err)
	}
	again := c.request.Clone(t.Context())
	again.ContentLength = 0 // or the SDK would sign it
	again.Header = http.Header{}
	_, signed := authorization(t, c.request.Header.Get("Authorization"))
	for _, name := range signed {
		if values := c.request.Header.Values(name); len(values) > 0 {
			again.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	sum := sha256.Sum256(c.body)
	if err := v4.NewSigner().SignHTTP(t.Context(), keys, again, hex.EncodeToString(sum[:]), "elastictranscoder",
		reelastictest.Region, at); err != nil {
		t.Fatal(err)
	}
	return again.Header.Get("Authorization")
}

// TestServerAcceptsSignature sends the captured requests to the server: it
// believes the signature of each, and none whose body, address or time has been
// changed on the way.
func TestServerAcceptsSignature(t *testing.T) {
	t.Parallel()
	server := reelastictest.Start(t, "--workers", "0", "--refusal-delay", "0")
	eachSigned(t, server.Endpoint(), server.Credentials(), func(t *testing.T, op api.Operation, c captured) {
		if code := c.send(t); code == api.AccessDeniedException {
			t.Errorf("%s was refused: %s", c.request.URL, code)
		}
		if op.Method == http.MethodPost || op.Method == http.MethodPut {
			other := c
			other.body = append([]byte(" "), c.body...)
			other.wantRefused(t, "body")
		}
		other := captured{c.request.Clone(t.Context()), c.body}
		other.request.URL.RawQuery = strings.TrimPrefix(c.request.URL.RawQuery+"&Extra=1", "&")
		other.wantRefused(t, "query")
		other = captured{c.request.Clone(t.Context()), c.body}
		other.request.Header.Set("X-Amz-Date", time.Now().UTC().Add(time.Second).Format("20060102T150405Z"))
		other.wantRefused(t, "time")
	})
}

func (c captured) wantRefused(t *testing.T, changed string) {
	t.Helper()
	if code := c.send(t); code != api.AccessDeniedException {
		t.Errorf("with another %s, %s: code %q, want %s", changed, c.request.URL, code, api.AccessDeniedException)
	}
}

// send sends a captured request and returns the exception, "" for none.
func (c captured) send(t *testing.T) api.ErrorCode {
	t.Helper()
	req := c.request.Clone(t.Context())
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(c.body)), int64(len(c.body))
	if len(c.body) == 0 {
		req.Body = http.NoBody
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(fmt.Errorf("send a captured request: %w", err))
	}
	defer resp.Body.Close()
	if resp.Header.Get(api.HeaderRequestID) == "" {
		t.Errorf("%s %s: %s, which is no answer of the API", req.Method, req.URL, resp.Status)
	}
	return api.ParseErrorCode(resp.Header.Get(api.HeaderErrorType))
}
