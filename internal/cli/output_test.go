package cli

import (
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/app"
)

// given are two given-up jobs, and an error after them if there is one.
func given(err error) iter.Seq2[v1.GivenUpJob, error] {
	return func(yield func(v1.GivenUpJob, error) bool) {
		at := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
		for _, j := range []v1.GivenUpJob{
			{JobID: "1", PipelineID: "2", Attempts: 3, Workers: []string{"a", "b"}, LastError: "two\nlines",
				FFmpegTail: []string{"first", "last"}, GivenUp: at},
			{JobID: "11", PipelineID: "2", Attempts: 1, GivenUp: at},
		} {
			if !yield(j, nil) {
				return
			}
		}
		if err != nil {
			yield(v1.GivenUpJob{}, err)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	const want = `JOB  PIPELINE  GIVEN UP              ATTEMPTS  WORKERS  LAST ERROR  FFMPEG
1    2         2026-12-01T10:00:00Z  3         a, b     two\nlines  last
11   2         2026-12-01T10:00:00Z  1         -        -           -
`
	broken := errors.New("broken")
	for _, err := range []error{nil, broken} {
		var out strings.Builder
		if got := printList(output{"table"}, &out, givenUpColumns, given(err)); !errors.Is(got, err) {
			t.Errorf("%v, want %v", got, err)
		}
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("table (-want +got):\n%s", diff)
		}
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	const want = `{"jobId":"1","pipelineId":"2","attempts":3,"workers":["a","b"],"lastError":"two\nlines",` +
		`"ffmpegTail":["first","last"],"givenUp":"2026-12-01T10:00:00Z"}
{"jobId":"11","pipelineId":"2","attempts":1,"workers":null,"givenUp":"2026-12-01T10:00:00Z"}
`
	var out strings.Builder
	broken := errors.New("broken")
	if err := printList(output{"json"}, &out, givenUpColumns, given(broken)); !errors.Is(err, broken) {
		t.Error(err)
	}
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
}

// Whatever lists something takes --output.
func TestListsHaveOutput(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&commands{}, kong.Vars(app.Vars()), remoteVars)
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range parser.Model.Leaves(true) {
		lists := strings.HasPrefix(command.Help, "List ")
		if (lists || command.Name == "list") && flagOf("output", command) == nil {
			t.Errorf("%s has no --output", command.Path())
		}
	}
}
