package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/transcode"
)

// requestTimeout is the code of a request that took too long to arrive. The
// original has none; other AWS services use this name.
const requestTimeout api.ErrorCode = "RequestTimeoutException"

// clientError finds in an error what the client did and may read; nil when the
// error is ours.
func clientError(err error) *api.Error {
	if e, ok := errors.AsType[*transcode.Error](err); ok {
		return &api.Error{Code: e.Code, Message: e.Message}
	}
	if e, ok := errors.AsType[*api.Violations](err); ok {
		return &api.Error{Code: api.ValidationException, Message: e.Error()}
	}
	if e, ok := errors.AsType[*sigv4.Error](err); ok {
		return &api.Error{Code: api.ErrorCode(e.Code), Message: e.Message}
	}
	if e, ok := errors.AsType[*transcode.KeyError](err); ok {
		return &api.Error{Code: api.ErrorCode(e.Problem), Status: http.StatusBadRequest, Message: e.Why}
	}
	if e, ok := errors.AsType[*api.Error](err); ok {
		return e
	}
	return nil
}

// unavailable tells that the service can't work now, and why where that may be told.
func unavailable(why string) *api.Error {
	return &api.Error{Code: api.ServiceUnavailableException, Status: http.StatusServiceUnavailable,
		Message: strings.TrimSpace("The service is currently unavailable or busy. " + why)}
}

// fail answers a request with an error. What is not the client's doing is logged
// here, and only here, and its text is kept from the client.
func (s *Server) fail(w *response, r *http.Request, err error) {
	e := clientError(err)
	if e == nil {
		e = &api.Error{Code: api.InternalServiceException,
			Message: "The server encountered an internal error trying to fulfill the request."}
		level := slog.LevelError
		if r.Context().Err() == context.Canceled { // the client has gone; nobody reads the answer
			level = slog.LevelDebug
		}
		s.cfg.Log.Log(r.Context(), level, "request failed",
			"operation", w.operation, "request", w.requestID, "err", err)
		if errors.Is(err, transcode.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) {
			e = unavailable("")
		}
	}
	w.fail(e)
}

// bodyError says why a body could not be read.
func bodyError(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return bodyTooLarge(tooLarge.Limit)
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return &api.Error{Code: requestTimeout, Status: http.StatusRequestTimeout,
			Message: "The request body took too long to arrive."}
	}
	return serializationError("", "The request body could not be read to its end.")
}
