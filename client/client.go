package client

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/reelastic/reelastic/internal/sigv4"
)

// service is the name that signatures are scoped to.
const service = "elastictranscoder"

// Client calls the service at one endpoint. It is safe for concurrent use, and
// meant to be made once and kept: connections, the retry budget and what it has
// learnt of the server's clock are shared by all of its calls.
type Client struct {
	opts   options
	http   *http.Client
	base   *url.URL // RawPath holds the escaped path without a trailing slash
	region string
	agent  []string // the value of the User-Agent header
	signer sigv4.Signer
	budget budget
	// skew is the server's clock minus ours, in nanoseconds.
	skew atomic.Int64
}

// New makes a client of the service at an endpoint, such as
// "http://127.0.0.1:8080". An empty one means that of [WithEndpoint], of
// AWS_ENDPOINT_URL_ELASTIC_TRANSCODER, of AWS_ENDPOINT_URL, or else the
// original one of the region, which is closed. Requests are signed for the
// region of [WithRegion], AWS_REGION, AWS_DEFAULT_REGION, or
// [DefaultRegionName].
func New(endpoint string, opts ...Option) (*Client, error) {
	o := options{}
	for _, set := range opts {
		set(&o)
	}
	o.endpoint = cmp.Or(endpoint, o.endpoint)
	o.attemptTimeout = cmp.Or(o.attemptTimeout, DefaultAttemptTimeout)
	o.maxResponse = cmp.Or(o.maxResponse, DefaultMaxResponseBytes)
	if o.credentials == nil {
		return nil, fmt.Errorf("client: %w: give them by WithCredentials", ErrNoCredentials)
	}
	var err error
	if o.retry, err = o.retry.filled(); err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	c := &Client{opts: o, agent: []string{cmp.Or(o.userAgent, DefaultUserAgent)}}
	if c.base, c.region, err = o.resolve(); err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	if c.http, err = o.transport(); err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	c.opts.proxy = "" // it may hold a password
	c.budget.fill(o.retry.Budget)
	if closedRegion(c.base.Hostname()) != "" {
		cmp.Or(o.logger, slog.Default()).Warn("Amazon Elastic Transcoder was shut down in November 2025; "+
			"set the endpoint of a server that speaks its API", "endpoint", c.base.Host)
	}
	return c, nil
}

// Endpoint is the address that the client sends to, without a trailing slash.
func (c *Client) Endpoint() string {
	return c.base.Scheme + "://" + c.base.Host + c.base.RawPath
}

// Region is the region that the client signs for.
func (c *Client) Region() string { return c.region }

// String names endpoint and region.
func (c *Client) String() string { return "client of " + c.Endpoint() + ", region " + c.region }

// CloseIdleConnections closes the connections that are kept for later calls,
// those of a transport given by [WithHTTPClient] too; the client can still be
// used. Calls themselves leave nothing behind.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }
