package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/transcode"
)

const testRole = "arn:aws:iam::000000000000:role/films"

// verified checks the signature of a request for a service, and returns its body.
func verified(
	t *testing.T, w http.ResponseWriter, r *http.Request, known sigv4.Credentials, service string,
) ([]byte, bool) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	who, err := sigv4.Verify(r, body,
		func(id string) (sigv4.Credentials, bool) { return known, id == known.AccessKeyID }, time.Now())
	if err != nil || who.Service != service || who.Region != "eu-west-1" {
		t.Errorf("signed for %s in %s: %v", who.Service, who.Region, err)
		w.WriteHeader(http.StatusForbidden)
		return nil, false
	}
	return body, true
}

// stsServer grants one role. Its calls are signed with the process's credentials.
type stsServer struct {
	*httptest.Server
	calls atomic.Int32
	fault atomic.Int32 // the status to answer, 0 for none
	valid time.Duration
}

func startSTS(t *testing.T, valid time.Duration) *stsServer {
	t.Setenv("AWS_ACCESS_KEY_ID", some.AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", some.SecretAccessKey)
	t.Setenv("AWS_SESSION_TOKEN", some.SessionToken)
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	for _, name := range []string{"AWS_PROFILE", "AWS_ENDPOINT_URL"} {
		t.Setenv(name, "")
	}
	s := &stsServer{valid: valid}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := s.calls.Add(1)
		body, ok := verified(t, w, r, some, "sts")
		if !ok {
			return
		}
		form, err := url.ParseQuery(string(body))
		if err != nil || form.Get("Action") != "AssumeRole" || form.Get("RoleSessionName") != sessionName ||
			form.Get("DurationSeconds") != "3600" || form.Has("ExternalId") {
			t.Errorf("asked %s, %v", body, err)
		}
		if fault := int(s.fault.Load()); fault != 0 {
			w.WriteHeader(fault)
			return
		}
		if form.Get("RoleArn") != testRole {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not `+
				`authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>`)
			return
		}
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
			<Credentials>
			<AccessKeyId>ASIA%d</AccessKeyId><SecretAccessKey>role secret</SecretAccessKey>
			<SessionToken>token %d</SessionToken>
			<Expiration>%s</Expiration></Credentials></AssumeRoleResult>
			</AssumeRoleResponse>`, n, n, time.Now().Add(s.valid).UTC().Format(time.RFC3339))
	}))
	t.Cleanup(s.Close)
	return s
}

// roles are those that it grants.
func (s *stsServer) roles(t *testing.T) *Roles {
	t.Helper()
	roles, err := STSRoles(t.Context(), AWS{Endpoint: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	return roles
}

func TestSTSRoles(t *testing.T) {
	s := startSTS(t, time.Hour)
	roles := s.roles(t)
	clock := time.Now()
	roles.now = func() time.Time { return clock }
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			c, err := roles.Credentials(t.Context(), testRole)
			if err != nil || c.AccessKeyID != "ASIA1" || c.SecretAccessKey != "role secret" ||
				c.SessionToken != "token 1" || c.Expires.IsZero() {
				t.Errorf("%v, %v", c.AccessKeyID, err)
			}
		})
	}
	all.Wait()
	want := func(id string, calls int32) {
		t.Helper()
		c, err := roles.Credentials(t.Context(), testRole)
		if err != nil || c.AccessKeyID != id || s.calls.Load() != calls {
			t.Errorf("%s after %d calls, %v; want %s after %d", c.AccessKeyID, s.calls.Load(), err, id, calls)
		}
	}
	want("ASIA1", 1)
	clock = clock.Add(time.Hour - renewBefore - 2*time.Second)
	want("ASIA1", 1)
	clock = clock.Add(3 * time.Second) // five minutes before the end
	s.fault.Store(http.StatusServiceUnavailable)
	want("ASIA1", 2) // they still work
	clock = clock.Add(renewBefore)
	if _, err := roles.Credentials(t.Context(), testRole); err == nil || transcode.AsFailure(err) != nil {
		t.Errorf("with neither STS nor valid credentials: %v", err)
	}
	s.fault.Store(0)
	s.valid = 3 * time.Hour
	want("ASIA4", 4)

	_, err := roles.Credentials(t.Context(), testRole+"/other")
	if f := transcode.AsFailure(err); f == nil || f.Code != transcode.CodeRoleRefused ||
		!strings.Contains(f.Error(), "AccessDenied: not authorized to perform: sts:AssumeRole") {
		t.Errorf("a role that is not granted: %v", err)
	}
}

// TestShortSessions renews credentials of a few seconds at half of their time, not always.
func TestShortSessions(t *testing.T) {
	s := startSTS(t, 10*time.Second)
	roles := s.roles(t)
	began := time.Now()
	for i, c := range []struct {
		at    time.Duration
		calls int32
	}{{0, 1}, {3 * time.Second, 1}, {7 * time.Second, 2}} {
		roles.now = func() time.Time { return began.Add(c.at) }
		if _, err := roles.Credentials(t.Context(), testRole); err != nil || s.calls.Load() != c.calls {
			t.Errorf("%d: %d calls, %v", i, s.calls.Load(), err)
		}
	}
}

// TestSessionEndsEarly asks for another session when a service does not take one, but
// not as often as it is told so.
func TestSessionEndsEarly(t *testing.T) {
	s := startSTS(t, time.Hour)
	roles := s.roles(t)
	clock := time.Now()
	roles.now = func() time.Time { return clock }
	for i, c := range []struct {
		after time.Duration // the one before
		token string
		other bool
		calls int32
	}{
		{0, "", true, 1}, // before the first
		{0, "token 1", false, 1},
		{2 * time.Second, "token of somebody", true, 1},
		{0, "token 1", true, 2},
		{0, "token 1", true, 2},
		{0, "token 2", false, 2},
		{2 * time.Second, "token 2", true, 3},
	} {
		clock = clock.Add(c.after)
		if other := roles.Expired(testRole, c.token); other != c.other {
			t.Errorf("%d: other credentials: %t", i, other)
		}
		if _, err := roles.Credentials(t.Context(), testRole); err != nil || s.calls.Load() != c.calls {
			t.Errorf("%d: %d calls, %v; want %d", i, s.calls.Load(), err, c.calls)
		}
	}
}

func TestFileRoles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roles")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	profile := func(name, id string) string {
		return "[" + name + "]\naws_access_key_id = " + id + "\naws_secret_access_key = s\n"
	}
	for text, want := range map[string]string{
		"":                       "must have a profile",
		profile("films", "AAAA"): `"films" is not valid: it must be default or the ARN`,
		profile(testRole, "AAAA") + profile(testRole, "BBBB"): "only once",
		"[" + testRole + "]\naws_access_key_id = AAAA\n":      "no usable",
		profile("arn:aws:iam::1:role/x", "AAAA"):              "must be default",
	} {
		write(text)
		if _, err := FileRoles(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
	write(profile(testRole, "AAAA"))
	roles, err := FileRoles(path)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := roles.Credentials(t.Context(), testRole); err != nil || c.AccessKeyID != "AAAA" ||
		c.SecretAccessKey != "s" {
		t.Errorf("%v, %v", c.AccessKeyID, err)
	}
	_, err = roles.Credentials(t.Context(), testRole+"2")
	if f := transcode.AsFailure(err); f == nil || f.Code != transcode.CodeRoleRefused {
		t.Errorf("a role that the file does not name: %v", err)
	}
	write(profile(testRole, "BBBB") + profile("default", "CCCC")) // replaced while it is used
	for role, id := range map[string]string{testRole: "BBBB", testRole + "2": "CCCC"} {
		if c, err := roles.Credentials(t.Context(), role); err != nil || c.AccessKeyID != id {
			t.Errorf("%s: %v, %v", role, c.AccessKeyID, err)
		}
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := FileRoles(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a file that others may read: %v", err)
	}
}

// kmsServer answers what is signed with the role's credentials, out of keys of its own.
func kmsServer(t *testing.T, known sigv4.Credentials, keys *DataKeys, fault *atomic.Int32) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := verified(t, w, r, known, "kms")
		if !ok {
			return
		}
		if status := int(fault.Load()); status != 0 {
			w.WriteHeader(status)
			fmt.Fprint(w, `{"__type":"AccessDeniedException","message":"The role may not."}`)
			return
		}
		var in struct {
			KeyId             string
			CiphertextBlob    []byte
			NumberOfBytes     int
			EncryptionContext map[string]string
		}
		if err := json.Unmarshal(body, &in); err != nil {
			t.Error(err)
		}
		out := map[string]any{"KeyId": in.KeyId}
		var err error
		switch r.Header.Get("X-Amz-Target") {
		case "TrentService.GenerateDataKey":
			plain := make([]byte, in.NumberOfBytes)
			out["Plaintext"] = plain
			out["CiphertextBlob"], err = keys.Encrypt(in.KeyId, plain, in.EncryptionContext)
		case "TrentService.Decrypt":
			out["Plaintext"], err = keys.Decrypt(in.CiphertextBlob, in.EncryptionContext)
		}
		if refused, ok := errors.AsType[*transcode.KeyError](err); ok {
			w.WriteHeader(http.StatusBadRequest)
			out = map[string]any{"__type": refused.Problem, "message": refused.Why + "."}
		}
		if err := json.NewEncoder(w).Encode(out); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestKMS(t *testing.T) {
	t.Parallel()
	session := sigv4.Credentials{AccessKeyID: "ASIAROLE", SecretAccessKey: "role secret", SessionToken: "role token"}
	roles := newRoles(func(_ context.Context, role string) (transcode.RoleCredentials, error) {
		if role != testRole {
			return transcode.RoleCredentials{}, transcode.RoleRefused(role, "No.")
		}
		return transcode.RoleCredentials{AccessKeyID: session.AccessKeyID, SecretAccessKey: session.SecretAccessKey,
			SessionToken: session.SessionToken}, nil
	})
	own := NewDataKeys(testKey(t), "eu-west-1", "000000000000")
	var fault atomic.Int32
	s := kmsServer(t, session, own, &fault)
	kms := NewKMS(AWS{Endpoint: s.URL, Region: "us-east-1"}, roles)
	const arn = "arn:aws:kms:eu-west-1:000000000000:key/films"
	plain, sealed, err := kms.As(testRole).GenerateKey(t.Context(), arn, 128)
	if err != nil || len(plain) != 16 {
		t.Fatalf("%d bytes, %v", len(plain), err)
	}
	if got, err := kms.As(testRole).DecryptKey(t.Context(), arn, sealed); err != nil || len(got) != 16 {
		t.Errorf("opened %d bytes, %v", len(got), err)
	}
	if got, err := own.Decrypt(sealed, FileContext()); err != nil || len(got) != 16 {
		t.Errorf("the context is another: %v", err)
	}
	refusal := func(err error, problem transcode.KeyProblem) {
		t.Helper()
		if e, ok := errors.AsType[*transcode.KeyError](err); !ok || e.Problem != problem ||
			strings.HasSuffix(e.Why, ".") {
			t.Errorf("%v; want %s", err, problem)
		}
	}
	_, err = kms.As(testRole).DecryptKey(t.Context(), arn, []byte("no ciphertext"))
	refusal(err, transcode.InvalidCiphertext)
	_, _, err = kms.As(testRole).GenerateKey(t.Context(), "", 128)
	refusal(err, transcode.NoKey)
	fault.Store(http.StatusBadRequest)
	_, err = kms.As(testRole).DecryptKey(t.Context(), arn, sealed)
	refusal(err, "AccessDeniedException")
	_, err = kms.As(testRole+"2").DecryptKey(t.Context(), arn, sealed)
	if f := transcode.AsFailure(err); f == nil || f.Code != transcode.CodeRoleRefused {
		t.Errorf("a role that can't be assumed: %v", err)
	}
	s.Close()
	_, err = kms.As(testRole).DecryptKey(t.Context(), arn, sealed)
	if _, ok := errors.AsType[*transcode.KeyError](err); err == nil || ok {
		t.Errorf("without a service: %v", err)
	}
}

// TestAmbientSessionEnds reads the environment again, once for each session.
func TestAmbientSessionEnds(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", some.AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", some.SecretAccessKey)
	t.Setenv("AWS_SESSION_TOKEN", "of the process")
	roles := new(Ambient)
	if roles.Expired(testRole, "of the process") {
		t.Error("a session has ended that nobody had")
	}
	c, err := roles.Credentials(t.Context(), testRole)
	if err != nil || c.SessionToken != "of the process" {
		t.Fatalf("%v, %v", c.SessionToken, err)
	}
	for i, want := range []bool{true, false} {
		if got := roles.Expired(testRole, c.SessionToken); got != want {
			t.Errorf("%d: other credentials: %t", i, got)
		}
	}
}

// TestKeySessionEnds asks once more when the key service does not take a session.
func TestKeySessionEnds(t *testing.T) {
	t.Parallel()
	granted, clock := 0, time.Now()
	roles := newRoles(func(context.Context, string) (transcode.RoleCredentials, error) {
		granted++
		return transcode.RoleCredentials{AccessKeyID: "ASIAROLE", SecretAccessKey: "s",
			SessionToken: fmt.Sprint(granted), Expires: clock.Add(time.Hour)}, nil
	})
	roles.now = func() time.Time { clock = clock.Add(2 * time.Second); return clock }
	live := "2"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Security-Token") != live {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"__type":"ExpiredTokenException","message":"The security token included in the request `+
				`is expired."}`)
			return
		}
		fmt.Fprint(w, `{"Plaintext":"AAAA"}`)
	}))
	defer s.Close()
	keys := NewKMS(AWS{Endpoint: s.URL, Region: "us-east-1"}, roles).As(testRole)
	if got, err := keys.DecryptKey(t.Context(), "", []byte("sealed")); err != nil || len(got) != 3 || granted != 2 {
		t.Errorf("%x after %d sessions, %v", got, granted, err)
	}
	live = "none"
	if _, err := keys.DecryptKey(t.Context(), "", []byte("sealed")); err == nil || granted != 3 {
		t.Errorf("%d sessions, %v", granted, err)
	}
}
