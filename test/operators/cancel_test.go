package operators

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestCancelAndRetry cancels a job in the middle of its encode: ffmpeg ends, nothing is left,
// and a retry makes all of it.
func TestCancelAndRetry(t *testing.T) {
	onEachShape(t, func(t *testing.T, s *site) {
		job := s.encode(t)
		if len(s.encoding()) == 0 {
			t.Fatal("nothing encodes")
		}
		var inUse *client.ResourceInUseException
		if _, err := s.Client.CancelJob(t.Context(), &api.CancelJobRequest{Id: &job}); !errors.As(err, &inUse) {
			t.Errorf("the original operation: %v", err)
		}
		if out := s.refuse(t, "job", "retry", job); !strings.Contains(out, "its status is Progressing") {
			t.Errorf("a retry of a job that runs: %s", out)
		}
		canceled, err := s.Client.StopJob(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		answered := time.Now()
		reelastictest.Poll(t, within, "ffmpeg goes on", func() bool { return len(s.encoding()) == 0 })
		t.Logf("ffmpeg had ended %v after the answer", time.Since(answered).Round(time.Millisecond))
		if canceled.Status != "Canceled" || canceled.Finished == nil || canceled.Outputs[0].Status != "Canceled" {
			t.Errorf("the answer: %+v", canceled)
		}
		s.wantNothing(t)
		if p := s.Reach(t, job, func(v1.Progress) bool { return true }); p.Status != "Canceled" {
			t.Errorf("progress: %+v", p)
		}
		if out := s.run(t, "job", "cancel", job); out != "job "+job+": Canceled\n" { // again
			t.Errorf("cancel: %q", out)
		}

		out := s.run(t, "job", "retry", job)
		again := strings.TrimSpace(strings.TrimPrefix(out, "job "+job+": retried as "))
		if done := s.Await(t, again); *done.Status != "Complete" {
			t.Errorf("the retry %q is %s", again, *done.Status)
		}
		if n := len(s.Objects("out")); n != 6 {
			t.Errorf("%d objects, want 6", n)
		}
		if out := s.refuse(t, "job", "cancel", again); !strings.Contains(out, "its status is Complete") {
			t.Errorf("cancel of a job that has ended: %s", out)
		}
	})
}

// TestRetryReplaces retries a job of which one output has failed: what the other one has
// left is no obstacle.
func TestRetryReplaces(t *testing.T) {
	t.Parallel()
	s := oneProcess(t)
	s.PutClip(t, "clip.mp4", reelastictest.Clip{Width: 128, Height: 96, Rate: 10, Seconds: 1})
	s.PutText("out", "taken.mp4", "in the way")
	job := s.Run(t, &api.CreateJobRequest{
		Inputs: []api.JobInput{{Key: new("clip.mp4")}},
		Outputs: []api.CreateJobOutput{reelastictest.Output("film.mp4", reelastictest.Generic480p, ""),
			reelastictest.Output("taken.mp4", reelastictest.Generic480p, "")},
	})
	if *job.Status != "Error" || *job.Outputs[0].Status != "Complete" || *job.Outputs[1].Status != "Error" {
		t.Fatalf("the job is %s, its outputs %s, %s", *job.Status, *job.Outputs[0].Status, *job.Outputs[1].Status)
	}
	s.remove(t, "out", "taken.mp4")
	again, err := s.Client.RetryJob(context.Background(), *job.Id)
	if err != nil {
		t.Fatal(err)
	}
	if again.RetryOf != *job.Id || again.ID == *job.Id || again.Status != "Submitted" {
		t.Errorf("the retry: %+v", again)
	}
	if done := s.Await(t, again.ID); *done.Status != "Complete" {
		t.Errorf("the retry is %s: %s", *done.Status, reelastictest.Text(done.Outputs[0].StatusDetail))
	}
}

// TestPrioritize lets a job pass one that was submitted before it.
func TestPrioritize(t *testing.T) {
	t.Parallel()
	s := oneProcess(t)
	running := s.encode(t)
	second := s.Submit(t, long("second/")) // it is prepared
	waiting := make([]string, 4)
	for i := range waiting {
		waiting[i] = s.Submit(t, long(string(rune('a'+i))+"/"))
	}
	last := waiting[3]
	if out := s.run(t, "job", "prioritize", last, "--priority", "7"); out != "job "+last+": priority 7\n" {
		t.Errorf("prioritize: %q", out)
	}
	if out := s.refuse(t, "job", "prioritize", running, "--priority", "7"); !strings.Contains(out,
		"its status is Progressing, and must be Submitted") {
		t.Errorf("a job that runs: %s", out)
	}
	if out := s.refuse(t, "job", "prioritize", last, "--priority", "10"); !strings.Contains(out,
		"priority 10 is not valid: it must be from 0 to 9") {
		t.Errorf("a priority that there is not: %s", out)
	}
	for _, job := range []string{running, second} {
		s.run(t, "job", "cancel", job)
	}
	s.Reach(t, last, func(p v1.Progress) bool { return p.Status == "Progressing" })
	if status := *s.Job(t, waiting[2]).Status; status != "Submitted" {
		t.Errorf("a job of a lower priority is %s", status)
	}
	s.run(t, append([]string{"job", "cancel"}, waiting...)...)
	reelastictest.Poll(t, within, "ffmpeg goes on", func() bool { return len(s.encoding()) == 0 })
	s.wantNothing(t)
}
