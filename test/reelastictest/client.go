package reelastictest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
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

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
)

// Region is the server's region unless it was told another.
const Region = "us-east-1"

// Role is a role that pipelines can name.
const Role = "arn:aws:iam::000000000000:role/transcoder"

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

// SDKClient is the Go SDK's client of the server. It does not retry.
func (s *Server) SDKClient(options ...func(*elastictranscoder.Options)) *elastictranscoder.Client {
	s.tb.Helper()
	return s.SDKClientWith(s.Credentials(), options...)
}

// SDKClientWith is [Server.SDKClient] with other credentials.
func (s *Server) SDKClientWith(c aws.Credentials,
	options ...func(*elastictranscoder.Options)) *elastictranscoder.Client {
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
	err = v4.NewSigner().SignHTTP(tb.Context(), s.Credentials(), req, hex.EncodeToString(sum[:]), "elastictranscoder",
		Region, time.Now())
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

// Lacks reports whether the server says that its ffmpeg lacks what is named.
func (s *Server) Lacks(name string) bool {
	s.tb.Helper()
	system, err := s.GoClient().System(s.tb.Context())
	if err != nil || system.FFmpeg == nil {
		s.tb.Fatalf("the server tells of no ffmpeg: %+v, %v", system, err)
	}
	return slices.ContainsFunc(system.FFmpeg.Missing, func(l v1.Lack) bool { return l.Name == name })
}
