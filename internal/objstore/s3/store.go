// Package s3 keeps objects in Amazon S3 or a store that speaks its protocol. Every
// bucket of the API is a bucket there, reached with the credentials of a role.
//
// An object is visible whole or not at all, and stands over no other one, because
// writes are conditional (If-None-Match, If-Match). Where an endpoint does not
// honour conditions, which is found out with the first write, it is looked before
// and after each write instead: of two writers at the same moment both may then
// believe to be the one.
package s3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/recent"
	"github.com/reelastic/reelastic/internal/transcode"
)

const (
	// requestTries is how often a request is sent before its failure counts: an
	// endpoint that answers 503 to a third of them fails one in 59,000.
	requestTries = 10
	maxBackoff   = 5 * time.Second
	// answerWithin bounds the wait for an answer once a request has been sent.
	answerWithin = 2 * time.Minute
	// idleConnections are kept for each endpoint.
	idleConnections = 32
	// mostRegions and mostClients are remembered: what is forgotten costs a request, or a
	// moment.
	mostRegions, mostClients = 10_000, 1024
)

// Roles gives the credentials of a role, and keeps them as long as they last. A
// role that can't be assumed is a [*transcode.Failure].
type Roles interface {
	Credentials(ctx context.Context, role string) (transcode.RoleCredentials, error)
	// Expired says that S3 does not take the session of that token any more, and tells
	// whether the next credentials are others.
	Expired(role, token string) bool
}

// Uploads remembers the multipart uploads that have begun, so that what a killed
// worker left can be aborted.
type Uploads interface {
	BeginUpload(ctx context.Context, u object.Upload) error
	EndUpload(ctx context.Context, id string) error
	// AbandonedUploads are those whose attempt does not run any more.
	AbandonedUploads(ctx context.Context) ([]object.Upload, error)
}

// Service is S3 as configured. Make one with [Open]; it may be used from several
// goroutines.
type Service struct {
	cfg     Config
	roles   Roles
	uploads Uploads
	log     *slog.Logger
	http    *awshttp.BuildableClient

	conditions atomic.Int32 // what is known of the endpoints
	mu         sync.Mutex
	regions    *recent.Map[string, string] // of buckets, as S3 told them
	clients    *recent.Map[clientKey, *s3.Client]
}

type clientKey struct {
	place Place
	role  string
}

// Open makes the service; nothing is asked of the endpoint.
func Open(cfg Config, roles Roles, uploads Uploads, log *slog.Logger) (*Service, error) {
	pool, err := certificates(cfg.CAFile)
	if err != nil {
		return nil, err
	}
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = idleConnections
		t.ResponseHeaderTimeout = answerWithin
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	})
	return &Service{cfg: cfg, roles: roles, uploads: uploads, log: log, http: client,
		regions: recent.New[string, string](mostRegions),
		clients: recent.New[clientKey, *s3.Client](mostClients)}, nil
}

// CheckCA tells why CAFile can't be used, as [Open] would.
func (c Config) CheckCA() error {
	_, err := certificates(c.CAFile)
	return err
}

// certificates are those of the system and of a file; nil for the system's alone.
func certificates(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("ca: %s holds no certificate (PEM)", file)
	}
	return pool, nil
}

// For is the store as a role reaches it.
func (s *Service) For(role string) *Store { return &Store{s, role} }

// Store is S3 with the credentials of a role. Its refusals are
// [*object.Error], and a [*transcode.Failure] when the role can't be assumed.
type Store struct {
	*Service
	role string
}

// place is where a bucket is: as configured, else as S3 has told, else where all are.
func (s *Service) place(bucket string) Place {
	p := s.cfg.place(bucket)
	s.mu.Lock()
	defer s.mu.Unlock()
	if region, ok := s.regions.Get(bucket); ok {
		p.Region = region
	}
	return p
}

// client is the client for a bucket.
func (st *Store) client(bucket string) *s3.Client {
	key := clientKey{st.place(bucket), st.role}
	st.mu.Lock()
	defer st.mu.Unlock()
	c, ok := st.clients.Get(key)
	if !ok {
		c = st.newClient(key)
		st.clients.Put(key, c)
	}
	return c
}

func (s *Service) newClient(key clientKey) *s3.Client {
	as := credentials{s.roles, key.role}
	options := s3.Options{
		Region: key.place.Region, UsePathStyle: s.cfg.PathStyle, HTTPClient: s.http, Credentials: as,
		Retryer: renewing{retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.MaxBackoff, o.RateLimiter = requestTries, maxBackoff, ratelimit.None
		}), as},
	}
	if key.place.Endpoint != "" {
		options.BaseEndpoint = &key.place.Endpoint
	}
	return s3.New(options)
}

// credentials asks for a role's for each try of a request, so that those which end in
// the middle of an upload are replaced.
type credentials struct {
	roles Roles
	role  string
}

func (c credentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	got, err := c.roles.Credentials(ctx, c.role)
	if err != nil {
		return aws.Credentials{}, err
	}
	return aws.Credentials{AccessKeyID: got.AccessKeyID, SecretAccessKey: got.SecretAccessKey,
		SessionToken: got.SessionToken,
		CanExpire:    !got.Expires.IsZero(), Expires: got.Expires}, nil
}

// renewing sends a request again with other credentials when the session that signed
// it has ended, be it before its time.
type renewing struct {
	aws.RetryerV2
	credentials
}

// IsErrorRetryable looks for the words of S3. The answer to a HEAD request has none: it
// is repeated if a session could be the reason. A certificate gets no better.
func (r renewing) IsErrorRetryable(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return false
	}
	answer, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok || answer.HTTPStatusCode() != http.StatusBadRequest || answer.Response.Request == nil {
		return r.RetryerV2.IsErrorRetryable(err)
	}
	asked := answer.Response.Request
	token := asked.Header.Get("X-Amz-Security-Token")
	switch code(err) {
	case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired":
		r.roles.Expired(r.role, token)
		return true
	}
	return asked.Method == http.MethodHead && token != "" && answer.Response.Header.Get(bucketRegion) == "" &&
		r.roles.Expired(r.role, token)
}

// ask sends a request about a bucket, to its region.
func ask[T any](ctx context.Context, st *Store, bucket string, request func(*s3.Client) (T, error)) (T, error) {
	used := st.client(bucket)
	out, err := request(used)
	region := otherRegion(err)
	if region == "" && code(err) == "AuthorizationHeaderMalformed" { // some tell it with this request only
		_, refused := used.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket})
		region = otherRegion(refused)
	}
	if region == "" || region == st.place(bucket).Region {
		return out, err
	}
	st.mu.Lock()
	st.regions.Put(bucket, region)
	st.mu.Unlock()
	return request(st.client(bucket))
}

// bucketRegion is the header by which S3 tells where a bucket is.
const bucketRegion = "X-Amz-Bucket-Region"

// otherRegion is where an answer says that the bucket is; "" when it does not.
func otherRegion(err error) string {
	answer, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok || answer.Response == nil {
		return ""
	}
	switch answer.HTTPStatusCode() {
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusBadRequest:
		return answer.Response.Header.Get(bucketRegion)
	}
	return ""
}
