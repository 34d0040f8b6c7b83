package identity

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/reelastic/reelastic/internal/transcode"
)

// Ambient gives the credentials of the process itself for every role, as the AWS
// tools find them: environment, shared files, the role of a container or an
// instance. The zero value is ready; it may be used from several goroutines at once.
type Ambient struct {
	mu     sync.Mutex
	source aws.CredentialsProvider
	ended  string // the token of the latest session that was said to have ended
}

// Credentials returns those of the process, renewed when they are about to end.
func (a *Ambient) Credentials(ctx context.Context, role string) (transcode.RoleCredentials, error) {
	source, err := a.open(ctx)
	if err != nil {
		return transcode.RoleCredentials{}, fmt.Errorf("credentials for the role %s: %w", role, err)
	}
	c, err := source.Retrieve(ctx)
	if err != nil {
		return transcode.RoleCredentials{}, fmt.Errorf("credentials for the role %s: %w", role, err)
	}
	found := transcode.RoleCredentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey,
		SessionToken: c.SessionToken}
	if c.CanExpire {
		found.Expires = c.Expires
	}
	return found, nil
}

// Expired says that a service does not take the session of that token any more, and
// reports whether the next credentials are others.
func (a *Ambient) Expired(_, token string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	cache, ok := a.source.(*aws.CredentialsCache)
	if !ok || token == a.ended {
		return false // it is what the environment still has
	}
	a.ended = token
	cache.Invalidate()
	return true
}

// open reads the configuration once; what went wrong is tried again.
func (a *Ambient) open(ctx context.Context) (aws.CredentialsProvider, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.source == nil {
		cfg, err := config.LoadDefaultConfig(ctx)
		if err != nil {
			return nil, err
		}
		a.source = cfg.Credentials
	}
	return a.source, nil
}
