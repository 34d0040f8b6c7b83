package access

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestRecords reads what the audit log and the access log say of a change, a look and a
// refusal.
func TestRecords(t *testing.T) {
	t.Parallel()
	access := filepath.Join(t.TempDir(), "access.log")
	f := reelastictest.Bare(t, reelastictest.Start(t, "--access-log", access, "--workers", "0"))
	f.CreatePipeline(t, &api.CreatePipelineRequest{InputBucket: new("in"), OutputBucket: new("out")})
	f.ReadPreset(t, reelastictest.Generic480p)
	resp, err := http.Get(f.Endpoint() + "/2012-09-25/pipelines")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	for path, want := range map[string][]string{
		filepath.Join(f.Data, "audit.log"): {"CreatePipeline done first ",
			" refused  MissingAuthenticationTokenException"},
		access: {"CreatePipeline request first ", "ReadPreset request first ",
			" request  MissingAuthenticationTokenException"},
	} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		for _, line := range want {
			if found := records(t, path); !slices.Contains(found, line) {
				t.Errorf("%s has %q, not %q", filepath.Base(path), found, line)
			}
		}
	}
}

// records are operation, kind, caller and code of each line.
func records(t *testing.T, path string) (all []string) {
	t.Helper()
	for line := range strings.Lines(string(reelastictest.ReadFile(t, path))) {
		var r struct{ Operation, Msg, Caller, Code string }
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all = append(all, strings.Join([]string{r.Operation, r.Msg, r.Caller, r.Code}, " "))
	}
	return all
}
