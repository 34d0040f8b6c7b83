package identity

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"github.com/reelastic/reelastic/internal/sigv4"
)

// KeyBytes is the length of an installation key: AES-256.
const KeyBytes = 32

// sealVersion is the first byte of everything that is sealed, so that another
// form can follow.
const sealVersion = 1

// Key seals and opens credentials with AES-256-GCM. It may be used from several
// goroutines at once.
type Key struct {
	aead cipher.AEAD
	data cipher.AEAD // for data keys
}

// NewKey makes a key of [KeyBytes] secret bytes.
func NewKey(secret []byte) (Key, error) {
	if len(secret) != KeyBytes {
		return Key{}, fmt.Errorf("installation key: %d bytes instead of %d", len(secret), KeyBytes)
	}
	forData, err := hkdf.Key(sha256.New, secret, nil, "reelastic data keys", KeyBytes)
	if err != nil {
		return Key{}, fmt.Errorf("installation key: %w", err)
	}
	aead, err := newAEAD(secret)
	if err != nil {
		return Key{}, fmt.Errorf("installation key: %w", err)
	}
	data, err := newAEAD(forData)
	if err != nil {
		return Key{}, fmt.Errorf("installation key: %w", err)
	}
	return Key{aead: aead, data: data}, nil
}

func newAEAD(secret []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// LoadKey reads the installation key at path, and makes it at the first start
// (created). Of several processes that start at once, all get the same key. A
// key file that others may read is refused.
func LoadKey(path string) (key Key, created bool, err error) {
	secret := make([]byte, KeyBytes)
	rand.Read(secret) // never fails
	switch err = createFile(path, secret); {
	case err == nil:
		created = true
	case errors.Is(err, fs.ErrExist):
		if secret, err = readPrivate(path); err != nil {
			return Key{}, false, fmt.Errorf("installation key: %w", err)
		}
	default:
		return Key{}, false, fmt.Errorf("installation key: %w", err)
	}
	if key, err = NewKey(secret); err != nil {
		return Key{}, false, fmt.Errorf("%s: %w", path, err)
	}
	return key, created, nil
}

// ReadKey reads the installation key at path, which must be there.
func ReadKey(path string) (Key, error) {
	secret, err := readPrivate(path)
	if err != nil {
		return Key{}, fmt.Errorf("installation key: %w", err)
	}
	return NewKey(secret)
}

// LogValue and String keep the key out of logs.
func (Key) LogValue() slog.Value { return slog.StringValue("installation key") }
func (Key) String() string       { return "installation key" }

// secrets is what is sealed of credentials.
type secrets struct {
	Secret string `json:"secret"`
	Token  string `json:"token,omitempty"`
}

// Seal encrypts the secret parts of credentials, bound to their access key id.
func (k Key) Seal(c sigv4.Credentials) ([]byte, error) {
	plain, err := json.Marshal(secrets{c.SecretAccessKey, c.SessionToken})
	if err != nil {
		return nil, fmt.Errorf("seal credentials: %w", err)
	}
	return k.aead.Seal([]byte{sealVersion}, nil, plain, []byte(c.AccessKeyID)), nil
}

// Open decrypts what Seal made for the same access key id. It fails for another
// key or id and for anything that was altered.
func (k Key) Open(accessKeyID string, sealed []byte) (sigv4.Credentials, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return sigv4.Credentials{}, fmt.Errorf("credentials of %s: not sealed in a known form", accessKeyID)
	}
	plain, err := k.aead.Open(nil, nil, sealed[1:], []byte(accessKeyID))
	if err != nil {
		return sigv4.Credentials{}, fmt.Errorf("credentials of %s: sealed with another installation key, or altered", accessKeyID)
	}
	var s secrets
	if err := json.Unmarshal(plain, &s); err != nil {
		return sigv4.Credentials{}, fmt.Errorf("credentials of %s: sealed document not readable", accessKeyID)
	}
	return sigv4.Credentials{AccessKeyID: accessKeyID, SecretAccessKey: s.Secret, SessionToken: s.Token}, nil
}

// readPrivate reads a file that only its owner may read.
func readPrivate(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s may be read by others (mode %04o): run chmod 600 on it", path, info.Mode().Perm())
	}
	return os.ReadFile(path)
}
