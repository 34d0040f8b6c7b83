package reelastictest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// program is the path of the binary that [Main] has built.
var program string

// Main builds the program, runs the tests of a package, which m is, and exits. A
// package that starts servers calls it from TestMain. REELASTIC_PROGRAM, where it
// is set, names a program that was built before, for all packages.
func Main(m interface{ Run() int }) {
	status, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func buildAndRun(m interface{ Run() int }) (int, error) {
	if program = os.Getenv("REELASTIC_PROGRAM"); program != "" {
		return m.Run(), nil
	}
	dir, err := os.MkdirTemp("", "reelastictest")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "reelastic")
	build := exec.Command("go", "build", "-o", program, "./cmd/reelastic")
	build.Dir = Root()
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", build, err, out)
	}
	return m.Run(), nil
}

// Program is the path of the binary.
func Program() string { return program }

// Root is the repository's folder.
func Root() string {
	_, file, _, _ := runtime.Caller(0) // known where a binary is tested beside its source
	return filepath.Join(filepath.Dir(file), "..", "..")
}

// Boto2Python is the Python that has boto2, which scripts/setup-clients.sh has made.
func Boto2Python() string { return filepath.Join(Root(), "bin", "boto2-python") }

// Need skips the test when a command, run in a folder ("" for the current one),
// does not succeed, which tells that a tool is not installed; where CI is set the
// test fails.
func Need(tb testing.TB, dir string, command ...string) {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), command[0], command[1:]...)
	cmd.Dir = dir
	if err := cmd.Run(); err != nil {
		Missing(tb, fmt.Sprintf("%s: %v", cmd, err))
	}
}

// Missing skips the test for want of what is named, or fails it where CI is set.
func Missing(tb testing.TB, what string) {
	tb.Helper()
	if os.Getenv("CI") != "" {
		tb.Fatal(what)
	}
	tb.Skip(what)
}

// Run runs the program with arguments and an environment to add, and returns
// what it printed and its exit status.
func Run(tb testing.TB, env []string, args ...string) (stdout, stderr string, status int) {
	tb.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(tb.Context(), program, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		tb.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}
