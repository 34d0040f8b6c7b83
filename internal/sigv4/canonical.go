package sigv4

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// form is the canonical form of a request, in parts. The path is a field
// apart, because clients disagree on whether it is normalised.
type form struct {
	method  string
	query   string
	headers []string // names, lower case, sorted
	values  []string // one for each name, trimmed and folded
	payload string   // hexadecimal SHA-256 of the body
}

func (f form) request(path string) string {
	var b strings.Builder
	b.WriteString(f.method + "\n" + path + "\n" + f.query + "\n")
	for i, name := range f.headers {
		b.WriteString(name + ":" + f.values[i] + "\n")
	}
	b.WriteString("\n" + strings.Join(f.headers, ";") + "\n" + f.payload)
	return b.String()
}

func hashHex(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// target returns the path, still escaped, and the raw query of a request. For
// one that a server received they are those of the request line, whatever a
// handler in between has done to r.URL.
func target(r *http.Request) (path, query string, err error) {
	if !strings.HasPrefix(r.RequestURI, "/") {
		u := r.URL
		if r.RequestURI != "" { // absolute form, as sent to a proxy
			if u, err = url.ParseRequestURI(r.RequestURI); err != nil {
				return "", "", fmt.Errorf("request target: %w", err)
			}
		}
		return cmp.Or(u.EscapedPath(), "/"), u.RawQuery, nil
	}
	path, query, _ = strings.Cut(r.RequestURI, "?")
	return path, query, nil
}

// canonicalPaths returns the canonical forms that clients give an escaped path:
// encoded once more as it stands (the Go SDK), and with empty and dot segments
// removed first (botocore, boto2, the JavaScript SDK). For an ordinary path
// they are one.
func canonicalPaths(path string) []string {
	asSent := escape(path, true)
	if normal := escape(normalPath(path), true); normal != asSent {
		return []string{asSent, normal}
	}
	return []string{asSent}
}

// normalPath removes empty and dot segments (RFC 3986 section 5.2.4) and keeps
// a trailing slash.
func normalPath(path string) string {
	var out []string
	for seg := range strings.SplitSeq(path, "/") {
		switch seg {
		case "", ".":
		case "..":
			out = out[:max(0, len(out)-1)]
		default:
			out = append(out, seg)
		}
	}
	normal := "/" + strings.Join(out, "/")
	if strings.HasSuffix(path, "/") && len(out) > 0 {
		normal += "/"
	}
	return normal
}

// pair is one member of a query string, decoded.
type pair struct{ name, value string }

// parseQuery decodes a raw query in order. A plus sign is a space, as the
// handlers behind will read it.
func parseQuery(raw string) ([]pair, error) {
	var pairs []pair
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		n, v, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(n)
		if err != nil {
			return nil, fmt.Errorf("query: %w", err)
		}
		value, err := url.QueryUnescape(v)
		if err != nil {
			return nil, fmt.Errorf("query: %w", err)
		}
		pairs = append(pairs, pair{name, value})
	}
	return pairs, nil
}

// canonicalQuery encodes pairs and sorts them by encoded name, then by encoded
// value. The signature itself is left out.
func canonicalQuery(pairs []pair) string {
	encoded := make([]pair, 0, len(pairs))
	for _, p := range pairs {
		if p.name != querySignature {
			encoded = append(encoded, pair{escape(p.name, false), escape(p.value, false)})
		}
	}
	slices.SortFunc(encoded, func(a, b pair) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.value, b.value))
	})
	var b strings.Builder
	for i, p := range encoded {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name + "=" + p.value)
	}
	return b.String()
}

// headerValue returns the canonical value of a header: each value trimmed, runs
// of blanks folded to one space, repeated headers joined by comma. It knows the
// headers that net/http keeps outside r.Header.
func headerValue(r *http.Request, name string) (string, bool) {
	values := r.Header[textproto.CanonicalMIMEHeaderKey(name)]
	switch name {
	case "host":
		values = []string{host(r)}
	case "transfer-encoding":
		values = r.TransferEncoding
	case "content-length":
		if len(values) == 0 && r.ContentLength >= 0 {
			values = []string{strconv.FormatInt(r.ContentLength, 10)}
		}
	}
	if len(values) == 0 {
		return "", false
	}
	folded := make([]string, len(values))
	for i, v := range values {
		folded[i] = strings.Join(strings.FieldsFunc(v, func(c rune) bool { return c == ' ' || c == '\t' }), " ")
	}
	return strings.Join(folded, ","), true
}

func host(r *http.Request) string {
	if r.Host == "" && r.URL != nil {
		return r.URL.Host
	}
	return r.Host
}

// escape percent-encodes every byte that is not unreserved (RFC 3986 section
// 2.3); the slash is kept on request.
func escape(s string, keepSlash bool) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := range len(s) {
		c := s[i]
		if unreserved(c) || keepSlash && c == '/' {
			b.WriteByte(c)
			continue
		}
		const digits = "0123456789ABCDEF"
		b.WriteByte('%')
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}
