// Package layout holds no code, only tests of the tree itself: who may import
// whom, what is documented, and which dependencies have a recorded reason.
package layout

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const modulePath = "github.com/reelastic/reelastic"

// Groups of packages that the rules below speak of. A package belongs to the
// first folder that it lies in or below.
var (
	domain = []string{"api", "internal/media", "internal/object", "internal/transcode", "internal/task",
		"internal/notify"}
	pure = []string{"internal/plan", "internal/policy", "internal/format"}

	// jobs make the files of a job in its folder.
	jobs = []string{"internal/job", "internal/packaging", "internal/folder", "internal/parallel", "internal/wait"}

	// timing waits and runs side by side, disks tells of room; whoever needs them may import
	// them.
	timing = []string{"internal/parallel", "internal/wait"}
	disks  = []string{"internal/disk"}

	// bounded keeps what others name, so many of it.
	bounded = []string{"internal/recent"}

	adapters = []string{"internal/ffmpeg", "internal/sqlstore", "internal/taskqueue", "internal/objstore",
		"internal/identity"}
	services = []string{"internal/server", "internal/worker", "internal/dispatch", "internal/delivery",
		"internal/bulk", "internal/console", "internal/local"}
)

// rule says what the packages in and below some folders may import beside the
// standard library and their own folder.
type rule struct {
	folders []string
	imports []string // folders of this module
	modules []string // modules of others
}

// rules is the dependency rule: imports point downwards only, from the wiring
// over services and adapters to pure packages, the domain and plain values.
// Services and adapters never import each other.
var rules = []rule{
	{folders: of("api")},
	{folders: of("internal/sigv4")},
	{folders: of("internal/media")},
	{folders: of("internal/transcode/presettest"), imports: of("api"), modules: of("pgregory.net/rapid")},
	{folders: of("internal/object"), imports: of("internal/media")},
	{folders: of("internal/transcode"), imports: of("api", "internal/media", "internal/object")},
	{folders: of("internal/task"), imports: of("api", "internal/media", "internal/object", "internal/transcode")},
	{folders: of("internal/notify"), imports: of("api", "internal/transcode")},
	{folders: of("internal/format/cenc"), imports: of("internal/format/mp4box")},
	{folders: pure, imports: domain},

	{folders: of("internal/ffmpeg"), imports: join(domain, pure, timing, of("internal/folder")),
		modules: of("golang.org/x/sys", "golang.org/x/net", "github.com/elastic/go-seccomp-bpf",
			"github.com/landlock-lsm/go-landlock")},
	{folders: of("internal/sqlstore"), imports: join(domain, pure, timing, bounded),
		modules: of("modernc.org/sqlite", "github.com/jackc/pgx/v5", "github.com/pressly/goose/v3",
			"github.com/google/go-cmp", "pgregory.net/rapid")},
	{folders: of("internal/taskqueue"), imports: join(domain, pure),
		modules: of("github.com/nats-io/nats-server/v2", "github.com/nats-io/nats.go", "github.com/google/go-cmp")},
	{folders: of("internal/objstore"), imports: join(domain, pure, timing, disks, bounded),
		modules: of("golang.org/x/sys", "github.com/google/go-cmp", "github.com/aws/aws-sdk-go-v2",
			"github.com/aws/aws-sdk-go-v2/service/s3", "github.com/aws/smithy-go")},
	{folders: of("internal/identity"), imports: join(domain, pure, bounded, of("internal/sigv4")),
		modules: of("github.com/aws/aws-sdk-go-v2", "github.com/aws/aws-sdk-go-v2/config",
			"github.com/aws/aws-sdk-go-v2/service/sts",
			"github.com/aws/aws-sdk-go-v2/service/kms", "github.com/aws/smithy-go")},

	{folders: of("internal/leader"), imports: timing},
	{folders: of("internal/server"), imports: join(domain, pure, bounded, of("internal/sigv4")),
		modules: of("github.com/google/uuid")},
	{folders: of("internal/folder"), imports: of("internal/parallel"), modules: of("golang.org/x/sys")},
	{folders: of("internal/wait")},
	{folders: bounded},
	{folders: disks},
	{folders: of("internal/parallel"), modules: of("golang.org/x/sync")},
	{folders: of("internal/packaging"), imports: join(domain, pure, of("internal/folder", "internal/parallel"))},
	{folders: of("internal/job"), imports: join(domain, pure, jobs, disks), modules: of("github.com/google/uuid")},
	{folders: of("internal/worker"), imports: join(domain, pure, jobs, timing, disks)},
	{folders: of("internal/local"), imports: join(domain, pure, jobs, timing, disks), modules: of("golang.org/x/sys")},
	{folders: of("internal/dispatch", "internal/bulk"), imports: join(domain, pure, of("internal/leader"))},
	{folders: of("internal/delivery"), imports: join(domain, pure, of("internal/leader", "internal/sigv4")),
		modules: of("github.com/aws/aws-sdk-go-v2", "github.com/aws/aws-sdk-go-v2/service/sns",
			"github.com/aws/smithy-go",
			"github.com/google/uuid", "github.com/google/go-cmp")},
	{folders: of("internal/console"), imports: join(domain, pure)},

	{folders: of("internal/migrate"), imports: join(domain, of("internal/format/hcl")),
		modules: of("go.yaml.in/yaml/v3")},

	{folders: of("internal/app"), imports: join(services, adapters, jobs, pure, domain, disks, bounded,
		of("internal/sigv4")),
		modules: of("github.com/prometheus/client_golang", "gopkg.in/natefinch/lumberjack.v2")},
	{folders: of("internal/cli"), imports: join(of("internal/app", "client", "internal/migrate"), domain),
		modules: of("github.com/alecthomas/kong", "go.yaml.in/yaml/v3",
			"github.com/mattn/go-isatty", "github.com/vbauerster/mpb/v8")},
	{folders: of("client/awsconfig"), imports: of("client"),
		modules: of("github.com/aws/aws-sdk-go-v2", "github.com/aws/aws-sdk-go-v2/config")},
	{folders: of("client"), imports: of("api", "internal/sigv4", "internal/wait")},
	{folders: of("cmd"), imports: of("internal/cli")},
	{folders: of("internal/layout")},
	{folders: of("internal/tlstest")},
}

// reserved names packages of the standard library that only some folders may
// import: one package writes SQL, one runs programs. pgtest and s3test start servers for
// tests, disktest runs tests where they may mount.
var reserved = map[string][]string{
	"database/sql": of("internal/sqlstore"),
	"os/exec": of("internal/ffmpeg", "internal/sqlstore/pgtest", "internal/objstore/s3test",
		"internal/disk/disktest"),
}

// outside names packages of the standard library that reach out of the
// program. The domain and the pure packages import none of them.
var outside = of("os", "net", "net/http", "syscall", "os/signal", "os/user",
	"crypto/rand", "math/rand", "math/rand/v2", "log/slog")

func of(names ...string) []string { return names }

func join(lists ...[]string) []string { return slices.Concat(lists...) }

// goPackage is what `go list -json` tells of a package.
type goPackage struct {
	ImportPath   string
	Dir          string
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// folder is the package's folder, relative to the module's.
func (p goPackage) folder() string { return ownFolder(p.ImportPath) }

// ownFolder turns an import path of this module into a folder; "" for others.
func ownFolder(path string) string {
	folder, ok := strings.CutPrefix(path, modulePath+"/")
	if !ok {
		return ""
	}
	return folder
}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		r, ok := ruleOf(p.folder())
		if !ok {
			t.Errorf("%s: no rule says what it may import: give it a row in the table", p.folder())
			continue
		}
		for _, path := range p.Imports {
			if why := r.refuses(p.folder(), path); why != "" {
				t.Errorf("%s imports %s: %s", p.folder(), path, why)
			}
		}
	}
}

func TestRulesRefuse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ folder, path, want string }{
		{"api", "fmt", ""},
		{"api", "net/http", "reaches out of the program"},
		{"api", modulePath + "/internal/media", "points back or sideways"},
		{"internal/transcode", modulePath + "/internal/plan", "points back or sideways"},
		{"internal/transcode", modulePath + "/internal/task", "points back or sideways"},
		{"internal/task", modulePath + "/internal/notify", "points back or sideways"},
		{"internal/task", modulePath + "/internal/object", ""},
		{"internal/plan", "github.com/google/uuid", "not a module this package may use"},
		{"internal/plan", "math/rand/v2", "reaches out of the program"},
		{"internal/server", modulePath + "/internal/worker", "points back or sideways"},
		{"internal/server", modulePath + "/internal/sqlstore", "points back or sideways"},
		{"internal/server", "database/sql", "only internal/sqlstore may"},
		{"internal/worker", "os/exec",
			"only internal/ffmpeg and internal/sqlstore/pgtest and internal/objstore/s3test and " +
				"internal/disk/disktest may"},
		{"internal/sqlstore/storetest", modulePath + "/internal/sqlstore", ""},
		{"internal/objstore/dir", modulePath + "/internal/objstore", ""},
		{"internal/objstore/dir", modulePath + "/internal/ffmpeg", "points back or sideways"},
		{"internal/app", modulePath + "/internal/cli", "points back or sideways"},
		{"cmd/reelastic", modulePath + "/internal/cli", ""},
		{"client", "github.com/aws/aws-sdk-go-v2/config", "not a module this package may use"},
		{"client/awsconfig", "github.com/aws/aws-sdk-go-v2/config", ""},
	} {
		r, ok := ruleOf(c.folder)
		if !ok {
			t.Errorf("%s: no rule", c.folder)
		}
		if got := r.refuses(c.folder, c.path); got != c.want {
			t.Errorf("%s imports %s: got %q, want %q", c.folder, c.path, got, c.want)
		}
	}
	if _, ok := ruleOf("internal/unknown"); ok {
		t.Error("internal/unknown has a rule")
	}
}

func ruleOf(folder string) (rule, bool) {
	for _, r := range rules {
		if within(folder, r.folders) != "" {
			return r, true
		}
	}
	return rule{}, false
}

// refuses says why the package in a folder may not import a path; "" when it may.
func (r rule) refuses(folder, path string) string {
	if own := ownFolder(path); own != "" {
		home := within(folder, r.folders)
		if within(own, of(home)) == "" && within(own, r.imports) == "" {
			return "points back or sideways"
		}
		return ""
	}
	first, _, _ := strings.Cut(path, "/")
	if strings.Contains(first, ".") {
		if within(path, r.modules) == "" {
			return "not a module this package may use"
		}
		return ""
	}
	for name, owners := range reserved {
		if within(path, of(name)) != "" && within(folder, owners) == "" {
			return "only " + strings.Join(owners, " and ") + " may"
		}
	}
	if within(folder, join(domain, pure)) != "" && slices.Contains(outside, path) {
		return "reaches out of the program"
	}
	return ""
}

// within returns the first of the roots that a path equals or lies below.
func within(path string, roots []string) string {
	for _, root := range roots {
		if path == root || strings.HasPrefix(path, root+"/") {
			return root
		}
	}
	return ""
}

// listPackages returns the packages of the module, those that do not build too.
func listPackages(t *testing.T) []goPackage {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(run(t, "go", "list", "-e",
		"-json=ImportPath,Dir,GoFiles,Imports,TestImports,XTestImports", "./...")))
	var packages []goPackage
	for {
		var p goPackage
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// run runs a program in the module's folder and returns what it printed.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = root(t)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("%s: %v\n%s", cmd, err, exit.Stderr)
		}
		t.Fatalf("%s: %v", cmd, err)
	}
	return string(out)
}

// root is the folder of the module.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
