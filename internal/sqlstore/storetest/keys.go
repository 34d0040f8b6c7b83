package storetest

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/notify"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Ids of installation keys.
const (
	firstKey  = "01010101"
	secondKey = "02020202"
	thirdKey  = "03030303"
)

// sealedWith is a value that a key of those has sealed.
func sealedWith(key string, content ...byte) []byte {
	return append([]byte{transcode.SealForm, key[1] - '0', key[1] - '0', key[1] - '0', key[1] - '0'}, content...)
}

// testInstallationKey rotates the installation key. From then on nothing is stored that
// another one has sealed, and what there is is sealed anew, unless it has changed.
func testInstallationKey(t *testing.T, d Database) {
	s, ctx := open(t, d), t.Context()
	credential := func(id, key string) transcode.SealedCredential {
		return transcode.SealedCredential{AccessKeyID: id, Caller: id, Sealed: sealedWith(key, 1)}
	}
	subscription := func(id, key string) *notify.Subscription {
		return &notify.Subscription{ID: id, Topic: "t", Format: notify.FormatCloudEvents, Endpoint: "https://e",
			Confirmed: true, Token: id, Sealed: sealedWith(key, 2)}
	}
	_, err := s.InstallationKey(ctx)
	refused(t, err, transcode.ErrNotFound)
	must(t, s.AddCaller(ctx, credential("A", firstKey)))
	must(t, s.PutCredential(ctx, credential("B", firstKey)))
	must(t, s.RevokeCredential(ctx, "B"))
	must(t, s.CreateSubscription(ctx, subscription("S", firstKey)))
	_, _, err = s.AddSigningKey(ctx, "sns", []byte("certificate"), sealedWith(firstKey, 3))
	must(t, err)

	second := transcode.InstallationKey{ID: secondKey, ForServers: []byte{1}, ForWorkers: []byte{2}}
	began := time.Now().Add(-time.Minute)
	must(t, s.BeginKeyRotation(ctx, firstKey, second))
	today := got(s.InstallationKey(ctx))(t)
	if today.Since.Before(began) || !today.HandedOver() {
		t.Errorf("today's key: %+v", today)
	}
	second.Since = today.Since
	if diff := cmp.Diff(second, today); diff != "" {
		t.Errorf("today's key (-want +got):\n%s", diff)
	}
	refused(t, s.BeginKeyRotation(ctx, secondKey, transcode.InstallationKey{ID: thirdKey}), transcode.ErrKeyRotates)

	refused(t, s.AddCaller(ctx, credential("C", firstKey)), transcode.ErrOldKey)
	refused(t, s.PutCredential(ctx, credential("A", firstKey)), transcode.ErrOldKey)
	refused(t, s.RotateCredential(ctx, credential("A", firstKey), credential("C", secondKey)), transcode.ErrOldKey)
	refused(t, s.CreateSubscription(ctx, subscription("T", firstKey)), transcode.ErrOldKey)
	_, _, err = s.AddSigningKey(ctx, "other", nil, sealedWith(firstKey, 3))
	refused(t, err, transcode.ErrOldKey)
	ended := transcode.SealedCredential{AccessKeyID: "A", Caller: "A"}
	must(t, s.RotateCredential(ctx, ended, credential("C", secondKey)))
	must(t, s.AddCaller(ctx, credential("D", secondKey)))
	must(t, s.CreateSubscription(ctx, subscription("T", secondKey)))

	left := got(s.SealedByOthers(ctx, secondKey))(t)
	slices.SortFunc(left, func(a, b transcode.Sealed) int { return strings.Compare(a.Name(), b.Name()) })
	want := []transcode.Sealed{{Kind: transcode.SealedSigningKey, ID: "sns", Value: sealedWith(firstKey, 3)},
		{Kind: transcode.SealedSubscription, ID: "S", Value: sealedWith(firstKey, 2)}}
	if diff := cmp.Diff(want, left); diff != "" {
		t.Fatalf("left to seal (-want +got):\n%s", diff)
	}
	for _, old := range left {
		fresh := old
		fresh.Value = sealedWith(secondKey, 9)
		must(t, s.Reseal(ctx, transcode.Sealed{Kind: old.Kind, ID: old.ID, Value: []byte("another")}, fresh))
	}
	if n := len(got(s.SealedByOthers(ctx, secondKey))(t)); n != 2 {
		t.Errorf("%d are left, want 2: they were others", n)
	}
	for _, old := range left {
		fresh := old
		fresh.Value = sealedWith(secondKey, 9)
		must(t, s.Reseal(ctx, old, fresh))
	}
	if left := got(s.SealedByOthers(ctx, secondKey))(t); len(left) > 0 {
		t.Errorf("left to seal: %v", left)
	}
	if sub := got(s.Subscription(ctx, "S"))(t); !bytes.Equal(sub.Sealed, sealedWith(secondKey, 9)) {
		t.Errorf("the subscription has %x", sub.Sealed)
	}

	must(t, s.EndKeyRotation(ctx, secondKey, time.Hour))
	must(t, s.EndKeyRotation(ctx, firstKey, 0))
	if !got(s.InstallationKey(ctx))(t).HandedOver() {
		t.Error("the handing over has ended too soon")
	}
	must(t, s.EndKeyRotation(ctx, secondKey, 0))
	if got(s.InstallationKey(ctx))(t).HandedOver() {
		t.Error("the key is handed over for ever")
	}
	third := transcode.InstallationKey{ID: thirdKey, ForServers: []byte{1}, ForWorkers: []byte{2}}
	refused(t, s.BeginKeyRotation(ctx, firstKey, third), transcode.ErrOldKey)
	must(t, s.BeginKeyRotation(ctx, secondKey, third))
}
