package identity

import (
	"context"
	"sync"
	"time"

	"github.com/reelastic/reelastic/internal/sigv4"
)

// Store keeps sealed credentials by access key id. Credential wraps
// [transcode.ErrNotFound] when there are none; PutCredential replaces.
type Store interface {
	PutCredential(ctx context.Context, accessKeyID string, sealed []byte) error
	Credential(ctx context.Context, accessKeyID string) (sealed []byte, err error)
}

// What is opened is kept for a moment, so that not every request costs a query.
const (
	cacheTime = 30 * time.Second
	cacheSize = 1024
)

// Credentials knows the callers of the service. It may be used from several
// goroutines at once.
type Credentials struct {
	store Store
	key   Key
	now   func() time.Time

	mu    sync.Mutex
	cache map[string]cached
}

type cached struct {
	credentials sigv4.Credentials
	until       time.Time
}

// New returns the credentials in a store, sealed with key.
func New(store Store, key Key) *Credentials {
	return &Credentials{store: store, key: key, now: time.Now, cache: map[string]cached{}}
}

// Credentials returns those of an access key; the error wraps
// [transcode.ErrNotFound] when it is not known. A change made elsewhere is seen
// after half a minute at the latest.
func (c *Credentials) Credentials(ctx context.Context, accessKeyID string) (sigv4.Credentials, error) {
	if found, ok := c.cached(accessKeyID); ok {
		return found, nil
	}
	sealed, err := c.store.Credential(ctx, accessKeyID)
	if err != nil {
		return sigv4.Credentials{}, err
	}
	found, err := c.key.Open(accessKeyID, sealed)
	if err != nil {
		return sigv4.Credentials{}, err
	}
	c.keep(found)
	return found, nil
}

// Put stores credentials, in place of those of the same access key.
func (c *Credentials) Put(ctx context.Context, credentials sigv4.Credentials) error {
	sealed, err := c.key.Seal(credentials)
	if err != nil {
		return err
	}
	if err := c.store.PutCredential(ctx, credentials.AccessKeyID, sealed); err != nil {
		return err
	}
	c.keep(credentials)
	return nil
}

func (c *Credentials) cached(accessKeyID string) (sigv4.Credentials, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.cache[accessKeyID]
	return found.credentials, ok && c.now().Before(found.until)
}

func (c *Credentials) keep(credentials sigv4.Credentials) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.cache) >= cacheSize {
		clear(c.cache)
	}
	c.cache[credentials.AccessKeyID] = cached{credentials, c.now().Add(cacheTime)}
}
