package awsconfig_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/client/awsconfig"
)

// issuer hands out numbered credentials.
type issuer struct {
	t     *testing.T
	lives time.Duration
	// refuses makes it answer 403.
	refuses atomic.Bool
	issued  atomic.Int64
}

// document is the form in which containers and instances get credentials.
func (i *issuer) document() []byte {
	c := i.next()
	text, err := json.Marshal(map[string]string{"Code": "Success", "AccessKeyId": c.AccessKeyID,
		"SecretAccessKey": c.SecretAccessKey,
		"Token":           c.SessionToken, "Expiration": c.Expires.Format(time.RFC3339)})
	if err != nil {
		i.t.Error(err)
	}
	return text
}

func (i *issuer) next() client.Credentials { return i.numbered(i.issued.Add(1)) }

// numbered are the credentials that were issued so many first; they expire at a
// whole second.
func (i *issuer) numbered(n int64) client.Credentials {
	return client.Credentials{AccessKeyID: fmt.Sprintf("AKIDROLE%d", n), SecretAccessKey: "role secret",
		SessionToken: "role token",
		Expires:      started.Add(i.lives)}
}

var started = time.Now().Truncate(time.Second)

// container serves credentials to one who shows the token.
func container(t *testing.T, lives time.Duration) *issuer {
	t.Helper()
	i := &issuer{t: t, lives: lives}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer pod" || i.refuses.Load() {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = w.Write(i.document())
	}))
	t.Cleanup(server.Close)
	environment(t, map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": server.URL + "/role",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": file(t, "Bearer pod"), "AWS_REGION": "eu-west-1"})
	return i
}

// load loads with the region that all of these tests set.
func load(t *testing.T, options ...func(*config.LoadOptions) error) client.CredentialsProvider {
	t.Helper()
	p, region, err := awsconfig.Load(t.Context(), options...)
	if err != nil || region != "eu-west-1" {
		t.Fatalf("region %q, error %v", region, err)
	}
	return p
}

func TestContainer(t *testing.T) {
	i := container(t, time.Hour)
	p := load(t)
	wantKeys(t, p, i.numbered(1))
	wantKeys(t, p, i.numbered(1)) // kept
}

// TestRenewal gets new credentials as soon as the old ones expire within five
// minutes, and the old ones on while the new ones can't be had.
func TestRenewal(t *testing.T) {
	i := container(t, 4*time.Minute)
	p := load(t)
	wantKeys(t, p, i.numbered(1))
	wantKeys(t, p, i.numbered(2))
	i.refuses.Store(true)
	wantKeys(t, p, i.numbered(2))
	i.refuses.Store(false)
	wantKeys(t, p, i.numbered(3))
}

func TestRenewalTooLate(t *testing.T) {
	i := container(t, -time.Minute)
	p := load(t)
	wantKeys(t, p, i.numbered(1))
	i.refuses.Store(true)
	if c, err := p.Credentials(t.Context()); err == nil {
		t.Errorf("got %s, which has expired", c)
	}
}

// TestCallersWindow leaves it to the caller when to renew.
func TestCallersWindow(t *testing.T) {
	i := container(t, 4*time.Minute)
	p := load(t, config.WithCredentialsCacheOptions(func(o *aws.CredentialsCacheOptions) {
		o.ExpiryWindow = time.Minute
	}))
	expected := i.numbered(1)
	expected.Expires = expected.Expires.Add(-time.Minute) // as the caller's cache says
	wantKeys(t, p, expected)
	wantKeys(t, p, expected)
}

// TestConcurrentFetch fetches once for all who ask at the same time.
func TestConcurrentFetch(t *testing.T) {
	i := container(t, time.Hour)
	p := load(t)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { wantKeys(t, p, i.numbered(1)) })
	}
	all.Wait()
}

// TestCanceledFetch ends the call with its context.
func TestCanceledFetch(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(asked)
		<-release
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	environment(t, map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": server.URL, "AWS_REGION": "eu-west-1"})
	p := load(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	if _, err := p.Credentials(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

// TestInstance finds credentials and region as a program on an EC2 instance does.
func TestInstance(t *testing.T) {
	i := &issuer{t: t, lives: 30 * time.Minute}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /latest/api/token", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "21600")
		_, _ = io.WriteString(w, "session")
	})
	with := func(answer func() []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Aws-Ec2-Metadata-Token") != "session" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			_, _ = w.Write(answer())
		}
	}
	mux.Handle("GET /latest/meta-data/iam/security-credentials/", with(func() []byte { return []byte("transcoder") }))
	mux.Handle("GET /latest/meta-data/iam/security-credentials/transcoder", with(i.document))
	mux.Handle("GET /latest/dynamic/instance-identity/document",
		with(func() []byte { return []byte(`{"region": "eu-west-1"}`) }))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	environment(t, map[string]string{"AWS_EC2_METADATA_DISABLED": "false",
		"AWS_EC2_METADATA_SERVICE_ENDPOINT": server.URL})
	p := load(t, config.WithEC2IMDSRegion())
	wantKeys(t, p, i.numbered(1))
	wantKeys(t, p, i.numbered(1))
}

// sts serves the actions of the token service, which check decides on.
func sts(t *testing.T, check func(r *http.Request) bool) (*issuer, string) {
	t.Helper()
	i := &issuer{t: t, lives: time.Hour}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || !check(r) {
			t.Errorf("STS was asked %v with %q, parsed with error %v", r.Form, r.Header, err)
			w.WriteHeader(http.StatusForbidden)
			return
		}
		c, action := i.next(), r.FormValue("Action")
		fmt.Fprintf(w, `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult><Credentials>
			<AccessKeyId>%[2]s</AccessKeyId><SecretAccessKey>%[3]s</SecretAccessKey>
			<SessionToken>%[4]s</SessionToken><Expiration>%[5]s</Expiration>
			</Credentials><AssumedRoleUser><Arn>arn:aws:sts::000000000000:assumed-role/transcoder/s</Arn>
			<AssumedRoleId>AROA:s</AssumedRoleId></AssumedRoleUser>
			</%[1]sResult>
			</%[1]sResponse>`,
			action, c.AccessKeyID, c.SecretAccessKey, c.SessionToken, c.Expires.UTC().Format(time.RFC3339))
	}))
	t.Cleanup(server.Close)
	return i, server.URL
}

const roleARN = "arn:aws:iam::000000000000:role/transcoder"

func TestWebIdentity(t *testing.T) {
	i, url := sts(t, func(r *http.Request) bool {
		return r.FormValue("Action") == "AssumeRoleWithWebIdentity" && r.FormValue("WebIdentityToken") == "a.b.c" &&
			r.FormValue("RoleArn") == roleARN && r.FormValue("RoleSessionName") == "pod" &&
			r.Header.Get("Authorization") == ""
	})
	environment(t, map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": file(t, "a.b.c"), "AWS_ROLE_ARN": roleARN,
		"AWS_ROLE_SESSION_NAME": "pod", "AWS_ENDPOINT_URL_STS": url, "AWS_REGION": "eu-west-1",
		"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}) // the server for all else, which hands out no credentials
	p := load(t)
	wantKeys(t, p, i.numbered(1))
	wantKeys(t, p, i.numbered(1))
}

// TestAssumedRole takes the role that a profile names with the keys of another.
func TestAssumedRole(t *testing.T) {
	i, url := sts(t, func(r *http.Request) bool {
		return r.FormValue("Action") == "AssumeRole" && r.FormValue("RoleArn") == roleARN &&
			r.FormValue("ExternalId") == "partner" &&
			r.Header.Get("Authorization") != ""
	})
	environment(t, map[string]string{"AWS_ENDPOINT_URL_STS": url, "AWS_PROFILE": "role",
		"AWS_SHARED_CREDENTIALS_FILE": file(t, credentialsFile),
		"AWS_CONFIG_FILE": file(t, "[profile role]\nrole_arn = "+roleARN+"\nsource_profile = work\nexternal_id = "+
			"partner\nregion = eu-west-1\n"+
			"[profile work]\nregion = us-east-1\n")})
	wantKeys(t, load(t), i.numbered(1))
}

// TestMissingTokenFile finds the file's name in the error.
func TestMissingTokenFile(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	environment(t, map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": roleARN,
		"AWS_REGION": "eu-west-1"})
	if _, err := load(t).Credentials(t.Context()); err == nil || !strings.Contains(err.Error(), token) {
		t.Errorf("error %v, want one that names %s", err, token)
	}
}
