// Package sigv4 signs and verifies HTTP requests with AWS Signature Version 4,
// in the header form and in the presigned query form. It follows what the
// clients of Elastic Transcoder really send: region and service are those of
// the request's own credential scope, the payload hash is computed from the
// body, and the escaped path is encoded once more, as for every AWS service
// but S3.
//
// The package does no I/O and keeps no state but the key that a [Signer] holds;
// everything in it may be used from several goroutines at once.
package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"
)

const (
	algorithm = "AWS4-HMAC-SHA256"
	scopeEnd  = "aws4_request"

	isoBasic  = "20060102T150405Z"
	scopeDate = "20060102"

	unsignedPayload = "UNSIGNED-PAYLOAD"
)

const (
	// MaxSkew is how far the date of a request may be from the server's clock,
	// in either direction.
	MaxSkew = 15 * time.Minute
	// MaxExpiry is the longest validity of a presigned request; the shortest is
	// one second.
	MaxExpiry = 7 * 24 * time.Hour
)

// Credentials sign requests. SessionToken is empty for long-term credentials;
// otherwise every request must carry it.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string
}

// String names the access key and leaves the secrets out.
func (c Credentials) String() string { return "access key " + c.AccessKeyID }

// LogValue keeps the secrets out of logs.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.AccessKeyID) }

// Identity says who signed a verified request, and how.
type Identity struct {
	AccessKeyID string
	// Region and Service are the scope the client signed for. They are not
	// checked: boto2 derives them from the host name ("0" and "127" for
	// 127.0.0.1).
	Region, Service string
	// SignedAt is the request's own date, in UTC.
	SignedAt time.Time
	// Presigned tells the query form from the header form.
	Presigned bool
}

// Code is the name of the exception that a refused request is answered with.
type Code string

const (
	// MissingAuthentication: nothing in the request says who sent it (403).
	MissingAuthentication Code = "MissingAuthenticationTokenException"
	// IncompleteSignature: the authentication is malformed, lacks a part, or
	// leaves unsigned what must be signed (400).
	IncompleteSignature Code = "IncompleteSignatureException"
	// AccessDenied: unknown access key, wrong session token, or a signature
	// that does not match the request (403).
	AccessDenied Code = "AccessDeniedException"
	// RequestExpired: the date is outside the clock window, or the presigned
	// request is past its expiry (400).
	RequestExpired Code = "RequestExpired"
)

// Error is why a request was refused. Message is one sentence for the client;
// it holds neither a secret nor the signature that would have been right.
type Error struct {
	Code    Code
	Message string
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

func refuse(c Code, format string, args ...any) *Error {
	return &Error{Code: c, Message: fmt.Sprintf(format, args...)}
}

// scope is the credential scope of a signature.
type scope struct {
	date, region, service string
}

func (s scope) String() string {
	return s.date + "/" + s.region + "/" + s.service + "/" + scopeEnd
}

// signature returns the hexadecimal signature of a canonical request. The key
// is that of the scope ([deriveKey]), stamp the date.
func signature(key []byte, s scope, stamp, canonical string) string {
	digest := sha256.Sum256([]byte(canonical))
	return hex.EncodeToString(keyed(key, algorithm+"\n"+stamp+"\n"+s.String()+"\n"+hex.EncodeToString(digest[:])))
}
