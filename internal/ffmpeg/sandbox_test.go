package ffmpeg

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/reelastic/reelastic/internal/plan"
)

// confined is a runner in bubblewrap; it skips where there is none.
func confined(t *testing.T, r *Runner) *Runner {
	t.Helper()
	caps, err := r.Caps(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if caps.Sandbox != Bubblewrap {
		skip(t, "bubblewrap does not work here")
	}
	return r
}

// withNamespaces is how tests name Landlock where it has namespaces, too.
const withNamespaces = "landlock and namespaces"

// inLandlock gives a new runner the second best sandbox.
func inLandlock(t *testing.T, r *Runner, namespaces bool) *Runner {
	t.Helper()
	ready, err := r.ready(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.tryout(t.Context(), ready, sandbox{kind: Landlock, namespaces: namespaces}); err != nil {
		t.Skip("neither namespaces nor Landlock here: ", err)
	}
	return r
}

func TestSandboxFromTheInside(t *testing.T) {
	t.Parallel()
	for kind, r := range everySandbox(t) {
		if kind == NoSandbox {
			continue
		}
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dir := folderWith(t, "precious")
			object := filepath.Join(t.TempDir(), "object")
			if err := os.Link(filepath.Join(dir, "in0"), object); err != nil {
				t.Fatal(err)
			}
			step := plan.Step{Name: "look", Args: []string{"-i", "file:in0", "look", "result"}}
			err := r.Run(t.Context(), dir, step, func(p plan.Progress) {
				if !p.Done {
					t.Errorf("progress %+v", p)
				}
			})
			if err != nil {
				t.Fatal(err, runError(t, err).Tail)
			}
			if b, err := os.ReadFile(object); err != nil || string(b) != "precious" {
				t.Errorf("the object is now %q, %v", b, err)
			}
			if b, err := os.ReadFile(filepath.Join(dir, "result")); err != nil || string(b) != "x\n" {
				t.Errorf("the result is %q, %v", b, err)
			}
			if _, err := os.Stat(filepath.Join(dir, "other")); err == nil {
				t.Error("a file that nobody asked for was taken")
			}
			if _, err := os.Stat(filepath.Join(dir, "in0")); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestSandboxOfAnotherSystem: a program of another root gets that root's libraries
// in place of the machine's, and still sees nothing else of it.
func TestSandboxOfAnotherSystem(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, folder := range []string{"usr/bin", "usr/lib64", "etc", "home"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(root, "usr/bin/ffmpeg")
	if got := systemOf(program); got != "" {
		t.Errorf("a folder without a dynamic linker is taken for the system %q", got)
	}
	if err := os.Symlink("usr/lib64", filepath.Join(root, "lib64")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "usr/lib64/ld-linux-x86-64.so.2"), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	var pass passed
	defer pass.close()
	argv, err := sandbox{kind: Bubblewrap, bwrap: "bwrap"}.wrap(command{program: program, args: []string{"-version"}},
		&pass)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(argv); argv[n-2] != "/usr/bin/ffmpeg" || argv[n-1] != "-version" {
		t.Errorf("the command is %q", argv[n-2:])
	}
	for i, arg := range argv {
		if strings.HasPrefix(arg, "--ro-bind") && argv[i+1] != root+argv[i+2] {
			t.Errorf("%s shows as %s", argv[i+1], argv[i+2])
		}
	}
	for program, want := range map[string]string{"/usr/bin/ffmpeg": "", "/opt/ffmpeg/bin/ffmpeg": "",
		"/usr/local/bin/ffmpeg": ""} {
		if got := systemOf(program); got != want {
			t.Errorf("%s belongs to the system %q, want %q", program, got, want)
		}
	}
}

// TestSandboxHidesFiles runs each command without a sandbox first, to see that
// it would work there.
func TestSandboxHidesFiles(t *testing.T) {
	t.Parallel()
	r, free := confined(t, realRunner(t)), New(Config{Sandbox: Off})
	other := t.TempDir()
	if err := r.Run(t.Context(), other, encode("secret.mp4"), nil); err != nil {
		t.Fatal(err)
	}
	step := plan.Step{Name: "steal", Args: []string{"-i", filepath.Join(other, "secret.mp4"), "-c", "copy", "o1.mp4"}}
	if err := free.Run(t.Context(), t.TempDir(), step, nil); err != nil {
		t.Fatal(err)
	}
	failed := runError(t, r.Run(t.Context(), t.TempDir(), step, nil))
	if !strings.Contains(failed.Reason, "No such file") {
		t.Errorf("reason %q", failed.Reason)
	}
	spill := encode(filepath.Join(other, "spill.mp4"))
	runError(t, r.Run(t.Context(), t.TempDir(), spill, nil))
	if _, err := os.Stat(filepath.Join(other, "spill.mp4")); err == nil {
		t.Error("a file was written outside the step's folder")
	}
}

func TestSandboxHasNoNetwork(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	t.Cleanup(server.Close)
	step := plan.Step{Name: "fetch", Args: []string{"-i", server.URL, "o1.mp4"}}
	runError(t, New(Config{Sandbox: Off}).Run(t.Context(), t.TempDir(), step, nil))
	if hits.Load() == 0 {
		t.Fatal("without a sandbox the server was not reached either")
	}
	hits.Store(0)
	for name, r := range map[string]*Runner{Bubblewrap: confined(t, realRunner(t)),
		withNamespaces: inLandlock(t, New(Config{Sandbox: Off}), true),
		Landlock:       inLandlock(t, New(Config{Sandbox: Off}), false)} {
		runError(t, r.Run(t.Context(), t.TempDir(), step, nil))
		if hits.Load() != 0 {
			t.Errorf("%s: the server was reached", name)
		}
	}
}

func TestLandlockRuns(t *testing.T) {
	t.Parallel()
	need(t, "ffmpeg", "ffprobe")
	for _, namespaces := range []bool{true, false} {
		r, dir := inLandlock(t, New(Config{Sandbox: Off}), namespaces), t.TempDir()
		if err := r.Run(t.Context(), dir, encode("o1.mp4"), nil); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Inspect(t.Context(), dir, plan.Output{File: "o1.mp4"}); err != nil {
			t.Error(err)
		}
	}
}

// TestRequireRefuses: without bubblewrap nothing runs, but where Landlock is asked for.
func TestRequireRefuses(t *testing.T) {
	need(t, "ffmpeg", "ffprobe")
	if os.Getenv("REELASTIC_TEST_FFMPEG") != "" {
		t.Skip("an ffmpeg of another root needs a sandbox of its own")
	}
	tools := t.TempDir() // a PATH without bwrap
	for _, tool := range []string{"ffmpeg", "ffprobe"} {
		path, err := locate(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(tools, tool)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", tools)
	for _, mode := range []string{"", Require} {
		err := New(Config{Sandbox: mode}).Run(t.Context(), t.TempDir(), encode("o1.mp4"), nil)
		if !errors.Is(err, ErrNoSandbox) {
			t.Errorf("mode %q: error %v, want ErrNoSandbox", mode, err)
		}
	}
	var log lines
	if err := New(Config{Sandbox: Prefer, Log: log.logger()}).Run(t.Context(), t.TempDir(), encode("o1.mp4"),
		nil); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "Landlock confines ffmpeg") || !strings.Contains(log.String(), "no prlimit") {
		t.Errorf("log %q", log.String())
	}
}
