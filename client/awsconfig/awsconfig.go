// Package awsconfig finds credentials and a region where the tools of AWS find
// them, for programs that use package client:
//
//	credentials, region, err := awsconfig.Load(ctx)
//	…
//	c, err := client.New(endpoint, client.WithCredentials(credentials), client.WithRegion(region))
//
// It asks github.com/aws/aws-sdk-go-v2/config, which looks, in this order, at the
// environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), a web
// identity (AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN), the profile
// (AWS_PROFILE) of the shared files (~/.aws/config and ~/.aws/credentials, or
// AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE) with all that a profile can
// say (keys, roles to assume, a web identity, a credential process, single
// sign-on), the role of a container (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or
// AWS_CONTAINER_CREDENTIALS_FULL_URI), and the role of an EC2 instance, unless
// AWS_EC2_METADATA_DISABLED is true. The region is that of AWS_REGION,
// AWS_DEFAULT_REGION or the profile.
//
// AWS_ENDPOINT_URL means every service, so also the one (STS) that hands out the
// credentials of roles. Where it names a Reelastic server, AWS_ENDPOINT_URL_STS
// must name that other service.
//
// A program that brings its own credentials doesn't import this package, and so
// links nothing of the SDK.
package awsconfig

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/reelastic/reelastic/client"
)

// renewBefore is how long before credentials expire they are renewed: long
// enough for a request that is signed now to arrive, and for another attempt
// at renewing.
const renewBefore = 5 * time.Minute

// Load reads the environment and the shared files, and returns the provider of
// the credentials that they describe, and the region, which is "" where none is
// given. Options are those of the config package, such as
// config.WithSharedConfigProfile, config.WithRegion, config.WithHTTPClient and
// config.WithEC2IMDSRegion; they go before the environment.
//
// Load fails on a file that it can't read, a profile that isn't there, and a
// description that contradicts itself. It fetches no credentials: where there are
// none at all, the provider says so when it is asked.
//
// The provider keeps credentials and fetches new ones five minutes before they
// expire, once for all who wait. Those who ask get the old ones on if that fails
// while they are valid still. A fetch goes on when the one who asked for it has
// given up, for the benefit of the next.
func Load(ctx context.Context, options ...func(*config.LoadOptions) error) (client.CredentialsProvider, string, error) {
	p := &provider{window: renewBefore}
	options = append(options[:len(options):len(options)], p.cache)
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, "", fmt.Errorf("load AWS configuration: %w", err)
	}
	p.from = loaded.Credentials
	return p, loaded.Region, nil
}

// Provider adapts a provider of the SDK, such as the Credentials of an aws.Config.
// One that isn't an [aws.CredentialsCache] gets one, which renews as that of [Load]
// does.
func Provider(from aws.CredentialsProvider) client.CredentialsProvider {
	if _, caches := from.(*aws.CredentialsCache); caches {
		return &provider{from: from}
	}
	cached := aws.NewCredentialsCache(from, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = renewBefore })
	return &provider{from: cached, window: renewBefore}
}

// provider hands out what from, which caches, provides.
type provider struct {
	from aws.CredentialsProvider
	// window is how long before they expire from calls credentials expired.
	window time.Duration
	last   atomic.Pointer[aws.Credentials] // of those that expire; nil before the first
}

// cache makes the library's cache renew credentials before they expire, unless
// the caller has settled that.
func (p *provider) cache(o *config.LoadOptions) error {
	callers := o.CredentialsCacheOptions
	o.CredentialsCacheOptions = func(c *aws.CredentialsCacheOptions) {
		c.ExpiryWindow = renewBefore
		if callers != nil {
			callers(c)
			p.window = 0
		}
	}
	return nil
}

// Credentials returns the kept credentials or new ones.
func (p *provider) Credentials(ctx context.Context) (client.Credentials, error) {
	c, err := p.from.Retrieve(ctx)
	if err == nil {
		p.keep(&c)
		return p.credentials(&c), nil
	}
	if ctx.Err() == nil {
		if last := p.last.Load(); last != nil && time.Now().Before(last.Expires.Add(p.window)) {
			return p.credentials(last), nil
		}
	}
	return client.Credentials{}, fmt.Errorf("find AWS credentials: %w", err)
}

// keep remembers credentials for the time when their renewal fails.
func (p *provider) keep(c *aws.Credentials) {
	if c.CanExpire {
		p.last.Store(c)
	}
}

// credentials translates. The cache took window from the time at which they
// expire; for those of an instance it may not have, but they are good for longer.
func (p *provider) credentials(c *aws.Credentials) client.Credentials {
	found := client.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey,
		SessionToken: c.SessionToken}
	if c.CanExpire {
		found.Expires = c.Expires.Add(p.window)
	}
	return found
}
