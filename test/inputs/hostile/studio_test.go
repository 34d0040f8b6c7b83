package hostile

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/elastictranscoder"
	"github.com/aws/aws-sdk-go-v2/service/elastictranscoder/types"
	"github.com/aws/smithy-go"

	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(m) }

const (
	film480p  = "1351620000001-000020"
	mp3At128k = "1351620000001-300040"
)

// soak runs the long tables whole.
var soak = os.Getenv("REELASTIC_SOAK") != ""

// studio is a server with a client, a pipeline, and a watch over its memory.
type studio struct {
	*reelastictest.Server
	client   *elastictranscoder.Client
	pipeline string
	memory   *reelastictest.Memory
}

func newStudio(t *testing.T, args ...string) *studio {
	t.Helper()
	reelastictest.Need(t, "", "ffmpeg", "-version")
	server := reelastictest.Start(t, append([]string{"--workers", "2"}, args...)...)
	client := server.Client()
	return &studio{server, client, server.Pipeline(t, client), reelastictest.WatchMemory(t, server)}
}

// film makes a short clip with sound an input, and returns its key.
func (s *studio) film(t *testing.T) string {
	t.Helper()
	return s.put(t, "film.mp4", read(t, reelastictest.Clip{Width: 128, Height: 96, Rate: 10, Seconds: 1}.Make(t)))
}

// lives shows with a clip like any other that the server has come to no harm.
func (s *studio) lives(t *testing.T) {
	t.Helper()
	done := s.await(t, s.submit(t, job{input: s.film(t), output: "afterwards.mp4"}))
	if *done.Status != "Complete" {
		t.Errorf("afterwards a clip is %s: %s", *done.Status, text(done.Outputs[0].StatusDetail))
	}
}

// put makes an input object and returns its key.
func (s *studio) put(t *testing.T, key string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "content")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	s.Put("in", key, path)
	return key
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
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
func (s *studio) request(j job) *elastictranscoder.CreateJobInput {
	out := types.CreateJobOutput{Key: &j.output, PresetId: new(film480p)}
	if j.preset != "" {
		out.PresetId = &j.preset
	}
	if j.watermark != "" {
		out.Watermarks = []types.JobWatermark{{PresetWatermarkId: new("TopLeft"), InputKey: &j.watermark}}
	}
	if j.art != "" {
		out.AlbumArt = &types.JobAlbumArt{MergePolicy: new("Replace"), Artwork: []types.Artwork{{InputKey: &j.art}}}
	}
	if j.captions != "" {
		out.Captions = &types.Captions{MergePolicy: new("MergeOverride"), CaptionSources: []types.CaptionSource{{Key: &j.captions, Language: new("en")}},
			CaptionFormats: []types.CaptionFormat{{Format: new("webvtt"), Pattern: new(j.output + "-{language}")}}}
	}
	in := types.JobInput{Key: &j.input}
	if j.hint != "" {
		in.Container = &j.hint
	}
	return &elastictranscoder.CreateJobInput{PipelineId: &s.pipeline, Inputs: []types.JobInput{in}, Outputs: []types.CreateJobOutput{out}}
}

func (s *studio) submit(t *testing.T, j job) string {
	t.Helper()
	if j.output == "" {
		j.output = strings.Join([]string{"of", j.input, j.hint, j.watermark, j.art, j.captions, "end"}, "-")
	}
	return reelastictest.Submit(t, s.client, s.request(j))
}

// refusal is the message with which the server refuses a job at once; "" if it does not.
func (s *studio) refusal(t *testing.T, j job) string {
	t.Helper()
	_, err := s.client.CreateJob(t.Context(), s.request(j))
	if refused, ok := errors.AsType[smithy.APIError](err); ok && refused.ErrorFault() == smithy.FaultClient {
		return refused.ErrorMessage()
	}
	if err != nil {
		t.Errorf("CreateJob: %v", err)
	}
	return ""
}

func (s *studio) await(t *testing.T, id string) *types.Job {
	t.Helper()
	return reelastictest.AwaitJob(t, s.client, id, reelastictest.JobsWithin)
}

// code is the number that a job's StatusDetail begins with; 0 for a job that is Complete.
func code(t *testing.T, j *types.Job) int {
	t.Helper()
	detail := text(j.Outputs[0].StatusDetail)
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
func (s *studio) refused(t *testing.T, j *types.Job, codes ...int) {
	t.Helper()
	got, wanted := code(t, j), false
	for _, c := range codes {
		wanted = wanted || c == got
	}
	if !wanted {
		t.Errorf("%s, want Error with one of %v: %s", *j.Status, codes, text(j.Outputs[0].StatusDetail))
	}
	s.leftNothing(t, j)
}

func (s *studio) leftNothing(t *testing.T, j *types.Job) {
	t.Helper()
	for key := range s.Objects("out") {
		if strings.HasPrefix(key, *j.Outputs[0].Key) {
			t.Errorf("the failed job left %s", key)
		}
	}
}

// held checks the most memory, in bytes, that the server and its children have had.
func (s *studio) held(t *testing.T, server, child int64) {
	t.Helper()
	gotServer, gotChild := s.memory.Peak()
	t.Logf("held at most: the server %d MB, a child %d MB", gotServer>>20, gotChild>>20)
	if gotServer == 0 || gotServer > server || gotChild > child {
		t.Errorf("the server held %d bytes and a child %d, at most %d and %d are allowed", gotServer, gotChild, server, child)
	}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
