package reelastictest

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// Driver is a client in a program of its own, which answers a line for a line.
type Driver struct {
	name    string
	in      io.Writer
	answers *bufio.Scanner
	errs    *strings.Builder
}

// StartDriver runs a driver program with the given environment until the test ends.
func StartDriver(tb testing.TB, env []string, command ...string) *Driver {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), command[0], command[1:]...)
	cmd.Env = env
	d := &Driver{name: command[1], errs: &strings.Builder{}}
	cmd.Stderr = d.errs
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	d.in, d.answers = in, bufio.NewScanner(out)
	d.answers.Buffer(nil, 1<<22)
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		in.Close()     // the driver ends with its input
		_ = cmd.Wait() // or was killed when the test ended
	})
	return d
}

// Exchange writes the question as a line of JSON and reads the answer from one.
func (d *Driver) Exchange(tb testing.TB, question, answer any) {
	tb.Helper()
	line, err := json.Marshal(question)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := d.in.Write(append(line, '\n')); err != nil {
		tb.Fatalf("%s: %v", d.name, err)
	}
	if !d.answers.Scan() {
		tb.Fatalf("%s did not answer %s: %v\n%s", d.name, line, d.answers.Err(), d.errs)
	}
	if err := json.Unmarshal(d.answers.Bytes(), answer); err != nil {
		tb.Fatalf("%s answered %s: %v", d.name, d.answers.Bytes(), err)
	}
}
