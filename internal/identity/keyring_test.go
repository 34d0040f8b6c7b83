package identity

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/transcode"
)

// keyMemory is the state of the installation key, and what is sealed.
type keyMemory struct {
	*memory
	mu      sync.Mutex
	today   *transcode.InstallationKey
	secrets map[string][]byte // of subscriptions
	lasts   time.Duration     // how long the handing over has lasted
}

func newKeyMemory() *keyMemory { return &keyMemory{memory: newMemory(), secrets: map[string][]byte{}} }

func (m *keyMemory) InstallationKey(context.Context) (transcode.InstallationKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.today == nil {
		return transcode.InstallationKey{}, transcode.ErrNotFound
	}
	return *m.today, nil
}

func (m *keyMemory) BeginKeyRotation(_ context.Context, from string, k transcode.InstallationKey) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.today != nil && m.today.HandedOver():
		return transcode.ErrKeyRotates
	case m.today != nil && m.today.ID != from:
		return transcode.ErrOldKey
	}
	m.today, m.lasts = &k, 0
	return nil
}

func (m *keyMemory) EndKeyRotation(_ context.Context, id string, after time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.today.ID == id && m.lasts >= after {
		m.today.ForServers, m.today.ForWorkers = nil, nil
	}
	return nil
}

func (m *keyMemory) SealedByOthers(ctx context.Context, id string) (all []transcode.Sealed, err error) {
	rows, err := m.Credentials(ctx)
	for _, row := range rows {
		all = append(all, transcode.Sealed{Kind: transcode.SealedAccessKey, ID: row.AccessKeyID, Value: row.Sealed})
	}
	for of, value := range m.secrets {
		all = append(all, transcode.Sealed{Kind: transcode.SealedSubscription, ID: of, Value: value})
	}
	var others []transcode.Sealed
	for _, sealed := range all {
		if transcode.SealKeyID(sealed.Value) != id {
			others = append(others, sealed)
		}
	}
	return others, err
}

func (m *keyMemory) Reseal(_ context.Context, _, fresh transcode.Sealed) error {
	if fresh.Kind == transcode.SealedSubscription {
		m.secrets[fresh.ID] = fresh.Value
		return nil
	}
	row := m.rows[fresh.ID]
	row.Sealed = fresh.Value
	return m.reseal(row)
}

func (m *keyMemory) AddCaller(ctx context.Context, c transcode.SealedCredential) error {
	if k, err := m.InstallationKey(ctx); err == nil && transcode.SealKeyID(c.Sealed) != k.ID {
		return transcode.ErrOldKey
	}
	return m.memory.AddCaller(ctx, c)
}

// server is a process with a key file of its own.
func server(t *testing.T, store *keyMemory, path string) *Keyring {
	t.Helper()
	ring, err := ReadKeyring(path)
	if err == nil {
		err = ring.Attach(t.Context(), store, slog.New(slog.DiscardHandler))
	}
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// newKeyFile makes one for a server, and copies it to another place.
func newKeyFile(t *testing.T, copies ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "key")
	if _, _, err := LoadKeyring(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range copies {
		if err := WritePrivate(to, text, false); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// workerRing is what a worker has of a keyring.
func workerRing(t *testing.T, of *Keyring) *Keyring {
	t.Helper()
	path := filepath.Join(t.TempDir(), "worker.key")
	text, err := of.WorkerFile()
	if err == nil {
		err = WritePrivate(path, text, false)
	}
	if err != nil {
		t.Fatal(err)
	}
	ring, err := ReadKeyring(path)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// TestRotation rotates the key on one server while another one and a worker go on with what
// they have in memory. All that is sealed opens everywhere, and after the end of the rotation
// with the new key alone; what clients have encrypted opens for ever.
func TestRotation(t *testing.T) {
	t.Parallel()
	elsewhere := filepath.Join(t.TempDir(), "key")
	path, store := newKeyFile(t, elsewhere), newKeyMemory()
	one, other := server(t, store, path), server(t, store, elsewhere)
	worker := workerRing(t, one)
	if err := worker.Attach(t.Context(), store, nil); err != nil {
		t.Fatal(err)
	}
	callers, theirs := New(store, one), New(store, other)
	before, err := callers.CreateCaller(t.Context(), policy.Caller{Name: "before", Policy: policy.All()}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	store.secrets["s"] = one.SealSecret("subscription s", []byte("secret"))
	const region, account = "us-east-1", "000000000000"
	film, wrapped, err := NewDataKeys(one, region, account).GenerateKey(t.Context(), "", 128)
	if err != nil {
		t.Fatal(err)
	}

	old := one.ID()
	if err := one.Rotate(t.Context()); err != nil || one.ID() == old {
		t.Fatalf("%s after %s: %v", one.ID(), old, err)
	}
	wantCode(t, one.Rotate(t.Context()), api.ResourceInUseException, "is being rotated")
	if n := len(one.keys); n != 2 {
		t.Errorf("%d keys after a rotation that was refused", n)
	}
	r, err := one.Rotation(t.Context())
	if err != nil || r.ID != one.ID() || r.Left != 2 || r.Unopened != 0 || !r.HandedOver() {
		t.Errorf("the rotation is %+v, %v", r, err)
	}
	// The other server has the old key in memory: it reads, and seals with the new one.
	if got, _, err := theirs.Caller(t.Context(), before.AccessKeyID); err != nil || got != before {
		t.Errorf("on the other server: %v, %v", got, err)
	}
	after, err := theirs.CreateCaller(t.Context(), policy.Caller{Name: "after", Policy: policy.All()}, time.Time{})
	if err != nil || transcode.SealKeyID(store.rows[after.AccessKeyID].Sealed) != one.ID() || other.ID() != one.ID() {
		t.Errorf("sealed by %s: %v", transcode.SealKeyID(store.rows[after.AccessKeyID].Sealed), err)
	}
	rewrapped, err := NewDataKeys(one, region, account).EncryptKey(t.Context(), "", film)
	if err != nil {
		t.Fatal(err)
	}
	for _, ciphertext := range [][]byte{wrapped, rewrapped} {
		got, err := NewDataKeys(worker, region, account).DecryptKey(t.Context(), "", ciphertext)
		if err != nil || string(got) != string(film) {
			t.Errorf("on the worker: %x, %v", got, err)
		}
	}

	if err := other.goOn(t.Context()); err != nil { // any server does
		t.Fatal(err)
	}
	if r, err := one.Rotation(t.Context()); err != nil || r.Left != 0 || !r.HandedOver() {
		t.Errorf("the rotation is %+v, %v", r, err)
	}
	store.lasts = handOverFor
	if err := one.goOn(t.Context()); err != nil || store.today.HandedOver() {
		t.Errorf("the key is handed over for ever: %v", err)
	}
	for name, path := range map[string]string{"one": path, "the other": elsewhere} {
		again := server(t, store, path)
		if again.ID() != one.ID() || len(again.keys) != 2 {
			t.Errorf("%s starts again with %d keys, the first %s", name, len(again.keys), again.ID())
		}
		if got, _, err := New(store, again).Caller(t.Context(), before.AccessKeyID); err != nil || got != before {
			t.Errorf("%s starts again: %v, %v", name, got, err)
		}
		if got, err := NewDataKeys(again, region, account).DecryptKey(t.Context(), "", wrapped); err != nil ||
			string(got) != string(film) {
			t.Errorf("%s starts again: %x, %v", name, got, err)
		}
	}
	wantMode(t, path)
	saved, err := ReadKeyring(worker.path)
	if err != nil || len(saved.files) != 2 || saved.ID() != one.ID() || len(saved.keys) != 0 {
		t.Errorf("the worker starts again with %+v, %v", saved, err)
	}
	if secret, err := one.OpenSecret("subscription s", store.secrets["s"]); err != nil || string(secret) != "secret" ||
		transcode.SealKeyID(store.secrets["s"]) != one.ID() {
		t.Errorf("the secret is %q, %v", secret, err)
	}
}

// TestMissedRotation starts processes that have missed a rotation: before its end they take
// the key over, afterwards they are refused.
func TestMissedRotation(t *testing.T) {
	t.Parallel()
	late := filepath.Join(t.TempDir(), "key")
	later := filepath.Join(t.TempDir(), "key")
	store := newKeyMemory()
	one := server(t, store, newKeyFile(t, late, later))
	worker := workerRing(t, one)
	if err := one.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := server(t, store, late).ID(); got != one.ID() {
		t.Errorf("took over %s, want %s", got, one.ID())
	}
	store.today.ForServers, store.today.ForWorkers = nil, nil
	ring, err := ReadKeyring(later)
	if err != nil {
		t.Fatal(err)
	}
	want := one.ID() + " by now, which this process does not have: copy the "
	for _, late := range []*Keyring{ring, worker} {
		if err := late.Attach(t.Context(), store, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("after the end: %v", err)
		}
	}
}

// TestUnsavedRotation wants no rotation where the new key can't be kept, and another process
// to go on with what it has in memory.
func TestUnsavedRotation(t *testing.T) {
	t.Parallel()
	elsewhere := filepath.Join(t.TempDir(), "key")
	store := newKeyMemory()
	path := newKeyFile(t, elsewhere)
	one, other := server(t, store, path), server(t, store, elsewhere)
	one.path = filepath.Join(t.TempDir(), "absent", "key")
	if err := one.Rotate(t.Context()); err == nil || store.today != nil || len(one.keys) != 1 {
		t.Errorf("rotated without a file: %v", err)
	}
	one.path, other.path = path, filepath.Join(t.TempDir(), "absent", "key")
	if err := one.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := other.Renew(t.Context()); err != nil || other.ID() != one.ID() {
		t.Errorf("without a file: %v", err)
	}
}

// TestUnopenedSecrets wants a rotation to leave alone what no key opens, and to end.
func TestUnopenedSecrets(t *testing.T) {
	t.Parallel()
	store := newKeyMemory()
	one := server(t, store, newKeyFile(t))
	lost := testKey(t).SealSecret("subscription s", []byte("secret"))
	store.secrets["s"] = lost
	if err := one.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	store.lasts = handOverFor
	err := one.goOn(t.Context())
	if err != nil || string(store.secrets["s"]) != string(lost) || store.today.HandedOver() {
		t.Errorf("%v", err)
	}
	if r, err := one.Rotation(t.Context()); err != nil || r.Left != 1 || r.Unopened != 1 {
		t.Errorf("the rotation is %+v, %v", r, err)
	}
}

// TestWorkersKeyOpensNothingElse wants a worker's file to have no key of callers and secrets.
func TestWorkersKeyOpensNothingElse(t *testing.T) {
	t.Parallel()
	ring := testKey(t)
	worker := workerRing(t, ring)
	if len(worker.keys) != 0 || worker.ID() != ring.ID() {
		t.Errorf("a worker has %d keys, and is %s", len(worker.keys), worker.ID())
	}
	text, err := ring.WorkerFile()
	if err != nil {
		t.Fatal(err)
	}
	again, err := worker.WorkerFile()
	if err != nil || string(again) != string(text) {
		t.Errorf("%s\nis not\n%s, %v", again, text, err)
	}
	own, err := ring.text()
	if err != nil {
		t.Fatal(err)
	}
	secret := string(own[strings.Index(string(own), `"secret": "`):])
	if secret, _, _ = strings.Cut(secret[len(`"secret": "`):], `"`); strings.Contains(string(text), secret) {
		t.Error("the worker's file has the installation key")
	}
	sealed := ring.SealSecret("s", []byte("secret"))
	if got, err := worker.OpenSecret("s", sealed); err == nil {
		t.Errorf("a worker opened %q", got)
	}
}

func TestKeyFilesAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                         "has 0 bytes",
		strings.Repeat("x", 31):    "has 31 bytes",
		`{"kind":"other"}`:         "has no key",
		`{"kind":"o","keys":[{}]}`: `of the kind "o"`,
		`{"kind":"reelastic installation keys","keys":[{"secret":"eA=="}]}`: "has 1 bytes",
		`{"kind":"reelastic worker keys","keys":[{"id":"01"}]}`:             `"01"`,
		`{`: "no file of keys",
	} {
		path := filepath.Join(t.TempDir(), "key")
		if err := WritePrivate(path, []byte(text), false); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadKeyring(path); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := ReadKeyring(filepath.Join(t.TempDir(), "key")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}
