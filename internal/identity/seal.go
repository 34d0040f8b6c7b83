package identity

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/reelastic/reelastic/internal/transcode"
)

// sealer encrypts for one purpose, under a key that is derived for it alone.
type sealer struct {
	aead cipher.AEAD
	id   []byte // of the installation key
}

// keyID is the id of an installation key.
func keyID(secret []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, secret, nil, "reelastic key id", transcode.SealIDBytes)
}

// newSealer derives the key for a purpose from an installation key, or a part of it.
func newSealer(secret, id []byte, purpose string) (sealer, error) {
	aead, err := deriveAEAD(secret, purpose)
	return sealer{aead, id}, err
}

// deriveAEAD is AES-256-GCM under the key for a purpose.
func deriveAEAD(secret []byte, purpose string) (cipher.AEAD, error) {
	own, err := derive(secret, purpose)
	if err != nil {
		return nil, err
	}
	return newAEAD(own)
}

// derive makes the key for a purpose (HKDF, RFC 5869).
func derive(secret []byte, purpose string) ([]byte, error) {
	return hkdf.Key(sha256.New, secret, nil, "reelastic "+purpose, KeyBytes)
}

// seal encrypts a text, bound to a name.
func (s sealer) seal(name string, plain []byte) []byte {
	return s.aead.Seal(append([]byte{transcode.SealForm}, s.id...), nil, plain, []byte(name))
}

// open decrypts what seal made under the same name.
func (s sealer) open(name string, sealed []byte) ([]byte, error) {
	switch id := transcode.SealKeyID(sealed); {
	case id == "":
		return nil, fmt.Errorf("%s: not sealed in a known form", name)
	case id != hex.EncodeToString(s.id):
		return nil, fmt.Errorf("%s: sealed with another installation key (%s; this is %x)", name, id, s.id)
	}
	plain, err := s.aead.Open(nil, nil, sealed[1+transcode.SealIDBytes:], []byte(name))
	if err != nil {
		return nil, fmt.Errorf("%s: altered, or sealed under another name", name)
	}
	return plain, nil
}
