package client

import (
	"encoding/json"
	"fmt"
)

// encode writes the body of a request. Package api writes absent members as
// nulls; they are left out here, as every SDK of the service leaves them out.
func encode(operation string, in any) ([]byte, error) {
	full, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", operation, err)
	}
	return withoutNulls(full), nil
}

// withoutNulls removes the object members that are null from compact JSON, as
// json.Marshal writes it, in place.
func withoutNulls(doc []byte) []byte {
	out := doc[:0]
	for i := 0; i < len(doc); {
		if doc[i] != '"' {
			out = append(out, doc[i])
			i++
			continue
		}
		end := stringEnd(doc, i)
		if string(doc[end:min(len(doc), end+5)]) != ":null" {
			out = append(out, doc[i:end]...)
			i = end
			continue
		}
		// A comma goes with the member: the one after it, or else the one before.
		i = end + len(":null")
		if doc[i] == ',' {
			i++
		} else if last := len(out) - 1; out[last] == ',' {
			out = out[:last]
		}
	}
	return out
}

// stringEnd returns where the JSON string that begins at i ends.
func stringEnd(doc []byte, i int) int {
	for i++; doc[i] != '"'; i++ {
		if doc[i] == '\\' {
			i++
		}
	}
	return i + 1
}
