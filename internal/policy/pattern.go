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
	return p.compare(resource, matches)
}

// covers reports whether the pattern matches every ARN that begins with prefix, whose
// own end lies in the last part of an ARN.
func (p pattern) covers(prefix string) bool {
	if p == "*" {
		return true
	}
	return p.compare(prefix, func(last, prefix string) bool {
		return strings.HasSuffix(last, "*") && matches(last, prefix)
	})
}

// touches reports whether the pattern matches any ARN that begins with prefix.
func (p pattern) touches(prefix string) bool {
	if p == "*" {
		return true
	}
	return p.compare(prefix, matchesSome)
}

// compare compares the parts of an ARN with the pattern's, and the last of them by last.
func (p pattern) compare(arn string, last func(pattern, text string) bool) bool {
	want, got := strings.SplitN(string(p), ":", arnParts), strings.SplitN(arn, ":", arnParts)
	if len(want) != arnParts || len(got) != arnParts {
		return false
	}
	for i := range arnParts - 1 {
		if !matches(want[i], got[i]) {
			return false
		}
	}
	return last(want[arnParts-1], got[arnParts-1])
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

// matchesSome reports whether a pattern matches any text that begins with prefix. It
// follows all places of the pattern that the prefix can have led to.
func matchesSome(pattern, prefix string) bool {
	places := make([]bool, len(pattern)+1)
	places[0] = true
	for t := range len(prefix) {
		next := make([]bool, len(pattern)+1)
		reached := false
		for p := range len(pattern) {
			if pattern[p] == '*' && places[p] {
				places[p+1], next[p], reached = true, true, true
			} else if places[p] && (pattern[p] == '?' || pattern[p] == prefix[t]) {
				next[p+1], reached = true, true
			}
		}
		if !reached {
			return false
		}
		places = next
	}
	return true
}
