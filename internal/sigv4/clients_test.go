package sigv4_test

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/sigv4"
)

// The Pythons with the clients: Debian's, and one that has boto2 still
// (scripts/setup-clients.sh).
const (
	python      = "/usr/bin/python3"
	boto2Python = "../../bin/boto2-python"
)

// needPython skips, or fails under CI, when the Python modules are missing.
func needPython(t *testing.T, python, modules string) {
	t.Helper()
	if err := exec.Command(python, "-c", "import "+modules).Run(); err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s cannot import %s", python, modules)
	}
	t.Skipf("%s cannot import %s (scripts/setup-clients.sh)", python, modules)
}

// accepting answers verified requests as the service would; it keeps every
// identity and every refusal.
type accepting struct {
	creds sigv4.Credentials

	mu         sync.Mutex
	identities []sigv4.Identity
	refused    []string
}

func (a *accepting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	id, err := sigv4.Verify(r, body, lookup(a.creds), time.Now())
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		a.refused = append(a.refused, fmt.Sprintf("%s %s %v: %v", r.Method, r.RequestURI, r.Header, err))
		w.Header().Set("X-Amzn-ErrorType", "AccessDeniedException")
		w.WriteHeader(http.StatusForbidden)
	} else {
		a.identities = append(a.identities, id)
		w.WriteHeader(successStatus(r))
	}
	io.WriteString(w, "{}")
}

func successStatus(r *http.Request) int {
	switch {
	case r.Method == http.MethodPost && !strings.HasSuffix(r.URL.Path, "/status"):
		return http.StatusCreated
	case r.Method == http.MethodDelete:
		return http.StatusAccepted
	}
	return http.StatusOK
}

func TestClients(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		client, modules string
		requests        int
		region, service string // of the first request
	}{
		{"boto2", "boto", 22, "0", "127"},
		{"botocore", "botocore", 34, "eu-west-1", "elastictranscoder"},
		{"bare", "botocore", 7, "us-east-1", "elastictranscoder"},
	} {
		for _, token := range []string{"", "FwoGZX/+tok en=="} {
			t.Run(c.client+cmp.Or(map[bool]string{true: "/token"}[token != ""], "/plain"), func(t *testing.T) {
				t.Parallel()
				python := python
				if c.client == "boto2" {
					python = boto2Python
				}
				needPython(t, python, c.modules)
				creds := sigv4.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalr/XUtn+FEMI",
					SessionToken: token}
				h := &accepting{creds: creds}
				srv := httptest.NewServer(h)
				defer srv.Close()
				u, err := url.Parse(srv.URL)
				if err != nil {
					t.Fatal(err)
				}
				cmd := exec.CommandContext(t.Context(), python, "testdata/clients.py", c.client, u.Port())
				cmd.Env = []string{"PYTHONDONTWRITEBYTECODE=1", "BOTO_CONFIG=/dev/null", "HOME=" + t.TempDir(),
					"AWS_ACCESS_KEY_ID=" + creds.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + creds.SecretAccessKey}
				if token != "" {
					cmd.Env = append(cmd.Env, "AWS_SESSION_TOKEN="+token)
				}
				out, err := cmd.CombinedOutput()
				if err != nil || len(h.refused) > 0 {
					t.Fatalf("client: %v\n%s\nrefused: %s", err, out, strings.Join(h.refused, "\n"))
				}
				if len(h.identities) != c.requests {
					t.Fatalf("%d requests arrived, want %d", len(h.identities), c.requests)
				}
				if id := h.identities[0]; id.Region != c.region || id.Service != c.service ||
					id.AccessKeyID != creds.AccessKeyID {
					t.Errorf("identity %+v, want region %s, service %s", id, c.region, c.service)
				}
			})
		}
	}
}
