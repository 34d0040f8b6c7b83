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
	"time"

	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/sigv4"
)

// KeyBytes is the length of an installation key: AES-256.
const KeyBytes = 32

// Key seals and opens credentials and other secrets with AES-256-GCM, each kind under a key
// that is derived from the installation key (HKDF, RFC 5869); the installation key itself
// encrypts nothing. It may be used from several goroutines at once.
type Key struct {
	credentials, secrets sealer

	data cipher.AEAD // for data keys of the first form
	// derive makes the key of data keys of an id.
	derive func(id string) (cipher.AEAD, error)
	made   time.Time // zero: not known
}

// NewKey makes a key of [KeyBytes] secret bytes.
func NewKey(secret []byte) (Key, error) {
	if len(secret) != KeyBytes {
		return Key{}, fmt.Errorf("the installation key has %d bytes; it must have %d", len(secret), KeyBytes)
	}
	forData, err := hkdf.Key(sha256.New, secret, nil, "reelastic data keys", KeyBytes)
	if err != nil {
		return Key{}, fmt.Errorf("installation key: %w", err)
	}
	credentials, err := newSealer(secret, "credentials")
	if err != nil {
		return Key{}, fmt.Errorf("installation key: %w", err)
	}
	secrets, err := newSealer(secret, "secrets")
	if err != nil {
		return Key{}, fmt.Errorf("installation key: %w", err)
	}
	data, err := newAEAD(forData)
	if err != nil {
		return Key{}, fmt.Errorf("installation key: %w", err)
	}
	derive := func(id string) (cipher.AEAD, error) {
		own, err := hkdf.Key(sha256.New, secret, nil, "reelastic kms key "+id, KeyBytes)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", id, err)
		}
		return newAEAD(own)
	}
	return Key{credentials: credentials, secrets: secrets, data: data, derive: derive}, nil
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
	key.made = modified(path)
	return key, created, nil
}

// ReadKey reads the installation key at path, which must be there.
func ReadKey(path string) (Key, error) {
	secret, err := readPrivate(path)
	if err != nil {
		return Key{}, fmt.Errorf("installation key: %w", err)
	}
	key, err := NewKey(secret)
	key.made = modified(path)
	return key, err
}

// modified is when a file was changed last; zero when that can't be told.
func modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// LogValue and String keep the key out of logs.
func (Key) LogValue() slog.Value { return slog.StringValue("installation key") }
func (Key) String() string       { return "installation key" }

// secrets is what is sealed of an access key. Releases that knew no policies
// sealed no caller.
type secrets struct {
	Secret  string          `json:"secret"`
	Token   string          `json:"token,omitempty"`
	Caller  string          `json:"caller,omitempty"`
	Policy  json.RawMessage `json:"policy,omitempty"`
	Created int64           `json:"created,omitempty"` // Unix milliseconds
	Until   int64           `json:"until,omitempty"`   // Unix milliseconds
	Limit   int64           `json:"limit,omitempty"`   // Unix milliseconds
}

// Seal encrypts an access key, bound to its id, the caller and the policy with it.
func (k Key) Seal(a AccessKey) ([]byte, error) {
	s := secrets{Secret: a.SecretAccessKey, Token: a.SessionToken, Caller: a.Caller.Name,
		Policy:  json.RawMessage(a.Caller.Policy.String()),
		Created: millis(a.Created), Until: millis(a.Until), Limit: millis(a.Limit)}
	plain, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("seal credentials: %w", err)
	}
	return k.credentials.seal(a.AccessKeyID, plain), nil
}

// Open decrypts what Seal made for the same access key id. It fails for another
// key or id and for anything that was altered. An access key that was sealed without
// a caller is called by its id, and may do everything.
func (k Key) Open(accessKeyID string, sealed []byte) (AccessKey, error) {
	plain, err := k.credentials.open(accessKeyID, sealed)
	if err != nil {
		return AccessKey{}, fmt.Errorf("credentials of %w", err)
	}
	var s secrets
	if err := json.Unmarshal(plain, &s); err != nil {
		return AccessKey{}, fmt.Errorf("credentials of %s: sealed document not readable", accessKeyID)
	}
	a := AccessKey{Credentials: sigv4.Credentials{AccessKeyID: accessKeyID, SecretAccessKey: s.Secret,
		SessionToken: s.Token},
		Caller: policy.Caller{Name: accessKeyID, Policy: policy.All()}, Created: fromMillis(s.Created),
		Until: fromMillis(s.Until), Limit: fromMillis(s.Limit)}
	if s.Caller == "" {
		return a, nil
	}
	a.Caller.Name = s.Caller
	if a.Caller.Policy, err = policy.Parse(s.Policy); err != nil {
		return AccessKey{}, fmt.Errorf("credentials of %s: %w", accessKeyID, err)
	}
	return a, nil
}

// millis is a time as it is sealed; 0 for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n)
}

// readPrivate reads a file that only its owner may read.
func readPrivate(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s must be readable by its owner only, not with mode %04o: run chmod 600 on it",
			path, info.Mode().Perm())
	}
	return os.ReadFile(path)
}
