package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The database of the test has one vulnerability, which is of a function of Go's library.
var vulnerabilities = map[string]string{
	"index/db.json": `{"modified": "2026-01-02T00:00:00Z"}`,
	"index/modules.json": `[{"path": "stdlib", "vulns": [
		{"id": "GO-2026-99999", "modified": "2026-01-02T00:00:00Z"}]}]`,
	"ID/GO-2026-99999.json": `{"schema_version": "1.3.1", "id": "GO-2026-99999", "modified": "2026-01-02T00:00:00Z",
		"published": "2026-01-02T00:00:00Z", "summary": "A made vulnerability", "details": "For a test.",
		"affected": [{"package": {"name": "stdlib", "ecosystem": "Go"},
			"ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}],
			"ecosystem_specific": {"imports": [{"path": "strings", "symbols": ["Fields"]}]}}]}`,
}

// TestVulnerabilities looks for a vulnerability in a program that has it, and in one that does
// not call what has it.
func TestVulnerabilities(t *testing.T) {
	t.Parallel()
	database := writeAll(t, vulnerabilities)
	const program = "package main\n\nimport \"strings\"\n\nfunc main() { println(strings.%s(\"a b\")) }\n"
	for _, c := range []struct {
		name, database, call string
		fails                bool
		says                 string
	}{
		{"called", database, "Fields", true, "GO-2026-99999"},
		{"not called", database, "ToUpper", false, "No vulnerabilities found."},
		{"no database", "", "Fields", false, "skipped: vulnerabilities: REELASTIC_VULNDB names no folder"},
		{"no such database", t.TempDir(), "Fields", true, "must be a folder with index/db.json"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			module := writeAll(t, map[string]string{
				"go.mod":  "module vulnerable\n\ngo 1.26.0\n",
				"main.go": strings.Replace(program, "%s", c.call, 1),
			})
			cmd := exec.CommandContext(t.Context(), "../scripts/check-vulnerabilities.sh", module, ".")
			cmd.Env = append(os.Environ(), "REELASTIC_VULNDB="+c.database)
			out, err := cmd.CombinedOutput()
			if (err != nil) != c.fails || !strings.Contains(string(out), c.says) {
				t.Errorf("%v, want failure to be %v and %q:\n%s", err, c.fails, c.says, out)
			}
		})
	}
}

// writeAll writes files to a folder of the test's own.
func writeAll(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
