package identity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/transcode"
)

// testCallers are callers with a clock that the test moves.
func testCallers(t *testing.T) (*Credentials, *memory, *time.Time) {
	store, clock := newMemory(), time.UnixMilli(1000)
	c := New(store, testKey(t))
	c.now = func() time.Time { return clock }
	return c, store, &clock
}

// wantCode checks what the client reads.
func wantCode(t *testing.T, err error, code api.ErrorCode, text string) {
	t.Helper()
	if e, ok := errors.AsType[*transcode.Error](err); !ok || e.Code != code || !strings.Contains(e.Message, text) {
		t.Errorf("%v; want %s with %q", err, code, text)
	}
}

// valid reports whether an access key is known, and whose it is.
func valid(t *testing.T, c *Credentials, id string) (name string) {
	t.Helper()
	_, caller, err := c.Caller(t.Context(), id)
	switch {
	case errors.Is(err, transcode.ErrNotFound), errors.Is(err, transcode.ErrExpired):
		return ""
	case err != nil:
		t.Fatal(err)
	}
	return caller.Name
}

func TestCallerLifecycle(t *testing.T) {
	t.Parallel()
	c, store, clock := testCallers(t)
	web := policy.Caller{Name: "web", Policy: testPolicy(t)}
	first, err := c.CreateCaller(t.Context(), web, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for id, row := range store.rows {
		if bytes.Contains(row.Sealed, []byte(first.SecretAccessKey)) || id != first.AccessKeyID || row.Caller != "web" {
			t.Errorf("stored %s of %s", id, row.Caller)
		}
	}
	got, caller, err := c.Caller(t.Context(), first.AccessKeyID)
	if err != nil || got != first || caller.Name != "web" || caller.Policy.String() != readOnly {
		t.Errorf("%v %v, %v", got, caller, err)
	}
	_, err = c.CreateCaller(t.Context(), web, time.Time{})
	wantCode(t, err, api.ResourceInUseException, `"web" exists`)

	second, _, old, err := c.RotateKey(t.Context(), "web", time.Hour, time.Time{})
	if err != nil || old.AccessKeyID != first.AccessKeyID || !old.Until.Equal(clock.Add(time.Hour)) {
		t.Fatalf("%v, %v", old, err)
	}
	for _, made := range []sigv4.Credentials{first, second} {
		if !amazonForm.MatchString(made.AccessKeyID) {
			t.Errorf("made the access key id %q, not one like %s", made.AccessKeyID, amazonForm)
		}
	}
	*clock = clock.Add(time.Hour - time.Millisecond)
	if a, b := valid(t, c, first.AccessKeyID), valid(t, c, second.AccessKeyID); a != "web" || b != "web" {
		t.Errorf("within the grace: %q, %q", a, b)
	}
	*clock = clock.Add(time.Millisecond) // within the time that look-ups are kept
	if a, b := valid(t, c, first.AccessKeyID), valid(t, c, second.AccessKeyID); a != "" || b != "web" {
		t.Errorf("after the grace: %q, %q", a, b)
	}
	keys, err := c.ListKeys(t.Context())
	if err != nil || len(keys) != 1 || keys[0].AccessKeyID != second.AccessKeyID {
		t.Errorf("listed %v, %v", keys, err)
	}
	if _, _, err := c.Caller(t.Context(), first.AccessKeyID); !errors.Is(err, transcode.ErrExpired) {
		t.Errorf("an ended key: %v", err)
	}
	*clock = clock.Add(rememberEnded)
	if _, err := c.ListKeys(t.Context()); err != nil || len(store.rows[first.AccessKeyID].Sealed) != 0 {
		t.Errorf("long after its end the old key is sealed: %v", err)
	}

	third, _, _, err := c.RotateKey(t.Context(), second.AccessKeyID, 0, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := valid(t, c, second.AccessKeyID), valid(t, c, third.AccessKeyID); a != "" || b != "web" {
		t.Errorf("rotated at once: %q, %q", a, b)
	}
	if ended, err := c.RevokeKeys(t.Context(), "web"); err != nil || len(ended) != 1 ||
		valid(t, c, third.AccessKeyID) != "" {
		t.Errorf("revoked %v, %v", ended, err)
	}
	if _, err := c.CreateCaller(t.Context(), web, time.Time{}); err != nil {
		t.Errorf("the name is not free: %v", err)
	}
}

// TestAccessKeysEnd gives callers an end, and moves the clock beyond it. A key that takes the
// place of another ends with it, unless it is given an end of its own.
func TestAccessKeysEnd(t *testing.T) {
	t.Parallel()
	c, _, clock := testCallers(t)
	end := clock.Add(time.Hour)
	web := policy.Caller{Name: "web", Policy: testPolicy(t)}
	first, err := c.CreateCaller(t.Context(), web, end)
	if err != nil {
		t.Fatal(err)
	}
	second, fresh, old, err := c.RotateKey(t.Context(), "web", 2*time.Hour, time.Time{})
	if err != nil || !fresh.Until.Equal(end) || !old.Until.Equal(end) {
		t.Fatalf("%v instead of %v, %v", fresh, old, err)
	}
	third, fresh, _, err := c.RotateKey(t.Context(), second.AccessKeyID, time.Minute, end.Add(time.Hour))
	if err != nil || !fresh.Until.Equal(end.Add(time.Hour)) {
		t.Fatalf("%v, %v", fresh, err)
	}
	for _, step := range []struct {
		at   time.Time
		want string // of the three keys, those that are valid
	}{
		{end.Add(-time.Hour), "123"}, {end.Add(-time.Millisecond), "13"}, {end, "3"},
		{end.Add(time.Hour - time.Millisecond), "3"}, {end.Add(time.Hour), ""},
	} {
		*clock = step.at
		got := ""
		for i, k := range []sigv4.Credentials{first, second, third} {
			if valid(t, c, k.AccessKeyID) != "" {
				got += fmt.Sprint(i + 1)
			}
		}
		if got != step.want {
			t.Errorf("at %s %q are valid, want %q", step.at, got, step.want)
		}
	}
	if _, err := c.CreateCaller(t.Context(), web, time.Time{}); err != nil {
		t.Errorf("the name is not free: %v", err)
	}
}

func TestCallerRefusals(t *testing.T) {
	t.Parallel()
	c, _, _ := testCallers(t)
	for _, name := range []string{"", "a b", "a/b", "é", strings.Repeat("x", 65)} {
		_, err := c.CreateCaller(t.Context(), policy.Caller{Name: name}, time.Time{})
		wantCode(t, err, api.ValidationException, "Name")
	}
	_, _, _, err := c.RotateKey(t.Context(), "nobody", 0, time.Time{})
	wantCode(t, err, api.ResourceNotFoundException, `"nobody"`)
	_, err = c.RevokeKeys(t.Context(), "nobody")
	wantCode(t, err, api.ResourceNotFoundException, `"nobody"`)
	for _, id := range []string{"RLAONE", "RLATWO"} { // as of two servers with files of their own
		k := AccessKey{Caller: policy.Caller{Name: FirstCaller, Policy: policy.All()}}
		k.AccessKeyID = id
		if err := c.put(t.Context(), k); err != nil {
			t.Fatal(err)
		}
	}
	_, _, _, err = c.RotateKey(t.Context(), FirstCaller, 0, time.Time{})
	wantCode(t, err, api.ValidationException, "one of RLAONE, RLATWO")
}

// TestRevokedFileStaysRevoked starts again with the file of a revoked access key.
func TestRevokedFileStaysRevoked(t *testing.T) {
	t.Parallel()
	c, _, _ := testCallers(t)
	path := filepath.Join(t.TempDir(), "credentials")
	if _, err := c.Ensure(t.Context(), path, "us-east-1"); err != nil {
		t.Fatal(err)
	}
	fresh, _, old, err := c.RotateKey(t.Context(), FirstCaller, 0, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Ensure(t.Context(), path, "us-east-1"); !errors.Is(err, transcode.ErrRevoked) ||
		valid(t, c, old.AccessKeyID) != "" {
		t.Errorf("after the rotation: %v", err)
	}
	if err := WritePrivate(path, CredentialsFile(fresh, "us-east-1"), true); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Ensure(t.Context(), path, "us-east-1"); err != nil || valid(t, c, fresh.AccessKeyID) != FirstCaller {
		t.Errorf("with the new file: %v", err)
	}
	wantMode(t, path)
	wantOnly(t, filepath.Dir(path), "credentials")
}

// TestOlderCredentials opens what a release without callers has sealed.
func TestOlderCredentials(t *testing.T) {
	t.Parallel()
	c, store, _ := testCallers(t)
	path := filepath.Join(t.TempDir(), "credentials")
	for _, of := range []string{"RLAFILE", "RLAOTHER"} {
		plain, err := json.Marshal(map[string]string{"secret": "s of " + of})
		if err != nil {
			t.Fatal(err)
		}
		store.rows[of] = transcode.SealedCredential{AccessKeyID: of,
			Sealed: c.keys.sealing().credentials.seal(of, plain)}
	}
	if err := os.WriteFile(path, []byte("[default]\naws_access_key_id=RLAFILE\naws_secret_access_key=s of RLAFILE\n"),
		0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Ensure(t.Context(), path, "us-east-1"); err != nil {
		t.Fatal(err)
	}
	for id, name := range map[string]string{"RLAFILE": FirstCaller, "RLAOTHER": "RLAOTHER"} {
		got, caller, err := c.Caller(t.Context(), id)
		if err != nil || got.SecretAccessKey != "s of "+id || caller.Name != name ||
			caller.Policy.Decide("reelastic:CreateCredential", "*") != policy.Allowed {
			t.Errorf("%s is %v of %v, %v", id, got, caller.Name, err)
		}
	}
	if _, _, _, err := c.RotateKey(t.Context(), "RLAOTHER", 0, time.Time{}); err != nil {
		t.Error(err)
	}
}
