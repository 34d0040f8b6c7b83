package identity

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/transcode"
)

// callerName is the form of names, that of IAM's users.
var callerName = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{1,64}$`)

// CreateCaller makes the first access key of a new caller, which ends at a time; zero is no
// end. A name that is taken or malformed is a [*transcode.Error]. The secret is nowhere to be
// read again.
func (c *Credentials) CreateCaller(
	ctx context.Context, caller policy.Caller, until time.Time,
) (sigv4.Credentials, error) {
	if !callerName.MatchString(caller.Name) {
		return sigv4.Credentials{}, transcode.Errorf(api.ValidationException,
			"Name %q is not valid: it must be 1 to 64 of the letters A to Z, a to z, digits, and _+=,.@-.", caller.Name)
	}
	if err := c.freeName(ctx, caller.Name); err != nil {
		return sigv4.Credentials{}, err
	}
	drawn := AccessKey{Credentials: draw(), Caller: caller, Created: c.now(), Until: until, Limit: until}
	err := c.sealing(ctx, func() error {
		sealed, err := c.seal(drawn)
		if err != nil {
			return err
		}
		return c.store.AddCaller(ctx, sealed)
	})
	if errors.Is(err, transcode.ErrCallerExists) {
		return sigv4.Credentials{}, transcode.Errorf(api.ResourceInUseException,
			"A caller named %q exists; rotate or revoke its access keys.", caller.Name)
	} else if err != nil {
		return sigv4.Credentials{}, err
	}
	return drawn.Credentials, nil
}

// ListKeys lists the access keys that are valid, by name and id, without their secrets.
func (c *Credentials) ListKeys(ctx context.Context) ([]policy.Key, error) {
	all, err := c.list(ctx)
	keys := make([]policy.Key, 0, len(all))
	for _, k := range all {
		keys = append(keys, k.shown())
	}
	return keys, err
}

func (k AccessKey) shown() policy.Key {
	return policy.Key{AccessKeyID: k.AccessKeyID, Caller: k.Caller, Created: k.Created, Until: k.Until}
}

// rememberEnded is how long an access key that has ended is told from one that is not known.
const rememberEnded = 30 * 24 * time.Hour

// list reads the access keys that are valid, and revokes those that ended long ago.
func (c *Credentials) list(ctx context.Context) ([]AccessKey, error) {
	valid, ended, err := c.all(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range ended {
		if !k.ended(c.now().Add(-rememberEnded)) {
			continue
		}
		if err := c.revoke(ctx, k); err != nil {
			return nil, err
		}
	}
	return valid, nil
}

// freeName revokes the access keys of a name that have ended: they take no name.
func (c *Credentials) freeName(ctx context.Context, name string) error {
	_, ended, err := c.all(ctx)
	for _, k := range ended {
		if err == nil && k.Caller.Name == name {
			err = c.revoke(ctx, k)
		}
	}
	return err
}

// all reads the access keys.
func (c *Credentials) all(ctx context.Context) (valid, ended []AccessKey, err error) {
	rows, err := c.store.Credentials(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, row := range rows {
		k, err := c.keys.Open(row.AccessKeyID, row.Sealed)
		if err != nil {
			return nil, nil, err
		}
		if k.ended(c.now()) {
			ended = append(ended, k)
		} else {
			valid = append(valid, k)
		}
	}
	return valid, ended, nil
}

// revoke ends an access key for good; one that is gone by now is no error.
func (c *Credentials) revoke(ctx context.Context, k AccessKey) error {
	defer c.forget(k.AccessKeyID)
	if err := c.store.RevokeCredential(ctx, k.AccessKeyID); err != nil && !notKnown(err) {
		return err
	}
	return nil
}

// RotateKey makes a new access key for the caller of an access key id or, where the
// caller has one that no other replaces yet, of a name. The new one ends at a time; zero is
// when the old one was to end. The old one ends after the grace, and at once without one.
func (c *Credentials) RotateKey(
	ctx context.Context, nameOrID string, grace time.Duration, until time.Time,
) (made sigv4.Credentials, fresh, old policy.Key, err error) {
	all, err := c.list(ctx)
	if err != nil {
		return made, fresh, old, err
	}
	found := choose(all, nameOrID, func(k AccessKey) bool { return k.Until.Equal(k.Limit) })
	switch {
	case len(found) == 0:
		return made, fresh, old, noKey(nameOrID)
	case len(found) > 1:
		return made, fresh, old, transcode.Errorf(api.ValidationException,
			"%q has several access keys: name one of %s.", nameOrID, ids(found))
	}
	replaced, drawn := found[0], AccessKey{Credentials: draw(), Caller: found[0].Caller, Created: c.now()}
	if drawn.Limit = until; until.IsZero() {
		drawn.Limit = replaced.Limit
	}
	drawn.Until = drawn.Limit
	if end := c.now().Add(grace); replaced.Until.IsZero() || end.Before(replaced.Until) {
		replaced.Until = end
	}
	left := &replaced
	if grace <= 0 {
		left = nil
	}
	err = c.sealing(ctx, func() error { return c.rotate(ctx, replaced, left, drawn) })
	if notKnown(err) { // another rotation came first
		err = noKey(nameOrID)
	}
	return drawn.Credentials, drawn.shown(), replaced.shown(), err
}

// rotate stores fresh, and what is left of old: nil for nothing.
func (c *Credentials) rotate(ctx context.Context, old AccessKey, left *AccessKey, fresh AccessKey) error {
	stays := transcode.SealedCredential{AccessKeyID: old.AccessKeyID}
	var err error
	if left != nil {
		if stays, err = c.seal(*left); err != nil {
			return err
		}
	}
	sealed, err := c.seal(fresh)
	if err != nil {
		return err
	}
	defer c.forget(old.AccessKeyID)
	return c.store.RotateCredential(ctx, stays, sealed)
}

// RevokeKeys ends an access key, or all those of a caller, and returns them.
func (c *Credentials) RevokeKeys(ctx context.Context, nameOrID string) ([]policy.Key, error) {
	all, err := c.list(ctx)
	if err != nil {
		return nil, err
	}
	var revoked []policy.Key
	for _, k := range choose(all, nameOrID, func(AccessKey) bool { return true }) {
		err := c.store.RevokeCredential(ctx, k.AccessKeyID)
		c.forget(k.AccessKeyID)
		if err != nil && !notKnown(err) {
			return revoked, err
		}
		revoked = append(revoked, k.shown())
	}
	if len(revoked) == 0 {
		return nil, noKey(nameOrID)
	}
	return revoked, nil
}

// choose finds the access key of an id, or those of a name that are fit.
func choose(all []AccessKey, nameOrID string, fit func(AccessKey) bool) (found []AccessKey) {
	for _, k := range all {
		if k.AccessKeyID == nameOrID {
			return []AccessKey{k}
		}
		if k.Caller.Name == nameOrID && fit(k) {
			found = append(found, k)
		}
	}
	return found
}

func ids(keys []AccessKey) string {
	var list []string
	for _, k := range keys {
		list = append(list, k.AccessKeyID)
	}
	return strings.Join(slices.Sorted(slices.Values(list)), ", ")
}

func noKey(nameOrID string) error {
	return transcode.Errorf(api.ResourceNotFoundException, "The specified credential was not found: %q is neither "+
		"the name nor the access key id of a valid one.", nameOrID)
}
