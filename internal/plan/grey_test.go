package plan

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestGrey looks at results and sources that are grey, and at some that are not.
func TestGrey(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	dir := t.TempDir()
	for name, source := range map[string]string{"in0": "color=gray:s=320x180:r=25:d=4",
		"in1": "testsrc2=s=320x180:r=25:d=4",
		"in2": "color=0x202020:s=320x180:r=25:d=4"} {
		call(t, dir, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-c:v", "libx264", "-preset", "ultrafast",
			"-g",
			"25", "-f", "mp4", name)
	}
	look := func(what string, step Step, frames int, want float64) {
		t.Helper()
		call(t, dir, "ffmpeg", append([]string{"-v", "error"}, step.Args...)...)
		raw, err := os.ReadFile(filepath.Join(dir, GreyFile))
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) < frames*216 || GreyShare(raw) != want {
			t.Errorf("%s: %d bytes, a share of %g, want %g", what, len(raw), GreyShare(raw), want)
		}
	}
	for name, want := range map[string]float64{"in0": 1, "in1": 0, "in2": 0} {
		p := Plan{Outputs: []Output{{File: name}}}
		look(name, p.GreyOutput(0), 4, want)
		for _, e := range []excerpt{
			{start: 3 * time.Second, duration: time.Second},
			{start: 5 * time.Second, seek: time.Second, duration: time.Second, standing: true}, // after the end
			{start: 5 * time.Second, standing: true},
		} {
			look(fmt.Sprintf("%+v of %s", e, name), greyStep([]string{"-y", "-i", name}, "0:0", e.shown()), 8, want)
		}
	}
	if text := (excerpt{start: 3 * time.Second, seek: time.Second,
		duration: 2 * time.Second}).shown(); text != "fps=8:eof_action=pass,trim=start=2:end=4," {
		t.Error(text)
	}
	if GreyShare(nil) != 0 || GreyShare(make([]byte, 100)) != 0 {
		t.Error("grey frames in nothing")
	}
}
