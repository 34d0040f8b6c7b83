package layout

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// units are the services that systemd runs.
var units = of("reelastic.service", "reelastic-worker.service")

var (
	// exposure is what systemd-analyze says of a unit, from 0 (none) to 10.
	exposure = regexp.MustCompile(`exposure level for \S+: (\d+\.\d) `)
	// statedExposure is what docs/security.md says of them.
	statedExposure = regexp.MustCompile(`exposure\s+level\s+of\s+(\d+\.\d)\b`)
)

// TestUnits has systemd read the units, and say of each what docs/security.md says.
func TestUnits(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("systemd-analyze is not installed (Debian: systemd)")
	}
	stated := statedExposure.FindStringSubmatch(read(t, "docs/security.md"))
	if stated == nil {
		t.Fatal("docs/security.md states no exposure level")
	}
	for _, name := range units {
		// The program is not where an installed one is.
		text := strings.ReplaceAll(read(t, "deploy/systemd/"+name), "/usr/local/bin/reelastic", "/bin/true")
		unit := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(unit, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		verify := exec.CommandContext(t.Context(), analyze, "verify", unit)
		if out, err := verify.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		said := exposure.FindStringSubmatch(run(t, analyze, "security", "--offline=true", "--no-pager", unit))
		if said == nil || said[1] != stated[1] {
			t.Errorf("%s: exposure level %q, docs/security.md says %s", name, said, stated[1])
		}
	}
}

// TestUnitsAreAlike wants the worker as confined as the server.
func TestUnitsAreAlike(t *testing.T) {
	t.Parallel()
	var confinement []string
	for _, name := range units {
		_, rest, found := strings.Cut(read(t, "deploy/systemd/"+name), "\n# Files:")
		if !found {
			t.Fatalf("%s has no part that begins with # Files:", name)
		}
		confinement = append(confinement, rest)
	}
	if confinement[0] != confinement[1] {
		t.Errorf("from # Files: on %q are not the same", units)
	}
}
