package field

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// tampering is what an ffmpeg does to a result that it has made well, and how the check
// must end the output.
var tampering = []struct{ name, key, code, script string }{
	{"audio twice", "film.mp4", "9000 ",
		`remake -i o1.mp4 -filter_complex '[0:a]asplit[a][b];[a][b]concat=n=2:v=0:a=1[c]' -map 0:v -map '[c]' -c:v copy -c:a aac -ar 44100`},
	{"a frame too many", "film.mp4", "9000 ",
		`remake -i o1.mp4 -vf tpad=stop=1:stop_mode=clone -c:a copy -c:v libx264 -profile:v baseline -level 3.1`},
	{"a missing tail", "film.mp4", "4007 ", `remake -i o1.mp4 -t 2.5 -c copy`},
	{"audio without its tail", "film.mp4", "4007 ", `remake -i o1.mp4 -t 2.5 -i o1.mp4 -map 1:v -map 0:a -c copy`},
	{"grey frames", "film.mp4", "4007 ",
		`remake -i o1.mp4 -vf "lutyuv=y=126:u=128:v=128" -c:a copy -c:v libx264 -profile:v baseline -level 3.1`},
	{"wrong colour tags", "film.mp4", "9000 ",
		`remake -i o1.mp4 -c copy -bsf:v h264_metadata=colour_primaries=9:transfer_characteristics=16:matrix_coefficients=9`},
	{"audio late", "film.mp4", "9000 ", `remake -i o1.mp4 -itsoffset 0.3 -i o1.mp4 -map 0:v -map 1:a -c copy`},
	{"a list that sums short", "hls", "9000 ", `sed -i '0,/#EXTINF:[0-9.]*/s//#EXTINF:1.0/' o1.m3u8`},
}

// tamper writes an ffmpeg that makes results as the real one does, and then changes them.
func tamper(t *testing.T, script string) (program string) {
	t.Helper()
	dir := t.TempDir()
	real := map[string]string{}
	for _, tool := range []string{"ffmpeg", "ffprobe"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		real[tool] = path
	}
	text := fmt.Sprintf(`#!/bin/sh
remake() { %[1]s -nostdin -v error -y "$@" t.mp4 && cat t.mp4 >o1.mp4 && rm t.mp4; }
%[1]s "$@" || exit $?
case "$*" in *libx264*) %[2]s >&2 ;; esac
`, real["ffmpeg"], script)
	program = filepath.Join(dir, "ffmpeg")
	if err := os.WriteFile(program, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real["ffprobe"], filepath.Join(dir, "ffprobe")); err != nil {
		t.Fatal(err)
	}
	return program
}

// TestTampered: a result that is wrong in any way is refused before anyone sees it.
func TestTampered(t *testing.T) {
	t.Parallel()
	reelastictest.Need(t, "", "ffmpeg", "-version")
	if os.Getenv("REELASTIC_TEST_FFMPEG") != "" {
		t.Skip("an ffmpeg of another root can't be called by the program that stands in its place")
	}
	source := filepath.Join(t.TempDir(), "in.mp4")
	make := exec.CommandContext(t.Context(), "ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi",
		"-i", "testsrc2=s=320x180:r=25:d=5", "-f", "lavfi", "-i",
		"sine=d=5", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", source)
	if out, err := make.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, c := range append(tampering, struct{ name, key, code, script string }{"nothing", "film.mp4", "", "true"}) {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, "--ffmpeg", tamper(t, c.script))
			b.Put("in", "in.mp4", source)
			o := api.CreateJobOutput{Key: &c.key, PresetId: new(reelastictest.Generic480p)}
			if c.key == "hls" {
				o.PresetId, o.SegmentDuration = new(reelastictest.HLS1M), new("2")
			}
			out := b.Run(t, &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new("in.mp4")}},
				Outputs: []api.CreateJobOutput{o}}).Outputs[0]
			switch {
			case c.code == "" && *out.Status == "Complete":
			case c.code == "" || *out.Status != "Error" ||
				!strings.HasPrefix(reelastictest.Text(out.StatusDetail), c.code):
				t.Errorf("%s %q, want %s", *out.Status, reelastictest.Text(out.StatusDetail), c.code)
			}
			left, err := os.ReadDir(b.Bucket("out"))
			if err != nil || c.code != "" && len(left) > 0 {
				t.Errorf("published: %v, %v", left, err)
			}
		})
	}
}
