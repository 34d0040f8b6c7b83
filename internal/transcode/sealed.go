package transcode

import (
	"encoding/hex"
	"errors"
	"time"
)

// Sealed is a value that an installation key has sealed, wherever it is stored.
type Sealed struct {
	Kind SealedKind
	// ID is that of the row.
	ID    string
	Value []byte
}

// SealedKind says what is sealed.
type SealedKind string

// The kinds of what is sealed.
const (
	SealedAccessKey    SealedKind = "access key"
	SealedSubscription SealedKind = "subscription"
	SealedSigningKey   SealedKind = "signing key"
)

// Name is what the value is bound to.
func (s Sealed) Name() string {
	if s.Kind == SealedAccessKey {
		return s.ID
	}
	return string(s.Kind) + " " + s.ID
}

// The first byte of what is sealed is its form, the next ones the id of the installation key.
const (
	// SealForm is the form of today.
	SealForm = 2
	// SealIDBytes is the length of the id.
	SealIDBytes = 4
)

// SealKeyID is the id of the installation key that has sealed a value, in hexadecimal; "" of
// what is not sealed in a known form.
func SealKeyID(sealed []byte) string {
	if len(sealed) < 1+SealIDBytes || sealed[0] != SealForm {
		return ""
	}
	return hex.EncodeToString(sealed[1 : 1+SealIDBytes])
}

// InstallationKey is what the state knows of the installation key that seals. Servers and
// workers that still have the one before it take it over, as long as it is handed over.
type InstallationKey struct {
	// ID is the key's, in hexadecimal.
	ID string
	// Since is when it took the place of the one before.
	Since time.Time
	// ForServers is the key, and ForWorkers what workers need of it, each sealed under the
	// key before; empty when it is not handed over any more.
	ForServers, ForWorkers []byte
}

// HandedOver reports whether those who have the key before may still take this one over.
func (k InstallationKey) HandedOver() bool { return len(k.ForServers) > 0 }

// KeyRotation is how far the rotation of the installation key is.
type KeyRotation struct {
	InstallationKey
	// Left is how many values are still sealed under other keys, Unopened how many of these
	// no key of the server opens.
	Left, Unopened int
}

// What the store says of the installation key.
var (
	// ErrOldKey reports that a value is not sealed with the installation key of today.
	ErrOldKey = errors.New("the installation key has been rotated")
	// ErrKeyRotates reports that a rotation is under way.
	ErrKeyRotates = errors.New("the installation key is being rotated")
)
