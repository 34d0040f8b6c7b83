package plan

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

var update = flag.Bool("update", false, "rewrite the expected plans in testdata")

// TestGolden compares whole plans. A case is a txtar file: "job" is the job as
// the API has it; "presets" holds custom presets, each as what it changes in
// the system preset that it is based on; "probe" is what was found in the input,
// one line for the file and one for each stream; "caps" has what is installed
// besides Debian's ffmpeg ("fdkaac", "libfdk_aac") or not ("no-filters"), and "fallback" for
// [Request.AACFallback]; "plan" is what is expected, one argument a line.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := describe(t, readRequest(t, archive))
			if *update {
				setSection(archive, "plan", got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(string(section(archive, "plan")), got); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

func section(a *txtar.Archive, name string) []byte {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func setSection(a *txtar.Archive, name, text string) {
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data = []byte(text)
			return
		}
	}
	a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(text)})
}

func readRequest(t *testing.T, a *txtar.Archive) Request {
	t.Helper()
	var doc api.Job
	unmarshal(t, section(a, "job"), &doc)
	var custom map[string]json.RawMessage
	if text := section(a, "presets"); text != nil {
		unmarshal(t, text, &custom)
	}
	presets := map[string]*api.Preset{}
	for i := range doc.Outputs {
		id := *doc.Outputs[i].PresetId
		presets[id] = readPreset(t, id, custom[id])
	}
	doc.Id = new("1")
	if doc.Inputs == nil {
		doc.Inputs = []api.JobInput{{Key: new("in")}}
	}
	spec, err := transcode.JobSpecOf(&doc, presets)
	if err != nil {
		t.Fatal(err)
	}
	req := Request{Job: spec, Probes: []media.Probe{readProbe(t, string(section(a, "probe")))}, Caps: testCaps,
		Threads: 2, Speed: "veryfast"}
	for word := range strings.FieldsSeq(string(section(a, "caps"))) {
		switch word {
		case "fdkaac":
			req.Caps.FDKAAC = "/usr/bin/fdkaac"
		case "libfdk_aac":
			req.Caps.Encoders = maps.Clone(testCaps.Encoders)
			req.Caps.Encoders[word] = true
		case "fallback":
			req.AACFallback = true
		case "no-filters":
			req.Caps.Filters = nil
		default:
			t.Fatalf("%q is no capability", word)
		}
	}
	return req
}

// readPreset is a system preset, or the one that "base" names with changes.
func readPreset(t *testing.T, id string, changes json.RawMessage) *api.Preset {
	t.Helper()
	base := id
	if changes != nil {
		var on struct{ Base string }
		unmarshal(t, changes, &on)
		base = on.Base
	}
	system, ok := transcode.SystemPreset(base)
	if !ok {
		t.Fatalf("no system preset %q", base)
	}
	text, err := json.Marshal(system)
	if err != nil {
		t.Fatal(err)
	}
	preset := new(api.Preset)
	unmarshal(t, text, preset)
	if changes != nil {
		unmarshal(t, changes, preset)
	}
	preset.Id = &id
	return preset
}

func unmarshal(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

// readProbe reads lines such as "file demuxer=mov duration=20s" and "video
// index=0 codec=h264 size=1280x720 rate=25".
func readProbe(t *testing.T, text string) media.Probe {
	t.Helper()
	var p media.Probe
	for line := range strings.Lines(text) {
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		f := fields{}
		for field := range strings.FieldsSeq(rest) {
			name, value, _ := strings.Cut(field, "=")
			f[name] = value
		}
		switch kind {
		case "file":
			p = media.Probe{Demuxer: f["demuxer"], Score: 100, Start: f.time(t, "start"),
				Duration:     f.time(t, "duration"),
				UnknownVideo: f.number(t, "unknown"),
				Priming:      f.time(t, "priming"), Measured: f["measured"] == "true", File: f["evened"]}
		case "video":
			v := media.VideoStream{Index: f.number(t, "index"), Codec: f["codec"], Rotation: f.number(t, "rotation"),
				Mirrored: f["mirrored"] == "true",
				SAR:      f.ratio(t, "sar"), FrameRate: f.ratio(t, "rate"), FieldOrder: f["field"], Start: f.time(t,
					"start"), Duration: f.time(t, "duration"),
				PixFmt: f["pix"], Space: f["space"], Primaries: f["primaries"], Transfer: f["transfer"],
				Range: f["range"], Alpha: f["alpha"] == "true",
				BitRate: media.BitRate(f.number(t, "kb")), Constant: f["constant"] == "true", LongestGap: f.time(t,
					"gap")}
			if f["base"] != "" {
				v.BaseRate = f.ratio(t, "base")
			}
			if _, err := fmt.Sscanf(f["size"], "%dx%d", &v.Coded.Width, &v.Coded.Height); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			p.Video = append(p.Video, v)
		case "audio":
			p.Audio = append(p.Audio, media.AudioStream{Index: f.number(t, "index"), Codec: f["codec"],
				SampleRate: f.number(t, "rate"),
				Channels:   f.number(t, "channels"), Layout: f["layout"], Start: f.time(t, "start"), Duration: f.time(t,
					"duration")})
		default:
			t.Fatalf("%q is neither file, video nor audio", line)
		}
	}
	return p
}

type fields map[string]string

func (f fields) number(t *testing.T, name string) int {
	t.Helper()
	if f[name] == "" {
		return 0
	}
	n, err := strconv.Atoi(f[name])
	if err != nil {
		t.Fatalf("%s=%s: %v", name, f[name], err)
	}
	return n
}

func (f fields) time(t *testing.T, name string) time.Duration {
	t.Helper()
	if f[name] == "" {
		return 0
	}
	d, err := time.ParseDuration(f[name])
	if err != nil {
		t.Fatalf("%s=%s: %v", name, f[name], err)
	}
	return d
}

func (f fields) ratio(t *testing.T, name string) media.Rational {
	t.Helper()
	if f[name] == "" {
		return media.Rational{Num: 1, Den: 1}
	}
	r, err := media.ParseRational(f[name])
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// describe writes a plan as text. The filter graph has one chain a line.
func describe(t *testing.T, req Request) string {
	t.Helper()
	p, err := New(req)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, out := range p.Outputs {
		describeOutput(&b, out)
	}
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "\nstep %s: outputs %v, %s, %d threads, %d MiB", s.Name, s.Outputs, s.Duration, s.Threads,
			s.MemoryBytes>>20)
		if s.Program != "" {
			fmt.Fprintf(&b, ", program %s", s.Program)
		}
		if len(s.Needs) > 0 {
			fmt.Fprintf(&b, ", needs %v", s.Needs)
		}
		b.WriteString("\n")
		for _, arg := range s.Args {
			b.WriteString(strings.ReplaceAll(arg, ";", ";\n    ") + "\n")
		}
	}
	return b.String()
}

func describeOutput(b *strings.Builder, out Output) {
	fmt.Fprintf(b, "output %d:", out.Index)
	if out.Failure != nil {
		fmt.Fprintf(b, " %v\n", out.Failure)
		return
	}
	fmt.Fprintf(b, " %s %s", out.File, out.Duration)
	if out.List != "" {
		fmt.Fprintf(b, ", list %s", out.List)
	}
	if v := out.Video; v != nil {
		fmt.Fprintf(b, ", %s %s at %s profile %d level %d", v.Codec, v.Size, v.FrameRate, v.Profile, v.Level)
	}
	if a := out.Audio; a != nil {
		name := string(a.Codec)
		if a.Profile != "" && a.Profile != AACLC {
			name = a.Profile
		}
		fmt.Fprintf(b, ", %s %d Hz %d channels", name, a.SampleRate, a.Channels)
		if a.BitDepth > 0 {
			fmt.Fprintf(b, " %d bits", a.BitDepth)
		}
		if a.Tracks > 1 {
			fmt.Fprintf(b, " in %d tracks", a.Tracks)
		}
	}
	if th := out.Thumbnails; th != nil {
		fmt.Fprintf(b, ", thumbnails %s %s", th.File, th.Size)
	}
	if out.Warning != "" {
		fmt.Fprintf(b, ", warning %q", out.Warning)
	}
	b.WriteString("\n")
}
