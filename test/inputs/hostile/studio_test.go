package hostile

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(m) }

// studio runs jobs with a watch over the server's memory.
type studio struct {
	*reelastictest.Fixture
	memory *reelastictest.Memory
}

func newStudio(t *testing.T, args ...string) *studio {
	t.Helper()
	f := reelastictest.New(t, append([]string{"--workers", "2"}, args...)...)
	return &studio{f, reelastictest.WatchMemory(t, f.Server)}
}

// film makes a short clip with sound an input, and returns its key.
func (s *studio) film(t *testing.T) string {
	t.Helper()
	return s.PutClip(t, "film.mp4", reelastictest.Clip{Width: 128, Height: 96, Rate: 10, Seconds: 1})
}

// lives shows with a clip like any other that the server has come to no harm.
func (s *studio) lives(t *testing.T) {
	t.Helper()
	done := s.Await(t, s.submit(t, job{input: s.film(t), output: "afterwards.mp4"}))
	if *done.Status != "Complete" {
		t.Errorf("afterwards a clip is %s: %s", *done.Status, reelastictest.Text(done.Outputs[0].StatusDetail))
	}
}

// put makes an input object and returns its key.
func (s *studio) put(key string, content []byte) string {
	s.PutText("in", key, string(content))
	return key
}

// job is one to submit. Its output is a film, where it does not say otherwise.
type job struct {
	input, hint string // key and container
	output      string // key; by default one of its own
	preset      string
	watermark   string
	art         string
	captions    string
}

// request is the job in the API's words.
func (s *studio) request(j job) *api.CreateJobRequest {
	out := api.CreateJobOutput{Key: &j.output, PresetId: new(reelastictest.Generic480p)}
	if j.preset != "" {
		out.PresetId = &j.preset
	}
	if j.watermark != "" {
		out.Watermarks = []api.JobWatermark{{PresetWatermarkId: new("TopLeft"), InputKey: &j.watermark}}
	}
	if j.art != "" {
		out.AlbumArt = &api.JobAlbumArt{MergePolicy: new("Replace"), Artwork: []api.Artwork{{InputKey: &j.art}}}
	}
	if j.captions != "" {
		out.Captions = &api.Captions{MergePolicy: new("MergeOverride"),
			CaptionSources: []api.CaptionSource{{Key: &j.captions, Language: new("en")}},
			CaptionFormats: []api.CaptionFormat{{Format: new("webvtt"), Pattern: new(j.output + "-{language}")}}}
	}
	in := api.JobInput{Key: &j.input}
	if j.hint != "" {
		in.Container = &j.hint
	}
	return &api.CreateJobRequest{PipelineId: &s.PipelineID, Inputs: []api.JobInput{in},
		Outputs: []api.CreateJobOutput{out}}
}

func (s *studio) submit(t *testing.T, j job) string {
	t.Helper()
	if j.output == "" {
		j.output = strings.Join([]string{"of", j.input, j.hint, j.watermark, j.art, j.captions, "end"}, "-")
	}
	return s.Submit(t, s.request(j))
}

// refusal is the message with which the server refuses a job at once; "" if it does not.
func (s *studio) refusal(t *testing.T, j job) string {
	t.Helper()
	_, err := s.Client.CreateJob(t.Context(), s.request(j))
	if refused, ok := errors.AsType[*client.ResponseError](err); ok && refused.Status/100 == 4 {
		return refused.Message
	}
	if err != nil {
		t.Errorf("CreateJob: %v", err)
	}
	return ""
}

// code is the number that a job's StatusDetail begins with; 0 for a job that is Complete.
func code(t *testing.T, j *api.Job) int {
	t.Helper()
	detail := reelastictest.Text(j.Outputs[0].StatusDetail)
	if *j.Status == "Complete" {
		return 0
	}
	number, rest, _ := strings.Cut(detail, " ")
	n, err := strconv.Atoi(number)
	if err != nil || *j.Status != "Error" || len(rest) < len("00000000-0000-0000-0000-000000000000: .") {
		t.Errorf("%s: %s", *j.Status, detail)
	}
	return n
}

// refused checks that a job ended with one of some codes and left nothing.
func (s *studio) refused(t *testing.T, j *api.Job, codes ...int) {
	t.Helper()
	got, wanted := code(t, j), false
	for _, c := range codes {
		wanted = wanted || c == got
	}
	if !wanted {
		t.Errorf("%s, want Error with one of %v: %s", *j.Status, codes, reelastictest.Text(j.Outputs[0].StatusDetail))
	}
	s.WantNothingOf(t, j.Outputs[0])
}

// held checks the most memory, in bytes, that the server and its children have had.
func (s *studio) held(t *testing.T, server, child int64) {
	t.Helper()
	gotServer, gotChild := s.memory.Peak()
	t.Logf("held at most: the server %d MB, a child %d MB", gotServer>>20, gotChild>>20)
	if gotServer == 0 || gotServer > server || gotChild > child {
		t.Errorf("the server held %d bytes and a child %d, at most %d and %d are allowed", gotServer, gotChild,
			server, child)
	}
}
