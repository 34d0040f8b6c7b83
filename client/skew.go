package client

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/reelastic/reelastic/api"
)

// clockCodes say that the request's date is not the service's; suspectCodes
// may, since a date outside the window makes the signature wrong too.
var (
	clockCodes   = []api.ErrorCode{api.RequestExpired, "RequestTimeTooSkewed", "RequestInTheFuture"}
	suspectCodes = []api.ErrorCode{"InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure"}
)

// A correction must be worth it: services accept 15 minutes (some 5), and the
// Date header counts whole seconds.
const (
	leastSkew   = 30 * time.Second
	suspectSkew = 4 * time.Minute
)

// correctClock learns the server's time from an answer that refuses the date
// of a signature, which was made with the clock's difference used. It is true
// when another attempt will be signed for a time that makes a difference. Such
// an attempt is safe for every call, since a refused signature has done nothing.
func (c *Client) correctClock(err error, used time.Duration) bool {
	e, ok := errors.AsType[*ResponseError](err)
	if !ok {
		return false
	}
	least := leastSkew
	switch {
	case slices.Contains(clockCodes, e.Code):
	case slices.Contains(suspectCodes, e.Code):
		least = suspectSkew
	default:
		return false
	}
	theirs, err := http.ParseTime(e.Header.Get("Date"))
	if err != nil {
		return false
	}
	skew := time.Until(theirs)
	if (skew - used).Abs() < least {
		return false
	}
	c.skew.Store(int64(skew))
	return true
}
