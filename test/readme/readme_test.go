package readme

import (
	"bytes"
	"cmp"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(m) }

// firstPreset is what most programs print.
const firstPreset = "System preset: Generic 1080p\n"

// programs are the client programs of the document, what runs each and what it prints, and
// a command that succeeds where its client is installed.
var programs = []struct {
	file  string
	run   []string // the program is the last argument
	want  string   // firstPreset by default
	needs []string
}{
	{file: "boto2_client.py", run: []string{reelastictest.Boto2Python()},
		needs: []string{reelastictest.Boto2Python(), "-c", "import boto"}},
	{file: "boto3_client.py", run: []string{"/usr/bin/python3"},
		needs: []string{"/usr/bin/python3", "-c", "import boto3"}},
	{file: "cli.sh", run: []string{"bash"}, needs: []string{"/usr/bin/aws", "--version"}},
	{file: "go/main.go", run: []string{"go", "run"}, needs: []string{"go", "version"}},
	{file: "goclient/main.go", run: []string{"go", "run"}, needs: []string{"go", "version"}},
	{file: "extension/main.go", run: []string{"go", "run"}, want: "jobs retried: 0\n",
		needs: []string{"go", "version"}},
	{file: "extension.py", run: []string{"/usr/bin/python3"}, want: "jobs in Error: 0\n",
		needs: []string{"/usr/bin/python3", "-c", "import boto3"}},
	{file: "client.js", run: []string{"node"},
		needs: []string{"ls", "../sdks/js/node_modules/@aws-sdk/client-elastic-transcoder"}},
}

func TestClients(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile(filepath.Join(reelastictest.Root(), "docs", "clients.md"))
	if err != nil {
		t.Fatal(err)
	}
	server := reelastictest.Start(t, "--workers", "0")
	for _, p := range programs {
		t.Run(p.file, func(t *testing.T) {
			t.Parallel()
			reelastictest.Need(t, "", p.needs...)
			text, err := os.ReadFile(p.file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(document, text) {
				t.Errorf("docs/clients.md does not show %s as it stands", p.file)
			}
			if got, want := run(t, server, p.run, p.file, text), cmp.Or(p.want, firstPreset); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// run runs a copy of a program that has the server's address and data folder.
func run(t *testing.T, server *reelastictest.Server, command []string, file string, text []byte) string {
	t.Helper()
	_, port, err := net.SplitHostPort(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.NewReplacer("127.0.0.1:8080", server.Addr(), "port=8080", "port="+port,
		"data/credentials", filepath.Join(server.Data, "credentials")).Replace(string(text)))
	program := filepath.Join(t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(program, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), command[0], append(command[1:], program)...)
	cmd.Env = clientEnv(t, server)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", file, err, &stderr)
	}
	return string(out)
}

// clientEnv is the environment of a reader who has set the credentials, with
// the AWS command line of Debian first.
func clientEnv(t *testing.T, server *reelastictest.Server) []string {
	t.Helper()
	modules, err := filepath.Abs("../sdks/js/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"PATH=/usr/bin:" + os.Getenv("PATH"), "NODE_PATH=" + modules, "AWS_CONFIG_FILE=" + os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(server.Data, "credentials")}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AWS_") && !strings.HasPrefix(v, "PATH=") {
			env = append(env, v)
		}
	}
	return env
}
