package object

import (
	"errors"
	"slices"
)

// ErrUnusable tells that a store can't be used as this machine is set up: it can't be reached, or
// does not know the credentials. No job is to blame, and another machine may be set up well.
var ErrUnusable = errors.New("the object store can't be used from here")

// unknownKeys are the words of S3 and STS for credentials that they do not know, or for
// signatures that are not made with them or not now.
var unknownKeys = []string{"InvalidAccessKeyId", "InvalidClientTokenId", "SignatureDoesNotMatch",
	"RequestTimeTooSkewed", "UnrecognizedClientException", "IncompleteSignature", "InvalidSecurity", "NotSignedUp"}

// UnknownKey reports whether a service's code for a refusal is about the credentials, rather
// than about what they are allowed.
func UnknownKey(code string) bool { return slices.Contains(unknownKeys, code) }
