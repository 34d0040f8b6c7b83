package goclient_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// listed is how many resources of each kind the lists hold: two whole pages of
// the server's and a part of a third.
const listed = 103

// ids collects what a list yields.
func ids[T any](t *testing.T, list iter.Seq2[*T, error], id func(*T) *string) (found []string) {
	t.Helper()
	for element, err := range list {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, *id(element))
	}
	return found
}

func jobID(j *api.Job) *string           { return j.Id }
func pipelineID(p *api.Pipeline) *string { return p.Id }
func presetID(p *api.Preset) *string     { return p.Id }

// TestLists goes through three pages of every list, in both orders.
func TestLists(t *testing.T) {
	t.Parallel()
	server := reelastictest.Start(t, "--workers", "0")
	requests := 0
	c := server.GoClient(client.WithResponseHook(func(*client.Exchange) { requests++ }))
	var pipelines, jobs []string
	for n := range listed {
		pipelines = append(pipelines, newPipeline(t, server, c, fmt.Sprint("pipeline ", n)))
	}
	for n := range listed {
		jobs = append(jobs, newJob(t, c, jobRequest(pipelines[0], fmt.Sprint(n, ".mp4"))))
	}
	elsewhere := newJob(t, c, jobRequest(pipelines[1], "a.mp4"))
	presets := ids(t, c.Presets(t.Context(), client.OldestFirst), presetID)
	for n := len(presets); n < listed; n++ {
		made, err := c.CreatePreset(t.Context(), presetRequest(fmt.Sprint("preset ", n)))
		if err != nil {
			t.Fatal(err)
		}
		presets = append(presets, *made.Preset.Id)
	}
	for _, list := range []struct {
		name  string
		want  []string
		pages int
		list  func(...client.Order) []string
	}{
		{"JobsByPipeline", jobs, 3, func(o ...client.Order) []string {
			return ids(t, c.JobsByPipeline(t.Context(), pipelines[0], o...), jobID)
		}},
		{"JobsByStatus", append(slices.Clone(jobs), elsewhere), 3, func(o ...client.Order) []string {
			return ids(t, c.JobsByStatus(t.Context(), client.JobSubmitted, o...), jobID)
		}},
		{"Pipelines", pipelines, 3, func(o ...client.Order) []string {
			return ids(t, c.Pipelines(t.Context(), o...), pipelineID)
		}},
		{"Presets", presets, 3, func(o ...client.Order) []string {
			return ids(t, c.Presets(t.Context(), o...), presetID)
		}},
		{"JobsByStatus, of none", nil, 1, func(o ...client.Order) []string {
			return ids(t, c.JobsByStatus(t.Context(), client.JobComplete, o...), jobID)
		}},
	} {
		t.Run(list.name, func(t *testing.T) {
			requests = 0
			if diff := cmp.Diff(list.want, list.list(client.OldestFirst)); diff != "" {
				t.Errorf("oldest first (-want +got):\n%s", diff)
			}
			if requests != list.pages {
				t.Errorf("%d requests, want %d", requests, list.pages)
			}
			newest := list.list(client.NewestFirst)
			slices.Reverse(newest)
			if diff := cmp.Diff(list.want, newest); diff != "" {
				t.Errorf("newest first, reversed (-want +got):\n%s", diff)
			}
			if got := len(list.list()); got != len(list.want) {
				t.Errorf("%d without an order, want %d", got, len(list.want))
			}
		})
	}
}

// TestListEnds reads no page that nobody asks for, and yields an error once.
func TestListEnds(t *testing.T) {
	t.Parallel()
	requests := 0
	c := reelastictest.Start(t, "--workers", "0").GoClient(client.WithResponseHook(func(*client.Exchange) {
		requests++
	}))
	for preset, err := range c.Presets(t.Context()) {
		if err != nil || preset == nil {
			t.Fatal(err)
		}
		break
	}
	if requests != 1 {
		t.Errorf("%d requests for one element, want 1", requests)
	}
	elements := 0
	for job, err := range c.JobsByPipeline(t.Context(), missing) {
		elements++
		wantException[*client.ResourceNotFoundException](t, err, "ListJobsByPipeline", api.ResourceNotFoundException,
			404, missing)
		if job != nil {
			t.Errorf("a job with the error: %v", job)
		}
	}
	if elements != 1 {
		t.Errorf("%d elements, want the error alone", elements)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	requests = 0
	var last error
	for _, err := range c.Presets(ctx) {
		cancel()
		last = err
	}
	if last == nil || requests > 2 {
		t.Errorf("canceled at the first element: %d requests, error %v", requests, last)
	}
}

// presetRequest is for a small picture without sound.
func presetRequest(name string) *api.CreatePresetRequest {
	return &api.CreatePresetRequest{Name: &name, Container: new("mp4"),
		Video: &api.VideoParameters{Codec: new("H.264"), CodecOptions: map[string]string{"Profile": "main",
			"Level": "3.1", "MaxReferenceFrames": "2"},
			KeyframesMaxDist: new("30"), FixedGOP: new("true"), BitRate: new("400"), FrameRate: new("auto"),
			MaxWidth: new("320"), MaxHeight: new("240"),
			SizingPolicy: new("Fit"), PaddingPolicy: new("Pad"), DisplayAspectRatio: new("auto")},
		Thumbnails: &api.Thumbnails{Format: new("png"), Interval: new("60"), MaxWidth: new("auto"),
			MaxHeight:    new("auto"),
			SizingPolicy: new("Fit"), PaddingPolicy: new("NoPad")}}
}
