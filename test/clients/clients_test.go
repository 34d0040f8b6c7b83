// Package clients runs the client programs of the README against a server, as
// a reader would.
package clients

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// documented is the address that the README's programs use.
const documented = "127.0.0.1:8080"

// programs are the README's client programs, what runs each, and a command that
// succeeds where its client is installed.
var programs = []struct {
	file  string
	run   []string // the file's copy is the last argument
	needs []string
	dir   string // where the client's packages are found; "" for the server's folder
}{
	{file: "boto2_client.py", run: []string{"/usr/bin/python3"}, needs: []string{"/usr/bin/python3", "-c", "import boto"}},
	{file: "boto3_client.py", run: []string{"/usr/bin/python3"}, needs: []string{"/usr/bin/python3", "-c", "import boto3"}},
	{file: "cli.sh", run: []string{"bash"}, needs: []string{"/usr/bin/aws", "--version"}},
	{file: "go/main.go", run: []string{"go", "run"}, needs: []string{"go", "version"}, dir: "."},
	{file: "js/client.js", run: []string{"node"}, needs: []string{"node", "-e", "require('@aws-sdk/client-elastic-transcoder')"}, dir: "js"},
}

func TestClientsOfTheREADME(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t)
	for _, p := range programs {
		t.Run(p.file, func(t *testing.T) {
			t.Parallel()
			require(t, p.needs, p.dir)
			text, err := os.ReadFile(p.file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(readme, text) {
				t.Errorf("the README does not show %s as it stands", p.file)
			}
			if got, want := s.run(t, p.run, p.file, p.dir, text), "System preset: Generic 1080p\n"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// require skips a test whose client is not installed; where CI is set it fails.
func require(t *testing.T, needs []string, dir string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), needs[0], needs[1:]...)
	cmd.Dir = dir
	err := cmd.Run()
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatalf("%s: %v: run scripts/setup-clients.sh", cmd, err)
	default:
		t.Skipf("%s: %v: run scripts/setup-clients.sh", cmd, err)
	}
}

// served is a running server.
type served struct {
	addr string
	dir  string // the folder it was started in; its data is in data/
}

// run runs a copy of a client program that has the server's address.
func (s served) run(t *testing.T, command []string, file, dir string, text []byte) string {
	t.Helper()
	host, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte(documented), []byte(s.addr))
	text = bytes.ReplaceAll(text, []byte("port=8080"), []byte("port="+port))
	if host != "127.0.0.1" {
		t.Fatalf("the server listens on %s", host)
	}
	folder := t.TempDir()
	program := filepath.Join(folder, filepath.Base(file))
	if err := os.WriteFile(program, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), command[0], append(command[1:], program)...)
	cmd.Dir = s.dir
	cmd.Env = append(clientEnv(), "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(s.dir, "data", "credentials"))
	if dir != "" {
		cmd.Dir = dir
		modules, err := filepath.Abs(filepath.Join(dir, "node_modules"))
		if err != nil {
			t.Fatal(err)
		}
		cmd.Env = append(cmd.Env, "NODE_PATH="+modules)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", file, err, &stderr)
	}
	return string(out)
}

// clientEnv is the environment without settings of AWS clients, and with
// Debian's programs first.
func clientEnv() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AWS_") && !strings.HasPrefix(v, "PATH=") {
			env = append(env, v)
		}
	}
	return append(env, "PATH=/usr/bin:"+os.Getenv("PATH"), "AWS_CONFIG_FILE="+os.DevNull, "AWS_PAGER=", "AWS_REGION=us-east-1")
}

// serve builds and starts the program and stops it when the test ends.
func serve(t *testing.T) served {
	t.Helper()
	s := served{addr: freeAddr(t), dir: t.TempDir()}
	program := filepath.Join(t.TempDir(), "reelastic")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/reelastic")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	var log bytes.Buffer
	server := exec.Command(program, "serve", "--listen", s.addr, "--workers", "0")
	server.Dir = s.dir
	server.Stderr = &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v:\n%s", err, &log)
		}
	})
	await(t, s.addr)
	return s
}

// await asks until the server says that it is ready.
func await(t *testing.T, addr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-ctx.Done():
			t.Fatal("the server is not ready after 30 s")
		case <-tick.C:
		}
	}
}

// freeAddr returns a loopback address that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
