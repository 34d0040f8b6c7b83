package sigv4

import (
	"crypto/subtle"
	"net/http"
	"time"
)

// Verify checks the signature of a request that a server received, whose body
// has been read already, and says who signed it. lookup returns the credentials
// of an access key; it is called once, after everything that can be checked
// without them. Every error is an [*Error].
//
// The body is always part of what is verified: a payload hash that the client
// states must be the body's own. UNSIGNED-PAYLOAD is taken only for a presigned
// request without a body, where there is nothing to alter.
func Verify(r *http.Request, body []byte, lookup func(accessKeyID string) (Credentials, bool),
	now time.Time) (Identity, error) {
	path, rawQuery, err := target(r)
	if err != nil {
		return Identity{}, refuse(IncompleteSignature, "The request target cannot be read.")
	}
	query, err := parseQuery(rawQuery)
	if err != nil {
		return Identity{}, refuse(IncompleteSignature, "The query string is not properly percent-encoded.")
	}
	a, err := parseAuthorization(r, query)
	if err != nil {
		return Identity{}, err
	}
	if err := a.checkTime(now); err != nil {
		return Identity{}, err
	}
	payload, err := a.payloadHash(body)
	if err != nil {
		return Identity{}, err
	}
	for _, name := range a.signedHeaders {
		if _, ok := headerValue(r, name); !ok {
			return Identity{}, refuse(AccessDenied, "The signed header %q did not arrive with the request.", clip(name))
		}
	}
	creds, ok := lookup(a.accessKeyID)
	if !ok {
		return Identity{}, refuse(AccessDenied, "The access key %q is not known here.", clip(a.accessKeyID))
	}
	f := newForm(r, canonicalQuery(query), payload, a.signedHeaders)
	if err := a.checkSignature(creds, f, path); err != nil {
		return Identity{}, err
	}
	return Identity{
		AccessKeyID: a.accessKeyID, Region: a.scope.region, Service: a.scope.service,
		SignedAt: a.at, Presigned: a.presigned,
	}, nil
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
