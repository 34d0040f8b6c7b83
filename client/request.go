package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/reelastic/reelastic/internal/wait"
)

// call is what is asked of the service, ready to be sent any number of times.
type call struct {
	// name is the operation's, or method and path of a raw call.
	name   string
	method string
	// path follows that of the endpoint; rawPath is its escaped form, "" where it
	// is the same.
	path, rawPath string
	query         string
	header        http.Header // beside those that every request has
	body          []byte      // nil: none
	// once marks what must not happen twice.
	once bool
	// status is the only status of success; 0 means any of 200 to 299.
	status int
	// skew is what the last attempt's signature took the server's clock to be
	// ahead of ours.
	skew time.Duration
}

func (c *call) succeeded(status int) bool {
	if c.status != 0 {
		return status == c.status
	}
	return status >= 200 && status < 300
}

// answer is a whole response.
type answer struct {
	response *http.Response
	body     []byte
}

// do sends a call, again where that is worth while and safe, until it has an
// answer. Its errors are those of the exceptions, [*TransportError] and what a
// provider or hook returned.
func (c *Client) do(ctx context.Context, r *call) (answer, error) {
	corrected, maybeSent := false, false
	for n := 1; ; n++ {
		a, err := c.attempt(ctx, r, n)
		if err == nil {
			c.reward(n)
			return a, nil
		}
		if t, ok := errors.AsType[*TransportError](err); ok {
			maybeSent = maybeSent || t.MaybeSent
			t.MaybeSent = maybeSent
		}
		if _, ok := errors.AsType[*TransportError](err); ok && ctx.Err() != nil {
			return answer{}, ended(ctx, r, n, maybeSent, err)
		}
		if !corrected && c.correctClock(err, r.skew) {
			corrected = true
			continue
		}
		if n >= c.opts.retry.MaxAttempts || !c.opts.retry.repeats(err, r.once) || !c.budget.take() {
			return answer{}, err
		}
		pause := c.opts.retry.pause(n, err)
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= pause {
			return answer{}, err
		}
		if wait.For(ctx, pause) != nil {
			return answer{}, ended(ctx, r, n, maybeSent, err)
		}
	}
}

// reward gives the budget back what a success after n attempts is worth.
func (c *Client) reward(n int) {
	if n == 1 {
		c.budget.give(successPrize)
		return
	}
	c.budget.give(retryCost)
}

// ended is the error of a call whose context has ended after n attempts, the
// last of which returned err.
func ended(ctx context.Context, r *call, n int, maybeSent bool, err error) error {
	why := ctx.Err()
	if cause := context.Cause(ctx); !errors.Is(why, cause) {
		why = fmt.Errorf("%w: %w", why, cause)
	}
	if t, ok := errors.AsType[*TransportError](err); ok {
		err = t.Err
	}
	return &TransportError{Operation: r.name, Attempts: n, MaybeSent: maybeSent,
		Err: fmt.Errorf("%w; the last attempt: %w", why, err), final: true}
}

// attempt sends a call once and reads its answer to the end.
func (c *Client) attempt(ctx context.Context, r *call, n int) (answer, error) {
	outer := ctx
	if d := c.opts.attemptTimeout; d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, d, ErrAttemptTimeout)
		defer cancel()
	}
	began := time.Now()
	req, resp, err := c.send(ctx, r, n)
	a := answer{response: resp}
	if err == nil {
		if a.body, err = c.read(resp, r, n); err == nil && !r.succeeded(resp.StatusCode) {
			e := newResponseError(r.name, resp, a.body)
			e.Attempts = n
			err = e.typed()
		}
	}
	// The transport returns the context's cause or its error, as it likes.
	if t, ok := errors.AsType[*TransportError](err); ok && outer.Err() == nil && ctx.Err() != nil {
		t.Err = ErrAttemptTimeout
	}
	c.tell(&Exchange{Operation: r.name, Attempt: n, Request: req, Response: resp, Body: a.body, Err: err}, began)
	return a, err
}

// tell calls the response hooks.
func (c *Client) tell(e *Exchange, began time.Time) {
	if len(c.opts.responseHooks) == 0 {
		return
	}
	e.Duration = time.Since(began)
	for _, hook := range c.opts.responseHooks {
		hook(e)
	}
}

// send builds, signs and sends a request. The caller closes the body of the
// response.
func (c *Client) send(ctx context.Context, r *call, n int) (*http.Request, *http.Response, error) {
	creds, err := c.opts.credentials.Credentials(ctx)
	if err == nil && creds.AccessKeyID == "" {
		err = ErrNoCredentials
	}
	if err != nil {
		return nil, nil, &TransportError{Operation: r.name, Attempts: n, Err: fmt.Errorf("credentials: %w", err),
			final: true}
	}
	var conn connection
	if r.once {
		ctx = conn.trace(ctx)
	}
	req := c.request(ctx, r)
	for _, hook := range c.opts.requestHooks {
		if err := hook(req); err != nil {
			return req, nil, &TransportError{Operation: r.name, Attempts: n, Err: fmt.Errorf("request hook: %w", err),
				final: true}
		}
	}
	r.skew = time.Duration(c.skew.Load())
	if err := c.signer.Sign(req, r.body, creds.signing(), c.region, service, time.Now().Add(r.skew)); err != nil {
		return req, nil, &TransportError{Operation: r.name, Attempts: n, Err: err, final: true}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		// The method and address that net/http puts before it say nothing new.
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err
		}
		_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
		return req, nil, &TransportError{Operation: r.name, Attempts: n, MaybeSent: !untrusted && conn.maybeSent(err),
			Err: err, final: untrusted}
	}
	return req, resp, nil
}

// request builds the request of one attempt, unsigned.
func (c *Client) request(ctx context.Context, r *call) *http.Request {
	u := &url.URL{Scheme: c.base.Scheme, Host: c.base.Host, Path: c.base.Path + r.path, RawQuery: r.query}
	if c.base.RawPath != c.base.Path || r.rawPath != "" {
		u.RawPath = c.base.RawPath + r.rawPath
		if r.rawPath == "" {
			u.RawPath = c.base.RawPath + r.path
		}
	}
	req := (&http.Request{Method: r.method, URL: u, Host: u.Host, Header: make(http.Header, 6+len(r.header)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).WithContext(ctx)
	req.Header["User-Agent"] = c.agent
	if r.body != nil {
		req.Header["Content-Type"] = jsonType
		req.ContentLength = int64(len(r.body))
		req.Body = io.NopCloser(bytes.NewReader(r.body))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(r.body)), nil }
	}
	for name, values := range r.header {
		req.Header[http.CanonicalHeaderKey(name)] = slices.Clip(values) // hooks may add
	}
	return req
}

var jsonType = []string{"application/json"}

// connection notes whether an attempt got as far as having a connection.
type connection struct{ asked, got atomic.Bool }

func (k *connection) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { k.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { k.got.Store(true) },
	})
}

// maybeSent reports whether a failed request may have reached the service. A
// transport that does not tell of its connections is believed only where the
// error is one of connecting.
func (k *connection) maybeSent(err error) bool {
	if k.asked.Load() {
		return k.got.Load()
	}
	return !neverConnected(err)
}

// read reads the body of an answer, within the limit, and closes it.
func (c *Client) read(resp *http.Response, r *call, n int) ([]byte, error) {
	defer resp.Body.Close()
	limit := c.opts.maxResponse
	if !r.succeeded(resp.StatusCode) {
		limit = maxErrorBytes
	}
	body, err := readBounded(resp, limit)
	switch {
	case err == nil:
		return body, nil
	case !r.succeeded(resp.StatusCode): // the status says enough
		return body, nil
	}
	return nil, &TransportError{Operation: r.name, Attempts: n, MaybeSent: true,
		Err: fmt.Errorf("read the answer: %w", err), final: errors.Is(err, ErrResponseTooLong)}
}

const maxErrorBytes = 1 << 20

// readBounded reads a body to its end. One that is longer than the limit is
// returned up to there, with [ErrResponseTooLong].
func readBounded(resp *http.Response, limit int64) ([]byte, error) {
	n := resp.ContentLength
	if n < 0 {
		body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
		if int64(len(body)) > limit {
			return body[:limit], ErrResponseTooLong
		}
		return body, err
	}
	body := make([]byte, min(n, limit))
	got, err := io.ReadFull(resp.Body, body)
	if errors.Is(err, io.EOF) { // nothing at all
		err = io.ErrUnexpectedEOF
	}
	if err == nil && n > limit {
		err = ErrResponseTooLong
	}
	return body[:got], err
}

// send makes a call and decodes its answer. An answer without a body, or with
// the body null, is the empty structure.
func send[Out any](ctx context.Context, c *Client, r *call) (*Out, error) {
	a, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	out := new(Out)
	if len(a.body) == 0 {
		return out, nil
	}
	if err := json.Unmarshal(a.body, out); err != nil {
		e := newResponseError(r.name, a.response, a.body)
		e.Message = "the answer can't be read: " + err.Error()
		return nil, e
	}
	return out, nil
}

// unreserved reports whether a byte stands for itself in every part of an address
// (RFC 3986 section 2.3).
func unreserved(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' ||
		b == '-' || b == '.' || b == '_' || b == '~'
}

// escape percent-encodes all but the unreserved bytes.
func escape(s string) string {
	plain := 0
	for plain < len(s) && unreserved(s[plain]) {
		plain++
	}
	if plain == len(s) {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:plain])
	for i := plain; i < len(s); i++ {
		if unreserved(s[i]) {
			b.WriteByte(s[i])
			continue
		}
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}
