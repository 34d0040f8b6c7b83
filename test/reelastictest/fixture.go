package reelastictest

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
)

// JobsWithin bounds how long a short job takes on a busy machine.
const JobsWithin = 120 * time.Second

// Soak reports that long tables run whole (REELASTIC_SOAK), rather than a fixed part of them.
var Soak = os.Getenv("REELASTIC_SOAK") != ""

// Fixture is what most end-to-end tests begin with: a server, a client of it, and a
// pipeline from bucket "in" to bucket "out". Its methods may be called from subtests.
type Fixture struct {
	*Server
	Client     *client.Client
	PipelineID string
	// Within bounds the wait for each job; [JobsWithin] unless the test sets it.
	Within time.Duration
}

// New is a fixture of a server that [Start] starts, for tests that need ffmpeg.
func New(tb testing.TB, args ...string) *Fixture {
	tb.Helper()
	Need(tb, "", "ffmpeg", "-version")
	return On(tb, Start(tb, args...))
}

// On is a fixture of a server that was started otherwise: with its buckets on S3, behind
// TLS, without rights.
func On(tb testing.TB, s *Server) *Fixture {
	tb.Helper()
	f := Bare(tb, s)
	f.PipelineID = f.CreatePipeline(tb, &api.CreatePipelineRequest{InputBucket: new("in"), OutputBucket: new("out")})
	return f
}

// Bare is [On] without the pipeline, for tests that make pipelines of their own; buckets
// "in" and "out" are there.
func Bare(tb testing.TB, s *Server) *Fixture {
	tb.Helper()
	s.Bucket("in")
	s.Bucket("out")
	return &Fixture{Server: s, Client: s.GoClient(), Within: JobsWithin}
}

// CreatePipeline makes a pipeline and returns its id. Name and Role need not be given.
func (f *Fixture) CreatePipeline(tb testing.TB, req *api.CreatePipelineRequest) string {
	tb.Helper()
	if req.Name == nil {
		req.Name = new("test")
	}
	if req.Role == nil {
		req.Role = new(Role)
	}
	created, err := f.Client.CreatePipeline(tb.Context(), req)
	if err != nil {
		tb.Fatal(err)
	}
	return *created.Pipeline.Id
}

// CreatePreset makes a preset.
func (f *Fixture) CreatePreset(tb testing.TB, req *api.CreatePresetRequest) *api.Preset {
	tb.Helper()
	created, err := f.Client.CreatePreset(tb.Context(), req)
	if err != nil {
		tb.Fatal(err)
	}
	return created.Preset
}

// ReadPreset reads a preset.
func (f *Fixture) ReadPreset(tb testing.TB, id string) *api.Preset {
	tb.Helper()
	read, err := f.Client.ReadPreset(tb.Context(), &api.ReadPresetRequest{Id: &id})
	if err != nil {
		tb.Fatal(err)
	}
	return read.Preset
}

// CopyPreset makes a preset that is as another one but for changes, and returns its id.
func (f *Fixture) CopyPreset(tb testing.TB, id string, change func(*api.CreatePresetRequest)) string {
	tb.Helper()
	p := f.ReadPreset(tb, id)
	req := &api.CreatePresetRequest{
		Name: new("copy"), Container: p.Container, Video: p.Video, Audio: p.Audio, Thumbnails: p.Thumbnails,
	}
	change(req)
	return *f.CreatePreset(tb, req).Id
}

// PutClip makes a clip in bucket "in", and returns its key.
func (f *Fixture) PutClip(tb testing.TB, key string, c Clip) string {
	tb.Helper()
	f.Put("in", key, c.Make(tb))
	return key
}

// PutMade makes an object in bucket "in" with ffmpeg, given all its arguments but the
// name of the result.
func (f *Fixture) PutMade(tb testing.TB, key string, args ...string) {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "made"+filepath.Ext(key))
	args = slices.Concat([]string{"-nostdin", "-v", "error"}, args, []string{path})
	Command(tb, "ffmpeg", args...)
	f.Put("in", key, path)
}

// Submit makes a job, of the fixture's pipeline unless it names another, and returns its id.
func (f *Fixture) Submit(tb testing.TB, req *api.CreateJobRequest) string {
	tb.Helper()
	if req.PipelineId == nil {
		req.PipelineId = &f.PipelineID
	}
	created, err := f.Client.CreateJob(tb.Context(), req)
	if err != nil {
		tb.Fatal(err)
	}
	return *created.Job.Id
}

// Job reads a job.
func (f *Fixture) Job(tb testing.TB, id string) *api.Job {
	tb.Helper()
	read, err := f.Client.ReadJob(tb.Context(), &api.ReadJobRequest{Id: &id})
	if err != nil {
		tb.Fatal(err)
	}
	return read.Job
}

// Reach follows a job by the server's events until it is as wanted or has ended, and
// returns how it stands then.
func (f *Fixture) Reach(tb testing.TB, id string, wanted func(v1.Progress) bool) v1.Progress {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), f.Within)
	defer cancel()
	var last v1.Progress
	for p, err := range f.Client.Watch(ctx, id) {
		if err != nil {
			tb.Fatalf("job %s, last seen as %s at %g %%: %v", id, p.Status, p.Percent, err)
		}
		last = p
		if wanted(p) {
			break
		}
	}
	return last
}

// Await returns a job when it has ended, whichever way.
func (f *Fixture) Await(tb testing.TB, id string) *api.Job {
	tb.Helper()
	f.Reach(tb, id, func(p v1.Progress) bool { return p.Final() })
	return f.Job(tb, id)
}

// Run submits a job and returns it when it has ended, whichever way.
func (f *Fixture) Run(tb testing.TB, req *api.CreateJobRequest) *api.Job {
	tb.Helper()
	return f.Await(tb, f.Submit(tb, req))
}

// Complete is [Fixture.Run] for a job of which all becomes Complete.
func (f *Fixture) Complete(tb testing.TB, req *api.CreateJobRequest) *api.Job {
	tb.Helper()
	job := f.Run(tb, req)
	if failures := Failures(job); len(failures) > 0 {
		tb.Fatal(strings.Join(failures, "\n"))
	}
	return job
}

// Output is the file of an object in bucket "out".
func (f *Fixture) Output(key string) string {
	return filepath.Join(f.Bucket("out"), filepath.FromSlash(key))
}

// ReadOutput is the content of an object in bucket "out".
func (f *Fixture) ReadOutput(tb testing.TB, key string) []byte {
	tb.Helper()
	return ReadFile(tb, f.Output(key))
}

// Output is an output in segments of so many seconds; "" for one file.
func Output(key, preset, segments string) api.CreateJobOutput {
	o := api.CreateJobOutput{Key: &key, PresetId: &preset}
	if segments != "" {
		o.SegmentDuration = &segments
	}
	return o
}
