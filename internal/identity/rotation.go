package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

// handOverFor is how long a new key is handed over to those who have the one before: each
// process asks several times meanwhile.
const handOverFor = time.Minute

// askEvery is how often a process asks for a new key, and goes on with a rotation.
const askEvery = 10 * time.Second

// Rotate puts a new installation key in the place of the one that seals. What that has sealed
// is sealed anew by [Keyring.Follow]. A rotation that is under way is a [*transcode.Error].
func (r *Keyring) Rotate(ctx context.Context) error {
	if err := r.Renew(ctx); err != nil {
		return err
	}
	r.renewing.Lock()
	defer r.renewing.Unlock()
	before := r.sealing()
	fresh, today, err := next(before)
	if err != nil {
		return err
	}
	// First into the file, behind the others: nothing may be sealed that no file opens.
	r.change(func() { r.add(fresh) })
	if err := r.write(); err != nil {
		r.change(func() { r.remove(fresh) })
		return fmt.Errorf("keep the new installation key: %w", err)
	}
	if err := r.store.BeginKeyRotation(ctx, before.ID(), today); err != nil {
		if errors.Is(err, transcode.ErrKeyRotates) || errors.Is(err, transcode.ErrOldKey) {
			r.change(func() { r.remove(fresh) })
			r.save(ctx)
			return transcode.Errorf(api.ResourceInUseException,
				"The installation key is being rotated. Wait until that has ended.")
		}
		return err // it may have begun: the next Renew tells
	}
	r.change(func() { r.promote(fresh.ID()) })
	r.log.InfoContext(ctx, "the installation key is rotated", "key", fresh.ID(), "before", before.ID())
	r.save(ctx)
	select {
	case r.soon <- struct{}{}:
	default:
	}
	return nil
}

// next makes a key, and what hands it over to those who have the one before.
func next(before Key) (fresh Key, today transcode.InstallationKey, err error) {
	secret := make([]byte, KeyBytes)
	rand.Read(secret) // never fails
	if fresh, err = NewKey(secret); err != nil {
		return fresh, today, err
	}
	fresh.files.made = time.Now().UTC().Truncate(time.Second)
	today.ID = fresh.ID()
	today.ForServers = before.handOver.seal(today.ID, secret)
	today.ForWorkers = before.files.handOver.seal(today.ID, fresh.files.secret)
	return fresh, today, nil
}

// change changes the keys.
func (r *Keyring) change(do func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	do()
}

func (r *Keyring) remove(k Key) {
	r.keys = slices.DeleteFunc(r.keys, func(o Key) bool { return o.ID() == k.ID() })
	r.files = slices.DeleteFunc(r.files, func(o fileKeys) bool { return o.name() == k.ID() })
}

// Rotation is how far the rotation of the installation key is. A key that was never rotated
// has no Since.
func (r *Keyring) Rotation(ctx context.Context) (rotation transcode.KeyRotation, err error) {
	rotation.InstallationKey, err = r.store.InstallationKey(ctx)
	if errors.Is(err, transcode.ErrNotFound) {
		rotation.ID = r.ID()
		return rotation, nil
	}
	if err != nil {
		return rotation, err
	}
	others, err := r.store.SealedByOthers(ctx, rotation.ID)
	for _, sealed := range others {
		if _, err := r.opener(sealed.Name(), sealed.Value); err != nil {
			rotation.Unopened++
		}
	}
	rotation.Left = len(others)
	return rotation, err
}

// Follow takes over new keys, and goes on with rotations, until ctx ends.
func (r *Keyring) Follow(ctx context.Context) error {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		err := r.Renew(ctx)
		if err == nil && r.seals() {
			err = r.goOn(ctx)
		}
		if err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "follow the installation key", "err", err)
		}
		select {
		case <-tick.C:
		case <-r.soon:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// seals tells the keyring of a server from that of a worker.
func (r *Keyring) seals() bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.keys) > 0
}

// goOn seals anew what older keys have sealed, and ends the handing over. Several servers may
// do so at once.
func (r *Keyring) goOn(ctx context.Context) error {
	today, err := r.store.InstallationKey(ctx)
	if errors.Is(err, transcode.ErrNotFound) || err == nil && !today.HandedOver() {
		return nil
	}
	if err != nil {
		return err
	}
	others, err := r.store.SealedByOthers(ctx, today.ID)
	if err != nil {
		return err
	}
	for _, sealed := range others {
		fresh, err := r.reseal(sealed)
		if err != nil {
			r.log.ErrorContext(ctx, "a secret can't be sealed anew", "of", sealed.Name(), "err", err)
			continue
		}
		if err := r.store.Reseal(ctx, sealed, fresh); err != nil {
			return err
		}
	}
	return r.store.EndKeyRotation(ctx, today.ID, handOverFor)
}

// reseal seals a value with the key of today.
func (r *Keyring) reseal(sealed transcode.Sealed) (transcode.Sealed, error) {
	k, err := r.opener(sealed.Name(), sealed.Value)
	if err != nil {
		return sealed, err
	}
	from, to := k.secrets, r.sealing().secrets
	if sealed.Kind == transcode.SealedAccessKey {
		from, to = k.credentials, r.sealing().credentials
	}
	plain, err := from.open(sealed.Name(), sealed.Value)
	if err != nil {
		return sealed, err
	}
	sealed.Value = to.seal(sealed.Name(), plain)
	return sealed, nil
}
