package operators

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestBrokenSandbox breaks bubblewrap while a worker serves: it is removed, and then not
// permitted. The worker takes no jobs and says why, once; the job that met it waits, and is
// done when bubblewrap works again.
func TestBrokenSandbox(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	for _, name := range []string{"ffmpeg", "ffprobe", "prlimit"} {
		if err := os.Symlink(programPath(t, name), filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	mend := func() { writeScript(t, bin, "bwrap", `exec `+programPath(t, "bwrap")+` "$@"`) }
	mend()
	f := reelastictest.On(t, reelastictest.StartWith(t, []string{"PATH=" + bin}, "--workers", "1"))
	f.PutClip(t, "clip.mp4", reelastictest.Clip{Width: 128, Height: 96, Rate: 10, Seconds: 1})
	job := func(key string) *api.CreateJobRequest {
		return &api.CreateJobRequest{Inputs: []api.JobInput{{Key: new("clip.mp4")}},
			Outputs: []api.CreateJobOutput{reelastictest.Output(key, reelastictest.Generic480p, "")}}
	}
	f.Complete(t, job("before.mp4"))
	for i, spoil := range []struct {
		reason string
		do     func()
	}{
		{"executable file not found", func() {
			if err := os.Remove(filepath.Join(bin, "bwrap")); err != nil {
				t.Fatal(err)
			}
		}},
		{"Creating new namespace failed", func() {
			writeScript(t, bin, "bwrap", `echo "bwrap: Creating new namespace failed: Operation not permitted" >&2; exit 1`)
		}},
	} {
		spoil.do()
		id := f.Submit(t, job(fmt.Sprintf("%d.mp4", i)))
		reelastictest.Poll(t, within, "the worker takes jobs", func() bool {
			all, err := f.Client.Workers(t.Context())
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			return strings.HasPrefix(all[0].Refusal, "ffmpeg can't be run: no sandbox works here") &&
				strings.Contains(all[0].Refusal, spoil.reason)
		})
		for waiting, err := range f.Client.WaitingJobs(t.Context(), "") {
			if err != nil || waiting.JobID != id || waiting.Reason != v1.WaitsForRefusal {
				t.Errorf("waiting: %+v, %v", waiting, err)
			}
		}
		mend()
		if got := f.Await(t, id); *got.Status != "Complete" {
			t.Error(reelastictest.Failures(got))
		}
	}
	if n := strings.Count(f.Log(), `"no job begins"`); n != 2 {
		t.Errorf("it was told %d times, want once for each", n)
	}
}

// programPath is where a program lies.
func programPath(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		reelastictest.Missing(t, err.Error())
	}
	return path
}

// writeScript puts a script in the place of a program, at once.
func writeScript(t *testing.T, dir, name, text string) {
	t.Helper()
	fresh := filepath.Join(dir, name+".new")
	if err := os.WriteFile(fresh, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(fresh, filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}
