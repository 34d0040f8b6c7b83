package sigv4

import (
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Verify checks the signature of a request that a server received, whose body
// has been read already, and says who signed it: [Examine] and [Claim.Verify] in one.
func Verify(r *http.Request, body []byte, lookup func(accessKeyID string) (Credentials, bool),
	now time.Time) (Identity, error) {
	c, err := Examine(r, lookup, now)
	if err != nil {
		return Identity{}, err
	}
	return c.Verify(body)
}

// Claim is what a request says about who signed it, before that is verified.
type Claim struct {
	r             *http.Request
	authorization *authorization
	path          string
	query         []pair
	credentials   Credentials
}

// Examine checks of a request what can be checked without its body: the form of what it
// says, its date, and that the access key is known. lookup returns the credentials of an
// access key; it is called once, after everything that can be checked without them. Every
// error is an [*Error].
func Examine(r *http.Request, lookup func(accessKeyID string) (Credentials, bool), now time.Time) (*Claim, error) {
	path, rawQuery, err := target(r)
	if err != nil {
		return nil, refuse(IncompleteSignature, "The request target cannot be read.")
	}
	query, err := parseQuery(rawQuery)
	if err != nil {
		return nil, refuse(IncompleteSignature, "The query string is not properly percent-encoded.")
	}
	a, err := parseAuthorization(r, query)
	if err != nil {
		return nil, err
	}
	if err := a.checkTime(now); err != nil {
		return nil, err
	}
	if err := a.checkHeaders(r); err != nil {
		return nil, err
	}
	creds, ok := lookup(a.accessKeyID)
	if !ok {
		return nil, refuse(AccessDenied, "The access key %q is not known here.", clip(a.accessKeyID))
	}
	return &Claim{r, a, path, query, creds}, nil
}

// Verify checks the signature of the request with its body, and says who signed it.
//
// The body is always part of what is verified: a payload hash that the client
// states must be the body's own. UNSIGNED-PAYLOAD is taken only for a presigned
// request without a body, where there is nothing to alter.
func (c *Claim) Verify(body []byte) (Identity, error) {
	a := c.authorization
	payload, err := a.payloadHash(body)
	if err != nil {
		return Identity{}, err
	}
	f := newForm(c.r, canonicalQuery(c.query), payload, a.signedHeaders)
	if err := a.checkSignature(c.credentials, f, c.path); err != nil {
		return Identity{}, err
	}
	return Identity{
		AccessKeyID: a.accessKeyID, Region: a.scope.region, Service: a.scope.service,
		SignedAt: a.at, Presigned: a.presigned,
	}, nil
}

// meaningful are the headers that say what a request is, beside those that are compared with
// what is known: host, date, session token and hash of the body. Whoever is between client
// and server could add one that is not signed.
var meaningful = []string{"X-Amz-Target"}

// checkHeaders refuses signed headers that did not arrive, and headers with a meaning that
// are not signed.
func (a *authorization) checkHeaders(r *http.Request) error {
	for _, name := range a.signedHeaders {
		if _, ok := headerValue(r, name); !ok {
			return refuse(AccessDenied, "The signed header %q did not arrive with the request.", clip(name))
		}
	}
	for _, name := range meaningful {
		if len(r.Header[name]) > 0 && !slices.Contains(a.signedHeaders, strings.ToLower(name)) {
			return refuse(IncompleteSignature, "The header %s is not among the SignedHeaders.", name)
		}
	}
	return nil
}

func (a *authorization) checkTime(now time.Time) error {
	if a.at.Sub(now) > MaxSkew {
		return refuse(RequestExpired, "The request's date %s is more than 15 minutes ahead of the server's clock, %s.",
			a.at.Format(isoBasic), now.UTC().Format(isoBasic))
	}
	if a.presigned {
		if end := a.at.Add(a.expires); now.After(end) {
			return refuse(RequestExpired, "The presigned request expired at %s; the server's clock says %s.",
				end.Format(isoBasic), now.UTC().Format(isoBasic))
		}
		return nil
	}
	if now.Sub(a.at) > MaxSkew {
		return refuse(RequestExpired, "The request's date %s is more than 15 minutes behind the server's clock, %s.",
			a.at.Format(isoBasic), now.UTC().Format(isoBasic))
	}
	return nil
}

func (a *authorization) payloadHash(body []byte) (string, error) {
	hash := hashHex(body)
	switch {
	case a.payload == "" || a.payload == hash:
		return hash, nil
	case a.payload == unsignedPayload && a.presigned && len(body) == 0:
		return unsignedPayload, nil
	case a.payload == unsignedPayload:
		return "", refuse(AccessDenied, "The payload must be signed.")
	}
	return "", refuse(AccessDenied, "X-Amz-Content-Sha256 is not the SHA-256 of the body that arrived.")
}

// checkSignature compares the signature, then the session token, each in
// constant time. The token comes second, so that nobody without the secret key
// learns anything about it.
func (a *authorization) checkSignature(creds Credentials, f form, path string) error {
	match := 0
	for _, p := range canonicalPaths(path) {
		for _, stamp := range a.stamps {
			want := signature(deriveKey(creds.SecretAccessKey, a.scope), a.scope, stamp, f.request(p))
			match |= subtle.ConstantTimeCompare([]byte(want), []byte(a.signature))
		}
	}
	if match == 0 {
		return refuse(AccessDenied, "The signature does not match the request: check the secret access key, and "+
			"that nothing between client and server changes the request.")
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(creds.SessionToken), []byte(a.token)) == 1:
		return nil
	case creds.SessionToken == "":
		return refuse(AccessDenied, "The access key %q takes no session token.", clip(a.accessKeyID))
	case a.token == "":
		return refuse(AccessDenied, "The access key %q needs its session token, and the request has none.",
			clip(a.accessKeyID))
	}
	return refuse(AccessDenied, "The session token is not that of the access key %q.", clip(a.accessKeyID))
}
