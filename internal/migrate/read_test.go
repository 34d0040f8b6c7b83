package migrate_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/reelastic/reelastic/internal/migrate"
)

var update = flag.Bool("update", false, "write the last file of each archive anew")

// TestRead reads the files of each testdata/*.txtar, and wants what stands in the file named
// want: a line for each document, what was skipped, or all faults. The comment of an archive
// may name variables, NAME=VALUE. Those whose names begin with mediaconvert are read as such.
func TestRead(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want, files, variables := "", []migrate.File{}, map[string]string{}
			archive := txtar.Parse(text)
			for line := range strings.Lines(string(archive.Comment)) {
				if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.Contains(name, " ") {
					variables[name] = value
				}
			}
			for _, f := range archive.Files {
				if f.Name == "want" {
					want = string(f.Data)
					continue
				}
				folder, _, inFolder := strings.Cut(f.Name, "/")
				files = append(files, migrate.File{Name: f.Name, Text: f.Data, Other: inFolder && folder != ""})
			}
			got := ""
			if strings.HasPrefix(filepath.Base(path), "mediaconvert") {
				got = told(migrate.ReadMediaConvert(files))
			} else {
				got = told(migrate.Read(files, variables))
			}
			if *update {
				last := &archive.Files[len(archive.Files)-1]
				last.Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// told is what reading came to, in lines.
func told(dump migrate.Dump, err error) string {
	if err != nil {
		return err.Error() + "\n"
	}
	var b strings.Builder
	for _, d := range dump.Documents {
		var document any = d.Pipeline
		if d.Preset != nil {
			document = d.Preset
		}
		b.WriteString(compact(document) + "\n")
		for _, note := range d.Notes {
			b.WriteString("  " + note + "\n")
		}
	}
	for _, s := range dump.Skipped {
		b.WriteString(strings.Join(strings.Fields("skipped "+s.Kind+" "+s.ID+" "+s.Name+": "+s.Why), " ") + "\n")
	}
	return b.String()
}

// compact is a document without members that are null, sorted.
func compact(document any) string {
	text, err := json.Marshal(document)
	if err != nil {
		return err.Error()
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		return err.Error()
	}
	text, err = json.Marshal(withoutNull(members))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func withoutNull(value any) any {
	members, ok := value.(map[string]any)
	if !ok {
		return value
	}
	for name, inner := range members {
		if inner == nil {
			delete(members, name)
			continue
		}
		members[name] = withoutNull(inner)
	}
	return members
}
