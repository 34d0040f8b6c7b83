package layout

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDependenciesHaveReasons finds a note in docs/decisions for every module
// that is imported: one that names its path.
func TestDependenciesHaveReasons(t *testing.T) {
	t.Parallel()
	notes := decisions(t)
	for module := range importedModules(t) {
		if !strings.Contains(notes, "`"+module+"`") {
			t.Errorf("no note in docs/decisions gives the reason for `%s`", module)
		}
	}
}

// importedModules returns the modules that packages or their tests import.
func importedModules(t *testing.T) map[string]bool {
	t.Helper()
	var file struct{ Require []struct{ Path string } }
	if err := json.Unmarshal([]byte(run(t, "go", "mod", "edit", "-json")), &file); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, p := range listPackages(t) {
		for _, path := range join(p.Imports, p.TestImports, p.XTestImports) {
			longest := ""
			for _, r := range file.Require {
				if within(path, []string{r.Path}) != "" && len(r.Path) > len(longest) {
					longest = r.Path
				}
			}
			if longest != "" {
				found[longest] = true
			}
		}
	}
	return found
}

// decisions returns the text of all notes.
func decisions(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root(t), "docs", "decisions", "[0-9]*.md"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
