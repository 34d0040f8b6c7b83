package client

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// The defaults of options.
const (
	// DefaultAttemptTimeout is how long one attempt of a call may take.
	DefaultAttemptTimeout = 30 * time.Second
	// DefaultMaxResponseBytes is the longest answer that is read, 32 MiB.
	DefaultMaxResponseBytes = 32 << 20
	// DefaultUserAgent is the User-Agent header.
	DefaultUserAgent = "reelastic-go/" + APIVersion
)

// Option configures a client.
type Option func(*options)

// options are what the Options set; see there.
type options struct {
	endpoint       string
	region         string
	credentials    CredentialsProvider
	httpClient     *http.Client
	proxy          string
	userAgent      string
	requestHooks   []func(*http.Request) error
	responseHooks  []func(*Exchange)
	retry          Retry
	attemptTimeout time.Duration
	maxResponse    int64
	logger         *slog.Logger
}

// WithEndpoint sets the address of the service; an endpoint given to [New] as
// an argument counts first.
func WithEndpoint(endpoint string) Option { return func(o *options) { o.endpoint = endpoint } }

// WithRegion sets the region that requests are signed for, and whose original
// endpoint is taken where none is given.
func WithRegion(name string) Option { return func(o *options) { o.region = name } }

// WithCredentials sets who signs. Every client needs it.
func WithCredentials(p CredentialsProvider) Option { return func(o *options) { o.credentials = p } }

// WithHTTPClient sends through another HTTP client, for connections, TLS
// settings or tests of one's own. Redirects are not followed whatever it says:
// a signature does not survive them, and the credentials' holder did not agree
// to the new address. It excludes [WithProxy].
func WithHTTPClient(h *http.Client) Option { return func(o *options) { o.httpClient = h } }

// WithProxy sends through a proxy, such as "http://user:password@proxy:3128".
// Without it HTTPS_PROXY, HTTP_PROXY and NO_PROXY count.
func WithProxy(address string) Option { return func(o *options) { o.proxy = address } }

// WithUserAgent replaces [DefaultUserAgent].
func WithUserAgent(agent string) Option { return func(o *options) { o.userAgent = agent } }

// WithRequestHook calls hook with every attempt's request before it is signed.
// It may add headers (those that begin with X-Amz- are signed); it must leave
// the body alone. An error ends the call and is returned. Hooks run in the
// order of their options and, like all hooks, from several goroutines at once.
func WithRequestHook(hook func(*http.Request) error) Option {
	return func(o *options) { o.requestHooks = append(o.requestHooks, hook) }
}

// WithResponseHook calls hook with the end of every attempt, with an answer or
// without.
func WithResponseHook(hook func(*Exchange)) Option {
	return func(o *options) { o.responseHooks = append(o.responseHooks, hook) }
}

// WithRetry sets how calls are repeated.
func WithRetry(r Retry) Option { return func(o *options) { o.retry = r } }

// WithAttemptTimeout bounds one attempt, from connecting to the last byte of
// the answer; 0 means [DefaultAttemptTimeout], negative no bound. The whole
// call is bounded by its context alone. Event streams ([Client.Watch]) are not
// bounded by it.
func WithAttemptTimeout(d time.Duration) Option { return func(o *options) { o.attemptTimeout = d } }

// WithMaxResponseBytes bounds the answers that are read; a longer one is an
// error. 0 means [DefaultMaxResponseBytes].
func WithMaxResponseBytes(n int64) Option { return func(o *options) { o.maxResponse = n } }

// WithLogger sets where the client warns, instead of [slog.Default]. It says
// one thing only: that the endpoint is one of the closed service.
func WithLogger(l *slog.Logger) Option { return func(o *options) { o.logger = l } }

// Exchange is one attempt of a call.
type Exchange struct {
	// Operation is the name of the operation, or method and path of a raw call.
	Operation string
	// Attempt counts from 1.
	Attempt int
	// Request as it was sent, its signature included. It is for reading.
	Request *http.Request
	// Response is nil when there was no answer. Its Body has been read.
	Response *http.Response
	// Body is the body of the answer, for reading; nil for an event stream.
	Body []byte
	// Err is why the attempt failed, or nil.
	Err error
	// Duration is how long the attempt took; of an event stream, until its head came.
	Duration time.Duration
}

// transport returns the HTTP client that the options ask for.
func (o *options) transport() (*http.Client, error) {
	h := http.Client{}
	switch {
	case o.httpClient != nil && o.proxy != "":
		return nil, errors.New("WithHTTPClient and WithProxy exclude each other: give the HTTP client's transport " +
			"the proxy")
	case o.httpClient != nil:
		h = *o.httpClient
	default:
		t, err := newTransport(o.proxy)
		if err != nil {
			return nil, err
		}
		h.Transport = t
	}
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &h, nil
}

// newTransport is the standard transport with room for many calls at once to
// the one host that a client speaks to.
func newTransport(proxy string) (*http.Transport, error) {
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConns: 100}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok { // a program may have replaced it
		t = standard.Clone()
	}
	t.MaxIdleConnsPerHost = t.MaxIdleConns
	if proxy == "" {
		return t, nil
	}
	u, err := url.Parse(proxy)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("proxy: it must be an address with a scheme and a host")
	}
	t.Proxy = http.ProxyURL(u)
	return t, nil
}
