package identity

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
)

// sealVersion is the first byte of everything that is sealed, so that another
// form can follow. The id of the installation key comes next.
const sealVersion = 2

// idBytes is the length of the id of an installation key.
const idBytes = 4

// sealer encrypts for one purpose, under a key that is derived from the installation key
// for it alone.
type sealer struct {
	aead cipher.AEAD
	id   []byte // of the installation key
}

// newSealer derives the key for a purpose.
func newSealer(secret []byte, purpose string) (sealer, error) {
	id, err := hkdf.Key(sha256.New, secret, nil, "reelastic key id", idBytes)
	if err != nil {
		return sealer{}, err
	}
	own, err := hkdf.Key(sha256.New, secret, nil, "reelastic "+purpose, KeyBytes)
	if err != nil {
		return sealer{}, err
	}
	aead, err := newAEAD(own)
	return sealer{aead, id}, err
}

// seal encrypts a text, bound to a name.
func (s sealer) seal(name string, plain []byte) []byte {
	return s.aead.Seal(append([]byte{sealVersion}, s.id...), nil, plain, []byte(name))
}

// open decrypts what seal made under the same name.
func (s sealer) open(name string, sealed []byte) ([]byte, error) {
	const head = 1 + idBytes
	if len(sealed) < head || sealed[0] != sealVersion {
		return nil, fmt.Errorf("%s: not sealed in a known form", name)
	}
	if id := sealed[1:head]; !bytes.Equal(id, s.id) {
		return nil, fmt.Errorf("%s: sealed with another installation key (%x; this is %x)", name, id, s.id)
	}
	plain, err := s.aead.Open(nil, nil, sealed[head:], []byte(name))
	if err != nil {
		return nil, fmt.Errorf("%s: altered, or sealed under another name", name)
	}
	return plain, nil
}
