package cli

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRefused runs each command that asks a server against one that refuses everything.
func TestRefused(t *testing.T) {
	t.Parallel()
	remote := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-amzn-ErrorType", "AccessDeniedException:")
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, `{"message":"not you"}`)
	})
	const job = "1502631977930-rabioh"
	for _, command := range []string{
		"pipeline create --name x", "pipeline list", "pipeline show " + job, "pipeline update --name x " + job,
		"pipeline delete --yes " + job, "pipeline pause " + job, "pipeline activate " + job,
		"pipeline test-role " + job, "role test arn:r --input-bucket in --output-bucket out",
		"preset list --custom", "preset create --cli-input-json {}", "preset delete --yes " + job,
		"job create --pipeline " + job, "job watch " + job, "job list", "job show " + job, "job logs " + job,
		"job waiting", "job cancel " + job, "job retry " + job, "job prioritize --priority 1 " + job, "job given-up",
		"job cancel --text x", "job retry --text x", "job prioritize --priority 1 --text x", "bulk list",
		"bulk stop x", "worker list", "worker drain x", "worker resume x",
		"credentials create x", "credentials list", "credentials rotate x", "credentials revoke --yes x",
		"subscription create arn:t https://h/", "subscription list", "subscription delete --yes x",
		"delivery list", "delivery resend --all", "delivery discard --yes 1", "system",
	} {
		var out bytes.Buffer
		status := Main(append(strings.Fields(command), remote...), io.Discard, &out)
		if text := out.String(); status != exitFailed || !strings.HasPrefix(text, "reelastic: ") ||
			!strings.Contains(text, "AccessDeniedException") || !strings.Contains(text, "not you") {
			t.Errorf("%s: exit status %d: %s", command, status, text)
		}
	}
}

// serve starts a server and returns the flags by which commands reach it.
func serve(t *testing.T, handler http.HandlerFunc) []string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "credentials"),
		[]byte("[default]\naws_access_key_id = AKRL\naws_secret_access_key = s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"--data", data, "--endpoint-url", server.URL}
}
