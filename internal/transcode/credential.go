package transcode

import "errors"

// SealedCredential is an access key as the store keeps it.
type SealedCredential struct {
	AccessKeyID string
	// Caller is the name of who has the key; one caller may have several. "" for
	// keys of releases that knew no names.
	Caller string
	// Sealed is what only the installation key opens.
	Sealed []byte
}

// What the store says of credentials that can't be stored.
var (
	ErrRevoked      = errors.New("the access key was revoked")
	ErrCallerExists = errors.New("a caller by that name exists")
)

// ErrExpired reports that an access key is known, and has come to its end.
var ErrExpired = errors.New("the access key has ended")
