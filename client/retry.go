package client

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/reelastic/reelastic/api"
)

// Retry says how a call is repeated. The zero value of a member means its
// default.
//
// What may pass is repeated: an attempt without an answer (connection lost,
// attempt timed out), an answer with one of Statuses, and one with a code of
// ThrottlingCodes whatever its status. LimitExceededException is not repeated
// although its status is 429: it says that a quota is used up, which no
// waiting within a call cures.
//
// CreateJob, CreatePipeline and CreatePreset would make a second resource if an
// attempt had reached the service without its answer reaching the client, and
// so would the calls of the extension API that make something: RetryJob,
// CreateBulkAction, CreateCredential, RotateCredential and Subscribe; of
// ResendDeliveries and DiscardDeliveries the count would be lost. They are
// repeated only when that is certain not to have happened: no connection
// was obtained, or the answer refused the request (429, 503 or a code of
// ThrottlingCodes). A create that was not repeated for this reason fails with a
// [*TransportError] whose MaybeSent is true, or with the service's own error.
// All other operations give the same result when they are repeated; of a
// repeated delete or cancel the second answer may say that the resource is gone
// or no longer cancelable.
//
// Before attempt n+1 (n from 1) the call waits a random time between 0 and
// BaseDelay·2ⁿ⁻¹, at most MaxDelay ("full jitter"); after a Retry-After header
// it waits that time, at most MaxRetryAfter, and a random part of BaseDelay more.
// Nothing is repeated after the context has ended, nor when the wait would
// outlast its deadline: the call then returns what the last attempt returned.
type Retry struct {
	// MaxAttempts is the number of attempts, the first included: default 5,
	// 1 to never repeat.
	MaxAttempts int
	// BaseDelay and MaxDelay bound the wait: default 200 ms and 20 s.
	BaseDelay, MaxDelay time.Duration
	// MaxRetryAfter is the longest Retry-After that is followed: default 1 minute.
	MaxRetryAfter time.Duration
	// Budget is how many tokens all calls of a client share, default 500; a
	// negative one is unlimited. A repeat takes 5 and is not made without them;
	// a repeat that succeeds gives its 5 back, and a call that succeeds at once
	// gives 1. So a service that is down gets few repeats from many calls.
	Budget int
	// Statuses are those worth another attempt: default 429, 500, 502, 503, 504.
	Statuses []int
	// ThrottlingCodes are the codes that say: too fast, nothing was done.
	// Default: what AWS services use.
	ThrottlingCodes []api.ErrorCode
}

var defaultStatuses = []int{http.StatusTooManyRequests, http.StatusInternalServerError,
	http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}

// defaultThrottlingCodes are those of the "standard" mode of the AWS SDKs, less
// LimitExceededException.
var defaultThrottlingCodes = []api.ErrorCode{api.ThrottlingException, api.ProvisionedThroughputExceededException,
	"Throttling", "ThrottledException", "RequestThrottledException", "RequestThrottled", "TooManyRequestsException",
	"RequestLimitExceeded", "BandwidthLimitExceeded", "SlowDown", "PriorRequestNotComplete", "EC2ThrottledException"}

// filled returns r with defaults in place of zero values.
func (r Retry) filled() (Retry, error) {
	r.MaxAttempts = cmp.Or(r.MaxAttempts, 5)
	r.BaseDelay = cmp.Or(r.BaseDelay, 200*time.Millisecond)
	r.MaxDelay = cmp.Or(r.MaxDelay, 20*time.Second)
	r.MaxRetryAfter = cmp.Or(r.MaxRetryAfter, time.Minute)
	r.Budget = cmp.Or(r.Budget, 500)
	if r.Statuses == nil {
		r.Statuses = defaultStatuses
	}
	if r.ThrottlingCodes == nil {
		r.ThrottlingCodes = defaultThrottlingCodes
	}
	if r.MaxAttempts < 0 || r.BaseDelay < 0 || r.MaxDelay < 0 || r.MaxRetryAfter < 0 {
		return r, errors.New("a Retry member other than Budget is negative")
	}
	return r, nil
}

// repeats reports whether another attempt is worth while and safe. once marks a
// call that must not happen twice.
func (r *Retry) repeats(err error, once bool) bool {
	if e, ok := errors.AsType[*ResponseError](err); ok {
		throttled := slices.Contains(r.ThrottlingCodes, e.Code)
		switch {
		case e.Code == api.LimitExceededException:
			return throttled // on request only
		case once:
			return throttled || e.refused() && slices.Contains(r.Statuses, e.Status)
		}
		return throttled || slices.Contains(r.Statuses, e.Status)
	}
	e, ok := errors.AsType[*TransportError](err)
	return ok && !e.final && (!once || !e.MaybeSent)
}

// refused reports whether the status says that nothing was done.
func (e *ResponseError) refused() bool {
	return e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable
}

// delay returns the wait after attempt n, counted from 1. The random number is
// from 0 to below 1.
func (r *Retry) delay(n int, after time.Duration, random float64) time.Duration {
	if after > 0 {
		return min(after, r.MaxRetryAfter) + time.Duration(random*float64(r.BaseDelay))
	}
	bound := r.MaxDelay
	if shift := n - 1; shift < 32 && r.BaseDelay <= r.MaxDelay>>shift {
		bound = r.BaseDelay << shift
	}
	return time.Duration(random * float64(bound))
}

// pause returns the wait after attempt n that ended in err.
func (r *Retry) pause(n int, err error) time.Duration {
	var after time.Duration
	if e, ok := errors.AsType[*ResponseError](err); ok {
		after = e.RetryAfter
	}
	return r.delay(n, after, rand.Float64())
}

// retryAfter reads the header Retry-After, seconds or a date (RFC 9110 section
// 10.2.3); a date counts from the answer's own, so that clocks need not agree.
// It is 0 where there is none, or none that can be read.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if value == "" {
		return 0
	}
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	from, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		from = time.Now()
	}
	return max(0, until.Sub(from))
}

// neverConnected reports whether an error is one of making the connection.
func neverConnected(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "dial" || op.Op == "proxyconnect") {
		return true
	}
	_, ok := errors.AsType[*net.DNSError](err)
	return ok
}

const (
	retryCost    = 5
	successPrize = 1
)

// budget is a bucket of tokens for repeats; see [Retry.Budget].
type budget struct {
	limit  int64 // negative: unlimited
	tokens atomic.Int64
}

func (b *budget) fill(limit int) {
	b.limit = int64(limit)
	b.tokens.Store(b.limit)
}

// take takes the tokens of a repeat, and reports whether they were there.
func (b *budget) take() bool {
	if b.limit < 0 {
		return true
	}
	for {
		have := b.tokens.Load()
		if have < retryCost {
			return false
		}
		if b.tokens.CompareAndSwap(have, have-retryCost) {
			return true
		}
	}
}

// give gives tokens back after a success, up to the limit.
func (b *budget) give(n int64) {
	for {
		have := b.tokens.Load()
		if have >= b.limit {
			return
		}
		if b.tokens.CompareAndSwap(have, min(b.limit, have+n)) {
			return
		}
	}
}

// jitter shortens a pause by up to a quarter, so that clients that failed together do
// not come back together.
func jitter(pause time.Duration) time.Duration {
	return pause - time.Duration(rand.Float64()*float64(pause)/4)
}
