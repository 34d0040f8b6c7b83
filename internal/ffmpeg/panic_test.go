package ffmpeg

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/internal/parallel"
	"github.com/reelastic/reelastic/internal/plan"
)

// breaks is a reader of ours, or part of one, that a program's output makes panic.
type breaks struct{}

func (breaks) Write(p []byte) (int, error) {
	var none []int
	return none[len(p)], nil
}

// TestPanicsAreCaught has each of the goroutines that read what a program prints and does
// panic: the run fails, and the process lives.
func TestPanicsAreCaught(t *testing.T) {
	t.Parallel()
	r := realRunner(t)
	tools, err := r.ready(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	endless := []string{"-v", "info", "-re", "-f", "lavfi", "-i", "anullsrc", "-f", "wav", "pipe:1"}
	for name, run := range map[string]func() error{
		"standard output": func() error {
			_, err := tools.start(t.Context(), command{program: tools.ffmpeg, args: endless, stdout: breaks{}})
			return err
		},
		"messages": func() error {
			_, err := tools.start(t.Context(), command{program: tools.ffmpeg, args: endless, stdout: io.Discard,
				stderr: breaks{}})
			return err
		},
		"an answer in JSON": func() error {
			read := func(r io.Reader) error {
				_, err := io.CopyN(breaks{}, r, 1)
				return err
			}
			_, err := tools.readJSON(t.Context(), command{program: tools.ffmpeg, args: endless}, read)
			return err
		},
		"what it uses": func() error {
			_, err := tools.start(t.Context(), command{program: tools.ffmpeg, args: endless,
				usage: func() (int, int64, error) { panic("no such folder") }})
			return err
		},
		"progress": func() error {
			return r.Run(t.Context(), t.TempDir(), encode("o1.mp4"), func(plan.Progress) { panic("no such output") })
		},
		"progress that is told at the end": func() error {
			var last *plan.Progress
			return r.Run(t.Context(), t.TempDir(), encode("o1.mp4"), func(p plan.Progress) {
				if p.Done {
					*last = p
				}
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			caught, ok := errors.AsType[*parallel.Panic](run())
			if !ok || !strings.Contains(string(caught.Stack), "panic_test.go") {
				t.Errorf("error %v", caught)
			}
		})
	}
}
