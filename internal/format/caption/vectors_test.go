package caption

import (
	"encoding/json"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestVectors reads the files that others made to try readers of captions: none crashes
// a reader, none that is well-formed is refused, and words and times are right.
func TestVectors(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "..", "..", "shared", "vectors")
	if _, err := os.Stat(root); err != nil {
		skip(t, "the folder of other people's test vectors is not there: "+root)
	}
	t.Run("webvtt", func(t *testing.T) { webvttVectors(t, filepath.Join(root, "webvtt")) })
	t.Run("imsc1", func(t *testing.T) { imscVectors(t, filepath.Join(root, "imsc1")) })
	t.Run("scc", func(t *testing.T) { sccVectors(t, filepath.Join(root, "ttconv", "scc")) })
	t.Run("ttconv", func(t *testing.T) { ttconvVectors(t, filepath.Join(root, "ttconv")) })
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

// imscSilent are the files of IMSC without words to be seen.
var imscSilent = map[string]string{
	"altText/altText1.ttml":         "a frame",
	"aspectRatio/aspectRatio3.ttml": "a frame",
	"aspectRatio/aspectRatio4.ttml": "a frame",
	"aspectRatio/aspectRatio6.ttml": "a frame",
	"display/Display004.ttml":       "nothing is displayed",
	"structure/Structure002.ttml":   "no body",
}

// unseenWords are what texts of IMSC say of themselves that nobody may see.
var unseenWords = regexp.MustCompile(`(must|should) not (appear|be visible)|caption is not visible|is not displayed|"transparent"`)

// Times that texts of IMSC say of themselves: begin and end, or how long.
var (
	statedTimes  = regexp.MustCompile(`appear at (\d+) seconds? and (?:be )?(?:remain visible to|disappear at|stay till) ([\d.]+) seconds|[Ff]rom (\d+)s to (\d+)s[,.]|interval \[(\d+)s,(\d+)s\)`)
	statedLength = regexp.MustCompile(`\S+ = ([\d.]+)s`)
)

func imscVectors(t *testing.T, folder string) {
	stated := 0
	each(t, folder, ".ttml", func(name string, file []byte) {
		cues, err := Read(file)
		if err != nil || (len(cues) == 0) != (imscSilent[name] != "") {
			t.Errorf("%s: %d cues, %v", name, len(cues), err)
		}
		shown := map[string]*Cue{} // by what is stated
		length := map[string]*Cue{}
		for _, c := range cues {
			text := words(strings.Join(c.Lines, " "))
			if said := unseenWords.FindString(text); said != "" {
				t.Errorf("%s: %q is seen: %q", name, said, text)
			}
			note(shown, statedTimes, text, c)
			note(length, statedLength, text, c)
		}
		for text, c := range shown {
			var times []time.Duration
			for _, n := range statedTimes.FindStringSubmatch(text)[1:] {
				if n != "" {
					times = append(times, secondsOf(t, n))
				}
			}
			if len(times) != 2 || c.Start != times[0] || c.End != times[1] {
				t.Errorf("%s: %q is shown from %v to %v", name, text, c.Start, c.End)
			}
		}
		for text, c := range length {
			want := secondsOf(t, statedLength.FindStringSubmatch(text)[1])
			if got := c.End - c.Start; (got - want).Abs() > time.Microsecond {
				t.Errorf("%s: %q lasts %v", name, text, got)
			}
		}
		stated += len(shown) + len(length)
	})
	if stated < 60 {
		t.Errorf("only %d texts state their times", stated)
	}
}

// note widens the times of each statement in a text by a cue that shows it.
func note(times map[string]*Cue, statement *regexp.Regexp, text string, c Cue) {
	for _, said := range statement.FindAllString(text, -1) {
		if before := times[said]; before != nil {
			c.Start, c.End = min(before.Start, c.Start), max(before.End, c.End)
		}
		times[said] = &Cue{Start: c.Start, End: c.End}
	}
}

func secondsOf(t *testing.T, text string) time.Duration {
	t.Helper()
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(math.Round(f*1e6)) * time.Microsecond
}

// ttconvMalformed are files of WebVTT in which no cue has proper times.
var ttconvMalformed = []string{"timings-eof.vtt", "timings-garbage.vtt"}

// ttconvLoose are files of which more cues are read than the standard has.
var ttconvLoose = []string{"timings-too-long.vtt", "timings-too-short.vtt"}

func ttconvVectors(t *testing.T, folder string) {
	for _, ending := range []string{".vtt", ".srt", ".scc", ".ttml"} {
		each(t, folder, ending, func(name string, file []byte) {
			cues, err := Read(file)
			if err != nil && !slices.Contains(ttconvMalformed, filepath.Base(name)) {
				t.Errorf("%s: %v", name, err)
			}
			for _, c := range cues {
				if c.Lines[0] == "invalid" && !slices.Contains(ttconvLoose, filepath.Base(name)) {
					t.Errorf("%s: %v is invalid", name, c)
				}
			}
		})
	}
	for name, want := range map[string]string{
		"srt/extended-tags.srt": `00:02:16.612 00:02:19.376 ["Hello my name is Bob"]` + "\n",
		"ttml/lwsp_default.ttml": `00:00:00.000 00:00:04.000 ["hello my name is Mathilda"]` +
			"\n" + `00:00:00.000 00:00:04.000 ["bonjour mon nom" "est"]` + "\n",
		"ttml/lwsp_preserve.ttml":                          `00:00:00.000 00:00:04.000 ["hello  my" "name  is Mathilda"]` + "\n",
		"ttml/body_only.ttml":                              "",
		"vtt/wpt-tests/file-parsing/header-timings.vtt":    `00:00:00.000 00:00:01.000 ["text"]` + "\n",
		"vtt/wpt-tests/file-parsing/signature-timings.vtt": "",
		"vtt/wpt-tests/file-parsing/timings-60.vtt": `00:00:00.000 60:00:01.000 ["text1"]` + "\n" +
			`60:00:00.000 60:00:01.000 ["text2"]` + "\n",
		"vtt/wpt-tests/rendering/decode_escaped_entities.vtt": `00:00:00.000 00:00:05.000 ["Here are the escaped entities: & < > \u200e \u200f"]` + "\n",
	} {
		file, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, text(mustRead(t, file))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// sccVectors reads the three ways of captioning; another decoder, ffmpeg's, finds the
// same words at the same times, to a few frames.
func sccVectors(t *testing.T, folder string) {
	for name, want := range map[string]struct {
		count, at int
		cue       Cue
	}{
		"pop-on.scc": {3, 1, cue(3812308500*time.Microsecond, 4296425467*time.Microsecond, "HEY, THE®E.")},
		"paint-on.scc": {3, 0, cue(173773600*time.Microsecond, 176176*ms, "Lorem ipsum dolor sit amet,",
			"consectetur adipiscing elit.")},
		"mix-rows-roll-up.scc": {16, 6, cue(12312300*time.Microsecond, 13313300*time.Microsecond, "WE SERVE.", "®°½")},
	} {
		file, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		cues := mustRead(t, file)
		if len(cues) != want.count {
			t.Fatalf("%s: %d cues, want %d", name, len(cues), want.count)
		}
		got := cues[want.at]
		got.Start, got.End = got.Start.Round(time.Microsecond), got.End.Round(time.Microsecond)
		if diff := cmp.Diff(want.cue, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
