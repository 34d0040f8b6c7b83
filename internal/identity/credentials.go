package identity

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/recent"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Store keeps sealed access keys. Credential, RotateCredential and RevokeCredential
// wrap [transcode.ErrNotFound] when there is no such key, PutCredential, which
// replaces, wraps [transcode.ErrRevoked] for one that was revoked, and AddCaller
// [transcode.ErrCallerExists] for a name that has a key.
type Store interface {
	PutCredential(context.Context, transcode.SealedCredential) error
	AddCaller(context.Context, transcode.SealedCredential) error
	RotateCredential(ctx context.Context, old, fresh transcode.SealedCredential) error
	RevokeCredential(ctx context.Context, accessKeyID string) error
	Credential(ctx context.Context, accessKeyID string) (transcode.SealedCredential, error)
	Credentials(context.Context) ([]transcode.SealedCredential, error)
}

// What is opened is kept for a moment, so that not every request costs a query.
const (
	cacheTime = 30 * time.Second
	cacheSize = 1024
)

// AccessKey is what a caller signs with, and what they may do. A zero Until is no end.
type AccessKey struct {
	sigv4.Credentials
	Caller         policy.Caller
	Created, Until time.Time
	// Limit is the end that whoever made the key has set, zero for none; Until is earlier
	// where another key has taken its place.
	Limit time.Time
}

func (k AccessKey) ended(now time.Time) bool { return !k.Until.IsZero() && !now.Before(k.Until) }

// Credentials knows the callers of the service. It may be used from several
// goroutines at once.
type Credentials struct {
	store Store
	keys  *Keyring
	now   func() time.Time

	mu    sync.Mutex
	cache *recent.Map[string, cached]
}

type cached struct {
	key   AccessKey
	until time.Time
}

// New returns the credentials in a store, sealed with installation keys.
func New(store Store, keys *Keyring) *Credentials {
	return &Credentials{store: store, keys: keys, now: time.Now, cache: recent.New[string, cached](cacheSize)}
}

// Caller returns the credentials of an access key and whose it is; the error wraps
// [transcode.ErrNotFound] when it is not known, and [transcode.ErrExpired] when it has ended:
// then they are returned, too. A change made elsewhere is seen after half a minute at the
// latest, one made here at once.
func (c *Credentials) Caller(ctx context.Context, accessKeyID string) (sigv4.Credentials, policy.Caller, error) {
	found, ok := c.cached(accessKeyID)
	if !ok {
		var err error
		if found, err = c.read(ctx, accessKeyID); err != nil {
			return sigv4.Credentials{}, policy.Caller{}, err
		}
		c.keep(found)
	}
	if found.ended(c.now()) {
		return found.Credentials, found.Caller, fmt.Errorf("%s: %w", accessKeyID, transcode.ErrExpired)
	}
	return found.Credentials, found.Caller, nil
}

func (c *Credentials) read(ctx context.Context, accessKeyID string) (AccessKey, error) {
	sealed, err := c.store.Credential(ctx, accessKeyID)
	if err != nil {
		return AccessKey{}, err
	}
	return c.keys.Open(accessKeyID, sealed.Sealed)
}

// put stores an access key, in place of what was known of it.
func (c *Credentials) put(ctx context.Context, k AccessKey) error {
	return c.sealing(ctx, func() error {
		sealed, err := c.seal(k)
		if err != nil {
			return err
		}
		c.forget(k.AccessKeyID)
		return c.store.PutCredential(ctx, sealed)
	})
}

// sealing seals something and stores it, and does so once more where the installation key
// has been rotated meanwhile.
func (c *Credentials) sealing(ctx context.Context, store func() error) error {
	err := store()
	if !errors.Is(err, transcode.ErrOldKey) {
		return err
	}
	if err := c.keys.Renew(ctx); err != nil {
		return err
	}
	return store()
}

func (c *Credentials) seal(k AccessKey) (transcode.SealedCredential, error) {
	sealed, err := c.keys.Seal(k)
	return transcode.SealedCredential{AccessKeyID: k.AccessKeyID, Caller: k.Caller.Name, Sealed: sealed}, err
}

func (c *Credentials) cached(accessKeyID string) (AccessKey, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.cache.Get(accessKeyID)
	return found.key, ok && c.now().Before(found.until)
}

func (c *Credentials) keep(k AccessKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cache.Put(k.AccessKeyID, cached{k, c.now().Add(cacheTime)})
}

func (c *Credentials) forget(accessKeyID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cache.Delete(accessKeyID)
}

// notKnown reports whether an error says that there is no such access key.
func notKnown(err error) bool { return errors.Is(err, transcode.ErrNotFound) }
