package sigv4

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Sign signs a request in the header form: it sets X-Amz-Date, Authorization
// and, for temporary credentials, X-Amz-Security-Token. Signed are the host,
// the content type and every X-Amz- header; body is what will be sent. The
// only error is a query string that cannot be decoded.
func Sign(req *http.Request, body []byte, creds Credentials, region, service string, at time.Time) error {
	return sign(req, body, creds, region, service, at, deriveKey)
}

// sign signs with the key that derive returns for a secret and a scope.
func sign(req *http.Request, body []byte, creds Credentials, region, service string, at time.Time,
	derive func(secret string, s scope) []byte) error {
	at = at.UTC()
	req.Header.Del("Authorization")
	req.Header.Set("X-Amz-Date", at.Format(isoBasic))
	setOrDelete(req.Header, "X-Amz-Security-Token", creds.SessionToken)

	path, rawQuery := req.URL.EscapedPath(), req.URL.RawQuery
	pairs, err := parseQuery(rawQuery)
	if err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	f := newForm(req, canonicalQuery(pairs), hashHex(body), signable(req.Header))
	s := scope{at.Format(scopeDate), region, service}
	req.Header.Set("Authorization", algorithm+
		" Credential="+creds.AccessKeyID+"/"+s.String()+
		", SignedHeaders="+strings.Join(f.headers, ";")+
		", Signature="+signature(derive(creds.SecretAccessKey, s), s, at.Format(isoBasic),
		f.request(escape(path, true))))
	return nil
}

// Presign signs a request in the query form: it rewrites req.URL.RawQuery, so
// that the URL alone is enough to send the request within expires (1 second to
// [MaxExpiry], whole seconds). Only the host header is signed. A body is rare
// in this form; it is signed like any other.
func Presign(req *http.Request, body []byte, creds Credentials, region, service string, at time.Time,
	expires time.Duration) error {
	if expires < time.Second || expires > MaxExpiry {
		return fmt.Errorf("presign request: expiry %s is not between 1 second and 7 days", expires)
	}
	at = at.UTC()
	pairs, err := parseQuery(req.URL.RawQuery)
	if err != nil {
		return fmt.Errorf("presign request: %w", err)
	}
	pairs = slices.DeleteFunc(pairs, func(p pair) bool { return slices.Contains(queryNames, p.name) })
	s := scope{at.Format(scopeDate), region, service}
	pairs = append(pairs,
		pair{queryAlgorithm, algorithm},
		pair{queryCredential, creds.AccessKeyID + "/" + s.String()},
		pair{queryDate, at.Format(isoBasic)},
		pair{queryExpires, strconv.FormatInt(int64(expires/time.Second), 10)},
		pair{querySignedHeaders, "host"})
	if creds.SessionToken != "" {
		pairs = append(pairs, pair{queryToken, creds.SessionToken})
	}
	query := canonicalQuery(pairs)
	f := newForm(req, query, hashHex(body), []string{"host"})
	req.URL.RawQuery = query + "&" + querySignature + "=" +
		signature(deriveKey(creds.SecretAccessKey, s), s, at.Format(isoBasic),
			f.request(escape(req.URL.EscapedPath(), true)))
	return nil
}

func newForm(r *http.Request, query, payload string, headers []string) form {
	f := form{method: r.Method, query: query, headers: headers, payload: payload}
	if f.method == "" { // net/http: the zero value is GET
		f.method = http.MethodGet
	}
	for _, name := range headers {
		value, _ := headerValue(r, name)
		f.values = append(f.values, value)
	}
	return f
}

// signable lists the headers that Sign signs, sorted.
func signable(h http.Header) []string {
	names := []string{"host"}
	for name := range h {
		name = strings.ToLower(name)
		if name == "content-type" || strings.HasPrefix(name, "x-amz-") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func setOrDelete(h http.Header, name, value string) {
	if value == "" {
		h.Del(name)
		return
	}
	h.Set(name, value)
}
