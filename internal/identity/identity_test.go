package identity

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/transcode"
)

// memory is a store that counts its reads.
type memory struct {
	mu    sync.Mutex
	rows  map[string]transcode.SealedCredential
	reads int
	fail  error
}

func newMemory() *memory { return &memory{rows: map[string]transcode.SealedCredential{}} }

func (m *memory) PutCredential(_ context.Context, c transcode.SealedCredential) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if old, ok := m.rows[c.AccessKeyID]; ok && len(old.Sealed) == 0 {
		return transcode.ErrRevoked
	}
	if m.fail == nil {
		m.rows[c.AccessKeyID] = c
	}
	return m.fail
}

func (m *memory) AddCaller(ctx context.Context, c transcode.SealedCredential) error {
	all, err := m.Credentials(ctx)
	if slices.ContainsFunc(all, func(k transcode.SealedCredential) bool { return k.Caller == c.Caller }) {
		return transcode.ErrCallerExists
	}
	return errors.Join(err, m.PutCredential(ctx, c))
}

func (m *memory) RotateCredential(ctx context.Context, old, fresh transcode.SealedCredential) error {
	if err := m.reseal(old); err != nil {
		return err
	}
	return m.PutCredential(ctx, fresh)
}

func (m *memory) RevokeCredential(_ context.Context, id string) error {
	return m.reseal(transcode.SealedCredential{AccessKeyID: id})
}

func (m *memory) reseal(c transcode.SealedCredential) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.rows[c.AccessKeyID].Sealed) == 0 {
		return transcode.ErrNotFound
	}
	m.rows[c.AccessKeyID] = c
	return m.fail
}

func (m *memory) Credential(_ context.Context, id string) (transcode.SealedCredential, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	if m.fail != nil {
		return transcode.SealedCredential{}, m.fail
	}
	c := m.rows[id]
	if len(c.Sealed) == 0 {
		return c, fmt.Errorf("credential %s: %w", id, transcode.ErrNotFound)
	}
	return c, nil
}

func (m *memory) Credentials(context.Context) (all []transcode.SealedCredential, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(m.rows)) {
		if len(m.rows[id].Sealed) > 0 {
			all = append(all, m.rows[id])
		}
	}
	return all, m.fail
}

func testKey(t *testing.T) *Keyring {
	t.Helper()
	secret := make([]byte, KeyBytes)
	rand.Read(secret)
	return keyringOf(t, secret)
}

// keyringOf holds one key.
func keyringOf(tb testing.TB, secret []byte) *Keyring {
	tb.Helper()
	key, err := NewKey(secret)
	if err != nil {
		tb.Fatal(err)
	}
	return NewKeyring(key)
}

// readOnly is a policy other than those that are built in.
const readOnly = `{"Statement":{"Effect":"Allow","Action":"elastictranscoder:Read*","Resource":"*"}}`

func testPolicy(t *testing.T) policy.Policy {
	t.Helper()
	p, err := policy.Parse([]byte(readOnly))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// someKey is an access key with all members.
func someKey(t *testing.T) AccessKey {
	return AccessKey{Credentials: some, Caller: policy.Caller{Name: "somebody", Policy: testPolicy(t)},
		Created: time.UnixMilli(1), Until: time.UnixMilli(2)}
}

// same compares access keys, and policies by their text.
func same(a, b AccessKey) bool {
	return a.Credentials == b.Credentials && a.Caller.Name == b.Caller.Name &&
		a.Caller.Policy.String() == b.Caller.Policy.String() &&
		a.Created.Equal(b.Created) && a.Until.Equal(b.Until)
}

var some = sigv4.Credentials{AccessKeyID: "RLAEXAMPLE", SecretAccessKey: "a secret", SessionToken: "a token"}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	key, whole := testKey(t), someKey(t)
	sealed, err := key.Seal(whole)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte(some.SecretAccessKey)) || bytes.Contains(sealed, []byte(some.SessionToken)) {
		t.Error("a secret stands in the sealed text")
	}
	again, err := key.Seal(whole)
	if err != nil || bytes.Equal(sealed, again) {
		t.Errorf("sealed twice the same, %v", err)
	}
	if got, err := key.Open(some.AccessKeyID, sealed); err != nil || !same(got, whole) {
		t.Errorf("opened %v, %v", got, err)
	}
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 1
		if _, err := key.Open(some.AccessKeyID, altered); err == nil {
			t.Errorf("opened with byte %d altered", i)
		}
	}
	for name, open := range map[string]func() (AccessKey, error){
		"another id":  func() (AccessKey, error) { return key.Open("RLAOTHER", sealed) },
		"another key": func() (AccessKey, error) { return testKey(t).Open(some.AccessKeyID, sealed) },
		"cut":         func() (AccessKey, error) { return key.Open(some.AccessKeyID, sealed[:5]) },
		"nothing":     func() (AccessKey, error) { return key.Open(some.AccessKeyID, nil) },
	} {
		if got, err := open(); err == nil || strings.Contains(err.Error(), some.SecretAccessKey) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	const starts = 8 // all at once
	keys := make([]*Keyring, starts)
	made := make([]bool, starts)
	var all sync.WaitGroup
	for i := range starts {
		all.Go(func() {
			var err error
			if keys[i], made[i], err = LoadKeyring(path); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	sealed, err := keys[0].Seal(someKey(t))
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for i := range starts {
		if made[i] {
			count++
		}
		if _, err := keys[i].Open(some.AccessKeyID, sealed); err != nil {
			t.Errorf("start %d has another key: %v", i, err)
		}
	}
	if count != 1 {
		t.Errorf("%d starts made the key", count)
	}
	wantOnly(t, filepath.Dir(path), "key")
	wantMode(t, path)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := LoadKeyring(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others may read: %v", err)
	}
}

func TestDamagedKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := LoadKeyring(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
	if _, _, err := LoadKeyring(filepath.Join(t.TempDir(), "absent", "key")); err == nil {
		t.Error("made a key in a folder that is not there")
	}
}

func wantOnly(t *testing.T, folder, name string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 || entries[0].Name() != name {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func wantMode(t *testing.T, path string) {
	t.Helper()
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// amazonForm is what clients expect of an access key id; some check it.
var amazonForm = regexp.MustCompile(`^AK[A-Z0-9]{18}$`)

func TestEnsure(t *testing.T) {
	t.Parallel()
	key := testKey(t)
	path := filepath.Join(t.TempDir(), "credentials")
	first := newMemory()
	if created, err := New(first, key).Ensure(t.Context(), path, "eu-west-1"); err != nil || !created {
		t.Fatalf("created %v, %v", created, err)
	}
	wantOnly(t, filepath.Dir(path), "credentials")
	wantMode(t, path)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	written, err := ParseFile(text, ownProfile)
	if err != nil || !amazonForm.MatchString(written.AccessKeyID) || len(written.SecretAccessKey) != 40 ||
		!strings.HasSuffix(string(text), "\nregion = eu-west-1\n") {
		t.Errorf("wrote %d bytes with the key %q, %v", len(text), written.AccessKeyID, err)
	}
	// Another store, as after the loss of the database: the file still counts.
	second := newMemory()
	c := New(second, key)
	if created, err := c.Ensure(t.Context(), path, "eu-west-1"); err != nil || created {
		t.Fatalf("created %v, %v", created, err)
	}
	if got, who, err := New(second, key).Caller(t.Context(), written.AccessKeyID); err != nil || got != written ||
		who.Name != FirstCaller {
		t.Errorf("stored %v, %v", got, err)
	}
	second.fail = transcode.ErrUnavailable
	if _, err := c.Ensure(t.Context(), path, "eu-west-1"); !errors.Is(err, transcode.ErrUnavailable) {
		t.Errorf("without a store: %v", err)
	}
}

func TestCredentialsFile(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[default]\naws_access_key_id=AAAA\naws_secret_access_key=s=/+\n": "AAAA s=/+ ",
		"# x\n[other]\naws_access_key_id = NOT1\n[ default ]\r\nAWS_ACCESS_KEY_ID = BBBB \r\naws_secret_access_key " +
			"= t\naws_session_token = u": "BBBB t u",
		"[default]\naws_access_key_id = AAAA\n": "",
		"[default]\naws_access_key_id = A/B/C\naws_secret_access_key " +
			"= s\n": "",
		"aws_access_key_id = AAAA\naws_secret_access_key " +
			"= s\n": "",
		"[default]\n#aws_access_key_id = AAAA\naws_secret_access_key = " +
			"s\n=\n": "",
		"": "",
	} {
		c, err := ParseFile([]byte(text), ownProfile)
		got := ""
		if err == nil {
			got = c.AccessKeyID + " " + c.SecretAccessKey + " " + c.SessionToken
		}
		if got != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	store := newMemory()
	key := testKey(t)
	if err := New(store, key).put(t.Context(),
		AccessKey{Credentials: some, Caller: policy.Caller{Name: "x", Policy: policy.Presets()}}); err != nil {
		t.Fatal(err)
	}
	clock := time.Unix(0, 0)
	c := New(store, key)
	c.now = func() time.Time { return clock }
	for range 3 {
		if got, _, err := c.Caller(t.Context(), some.AccessKeyID); err != nil || got != some {
			t.Fatalf("%v, %v", got, err)
		}
	}
	if store.reads != 1 {
		t.Errorf("%d reads for 3 look-ups", store.reads)
	}
	if _, _, err := c.Caller(t.Context(), "RLAABSENT"); !errors.Is(err, transcode.ErrNotFound) {
		t.Errorf("an unknown key: %v", err)
	}
	store.fail = transcode.ErrUnavailable
	clock = clock.Add(cacheTime)
	if _, _, err := c.Caller(t.Context(), some.AccessKeyID); !errors.Is(err, transcode.ErrUnavailable) {
		t.Errorf("after the cache time: %v", err)
	}
}

// TestNamesAreBounded floods what is kept by the names of callers and roles.
func TestNamesAreBounded(t *testing.T) {
	t.Parallel()
	c := New(newMemory(), testKey(t))
	granted := newRoles(func(context.Context, string) (transcode.RoleCredentials, error) {
		return transcode.RoleCredentials{Expires: time.Now().Add(time.Hour)}, nil
	})
	refused := newRoles(func(_ context.Context, role string) (transcode.RoleCredentials, error) {
		return transcode.RoleCredentials{}, transcode.RoleRefused(role, "no")
	})
	for _, f := range []struct {
		name string
		use  func(name string)
		size func() int
		most int
	}{
		{"access keys", func(name string) {
			c.keep(AccessKey{Credentials: sigv4.Credentials{AccessKeyID: name}})
		}, c.cache.Len, cacheSize},
		{"roles", func(name string) {
			if _, err := granted.Credentials(t.Context(), name); err != nil {
				t.Error(err)
			}
		}, granted.kept.Len, mostRoles},
		{"refused roles", func(name string) {
			if _, err := refused.Credentials(t.Context(), name); err == nil {
				t.Error("the role was granted")
			}
		}, refused.kept.Len, mostRoles},
		{"roles whose session has ended", func(name string) { granted.Expired(name, "token") },
			granted.kept.Len, mostRoles},
	} {
		for i := range 100_000 {
			f.use(fmt.Sprint("name-", i))
		}
		if n := f.size(); n > f.most {
			t.Errorf("%s: %d are kept, more than %d", f.name, n, f.most)
		}
	}
}

func TestSecretsStayOutOfLogs(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&b, nil))
	key := testKey(t)
	log.Info("x", "key", key, "credentials", some, "text", fmt.Sprintf("%v %+v %s %s", key, key, some, key))
	if strings.Contains(b.String(), some.SecretAccessKey) || strings.Contains(b.String(), "0x") {
		t.Errorf("logged %s", b.String())
	}
}

// What is sealed for one purpose does not open for another, and says which key sealed it.
func TestPurposesAreApart(t *testing.T) {
	t.Parallel()
	one := keyringOf(t, bytes.Repeat([]byte{1}, KeyBytes))
	two := keyringOf(t, bytes.Repeat([]byte{2}, KeyBytes))
	sealed, err := one.Seal(AccessKey{Credentials: some})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := one.OpenSecret(some.AccessKeyID, sealed); err == nil || !strings.Contains(err.Error(), "altered") {
		t.Errorf("a credential opens as a secret: %v", err)
	}
	if _, err := two.Open(some.AccessKeyID, sealed); err == nil ||
		!strings.Contains(err.Error(), "sealed with another installation key (") {
		t.Errorf("with another installation key: %v", err)
	}
	if _, err := one.OpenSecret("x", one.SealSecret("x", []byte("s"))); err != nil {
		t.Error(err)
	}
}
