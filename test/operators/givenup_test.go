package operators

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// brokenLines are what a broken ffmpeg says. The last one is a reason to try each output
// alone.
var brokenLines = []string{"[libx264] [error] the licence is on another machine",
	"[error] Error while opening encoder for output stream #0:0"}

// brokenFFmpeg makes an ffmpeg that fails to encode two videos in one run, and hangs with one.
// All else is the machine's.
func brokenFFmpeg(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"ffmpeg", "ffprobe"} {
		real, err := exec.LookPath(name)
		if err != nil {
			reelastictest.Missing(t, err.Error())
		}
		script := "#!/bin/sh\ncase \"$*\" in\n" +
			"*libx264*libx264*) printf '%s\\n' '" + strings.Join(brokenLines, "' '") + "' >&2; exit 1;;\n" +
			"*-progress*libx264*) exec sleep 600;;\nesac\nexec " + real + " \"$@\"\n"
		if err := os.WriteFile(filepath.Join(folder, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, "ffmpeg")
}

// TestGivenUpJob loses two workers, one after the other, in the midst of a job with which
// ffmpeg fails. The operator finds the job with its attempts, its workers and what ffmpeg said.
func TestGivenUpJob(t *testing.T) {
	t.Parallel()
	shared := []string{"--database", postgres.Database(t), "--nats", startNATS(t), "--ack-wait", "2s"}
	s := &site{Fixture: reelastictest.New(t, append([]string{"--workers", "0"}, shared...)...)}
	s.Within = within
	work := append([]string{"--storage", filepath.Join(s.Data, "buckets"), "--workers", "1", "--max-attempts", "2",
		"--max-step-stall", "10m", "--ffmpeg", brokenFFmpeg(t)}, shared...)
	s.PutClip(t, "clip.mp4", reelastictest.Clip{Width: 320, Height: 180, Rate: 10, Seconds: 2})
	job := s.Submit(t, &api.CreateJobRequest{
		Inputs: []api.JobInput{{Key: new("clip.mp4")}},
		Outputs: []api.CreateJobOutput{reelastictest.Output("480p.mp4", reelastictest.Generic480p, ""),
			reelastictest.Output("360p.mp4", reelastictest.Generic360p, "")},
	})

	var workers []string
	for range 2 {
		w := reelastictest.StartWorker(t, work...)
		reelastictest.Poll(t, within, "no output is tried alone", func() bool {
			return slices.ContainsFunc(w.Children(), func(pid int) bool { return nameOf(pid) == "sleep" })
		})
		reelastictest.Poll(t, within, "the worker is not listed with the job", func() bool {
			all := s.workers(t)
			i := slices.IndexFunc(all, func(w v1.Worker) bool {
				return len(w.Jobs) == 1 && !slices.Contains(workers, w.ID)
			})
			if i >= 0 {
				workers = append(workers, all[i].ID)
			}
			return i >= 0
		})
		w.Kill()
	}
	if out := s.run(t, "job", "given-up", "--output", "json"); out != "" {
		t.Errorf("given up before the end: %s", out)
	}
	reelastictest.StartWorker(t, work...)
	ended := s.Await(t, job)
	if detail := reelastictest.Text(ended.Outputs[0].StatusDetail); *ended.Status != "Error" ||
		!strings.HasPrefix(detail, "9999 ") {
		t.Errorf("%s: %q", *ended.Status, detail)
	}

	var told []v1.GivenUpJob
	for j, err := range s.GoClient().GivenUpJobs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, j)
	}
	want := v1.GivenUpJob{JobID: job, PipelineID: s.PipelineID, Attempts: 2, Workers: workers, FFmpegTail: brokenLines}
	if len(told) == 1 {
		want.GivenUp = told[0].GivenUp
	}
	if diff := cmp.Diff([]v1.GivenUpJob{want}, told); diff != "" || want.GivenUp.IsZero() {
		t.Errorf("the API tells (-want +got):\n%s", diff)
	}
	shown := documents[v1.GivenUpJob](t, s.run(t, "job", "given-up", "--output", "json"))
	if diff := cmp.Diff(told, shown); diff != "" {
		t.Errorf("the command tells (-API +command):\n%s", diff)
	}
	table := s.run(t, "job", "given-up")
	for _, part := range []string{job, strings.Join(workers, ", "), brokenLines[1]} {
		if !strings.Contains(table, part) {
			t.Errorf("the table has no %q:\n%s", part, table)
		}
	}
}

// nameOf is the name of the program that a process runs; "" when it has ended.
func nameOf(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
