package api

import (
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// Bounds of what violations echo of a request.
const (
	maxKept     = 100      // violations in a list
	maxMessage  = 32 << 10 // bytes of a message, before the last violation in it
	maxShown    = 1024     // code points of a value
	maxShownKey = 255      // code points of a map key in a path
)

// Violation is one constraint that a value breaks.
type Violation struct {
	// Path leads to the value: "video.codec", "outputs.1.member.key" (counted
	// from 1), "video.codecOptions.Profile.value" (or key).
	Path string
	// Value is the value as shown: null, or quoted and cut after 1024 code points.
	Value string
	// Constraint is what the value should satisfy, in the words of the original.
	Constraint string
}

// String returns the violation in the form of the original.
func (v Violation) String() string {
	return "Value " + v.Value + " at '" + v.Path + "' failed to satisfy constraint: " + v.Constraint
}

// Violations are the broken constraints of a request. It is the message of a
// [ValidationException].
type Violations struct {
	// List holds the first 100 violations, in the order of the model.
	List []Violation
	// Total is how many there are.
	Total int
}

// Error returns all violations in one message in the form of the original, with
// Total at its head. It ends in "; ..." when some are left out, which happens only
// beyond 100 violations or 32 KiB.
func (v *Violations) Error() string {
	var b strings.Builder
	noun := "errors"
	if v.Total == 1 {
		noun = "error"
	}
	fmt.Fprintf(&b, "%d validation %s detected: ", v.Total, noun)
	shown := 0
	for ; shown < len(v.List) && b.Len() < maxMessage; shown++ {
		if shown > 0 {
			b.WriteString("; ")
		}
		b.WriteString(v.List[shown].String())
	}
	if shown < v.Total {
		b.WriteString("; ...")
	}
	return b.String()
}

func (v *Violations) add(at *place, value, constraint string) {
	v.Total++
	if len(v.List) < maxKept {
		v.List = append(v.List, Violation{at.String(), value, constraint})
	}
}

// quote shows a text in single quotes, cut to a bearable length.
func quote(s string) string { return "'" + clip(s, maxShown) + "'" }

// clip cuts s after limit code points and marks the cut with "...". Bytes that
// are not UTF-8 become U+FFFD.
func clip(s string, limit int) string {
	count := 0
	for i := range s {
		if count == limit {
			s = s[:i] + "..."
			break
		}
		count++
	}
	return strings.ToValidUTF8(s, string(utf8.RuneError))
}

// showList shows strings as Java does, [a, b], and structures by number and
// type, [31 CreateJobOutput]. It builds little more than will be shown.
func showList(v reflect.Value) string {
	if v.Type().Elem().Kind() != reflect.String {
		return fmt.Sprintf("[%d %s]", v.Len(), v.Type().Elem().Name())
	}
	var b strings.Builder
	for i := 0; i < v.Len() && b.Len() <= maxShown*utf8.UTFMax; i++ {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(v.Index(i).String())
	}
	return "[" + b.String() + "]"
}

// showMap shows entries as Java does: {a=b, c=d}, in the order of keys.
func showMap(keys []string, values map[string]string) string {
	var b strings.Builder
	for i := 0; i < len(keys) && b.Len() <= maxShown*utf8.UTFMax; i++ {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(keys[i] + "=" + values[keys[i]])
	}
	return "{" + b.String() + "}"
}
