package server

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/google/uuid"

	"github.com/reelastic/reelastic/api"
)

// response is the answer to one request; it remembers what was answered.
type response struct {
	http.ResponseWriter
	requestID string
	target    *url.URL      // of the request, as it was sent
	operation string        // as in Observer; "" until it is known
	status    int           // 0 until the header is written
	code      api.ErrorCode // "" unless it is an error
	who       who
	mediaType string
	typed     bool // errors name their type in the body, as in the JSON 1.1 protocol
}

func newResponse(w http.ResponseWriter, r *http.Request) *response {
	id := uuid.NewString()
	// In the map itself, to keep the original's spelling.
	w.Header()[api.HeaderRequestID] = []string{id}
	return &response{ResponseWriter: w, requestID: id, target: r.URL, mediaType: "application/json"}
}

// responseOf returns the response that [Server.identified] gave to the handlers.
func responseOf(w http.ResponseWriter) *response { return w.(*response) }

// Unwrap lets [http.ResponseController] find the connection.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader remembers the status.
func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write remembers that the header has gone out.
func (w *response) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// send writes a whole answer.
func (w *response) send(status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", w.mediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // nobody is left to tell
}

// sendXML writes an answer in the form of Amazon SNS, whose SDKs read the links too.
func (w *response) sendXML(action, subscriptionARN string) {
	type result struct {
		XMLName         xml.Name
		SubscriptionARN string `xml:"SubscriptionArn,omitempty"`
	}
	document := struct {
		XMLName   xml.Name
		Result    result
		RequestID string `xml:"ResponseMetadata>RequestId"`
	}{xml.Name{Space: "http://sns.amazonaws.com/doc/2010-03-31/", Local: action + "Response"},
		result{xml.Name{Local: action + "Result"}, subscriptionARN}, w.requestID}
	body, err := xml.Marshal(document)
	if err != nil { // texts always marshal
		body = nil
	}
	w.mediaType = "text/xml"
	w.send(http.StatusOK, body)
}

// fail writes an error. The original's deserializer spelt the member "Message".
func (w *response) fail(e *api.Error) {
	w.code = e.Code
	w.Header()[api.HeaderErrorType] = []string{e.Code.Header()}
	member := "message"
	if e.Code == api.SerializationException {
		member = "Message"
	}
	document := map[string]string{member: e.Message}
	if w.typed {
		document["__type"] = string(e.Code)
	}
	body, err := marshal(document)
	if err != nil { // a map of strings always marshals
		body = []byte(`{"message":""}`)
	}
	w.send(e.HTTPStatus(), body)
}

// marshal renders a document without HTML escapes and without a line break.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
