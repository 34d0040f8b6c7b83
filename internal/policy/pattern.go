package policy

import "strings"

// pattern is a text with the wildcards "*" (any characters, also none) and "?" (one).
type pattern string

// matchesAction compares without regard to letter case, as IAM does.
func (p pattern) matchesAction(action string) bool {
	return matches(strings.ToLower(string(p)), strings.ToLower(action))
}

// arnParts is how many parts an ARN has; colons in the last one belong to it.
const arnParts = 6

// matchesResource compares ARNs part by part, so that no wildcard reaches over a
// colon that divides them. The pattern "*" is any resource.
func (p pattern) matchesResource(resource string) bool {
	if p == "*" {
		return true
	}
	want, got := strings.SplitN(string(p), ":", arnParts), strings.SplitN(resource, ":", arnParts)
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if !matches(want[i], got[i]) {
			return false
		}
	}
	return true
}

// matches goes back to the latest "*" where a comparison fails, which is enough, so
// that no pattern takes longer than its length times the text's.
func matches(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p, t = p+1, t+1
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
