package transcode

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/reelastic/reelastic/api"
)

const (
	testRegion  = "us-east-1"
	testAccount = "123456789012"
	testID      = "1502631977930-rabioh"
)

// edit lays a JSON document over a request: what the document names is
// replaced, null removes it.
func edit[T any](t testing.TB, request T, change string) T {
	t.Helper()
	if err := json.Unmarshal([]byte(change), request); err != nil {
		t.Fatalf("bad test document %s: %v", change, err)
	}
	return request
}

// message is the text that a client would read, "" without an error.
func message(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%v is not an *Error", err)
	}
	if e.Code != api.ValidationException {
		t.Errorf("code %s, want a ValidationException", e.Code)
	}
	return e.Message
}

// asJSON is a document as it travels, without null members, for comparison.
func asJSON(t testing.TB, v any) any {
	t.Helper()
	encoded, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var decoded any
	if err := json.Unmarshal(encoded, &decoded); err != nil {
		t.Fatal(err)
	}
	return withoutNulls(decoded)
}

func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if member == nil {
				delete(v, name)
				continue
			}
			v[name] = withoutNulls(member)
		}
	case []any:
		for i := range v {
			v[i] = withoutNulls(v[i])
		}
	}
	return v
}

func fromJSON(t testing.TB, document string) any {
	t.Helper()
	var decoded any
	if err := json.Unmarshal([]byte(document), &decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}
