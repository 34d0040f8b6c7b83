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
// AWS_DEFAULT_REGION or the profile. [Find] also tells the endpoint: that of
// AWS_ENDPOINT_URL_ELASTIC_TRANSCODER, of AWS_ENDPOINT_URL, of elastic_transcoder
// in the services section of the profile, or of the profile (endpoint_url), unless
// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true.
//
// AWS_ENDPOINT_URL means every service, so also the one (STS) that hands out the
// credentials of roles. Where it names a Reelastic server, AWS_ENDPOINT_URL_STS
// must name that other service.
//
// A program that brings its own credentials doesn't import this package, and so
// links nothing of the SDK.
package awsconfig

import (
	"cmp"
	"context"
	"fmt"
	"os"
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

// Found is what the environment and the shared files say.
type Found struct {
	Credentials client.CredentialsProvider
	// Region and Endpoint are "" where none is given.
	Region, Endpoint string
}

// Load is [Find] without the endpoint.
func Load(ctx context.Context, options ...func(*config.LoadOptions) error) (client.CredentialsProvider, string, error) {
	f, err := Find(ctx, options...)
	return f.Credentials, f.Region, err
}

// Find reads the environment and the shared files, and returns the provider of
// the credentials that they describe, the region and the endpoint. Options are
// those of the config package, such as config.WithSharedConfigProfile,
// config.WithRegion, config.WithHTTPClient and config.WithEC2IMDSRegion; they go
// before the environment.
//
// Find fails on a file that it can't read, a profile that isn't there, and a
// description that contradicts itself. It fetches no credentials: where there are
// none at all, the provider says so when it is asked.
//
// The provider keeps credentials and fetches new ones five minutes before they
// expire, once for all who wait. Those who ask get the old ones on if that fails
// while they are valid still. A fetch goes on when the one who asked for it has
// given up, for the benefit of the next.
func Find(ctx context.Context, options ...func(*config.LoadOptions) error) (Found, error) {
	p := &provider{window: renewBefore}
	options = append(options[:len(options):len(options)], p.cache)
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return Found{}, fmt.Errorf("load AWS configuration: %w", err)
	}
	p.from = loaded.Credentials
	endpoint, err := endpointIn(ctx, loaded)
	if err != nil {
		return Found{}, fmt.Errorf("load AWS configuration: %w", err)
	}
	return Found{Credentials: p, Region: loaded.Region, Endpoint: endpoint}, nil
}

// FindProfile is [Find] with a profile of the shared files; "" is that of the environment.
func FindProfile(ctx context.Context, name string) (Found, error) {
	if name == "" {
		return Find(ctx)
	}
	return Find(ctx, config.WithSharedConfigProfile(name))
}

// service is the name by which the SDKs derive names of variables and of settings.
const service = "Elastic Transcoder"

// endpointIn finds the endpoint in the sources of a configuration, which have the order in
// which they count.
func endpointIn(ctx context.Context, loaded aws.Config) (string, error) {
	if ignored, _, err := config.GetIgnoreConfiguredEndpoints(ctx, loaded.ConfigSources); err != nil || ignored {
		return "", err
	}
	// A variable for all services goes before a setting of the profile for one.
	if environment := os.Getenv("AWS_ENDPOINT_URL"); environment != "" {
		return cmp.Or(os.Getenv("AWS_ENDPOINT_URL_ELASTIC_TRANSCODER"), environment), nil
	}
	for _, source := range loaded.ConfigSources {
		if s, ok := source.(interface {
			GetServiceBaseEndpoint(context.Context, string) (string, bool, error)
		}); ok {
			if endpoint, given, err := s.GetServiceBaseEndpoint(ctx, service); err != nil || given {
				return endpoint, err
			}
		}
	}
	if loaded.BaseEndpoint != nil {
		return *loaded.BaseEndpoint, nil
	}
	return "", nil
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
