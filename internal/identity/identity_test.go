package identity

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/transcode"
)

// memory is a store that counts its reads.
type memory struct {
	mu    sync.Mutex
	rows  map[string][]byte
	reads int
	fail  error
}

func (m *memory) PutCredential(_ context.Context, id string, sealed []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail == nil {
		m.rows[id] = sealed
	}
	return m.fail
}

func (m *memory) Credential(_ context.Context, id string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	if m.fail != nil {
		return nil, m.fail
	}
	sealed, ok := m.rows[id]
	if !ok {
		return nil, fmt.Errorf("credential %s: %w", id, transcode.ErrNotFound)
	}
	return sealed, nil
}

func testKey(t *testing.T) Key {
	t.Helper()
	secret := make([]byte, KeyBytes)
	rand.Read(secret)
	key, err := NewKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

var some = sigv4.Credentials{AccessKeyID: "RLAEXAMPLE", SecretAccessKey: "a secret", SessionToken: "a token"}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	key := testKey(t)
	sealed, err := key.Seal(some)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte(some.SecretAccessKey)) || bytes.Contains(sealed, []byte(some.SessionToken)) {
		t.Error("a secret stands in the sealed text")
	}
	again, err := key.Seal(some)
	if err != nil || bytes.Equal(sealed, again) {
		t.Errorf("sealed twice the same, %v", err)
	}
	if got, err := key.Open(some.AccessKeyID, sealed); err != nil || got != some {
		t.Errorf("opened %v, %v", got, err)
	}
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 1
		if _, err := key.Open(some.AccessKeyID, altered); err == nil {
			t.Errorf("opened with byte %d altered", i)
		}
	}
	for name, open := range map[string]func() (sigv4.Credentials, error){
		"another id":  func() (sigv4.Credentials, error) { return key.Open("RLAOTHER", sealed) },
		"another key": func() (sigv4.Credentials, error) { return testKey(t).Open(some.AccessKeyID, sealed) },
		"cut":         func() (sigv4.Credentials, error) { return key.Open(some.AccessKeyID, sealed[:5]) },
		"nothing":     func() (sigv4.Credentials, error) { return key.Open(some.AccessKeyID, nil) },
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
	keys := make([]Key, starts)
	made := make([]bool, starts)
	var all sync.WaitGroup
	for i := range starts {
		all.Go(func() {
			var err error
			if keys[i], made[i], err = LoadKey(path); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	sealed, err := keys[0].Seal(some)
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
	if _, _, err := LoadKey(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others may read: %v", err)
	}
}

func TestDamagedKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := LoadKey(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
	if _, _, err := LoadKey(filepath.Join(t.TempDir(), "absent", "key")); err == nil {
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

func TestEnsure(t *testing.T) {
	t.Parallel()
	key := testKey(t)
	path := filepath.Join(t.TempDir(), "credentials")
	first := &memory{rows: map[string][]byte{}}
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
	if err != nil || len(written.AccessKeyID) != 20 || len(written.SecretAccessKey) != 40 || !strings.HasSuffix(string(text), "\nregion = eu-west-1\n") {
		t.Errorf("wrote %d bytes with the key %q, %v", len(text), written.AccessKeyID, err)
	}
	// Another store, as after the loss of the database: the file still counts.
	second := &memory{rows: map[string][]byte{}}
	c := New(second, key)
	if created, err := c.Ensure(t.Context(), path, "eu-west-1"); err != nil || created {
		t.Fatalf("created %v, %v", created, err)
	}
	if got, err := New(second, key).Credentials(t.Context(), written.AccessKeyID); err != nil || got != written {
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
		"[default]\naws_access_key_id=AAAA\naws_secret_access_key=s=/+\n":                                                                      "AAAA s=/+ ",
		"# x\n[other]\naws_access_key_id = NOT1\n[ default ]\r\nAWS_ACCESS_KEY_ID = BBBB \r\naws_secret_access_key = t\naws_session_token = u": "BBBB t u",
		"[default]\naws_access_key_id = AAAA\n":                                                                                                "",
		"[default]\naws_access_key_id = A/B/C\naws_secret_access_key = s\n":                                                                    "",
		"aws_access_key_id = AAAA\naws_secret_access_key = s\n":                                                                                "",
		"[default]\n#aws_access_key_id = AAAA\naws_secret_access_key = s\n=\n":                                                                 "",
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
	store := &memory{rows: map[string][]byte{}}
	key := testKey(t)
	if err := New(store, key).Put(t.Context(), some); err != nil {
		t.Fatal(err)
	}
	clock := time.Unix(0, 0)
	c := New(store, key)
	c.now = func() time.Time { return clock }
	for range 3 {
		if got, err := c.Credentials(t.Context(), some.AccessKeyID); err != nil || got != some {
			t.Fatalf("%v, %v", got, err)
		}
	}
	if store.reads != 1 {
		t.Errorf("%d reads for 3 look-ups", store.reads)
	}
	if _, err := c.Credentials(t.Context(), "RLAABSENT"); !errors.Is(err, transcode.ErrNotFound) {
		t.Errorf("an unknown key: %v", err)
	}
	store.fail = transcode.ErrUnavailable
	clock = clock.Add(cacheTime)
	if _, err := c.Credentials(t.Context(), some.AccessKeyID); !errors.Is(err, transcode.ErrUnavailable) {
		t.Errorf("after the cache time: %v", err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := New(&memory{rows: map[string][]byte{}}, testKey(t))
	for i := range 3 * cacheSize {
		c.keep(sigv4.Credentials{AccessKeyID: fmt.Sprint(i)})
	}
	if len(c.cache) > cacheSize {
		t.Errorf("%d kept", len(c.cache))
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
