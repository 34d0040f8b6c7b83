package access

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/identity"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/test/reelastictest"
)

const (
	grantedRole = "arn:aws:iam::000000000000:role/films"
	otherRole   = "arn:aws:iam::000000000000:role/other"
)

// processKey signs what the server asks of STS.
var processKey = sigv4.Credentials{AccessKeyID: "RLAPROCESS", SecretAccessKey: "the process's own"}

// session is what a role is granted.
type session struct {
	who
	token string
}

// startSTS grants one role for a time to the process with a key, and counts its calls.
func startSTS(t *testing.T, process sigv4.Credentials, as func() session, valid time.Duration,
	calls *atomic.Int32) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		signer, err := sigv4.Verify(r, body, func(id string) (sigv4.Credentials, bool) {
			return process, id == process.AccessKeyID
		}, time.Now())
		if err != nil || signer.Service != "sts" {
			t.Errorf("signed for %q: %v", signer.Service, err)
		}
		form, _ := url.ParseQuery(string(body))
		if form.Get("Action") != "AssumeRole" || form.Get("RoleArn") != grantedRole {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w,
				`<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>`)
			return
		}
		granted := as()
		fmt.Fprintf(w,
			`<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey>
			<SessionToken>%s</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			granted.who[0], granted.who[1], granted.token, time.Now().Add(valid).UTC().Format(time.RFC3339))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// configure writes a configuration file, for settings that are better not shown.
func configure(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// startWithRoles is a server with settings, whose environment has the process's
// credentials, and a clip in a bucket.
func startWithRoles(t *testing.T, settings string) *reelastictest.Fixture {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", processKey.AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", processKey.SecretAccessKey)
	t.Setenv("AWS_SESSION_TOKEN", "")
	f := reelastictest.New(t, "--config", configure(t, settings))
	f.PutClip(t, "clip.mp4", reelastictest.Clip{Width: 128, Height: 96, Rate: 10, Seconds: 1})
	return f
}

// submit runs a job whose output is encrypted with a key that is made for it.
func submit(t *testing.T, f *reelastictest.Fixture, role, key, name string) *api.Job {
	t.Helper()
	output := reelastictest.Output(name, reelastictest.MP3At128k, "")
	output.Encryption = &api.Encryption{Mode: new("aes-ctr")}
	return f.Run(t, &api.CreateJobRequest{
		PipelineId: new(pipeline(t, f, role, key)),
		Input:      &api.JobInput{Key: new("clip.mp4")},
		Outputs:    []api.CreateJobOutput{output},
	})
}

// pipeline makes one with a role and a key.
func pipeline(t *testing.T, f *reelastictest.Fixture, role, key string) string {
	t.Helper()
	return f.CreatePipeline(t, &api.CreatePipelineRequest{
		Role: &role, AwsKmsKeyArn: &key, InputBucket: new("in"), OutputBucket: new("out"),
	})
}

// TestRolesAndKeysOfOthers runs a server whose roles are STS's and whose keys are those
// of another server, which answers only the role.
func TestRolesAndKeysOfOthers(t *testing.T) {
	keys := open(t, "--workers", "0")
	const arn = "arn:aws:kms:us-east-1:000000000000:key/films"
	role := keys.create(t, "role",
		`{"Statement":{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"`+arn+`"}}`)
	var calls atomic.Int32
	sts := startSTS(t, processKey, func() session { return session{who: role} }, time.Hour, &calls)
	s := startWithRoles(t, "sts-endpoint: "+sts+"\nkms-endpoint: "+keys.Endpoint()+"\n")
	done := submit(t, s, grantedRole, arn, "a.mp3")
	if *done.Status != "Complete" || calls.Load() != 1 {
		t.Fatalf("the job is %s after %d calls of STS: %s", *done.Status, calls.Load(), *done.Output.StatusDetail)
	}
	opened := keys.must(t, keys.first(), "kms", "decrypt", object{"CiphertextBlob": *done.Output.Encryption.Key,
		"EncryptionContext": object{"service": "elastictranscoder.amazonaws.com"}})
	if opened["KeyId"] != arn || len(opened["Plaintext"].(string)) != 24 {
		t.Errorf("the key is %v", opened)
	}
	want := func(job *api.Job, code, text string) {
		t.Helper()
		detail := *job.Output.StatusDetail
		if *job.Status != "Error" || !strings.HasPrefix(detail, code+" ") || !strings.Contains(detail, text) {
			t.Errorf("the job is %s: %s; want %s with %q", *job.Status, detail, code, text)
		}
	}
	want(submit(t, s, otherRole, arn, "b.mp3"), "2000",
		"role="+otherRole+". STS says: AccessDenied: not authorized to perform: sts:AssumeRole.")
	want(submit(t, s, grantedRole, arn+"2", "c.mp3"), "4019",
		"user/role is not authorized to perform: kms:GenerateDataKey")

	test := func(role string) string {
		out, err := s.Client.TestRole(t.Context(), &api.TestRoleRequest{Role: &role, InputBucket: new("in"),
			OutputBucket: new("out"), Topics: []string{}})
		if err != nil {
			t.Fatal(err)
		}
		return *out.Success + " " + strings.Join(out.Messages, "; ")
	}
	if got := test(grantedRole); got != "true " {
		t.Errorf("the role is tested: %s", got)
	}
	if got := test(otherRole); got != "false The role "+otherRole+
		" can not be assumed: STS says: AccessDenied: not authorized to perform: sts:AssumeRole." {
		t.Errorf("the other role is tested: %s", got)
	}
	for _, secret := range []string{role[1], processKey.SecretAccessKey} {
		if strings.Contains(s.Log(), secret) {
			t.Error("a secret is in the log")
		}
	}
}

// TestRenewalDuringAJob lets the credentials of a role end while a job waits for its
// key service: the next call is signed with those of a new session.
func TestRenewalDuringAJob(t *testing.T) {
	const arn, valid = "arn:aws:kms:us-east-1:000000000000:key/films", 2 * time.Second
	keys := open(t, "--workers", "0")
	role := keys.create(t, "role", `{"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"`+arn+`"}}`)
	var calls atomic.Int32
	var end atomic.Int64 // of the first session
	as := func() session {
		if calls.Load() == 1 {
			end.Store(time.Now().Add(valid).UnixNano())
			return session{who: role}
		}
		file := filepath.Join(t.TempDir(), "renewed")
		if out, err := keys.command(t, "rotate", "role", "--file", file); err != nil { // the old ones work no more
			t.Errorf("%v: %s", err, out)
		}
		return session{who: readKey(t, file)}
	}
	upstream, err := url.Parse(keys.Endpoint())
	if err != nil {
		t.Fatal(err)
	}
	slow := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(upstream)
		r.Out.Host = r.In.Host // which is signed
	}, ModifyResponse: func(r *http.Response) error {
		if r.Request.Header.Get("X-Amz-Target") == "TrentService.GenerateDataKey" {
			<-time.After(time.Until(time.Unix(0, end.Load())))
		}
		return nil
	}})
	t.Cleanup(slow.Close)
	sts := startSTS(t, processKey, as, valid, &calls)
	s := startWithRoles(t, "sts-endpoint: "+sts+"\nkms-endpoint: "+slow.URL+"\n")
	if done := submit(t, s, grantedRole, arn, "a.mp3"); *done.Status != "Complete" || calls.Load() != 2 {
		t.Errorf("the job is %s after %d sessions: %s", *done.Status, calls.Load(), *done.Output.StatusDetail)
	}
}

// TestRolesFile names one role in a file.
func TestRolesFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roles")
	text := strings.Replace(
		string(identity.CredentialsFile(sigv4.Credentials{AccessKeyID: "AAAA", SecretAccessKey: "s"}, "us-east-1")),
		"default", grantedRole, 1)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := reelastictest.Start(t, "--workers", "0", "--roles", path)
	s.Bucket("in")
	for role, want := range map[string]string{grantedRole: "true", otherRole: "false"} {
		out, err := s.GoClient().TestRole(t.Context(), &api.TestRoleRequest{Role: &role, InputBucket: new("in"),
			OutputBucket: new("in"), Topics: []string{}})
		if err != nil || *out.Success != want {
			t.Errorf("%s: %v, %v", role, out, err)
		}
	}
}
