package awsconfig_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/client/awsconfig"
)

// environment empties the environment of all that the AWS tools read, keeps the
// test away from the network, and sets the given variables.
func environment(t *testing.T, variables map[string]string) {
	t.Helper()
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "AWS_") ||
			strings.HasSuffix(strings.ToLower(name), "_proxy") {
			t.Setenv(name, "") // so that it is restored
			os.Unsetenv(name)
		}
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	for name, value := range variables {
		t.Setenv(name, value)
	}
}

// file writes a file of the test's own and returns its path.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// want loads, and compares what is found.
func want(t *testing.T, credentials client.Credentials, region string, options ...func(*config.LoadOptions) error) {
	t.Helper()
	p, got, err := awsconfig.Load(t.Context(), options...)
	if err != nil {
		t.Fatal(err)
	}
	if got != region {
		t.Errorf("region %q, want %q", got, region)
	}
	wantKeys(t, p, credentials)
}

func wantKeys(t *testing.T, p client.CredentialsProvider, want client.Credentials) {
	t.Helper()
	got, err := p.Credentials(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !got.Expires.Equal(want.Expires) {
		t.Errorf("expire at %s, want %s", got.Expires, want.Expires)
	}
	if got.Expires = want.Expires; got != want {
		t.Errorf("credentials %s with secret %q and token %q, want %s, %q, %q",
			got, got.SecretAccessKey, got.SessionToken, want, want.SecretAccessKey, want.SessionToken)
	}
}

func TestEnvironment(t *testing.T) {
	environment(t, map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "env secret", "AWS_SESSION_TOKEN": "env token",
		"AWS_REGION": "eu-west-1",
		"AWS_SHARED_CREDENTIALS_FILE": file(t,
			"[default]\naws_access_key_id=AKIDFILE\naws_secret_access_key=file secret\nregion=us-west-2\n")})
	want(t, client.Credentials{AccessKeyID: "AKIDENV", SecretAccessKey: "env secret", SessionToken: "env token"},
		"eu-west-1")
}

const credentialsFile = `[default]
aws_access_key_id = AKIDDEFAULT
aws_secret_access_key = default secret

[work]
aws_access_key_id = AKIDWORK
aws_secret_access_key = work secret
aws_session_token = work token
`

const configFile = `[default]
region = us-west-1

[profile work]
region = ap-south-1

[profile keys-here]
aws_access_key_id = AKIDCONFIG
aws_secret_access_key = config secret

[profile process]
credential_process = /bin/echo '{"Version": 1, "AccessKeyId": "AKIDPROCESS", "SecretAccessKey": "process secret"}'
`

func TestSharedFiles(t *testing.T) {
	files := map[string]string{"AWS_SHARED_CREDENTIALS_FILE": file(t, credentialsFile),
		"AWS_CONFIG_FILE": file(t, configFile)}
	work := client.Credentials{AccessKeyID: "AKIDWORK", SecretAccessKey: "work secret", SessionToken: "work token"}
	for _, c := range []struct {
		name, profile, region string
		want                  client.Credentials
	}{
		{"default", "", "us-west-1", client.Credentials{AccessKeyID: "AKIDDEFAULT", SecretAccessKey: "default secret"}},
		{"named", "work", "ap-south-1", work},
		{"in the config file", "keys-here", "",
			client.Credentials{AccessKeyID: "AKIDCONFIG", SecretAccessKey: "config secret"}},
		{"process", "process", "", client.Credentials{AccessKeyID: "AKIDPROCESS", SecretAccessKey: "process secret"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			environment(t, files)
			if c.profile != "" {
				t.Setenv("AWS_PROFILE", c.profile)
			}
			want(t, c.want, c.region)
		})
	}
	t.Run("options go first", func(t *testing.T) {
		environment(t, files)
		t.Setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "env secret")
		t.Setenv("AWS_REGION", "us-west-2")
		want(t, work, "eu-west-1", config.WithSharedConfigProfile("work"), config.WithRegion("eu-west-1"))
	})
}

// TestEndpoint finds the endpoint in the order of the AWS command line.
func TestEndpoint(t *testing.T) {
	const profiles = `[default]
endpoint_url = http://profile
[profile film]
endpoint_url = http://profile
services = local
[profile plain]
region = eu-west-1
[services local]
elastic_transcoder =
  endpoint_url = http://services
s3 =
  endpoint_url = http://s3
`
	const one, all = "AWS_ENDPOINT_URL_ELASTIC_TRANSCODER", "AWS_ENDPOINT_URL"
	for _, c := range []struct {
		name      string
		variables map[string]string
		want      string
	}{
		{"of the service", map[string]string{one: "http://one", all: "http://all"}, "http://one"},
		{"of all services", map[string]string{all: "http://all", "AWS_PROFILE": "film"}, "http://all"},
		{"services section", map[string]string{"AWS_PROFILE": "film"}, "http://services"},
		{"profile", nil, "http://profile"},
		{"none", map[string]string{"AWS_PROFILE": "plain"}, ""},
		{"ignored", map[string]string{one: "http://one", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			environment(t, map[string]string{"AWS_CONFIG_FILE": file(t, profiles)})
			for name, value := range c.variables {
				t.Setenv(name, value)
			}
			found, err := awsconfig.Find(t.Context())
			if err != nil || found.Endpoint != c.want {
				t.Errorf("endpoint %q, %v, want %q", found.Endpoint, err, c.want)
			}
		})
	}
}

func TestLoadFails(t *testing.T) {
	environment(t, map[string]string{"AWS_PROFILE": "nobody", "AWS_CONFIG_FILE": file(t, configFile)})
	if _, _, err := awsconfig.Load(t.Context()); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("a profile that is not there: %v", err)
	}
}

// TestNoCredentials finds that the provider says so, not Load.
func TestNoCredentials(t *testing.T) {
	environment(t, nil)
	p, region, err := awsconfig.Load(t.Context())
	if err != nil || region != "" {
		t.Fatalf("region %q, error %v", region, err)
	}
	if _, err := p.Credentials(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "find AWS credentials: ") {
		t.Errorf("error %v", err)
	}
}

// TestProvider renews credentials of a provider of the caller's, in a cache of
// ours or of the caller's.
func TestProvider(t *testing.T) {
	t.Parallel()
	asked := 0
	soon := time.Now().Add(time.Minute)
	from := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		asked++
		return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret", CanExpire: true, Expires: soon}, nil
	})
	expected := client.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret", Expires: soon}
	p := awsconfig.Provider(from)
	wantKeys(t, p, expected)
	wantKeys(t, p, expected)
	if asked != 2 {
		t.Errorf("asked %d times for credentials that expire within a minute, want 2", asked)
	}
	p = awsconfig.Provider(aws.NewCredentialsCache(from))
	wantKeys(t, p, expected)
	wantKeys(t, p, expected)
	if asked != 3 {
		t.Errorf("the caller's cache, which renews late, was asked %d times, want once", asked-2)
	}
}

// TestClientLinksNoSDK holds the promise to those who bring their own
// credentials: package client depends on this module and the standard library only.
func TestClientLinksNoSDK(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps",
		"github.com/reelastic/reelastic/client").Output()
	if err != nil {
		t.Fatal(err)
	}
	for path := range strings.Lines(string(out)) {
		path = strings.TrimSpace(path)
		first, _, _ := strings.Cut(path, "/")
		if strings.Contains(first, ".") && !strings.HasPrefix(path, "github.com/reelastic/reelastic/") {
			t.Errorf("package client depends on %s", path)
		}
	}
}
