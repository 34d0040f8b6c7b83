package manifest

import (
	"net/url"
	"strings"
)

// RelativeURI leads from one object to another of the same bucket: the
// reference that a playlist with the key from makes to the object with the key
// to. What a URI can't hold is percent-encoded (RFC 3986 section 3.3).
func RelativeURI(from, to string) string {
	here, there := strings.Split(from, "/"), strings.Split(to, "/")
	same := 0
	for same < len(here)-1 && same < len(there)-1 && here[same] == there[same] {
		same++
	}
	parts := there[same:]
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(url.PathEscape(p), ":", "%3A") // a colon would make a scheme of the first part
	}
	up := strings.Repeat("../", len(here)-1-same)
	if up == "" && parts[0] == "" {
		up = "./" // an empty first part would make the reference absolute
	}
	return up + strings.Join(parts, "/")
}
