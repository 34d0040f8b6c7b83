package reelastictest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
)

// Text is an optional member of the API; "" where it is absent.
func Text(member *string) string {
	if member == nil {
		return ""
	}
	return *member
}

// Failures say what of a job that has ended is not Complete, and why.
func Failures(job *api.Job) (all []string) {
	for _, o := range job.Outputs {
		if *o.Status != client.JobComplete {
			all = append(all, fmt.Sprintf("output %s is %s: %s", *o.Key, *o.Status, Text(o.StatusDetail)))
		}
	}
	for _, p := range job.Playlists {
		if *p.Status != client.JobComplete {
			all = append(all, fmt.Sprintf("playlist %s is %s: %s", *p.Name, *p.Status, Text(p.StatusDetail)))
		}
	}
	if *job.Status != client.JobComplete && len(all) == 0 {
		all = append(all, fmt.Sprintf("job %s is %s", *job.Id, *job.Status))
	}
	return all
}

// WantComplete checks that an output is Complete, with a StatusDetail.
func WantComplete(tb testing.TB, o api.JobOutput, detail string) {
	tb.Helper()
	if *o.Status != client.JobComplete || Text(o.StatusDetail) != detail {
		tb.Errorf("output %s: %s %q, want Complete %q", *o.Key, *o.Status, Text(o.StatusDetail), detail)
	}
}

// WantFailed checks that an output failed with a code and a text.
func WantFailed(tb testing.TB, o api.JobOutput, code, text string) {
	tb.Helper()
	detail := Text(o.StatusDetail)
	if *o.Status != client.JobFailed || !strings.HasPrefix(detail, code+" ") || !strings.Contains(detail, text) {
		tb.Errorf("output %s: %s %q, want code %s and %q", *o.Key, *o.Status, detail, code, text)
	}
}

// WantNothingOf checks that no object has a key that begins as a failed output's does.
func (f *Fixture) WantNothingOf(tb testing.TB, o api.JobOutput) {
	tb.Helper()
	for key := range f.Objects("out") {
		if strings.HasPrefix(key, *o.Key) {
			tb.Errorf("the failed job left %s", key)
		}
	}
}

// ReadFile is the content of a file.
func ReadFile(tb testing.TB, path string) []byte {
	tb.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return content
}

// Command runs a program and returns what it printed.
func Command(tb testing.TB, program string, args ...string) string {
	tb.Helper()
	return string(Pipe(tb, nil, program, args...))
}

// FFmpeg runs ffmpeg and returns what it printed; whatever it complains about fails the test.
func FFmpeg(tb testing.TB, args ...string) string {
	tb.Helper()
	args = append([]string{"-nostdin", "-v", "error"}, args...)
	out, messages := run(tb, nil, "ffmpeg", args...)
	if messages != "" {
		tb.Errorf("ffmpeg %s:\n%s", strings.Join(args, " "), messages)
	}
	return string(out)
}

// Pipe runs a program with an input and returns what it printed.
func Pipe(tb testing.TB, input []byte, program string, args ...string) []byte {
	tb.Helper()
	out, _ := run(tb, input, program, args...)
	return out
}

func run(tb testing.TB, input []byte, program string, args ...string) (out []byte, messages string) {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), program, args...)
	var errs strings.Builder
	cmd.Stdin = bytes.NewReader(input)
	cmd.Stderr = &errs
	printed, err := cmd.Output()
	if err != nil {
		tb.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, errs.String())
	}
	return printed, errs.String()
}

// SampleMedia is the file or folder of a name, with slashes, among the sample media.
func SampleMedia(tb testing.TB, name string) string {
	tb.Helper()
	path := filepath.Join(Root(), "..", "shared", "media", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		Missing(tb, "no sample media: "+err.Error())
	}
	return path
}
