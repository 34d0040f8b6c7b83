package client

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/api"
)

// Response is the answer to a raw call.
type Response struct {
	Status int
	Header http.Header
	// RequestID is the value of the header x-amzn-RequestId, or "".
	RequestID string
	// Body is the whole body, at most as long as [WithMaxResponseBytes] says.
	Body []byte
}

// JSON decodes the body.
func (r *Response) JSON(v any) error { return json.Unmarshal(r.Body, v) }

// RequestOption adds to a raw call.
type RequestOption func(*call)

// RequestHeader adds a header. Those that begin with X-Amz- are signed.
func RequestHeader(name, value string) RequestOption {
	return func(r *call) {
		if r.header == nil {
			r.header = http.Header{}
		}
		r.header.Add(name, value)
	}
}

// RequestQuery sets the query string.
func RequestQuery(params url.Values) RequestOption {
	return func(r *call) { r.query = encodeQuery(params) }
}

// RequestExpectStatus makes every answer with another status an error; without
// it those of 200 to 299 are none.
func RequestExpectStatus(status int) RequestOption { return func(r *call) { r.status = status } }

// RequestRepeatable says that a POST gives the same result when it happens
// twice, so that it is repeated like other methods.
func RequestRepeatable() RequestOption { return func(r *call) { r.once = false } }

// MakeRequest makes a raw call, signed and repeated like any other: the
// counterpart of boto's make_request. The path is absolute, escaped, and without
// a query string, such as "/2012-09-25/jobs"; the caller escapes what is put
// into it ([url.PathEscape]). A body of nil sends none. A POST is repeated as
// carefully as a create unless [RequestRepeatable] is given (see [Retry]).
// Answers with a status that is not expected are the errors that the operations
// return.
func (c *Client) MakeRequest(
	ctx context.Context, method, path string, body []byte, opts ...RequestOption,
) (*Response, error) {
	plain, err := url.PathUnescape(path)
	if err != nil || !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#") {
		return nil, fmt.Errorf("path %q must be absolute, escaped and without a query string", path)
	}
	r := &call{name: method + " " + path, method: method, path: plain, rawPath: path, body: body,
		once: method == http.MethodPost}
	for _, set := range opts {
		set(r)
	}
	a, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	return &Response{Status: a.response.StatusCode, Header: a.response.Header,
		RequestID: a.response.Header.Get(api.HeaderRequestID), Body: a.body}, nil
}

// encodeQuery writes a query string sorted by name, in the encoding that
// botocore uses.
func encodeQuery(params url.Values) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(params)) {
		for _, value := range params[name] {
			parts = append(parts, escape(name)+"="+escape(value))
		}
	}
	return strings.Join(parts, "&")
}
