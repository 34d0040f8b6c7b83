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
	return func(t *testing.T, s setup) client { return open(t, s, command...) }
}

func open(t *testing.T, s setup, command ...string) *process {
	t.Helper()
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
		_ = cmd.Wait() // or was killed when the test ended
	})
	return p
}

func (p *process) ask(t *testing.T, r request) (a answer) {
	t.Helper()
	p.exchange(t, r, &a)
	return a
}

// exchange writes a line and reads one.
func (p *process) exchange(t *testing.T, question, answer any) {
	t.Helper()
	if _, err := io.WriteString(p.in, text(t, question)+"\n"); err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
	if !p.answers.Scan() {
		t.Fatalf("%s did not answer %s: %v\n%s", p.name, text(t, question), p.answers.Err(), p.errs)
	}
	if err := json.Unmarshal(p.answers.Bytes(), answer); err != nil {
		t.Fatalf("%s answered %s: %v", p.name, p.answers.Bytes(), err)
	}
}
