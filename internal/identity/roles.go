package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/recent"
	"github.com/reelastic/reelastic/internal/transcode"
)

// AWS says where one of Amazon's services is.
type AWS struct {
	// Endpoint is the address of a service that is compatible; "" is Amazon's own.
	Endpoint string
	// Region is signed for where the environment names none.
	Region string
}

// sessionName is what the sessions of roles are called, in the logs of who granted them.
const sessionName = "reelastic"

const (
	// sessionTime is asked for: what every role allows.
	sessionTime = time.Hour
	// assumeTimeout bounds the wait for a role.
	assumeTimeout = 30 * time.Second
	// renewBefore is how long before their end credentials are renewed, unless that
	// is more than half of their time.
	renewBefore = 5 * time.Minute
	// youngest is the age from which credentials may be said to have ended before
	// their time: a service that never takes any has no session made for each request.
	youngest = time.Second
	// mostRoles are remembered. Clients name roles; those of the pipelines that are at work
	// stay, and another one is asked for again.
	mostRoles = 1024
)

// Roles gives the credentials of pipelines' roles, granted by STS or by a file. It keeps them and renews them before
// they end; those who ask for the same role at once share one request. It may be used
// from several goroutines at once.
type Roles struct {
	// assume asks for a role. A refusal is a [*transcode.Failure].
	assume func(ctx context.Context, role string) (transcode.RoleCredentials, error)
	now    func() time.Time

	mu   sync.Mutex
	kept *recent.Map[string, *session]
}

// session is what is known of a role's credentials.
type session struct {
	mu          sync.Mutex // held while they are asked for
	credentials transcode.RoleCredentials
	got         time.Time
}

func newRoles(assume func(context.Context, string) (transcode.RoleCredentials, error)) *Roles {
	return &Roles{assume: assume, now: time.Now, kept: recent.New[string, *session](mostRoles)}
}

// Credentials are those of a role, valid for now and some time. A role that can't be
// assumed is a [*transcode.Failure] (2000); any other error says that who grants roles
// did not answer.
func (r *Roles) Credentials(ctx context.Context, role string) (transcode.RoleCredentials, error) {
	s := r.session(role)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := r.now()
	if s.fresh(now) {
		return s.credentials, nil
	}
	ctx, cancel := context.WithTimeout(ctx, assumeTimeout)
	defer cancel()
	found, err := r.assume(ctx, role)
	if err != nil {
		if transcode.AsFailure(err) == nil && s.valid(now) { // they do until who grants roles is back
			return s.credentials, nil
		}
		return transcode.RoleCredentials{}, err
	}
	s.credentials, s.got = found, now
	return found, nil
}

// Expired says that a service does not take the session of that token any more, though
// its time has not come. It reports whether the next credentials are others.
func (r *Roles) Expired(role, token string) bool {
	s := r.session(role)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.got.IsZero() || s.credentials.SessionToken != token:
		return true // they have been renewed, or will be
	case r.now().Sub(s.got) < youngest:
		return false
	}
	s.got = time.Time{}
	return true
}

func (r *Roles) session(role string) *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.kept.Get(role)
	if !ok {
		s = &session{}
		r.kept.Put(role, s)
	}
	return s
}

// valid reports whether the credentials still work.
func (s *session) valid(now time.Time) bool {
	return !s.got.IsZero() && (s.credentials.Expires.IsZero() || now.Before(s.credentials.Expires))
}

// fresh reports whether the credentials need not be renewed yet. Those without an end
// are asked for each time, as they come from a file.
func (s *session) fresh(now time.Time) bool {
	if s.got.IsZero() || s.credentials.Expires.IsZero() {
		return false
	}
	window := min(renewBefore, s.credentials.Expires.Sub(s.got)/2)
	return now.Before(s.credentials.Expires.Add(-window))
}

// STSRoles assumes roles through STS, with the credentials that the environment gives
// the process: the order of AWS's own tools.
func STSRoles(ctx context.Context, service AWS) (*Roles, error) {
	loaded, err := service.load(ctx)
	if err != nil {
		return nil, err
	}
	client := sts.NewFromConfig(loaded, func(o *sts.Options) { o.BaseEndpoint = service.base() })
	return newRoles(func(ctx context.Context, role string) (transcode.RoleCredentials, error) {
		if role == "" {
			return transcode.RoleCredentials{}, transcode.RoleRefused(role, "No role is named.")
		}
		out, err := client.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role,
			RoleSessionName: aws.String(sessionName), DurationSeconds: aws.Int32(int32(sessionTime / time.Second))})
		if refused := clientFault(err); refused != nil {
			says := fmt.Sprintf("STS says: %s: %s.", refused.ErrorCode(), refused.ErrorMessage())
			if object.UnknownKey(refused.ErrorCode()) { // those of this machine
				return transcode.RoleCredentials{}, fmt.Errorf("%w: %s", object.ErrUnusable, says)
			}
			return transcode.RoleCredentials{}, transcode.RoleRefused(role, says)
		}
		if err != nil {
			return transcode.RoleCredentials{}, fmt.Errorf("assume %s: %w", role, err)
		}
		c := out.Credentials
		return transcode.RoleCredentials{AccessKeyID: aws.ToString(c.AccessKeyId),
			SecretAccessKey: aws.ToString(c.SecretAccessKey),
			SessionToken:    aws.ToString(c.SessionToken), Expires: aws.ToTime(c.Expiration)}, nil
	}), nil
}

// load finds credentials and region where the tools of AWS find them.
func (a AWS) load(ctx context.Context) (aws.Config, error) {
	loaded, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return loaded, fmt.Errorf("AWS configuration: %w", err)
	}
	loaded.Region = cmp.Or(loaded.Region, a.Region)
	return loaded, nil
}

func (a AWS) base() *string {
	if a.Endpoint == "" {
		return nil
	}
	return &a.Endpoint
}

// clientFault is an answer that will be the same the next time; nil for none, and for
// those that ask to wait.
func clientFault(err error) smithy.APIError {
	answer, ok := errors.AsType[smithy.APIError](err)
	if !ok || throttled(answer.ErrorCode()) {
		return nil
	}
	response, ok := errors.AsType[interface {
		error
		HTTPStatusCode() int
	}](err)
	if !ok || response.HTTPStatusCode()/100 != 4 || response.HTTPStatusCode() == http.StatusTooManyRequests {
		return nil
	}
	return answer
}

func throttled(code string) bool {
	switch code {
	case "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException",
		"LimitExceededException", "RequestTimeout":
		return true
	}
	return false
}
