package openapi

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(m) }

// documentPath is where a server serves the document.
const documentPath = "/v1/openapi.json"

// needModules skips a test where the npm packages are not installed.
func needModules(t *testing.T) {
	t.Helper()
	reelastictest.Need(t, "js", "node", "-e", "require.resolve('aws4fetch')")
}

// TestValidator has a validator from npm read the document that a server serves.
func TestValidator(t *testing.T) {
	t.Parallel()
	needModules(t)
	s := reelastictest.Start(t)
	version := reelastictest.Command(t, "node", "js/validate.js", "http://"+s.Addr()+documentPath)
	if strings.TrimSpace(version) != "3.1" {
		t.Errorf("the validator takes the document for OpenAPI %s", version)
	}
}

// line is one line of js/follow.ts.
type line struct {
	System   *v1.System
	Jobs     []v1.Job
	GivenUp  []v1.GivenUpJob
	Refused  *struct{ Message string }
	Event    string
	Progress *v1.Progress
}

// TestGeneratedClient generates a TypeScript client from the document that a server
// serves, compiles a program against it, and has the program search for jobs and follow one. The job
// begins when the program has seen it wait.
func TestGeneratedClient(t *testing.T) {
	t.Parallel()
	needModules(t)
	f := reelastictest.New(t)
	program := build(t, "http://"+f.Addr()+documentPath)
	setStatus(t, f, "Paused")
	clip := f.PutClip(t, "clip.mp4", reelastictest.Clip{Width: 128, Height: 96, Rate: 10, Seconds: 2})
	var jobs []string
	for _, key := range []string{"summer/1.mp4", "winter/2.mp4", "summer/3.mp4", "summer/4.mp4"} {
		jobs = append(jobs, f.Submit(t, &api.CreateJobRequest{Input: &api.JobInput{Key: &clip},
			Output: &api.CreateJobOutput{Key: &key, PresetId: new(reelastictest.Generic480p)}}))
	}
	job := jobs[0]

	lines := run(t, f, program, job)
	if got := lines.next(t); got.System == nil || got.System.FFmpeg == nil {
		t.Errorf("the system is %+v", got.System)
	}
	for _, want := range [][]string{{jobs[3], jobs[2]}, {job}} {
		var found []string
		for _, j := range lines.next(t).Jobs {
			found = append(found, j.ID)
		}
		if !slices.Equal(found, want) {
			t.Errorf("a page of the search has %v, want %v", found, want)
		}
	}
	if got := lines.next(t); got.Refused == nil || !strings.Contains(got.Refused.Message, `limit "1000" is not valid`) {
		t.Errorf("a page that can't be: %+v", got.Refused)
	}
	if got := lines.next(t); got.GivenUp == nil || len(got.GivenUp) > 0 {
		t.Errorf("given-up jobs: %+v", got.GivenUp)
	}
	if got := lines.next(t); got.Refused == nil || !strings.Contains(got.Refused.Message, "Value 'x' at 'id'") {
		t.Errorf("a job that can't be: %+v", got.Refused)
	}
	first := lines.next(t)
	if first.Event != v1.EventStatus || first.Progress.JobID != job || first.Progress.Status != "Submitted" {
		t.Fatalf("the first event is %q %+v", first.Event, first.Progress)
	}
	setStatus(t, f, "Active")
	last := first
	for last.Progress.Status != "Complete" {
		next := lines.next(t)
		if next.Progress.Attempt == last.Progress.Attempt && next.Progress.Percent < last.Progress.Percent {
			t.Errorf("%g %% after %g %%", next.Progress.Percent, last.Progress.Percent)
		}
		if last = next; last.Progress.Status == "Error" {
			t.Fatalf("the job ended as %+v", last.Progress)
		}
	}
	if last.Event != v1.EventStatus || last.Progress.Percent != 100 || len(last.Progress.Outputs) != 1 {
		t.Errorf("the last event is %q %+v", last.Event, last.Progress)
	}
	lines.end(t)
}

// build makes a program of js/follow.ts and a client generated from the document at an
// address. It returns the program's file.
func build(t *testing.T, document string) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"package.json", "tsconfig.json", "follow.ts"} {
		text := reelastictest.ReadFile(t, filepath.Join("js", name))
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	modules, err := filepath.Abs("js/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(folder, "node_modules")); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{
		{"openapi-ts", "-i", document, "-o", "generated", "-c", "@hey-api/client-fetch", "--no-log-file"},
		{"tsc", "-p", "."},
	} {
		cmd := exec.CommandContext(t.Context(), filepath.Join(modules, ".bin", command[0]), command[1:]...)
		cmd.Dir = folder
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
		}
	}
	return filepath.Join(folder, "built", "follow.js")
}

func setStatus(t *testing.T, f *reelastictest.Fixture, status string) {
	t.Helper()
	_, err := f.Client.UpdatePipelineStatus(t.Context(),
		&api.UpdatePipelineStatusRequest{Id: &f.PipelineID, Status: &status})
	if err != nil {
		t.Fatal(err)
	}
}

// output is what a program that runs writes.
type output struct {
	documents *json.Decoder
	cmd       *exec.Cmd
	errors    *strings.Builder
}

// run starts the program, which follows a job.
func run(t *testing.T, f *reelastictest.Fixture, program, job string) output {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", program)
	caller := f.Credentials()
	cmd.Env = append(os.Environ(), "TEST_ADDR="+f.Addr(), "TEST_JOB="+job, "TEST_PIPELINE="+f.PipelineID,
		"AWS_ACCESS_KEY_ID="+caller.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+caller.SecretAccessKey)
	errors := &strings.Builder{}
	cmd.Stderr = errors
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return output{json.NewDecoder(out), cmd, errors}
}

func (o output) next(t *testing.T) (l line) {
	t.Helper()
	if err := o.documents.Decode(&l); err != nil {
		t.Fatalf("%v; %v: %s", err, o.cmd.Wait(), o.errors)
	}
	return l
}

// end wants the program to end, because the stream has ended.
func (o output) end(t *testing.T) {
	t.Helper()
	if o.documents.More() {
		t.Errorf("an event after the last: %+v", o.next(t))
	}
	if err := o.cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, o.errors)
	}
}
