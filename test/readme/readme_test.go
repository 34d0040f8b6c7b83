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

// systemPresets is what an import says of the list of presets.
const systemPresets = "skipped: 62 system presets, as the program comes with them\n"

// programs are the client programs of the documents, what runs each and what it prints, and
// a command that succeeds where its client is installed.
var programs = []struct {
	file  string
	of    string   // the document that shows it; docs/clients.md by default
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
	{file: "import.sh", of: "docs/migrating.md", run: []string{"bash"},
		want:  systemPresets + "dry run: 62 skipped\n" + systemPresets + "62 skipped\n",
		needs: []string{"/usr/bin/aws", "--version"}},
	{file: "unchanged/main.go", of: "docs/migrating.md", run: []string{"go", "run"}, needs: []string{"go", "version"}},
	{file: "unchanged.js", of: "docs/migrating.md", run: []string{"node"},
		needs: []string{"ls", "../sdks/js/node_modules/@aws-sdk/client-elastic-transcoder"}},
	{file: "client.js", run: []string{"node"},
		needs: []string{"ls", "../sdks/js/node_modules/@aws-sdk/client-elastic-transcoder"}},
}

func TestClients(t *testing.T) {
	t.Parallel()
	server := reelastictest.Start(t, "--workers", "0")
	for _, p := range programs {
		t.Run(p.file, func(t *testing.T) {
			t.Parallel()
			reelastictest.Need(t, "", p.needs...)
			text, err := os.ReadFile(p.file)
			if err != nil {
				t.Fatal(err)
			}
			name := cmp.Or(p.of, "docs/clients.md")
			document, err := os.ReadFile(filepath.Join(reelastictest.Root(), filepath.FromSlash(name)))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(document, text) {
				t.Errorf("%s does not show %s as it stands", name, p.file)
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
	if command[0] == "bash" { // it may write files; the others find their modules here
		cmd.Dir = filepath.Dir(program)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", file, err, &stderr)
	}
	return string(out)
}

// commands is a folder with the program, and with an aws that asks the server: the one of
// Debian does not know the variable for it.
func commands(t *testing.T, server *reelastictest.Server) string {
	t.Helper()
	dir := t.TempDir()
	program, err := filepath.Abs(reelastictest.Program())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(dir, "reelastic")); err != nil {
		t.Fatal(err)
	}
	aws := "#!/bin/sh\ncase \"$*\" in *--endpoint-url*) exec /usr/bin/aws \"$@\" ;; esac\n" +
		"exec /usr/bin/aws --endpoint-url " + server.Endpoint() + " \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "aws"), []byte(aws), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// clientEnv is the environment of a reader who has set the credentials, with
// the AWS command line of Debian first.
func clientEnv(t *testing.T, server *reelastictest.Server) []string {
	t.Helper()
	modules, err := filepath.Abs("../sdks/js/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"PATH=" + commands(t, server) + ":/usr/bin:" + os.Getenv("PATH"),
		"REELASTIC_ENDPOINT=" + server.Endpoint(), "AWS_ENDPOINT_URL_ELASTIC_TRANSCODER=" + server.Endpoint(),
		"AWS_DEFAULT_REGION=us-east-1", "NODE_PATH=" + modules, "AWS_CONFIG_FILE=" + os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(server.Data, "credentials")}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AWS_") && !strings.HasPrefix(v, "PATH=") {
			env = append(env, v)
		}
	}
	return env
}
