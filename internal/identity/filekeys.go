package identity

import (
	"bytes"
	"context"
	"crypto/cipher"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// fileKeys are what an installation key has for the keys of files. It is all that a worker
// needs: nothing else can be derived from it.
type fileKeys struct {
	id []byte // of the installation key
	// secret is derived from the installation key for this purpose.
	secret []byte
	made   time.Time // zero: not known

	// handOver seals the next key for those who have this one.
	handOver sealer
	// old are the forms before, which only the installation key itself opens; nil without it.
	old *oldFileKeys
}

// oldFileKeys are the forms of encrypted keys that are read only.
type oldFileKeys struct {
	one cipher.AEAD // the first form: one key for all
	// installation makes the keys of the second form.
	installation []byte
}

func newFileKeys(id, secret []byte) (fileKeys, error) {
	handOver, err := newSealer(secret, id, "next worker key")
	return fileKeys{id: id, secret: secret, handOver: handOver}, err
}

// key is that of an id of the key service.
func (k fileKeys) key(kmsID string) (cipher.AEAD, error) {
	aead, err := deriveAEAD(k.secret, "kms key "+kmsID)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", kmsID, err)
	}
	return aead, nil
}

// name is the id of the installation key, as it is shown.
func (k fileKeys) name() string { return hex.EncodeToString(k.id) }

// forFiles is what the installation key of an id has for the keys of files; nil asks for that
// of today.
func (r *Keyring) forFiles(id []byte) (fileKeys, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, k := range r.files {
		if id == nil || bytes.Equal(k.id, id) {
			return k, true
		}
	}
	return fileKeys{}, false
}

// openers are the keys that may have sealed a text.
func (r *Keyring) openers(c ciphertext) (all []cipher.AEAD, err error) {
	if c.form == dataKeyVersion {
		return r.named(c)
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, k := range r.files {
		switch {
		case k.old == nil:
		case c.form == oneKeyVersion:
			all = append(all, k.old.one)
		default:
			aead, err := deriveAEAD(k.old.installation, "kms key "+c.kmsID)
			if err != nil {
				return nil, err
			}
			all = append(all, aead)
		}
	}
	if len(all) == 0 {
		return nil, &transcode.KeyError{Problem: transcode.KeyUnusable,
			Why: "an earlier release encrypted it, and this worker has no installation key: encrypt it anew"}
	}
	return all, nil
}

// named is the key that a text names. One that is not known yet is asked for.
func (r *Keyring) named(c ciphertext) ([]cipher.AEAD, error) {
	k, ok := r.forFiles(c.installation)
	if !ok {
		ctx, cancel := context.WithTimeout(context.Background(), renewWithin)
		defer cancel()
		if err := r.Renew(ctx); err != nil {
			return nil, err
		}
		if k, ok = r.forFiles(c.installation); !ok {
			return nil, nil
		}
	}
	aead, err := k.key(c.kmsID)
	return []cipher.AEAD{aead}, err
}

// firstMade is when the oldest of the keys was made; zero when that is not known.
func (r *Keyring) firstMade() time.Time {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.files) == 0 {
		return time.Time{}
	}
	return r.files[len(r.files)-1].made
}
