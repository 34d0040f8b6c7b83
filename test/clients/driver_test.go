package clients

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// process is a client in a program of its own, which answers a line for a line.
type process struct {
	name    string
	in      io.Writer
	answers *bufio.Scanner
	errs    *strings.Builder
}

// driver opens a client by running one of the driver programs.
func driver(command ...string) func(*testing.T, setup) client {
	return func(t *testing.T, s setup) client {
		cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
		cmd.Env = s.env()
		p := &process{name: command[1], errs: &strings.Builder{}}
		cmd.Stderr = p.errs
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		p.in, p.answers = in, bufio.NewScanner(out)
		p.answers.Buffer(nil, 1<<22)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			in.Close()     // the driver ends with its input
			_ = cmd.Wait() // the test's end kills it
		})
		return p
	}
}

func (p *process) ask(t *testing.T, r request) answer {
	t.Helper()
	if _, err := io.WriteString(p.in, text(t, r)+"\n"); err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
	if !p.answers.Scan() {
		t.Fatalf("%s did not answer %s: %v\n%s", p.name, text(t, r), p.answers.Err(), p.errs)
	}
	var a answer
	if err := json.Unmarshal(p.answers.Bytes(), &a); err != nil {
		t.Fatalf("%s answered %s: %v", p.name, p.answers.Bytes(), err)
	}
	return a
}
