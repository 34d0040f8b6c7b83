package identity

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/sigv4"
)

// KeyBytes is the length of an installation key: AES-256.
const KeyBytes = 32

// Key is an installation key. It seals and opens credentials and other secrets with
// AES-256-GCM, each kind under a key that is derived from it (HKDF, RFC 5869); it encrypts
// nothing by itself. It may be used from several goroutines at once.
type Key struct {
	secret               []byte
	credentials, secrets sealer
	// handOver seals the next key for those who have this one.
	handOver sealer
	files    fileKeys
}

// NewKey makes a key of [KeyBytes] secret bytes.
func NewKey(secret []byte) (Key, error) {
	if len(secret) != KeyBytes {
		return Key{}, fmt.Errorf("the installation key has %d bytes; it must have %d", len(secret), KeyBytes)
	}
	key, err := deriveKey(secret)
	if err != nil {
		return Key{}, fmt.Errorf("installation key: %w", err)
	}
	return key, nil
}

func deriveKey(secret []byte) (key Key, err error) {
	key.secret = secret
	id, err := keyID(secret)
	if err != nil {
		return key, err
	}
	for purpose, s := range map[string]*sealer{
		"credentials": &key.credentials, "secrets": &key.secrets, "next key": &key.handOver,
	} {
		if *s, err = newSealer(secret, id, purpose); err != nil {
			return key, err
		}
	}
	forFiles, err := derive(secret, "keys of files")
	if err != nil {
		return key, err
	}
	if key.files, err = newFileKeys(id, forFiles); err != nil {
		return key, err
	}
	one, err := deriveAEAD(secret, "data keys")
	key.files.old = &oldFileKeys{one: one, installation: secret}
	return key, err
}

func newAEAD(secret []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// ID is the key's, in hexadecimal: what is sealed with it begins with that.
func (k Key) ID() string { return k.files.name() }

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
