package caption

import (
	"encoding/json"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestVectors reads the files that others made to try readers of captions: none crashes
// a reader, none that is well-formed is refused, and words and times are right.
func TestVectors(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "..", "shared", "vectors")
	if _, err := os.Stat(root); err != nil {
		skip(t, "the folder of other people's test vectors is not there: "+root)
	}
	t.Run("webvtt", func(t *testing.T) { webvttVectors(t, filepath.Join(root, "webvtt")) })
}

// each calls do with the name and the content of every file below a folder whose name
// ends so.
func each(t *testing.T, folder, ending string, do func(name string, file []byte)) {
	t.Helper()
	count := 0
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ending) {
			return err
		}
		file, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		count++
		do(name, file)
		return err
	})
	if err != nil || count == 0 {
		t.Fatalf("%d files in %s: %v", count, folder, err)
	}
}

// vttExpected is what stands beside a file of WebVTT: its cues, with their markup, and
// the words that a browser shows of each.
type vttExpected struct {
	Cues []struct {
		StartTime, EndTime float64
		Text               string
	}
	shown []string
}

// expectedOf reads what is known of a file; hasCues and hasShown tell what there is.
func expectedOf(t *testing.T, path string) (e vttExpected, hasCues, hasShown bool) {
	t.Helper()
	base := strings.TrimSuffix(path, ".vtt")
	parse := func(path string, into any) bool {
		text, err := os.ReadFile(path)
		if err != nil {
			return false
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(path, err)
		}
		return true
	}
	var nodes []struct{ TextContent string }
	hasCues, hasShown = parse(base+".json", &e), parse(base+"-proc.json", &nodes)
	for _, n := range nodes {
		e.shown = append(e.shown, n.TextContent)
	}
	return e, hasCues, hasShown
}

// words is text without regard to its white space.
func words(text string) string { return cleanLine(strings.Join(strings.Fields(text), " ")) }

// times and words that a viewer sees, one entry for each cue. Files without times have
// words alone. For some, only the cues are known, not what is shown of them.
func (e vttExpected) seen(hasCues bool) (times [][2]time.Duration, text []string) {
	if !hasCues {
		return nil, e.shown
	}
	for i, c := range e.Cues {
		shown := regexp.MustCompile(`<[^>]*>?`).ReplaceAllString(c.Text, "")
		if len(e.shown) == len(e.Cues) {
			shown = e.shown[i]
		}
		if words(shown) != "" && c.EndTime > c.StartTime {
			times = append(times, [2]time.Duration{seconds(c.StartTime), seconds(c.EndTime)})
			text = append(text, words(shown))
		}
	}
	return times, text
}

// vttOwn are files of which more is read than the vectors say.
var vttOwn = map[string]string{
	"file-layout/header-no-new-line.vtt": "the standard reads a cue directly behind the first line",
	"file-layout/bom-garbage-data.vtt":   "without its first line it is SRT, with garbage before",
}

func webvttVectors(t *testing.T, folder string) {
	each(t, folder, ".vtt", func(name string, file []byte) {
		want, hasCues, hasShown := expectedOf(t, filepath.Join(folder, name))
		if !hasCues && !hasShown || vttOwn[name] != "" {
			return
		}
		wantTimes, wantWords := want.seen(hasCues)
		cues, err := Read(file)
		if err != nil && len(wantWords) > 0 {
			t.Errorf("%s: %v", name, err)
			return
		}
		var times [][2]time.Duration
		var text []string
		for _, c := range cues {
			times = append(times, [2]time.Duration{c.Start, c.End})
			text = append(text, words(strings.Join(c.Lines, " ")))
		}
		if diff := cmp.Diff(wantTimes, times); hasCues && diff != "" {
			t.Errorf("%s: times (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(wantWords, text); diff != "" {
			t.Errorf("%s: words (-want +got):\n%s", name, diff)
		}
	})
}

func seconds(f float64) time.Duration { return time.Duration(math.Round(f*1000)) * ms }
