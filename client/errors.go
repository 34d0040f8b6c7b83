package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/reelastic/reelastic/api"
)

// ResponseError is an answer other than the expected one: the counterpart of
// boto's JSONResponseError. An error with one of the seven exceptions of the
// API has that type ([*ValidationException] and so on) and unwraps to this one.
type ResponseError struct {
	// Operation is the name of the operation, or method and path of a raw call.
	Operation string
	// Status is the HTTP status, Reason its text.
	Status int
	Reason string
	// Code is the name of the exception: of the header x-amzn-ErrorType, else of
	// the body's "__type" or "code"; "" where the answer names none, as those of
	// proxies. It need not be one that package api knows.
	Code api.ErrorCode
	// Message is the sentence of the body, "" where it has none.
	Message string
	// RequestID is the value of the header x-amzn-RequestId, or "".
	RequestID string
	// Body is the body as received; nil when there was none. Of a body over
	// 1 MiB it is the first 1 MiB.
	Body []byte
	// Header is the head of the answer.
	Header http.Header
	// RetryAfter is the wait that the service asked for; 0 when it did not.
	RetryAfter time.Duration
	// Attempts is the number of attempts made, this one included.
	Attempts int
}

// Error names the operation, the status, the exception and its message.
func (e *ResponseError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d", e.Operation, e.Status)
	if e.Code != "" {
		b.WriteString(" " + string(e.Code))
	} else if e.Reason != "" {
		b.WriteString(" " + e.Reason)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.RequestID != "" {
		b.WriteString(" (request " + e.RequestID + ")")
	}
	return b.String()
}

// The exceptions of the API model, for [errors.As]. Their members are those of
// [ResponseError], which they unwrap to.
type (
	// AccessDeniedException (403): the caller may not, or the signature is wrong.
	AccessDeniedException struct{ *ResponseError }
	// IncompatibleVersionException (400): not this API version.
	IncompatibleVersionException struct{ *ResponseError }
	// InternalServiceException (500): the service failed.
	InternalServiceException struct{ *ResponseError }
	// LimitExceededException (429): a quota is used up. It is not repeated.
	LimitExceededException struct{ *ResponseError }
	// ResourceInUseException (409): the state of the resource does not allow it.
	ResourceInUseException struct{ *ResponseError }
	// ResourceNotFoundException (404): no such job, pipeline, preset or bucket.
	ResourceNotFoundException struct{ *ResponseError }
	// ValidationException (400): a member of the request is not as it must be.
	ValidationException struct{ *ResponseError }
)

// Unwrap returns the [*ResponseError].
func (e *AccessDeniedException) Unwrap() error { return e.ResponseError }

// Unwrap returns the [*ResponseError].
func (e *IncompatibleVersionException) Unwrap() error { return e.ResponseError }

// Unwrap returns the [*ResponseError].
func (e *InternalServiceException) Unwrap() error { return e.ResponseError }

// Unwrap returns the [*ResponseError].
func (e *LimitExceededException) Unwrap() error { return e.ResponseError }

// Unwrap returns the [*ResponseError].
func (e *ResourceInUseException) Unwrap() error { return e.ResponseError }

// Unwrap returns the [*ResponseError].
func (e *ResourceNotFoundException) Unwrap() error { return e.ResponseError }

// Unwrap returns the [*ResponseError].
func (e *ValidationException) Unwrap() error { return e.ResponseError }

// typed gives an error the type of its exception.
func (e *ResponseError) typed() error {
	switch e.Code {
	case api.AccessDeniedException:
		return &AccessDeniedException{e}
	case api.IncompatibleVersionException:
		return &IncompatibleVersionException{e}
	case api.InternalServiceException:
		return &InternalServiceException{e}
	case api.LimitExceededException:
		return &LimitExceededException{e}
	case api.ResourceInUseException:
		return &ResourceInUseException{e}
	case api.ResourceNotFoundException:
		return &ResourceNotFoundException{e}
	case api.ValidationException:
		return &ValidationException{e}
	}
	return e
}

// newResponseError reads an answer that is an error. The body may be missing,
// null, cut short or a proxy's page.
func newResponseError(operation string, resp *http.Response, body []byte) *ResponseError {
	e := &ResponseError{
		Operation:  operation,
		Status:     resp.StatusCode,
		Reason:     http.StatusText(resp.StatusCode),
		Code:       api.ParseErrorCode(resp.Header.Get(api.HeaderErrorType)),
		RequestID:  resp.Header.Get(api.HeaderRequestID),
		Body:       body,
		Header:     resp.Header,
		RetryAfter: retryAfter(resp.Header),
	}
	// The original's deserializer wrote "Message". Members of other types than
	// text are as good as none.
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return e
	}
	for _, name := range []string{"message", "Message", "errorMessage"} {
		if text := textOf(members[name]); e.Message == "" {
			e.Message = text
		}
	}
	for _, name := range []string{"__type", "code", "Code"} {
		if text := textOf(members[name]); e.Code == "" {
			e.Code = api.ParseErrorCode(text)
		}
	}
	return e
}

// textOf reads a JSON string; "" for anything else.
func textOf(raw json.RawMessage) string {
	var text string
	if len(raw) == 0 || json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

// TransportError is a call that has no answer: the connection failed or was
// lost, the attempt took too long, the answer was cut off or too long, or the
// context ended ([errors.Is] finds [context.Canceled] or
// [context.DeadlineExceeded]).
type TransportError struct {
	// Operation is the name of the operation, or method and path of a raw call.
	Operation string
	// Attempts is the number of attempts made.
	Attempts int
	// MaybeSent reports that the request may have reached the service, so that a
	// create may have made its resource.
	MaybeSent bool
	// Err is what went wrong last.
	Err error

	// final marks what another attempt can't cure.
	final bool
}

// Error names the operation and what went wrong.
func (e *TransportError) Error() string {
	text := e.Operation + ": " + e.Err.Error()
	if e.Attempts > 1 {
		text += fmt.Sprintf(" (after %d attempts)", e.Attempts)
	}
	return text
}

// Unwrap returns what went wrong.
func (e *TransportError) Unwrap() error { return e.Err }

var (
	// ErrAttemptTimeout is that an attempt took longer than [WithAttemptTimeout] says.
	ErrAttemptTimeout = errors.New("the attempt timed out")
	// ErrResponseTooLong is that an answer is longer than [WithMaxResponseBytes] says.
	ErrResponseTooLong = errors.New("the answer is too long")
)
