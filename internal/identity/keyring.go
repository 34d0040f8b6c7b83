package identity

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// Keyring holds the installation keys of a process: the first seals, all open. Of a worker it
// has only what the keys of files need. When the key is rotated, the keyring takes the new
// one over from the store, and keeps it in its file. It may be used from several goroutines
// at once.
type Keyring struct {
	path  string // of its file; "" for none
	store KeyStore
	log   *slog.Logger
	// soon is signalled when a rotation has begun.
	soon chan struct{}

	renewing sync.Mutex // held while the store is asked
	mu       sync.RWMutex
	keys     []Key      // none of a worker
	files    []fileKeys // in the same order
}

// KeyStore is the state of the installation key. InstallationKey wraps [transcode.ErrNotFound]
// where none was ever rotated.
type KeyStore interface {
	InstallationKey(context.Context) (transcode.InstallationKey, error)
	// BeginKeyRotation puts a key in the place of the one of that id, or fails with
	// [transcode.ErrOldKey] or [transcode.ErrKeyRotates].
	BeginKeyRotation(ctx context.Context, from string, k transcode.InstallationKey) error
	// EndKeyRotation ends the handing over, when it has lasted for so long.
	EndKeyRotation(ctx context.Context, id string, after time.Duration) error
	// SealedByOthers are the values that other keys than that of the id have sealed.
	SealedByOthers(ctx context.Context, id string) ([]transcode.Sealed, error)
	// Reseal replaces a value, unless it is another one by now.
	Reseal(ctx context.Context, old, fresh transcode.Sealed) error
}

// NewKeyring holds keys, the one that seals first.
func NewKeyring(keys ...Key) *Keyring {
	r := &Keyring{log: slog.New(slog.DiscardHandler), soon: make(chan struct{}, 1)}
	for _, k := range keys {
		r.add(k)
	}
	return r
}

func (r *Keyring) add(k Key) {
	r.keys = append(r.keys, k)
	r.addFiles(k.files)
}

func (r *Keyring) addFiles(k fileKeys) { r.files = append(r.files, k) }

// Attach lets the keyring follow the rotations in a store. It fails when the key that seals
// today can't be had.
func (r *Keyring) Attach(ctx context.Context, store KeyStore, log *slog.Logger) error {
	r.store, r.log = store, cmp.Or(log, r.log)
	return r.Renew(ctx)
}

// ID is that of the key that seals; "" of a keyring without keys.
func (r *Keyring) ID() string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.files) == 0 {
		return ""
	}
	return r.files[0].name()
}

// Renew takes over the key that seals today.
func (r *Keyring) Renew(ctx context.Context) error {
	if r.store == nil {
		return nil
	}
	r.renewing.Lock()
	defer r.renewing.Unlock()
	today, err := r.store.InstallationKey(ctx)
	if errors.Is(err, transcode.ErrNotFound) || err == nil && today.ID == r.ID() {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ask for the installation key: %w", err)
	}
	if err := r.takeOver(today); err != nil {
		return err
	}
	r.log.InfoContext(ctx, "the installation key was rotated", "key", today.ID)
	r.save(ctx)
	return nil
}

// takeOver makes a key the one that seals.
func (r *Keyring) takeOver(k transcode.InstallationKey) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.promote(k.ID) {
		return nil
	}
	if len(r.keys) > 0 {
		return r.takeKey(k)
	}
	for _, before := range r.files {
		secret, err := before.handOver.open(k.ID, k.ForWorkers)
		if err != nil {
			continue
		}
		id, err := parseKeyID(k.ID)
		if err != nil {
			return err
		}
		fresh, err := newFileKeys(id, secret)
		fresh.made = k.Since
		r.files = slices.Insert(r.files, 0, fresh)
		return err
	}
	return outdated(k.ID, "worker.key of reelastic key worker")
}

// takeKey takes over an installation key.
func (r *Keyring) takeKey(k transcode.InstallationKey) error {
	for _, before := range r.keys {
		secret, err := before.handOver.open(k.ID, k.ForServers)
		if err != nil {
			continue
		}
		fresh, err := NewKey(secret)
		if err != nil {
			return err
		}
		fresh.files.made = k.Since
		r.first(fresh)
		return nil
	}
	return outdated(k.ID, "file key of another server's data folder")
}

func outdated(id, source string) error {
	return fmt.Errorf("the installation key is %s by now, which this process does not have: copy the %s", id, source)
}

// first puts a key before all others.
func (r *Keyring) first(k Key) {
	r.keys = slices.Insert(r.keys, 0, k)
	r.files = slices.Insert(r.files, 0, k.files)
}

// promote makes a key that the keyring has the first one.
func (r *Keyring) promote(id string) bool {
	at := slices.IndexFunc(r.files, func(k fileKeys) bool { return k.name() == id })
	if at < 0 {
		return false
	}
	k := r.files[at]
	r.files = slices.Insert(slices.Delete(r.files, at, at+1), 0, k)
	if len(r.keys) > 0 {
		k := r.keys[at]
		r.keys = slices.Insert(slices.Delete(r.keys, at, at+1), 0, k)
	}
	return true
}

// save keeps the keys in the file. Where that fails, the process goes on with what it has in
// memory, but will not begin again.
func (r *Keyring) save(ctx context.Context) {
	if err := r.write(); err != nil {
		r.log.ErrorContext(ctx, "THE INSTALLATION KEY IS NOT SAVED: copy the file of another process, or this one "+
			"will not start again", "file", r.path, "err", err)
	}
}

func (r *Keyring) write() error {
	if r.path == "" {
		return nil
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	text, err := r.text()
	if err != nil {
		return err
	}
	return WritePrivate(r.path, text, true)
}

func parseKeyID(text string) ([]byte, error) {
	id, err := hex.DecodeString(text)
	if err == nil && len(id) != transcode.SealIDBytes {
		err = fmt.Errorf("%q is no id of an installation key", text)
	}
	return id, err
}

// renewWithin bounds the question for a key that is not known yet.
const renewWithin = 5 * time.Second

// opener is the key that has sealed a value. One that is not known yet is asked for.
func (r *Keyring) opener(name string, sealed []byte) (Key, error) {
	id := transcode.SealKeyID(sealed)
	if id == "" {
		return Key{}, fmt.Errorf("%s: not sealed in a known form", name)
	}
	if k, ok := r.key(id); ok {
		return k, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), renewWithin)
	defer cancel()
	if err := r.Renew(ctx); err != nil {
		return Key{}, fmt.Errorf("%s: %w", name, err)
	}
	if k, ok := r.key(id); ok {
		return k, nil
	}
	return Key{}, fmt.Errorf("%s: sealed with another installation key (%s; this is %s)", name, id, r.ID())
}

// key finds a key by its id.
func (r *Keyring) key(id string) (Key, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, k := range r.keys {
		if k.ID() == id {
			return k, true
		}
	}
	return Key{}, false
}

// sealing is the key that seals.
func (r *Keyring) sealing() Key {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.keys[0]
}

// Seal encrypts an access key, bound to its id, the caller and the policy with it.
func (r *Keyring) Seal(a AccessKey) ([]byte, error) { return r.sealing().Seal(a) }

// Open decrypts what any of the keys has sealed for the same access key id, see [Key.Open].
func (r *Keyring) Open(accessKeyID string, sealed []byte) (AccessKey, error) {
	k, err := r.opener(accessKeyID, sealed)
	if err != nil {
		return AccessKey{}, fmt.Errorf("credentials of %w", err)
	}
	return k.Open(accessKeyID, sealed)
}

// SealSecret encrypts a secret that is no credential, bound to a name.
func (r *Keyring) SealSecret(name string, secret []byte) []byte {
	return r.sealing().secrets.seal(name, secret)
}

// OpenSecret decrypts what SealSecret made under the same name with any of the keys.
func (r *Keyring) OpenSecret(name string, sealed []byte) ([]byte, error) {
	k, err := r.opener(name, sealed)
	if err != nil {
		return nil, err
	}
	return k.secrets.open(name, sealed)
}

// LogValue and String keep the keys out of logs.
func (*Keyring) LogValue() slog.Value { return slog.StringValue("installation keys") }
func (*Keyring) String() string       { return "installation keys" }
