package layout

import (
	"go/ast"
	"go/types"
	"path/filepath"
	"testing"
)

// unguarded are the functions that may start goroutines outside of [parallel.Guard], in
// packages that read what clients and files bring: why no panic of a reader comes there.
var unguarded = map[string]string{
	"internal/ffmpeg relay":         "runs in the sandbox, in a process of its own",
	"internal/ffmpeg pass":          "runs in the sandbox, in a process of its own",
	"internal/ffmpeg serve":         "runs an HTTP server, which catches panics of its handlers",
	"internal/ffmpeg serving":       "waits for files and ends a context",
	"internal/folder Arrive":        "asks the source inside of a guard",
	"internal/worker holdLease":     "extends the lease, and reads nothing of the job",
	"internal/worker Run":           "its loops claim and do jobs inside of a guard, and else tell numbers",
	"internal/worker obey":          "ends attempts",
	"internal/worker pass":          "ends a context",
	"internal/objstore/s3 readOnce": "ends a context",
	"internal/sqlstore openGroup":   "runs each transaction inside of a guard",
	"internal/parallel Each":        "is the guard",
}

// TestPanicsEndJobs finds each goroutine, in the packages that jobs go through, which a panic
// would leave to end the process.
func TestPanicsEndJobs(t *testing.T) {
	t.Parallel()
	readers := join(jobs, pure, domain,
		of("internal/worker", "internal/ffmpeg", "internal/sqlstore", "internal/objstore"))
	used := map[string]bool{}
	eachFunction(t, readers, func(name string, f *ast.FuncDecl) {
		for _, started := range goroutines(f) {
			if used[name] = true; unguarded[name] == "" && !guards(started) {
				t.Errorf("%s starts a goroutine whose panic ends the process: see parallel.Guard", name)
			}
		}
	})
	for name := range unguarded {
		if !used[name] {
			t.Errorf("%s starts no goroutine", name)
		}
	}
}

// goroutines are the calls that a function starts to run beside it.
func goroutines(f *ast.FuncDecl) (started []ast.Node) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			started = append(started, n)
		case *ast.CallExpr:
			if called, ok := n.Fun.(*ast.SelectorExpr); ok &&
				(called.Sel.Name == "Go" || called.Sel.Name == "AfterFunc") {
				started = append(started, n)
			}
		}
		return true
	})
	return started
}

// guards reports whether parallel.Guard is called in what runs beside.
func guards(started ast.Node) (found bool) {
	ast.Inspect(started, func(n ast.Node) bool {
		if called, ok := n.(*ast.SelectorExpr); ok && types.ExprString(called) == "parallel.Guard" {
			found = true
		}
		return !found
	})
	return found
}

// boundedMaps are the maps that live as long as the server does: what bounds each. Names that
// clients choose belong in a recent.Map.
var boundedMaps = map[string]string{
	"internal/delivery subscribers": "those that are being served, of which there are so many at once",
	"internal/ffmpeg clock":         "streams of one input, whose number is bounded",
	"internal/ffmpeg contents":      "streams of one input, whose number is bounded",
	"internal/ffmpeg Runner":        "inputs of running jobs",
	"internal/ffmpeg machine":       "processes of the machine",
	"internal/ffmpeg spacing":       "distances of the frames of one input, up to a hundred thousand",
	"internal/ffmpeg stream":        "members of one bounded answer of ffprobe",
	"internal/ffmpeg tail":          "sorts of messages, which are ours",
	"internal/local Job":            "the files that a user names",
	"internal/objstore/s3 Config":   "the operator's",
	"internal/server failures":      "forgotten from so many sources on",
	"internal/server importFaults":  "ids of one request",
	"internal/server keyRequest":    "members of one request",
	"internal/server quota":         "holders of what is bounded",
	"internal/taskqueue Queue":      "workers of this process, and event streams, which are bounded",
	"internal/worker room":          "running jobs",
	"internal/worker runningJobs":   "running jobs",
}

// TestMapsAreBounded finds each map in a structure of the server's, which may grow with what
// clients name.
func TestMapsAreBounded(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	servers := join(services, adapters, of("internal/leader", "internal/app", "internal/disk"))
	eachFileIn(t, servers, func(folder string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			named, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			structure, ok := named.Type.(*ast.StructType)
			if !ok {
				return true
			}
			for _, member := range structure.Fields.List {
				if kind := types.ExprString(member.Type); isMap(member.Type) || kind == "sync.Map" {
					name := folder + " " + named.Name.Name
					if found[name] = true; boundedMaps[name] == "" {
						t.Errorf("%s has a member of type %s: say in the table what bounds it", name, kind)
					}
				}
			}
			return true
		})
	})
	for name := range boundedMaps {
		if !found[name] {
			t.Errorf("%s has no map", name)
		}
	}
}

func isMap(e ast.Expr) bool {
	_, ok := e.(*ast.MapType)
	return ok
}

// eachFileIn calls look for the files, tests aside, of the packages in some folders.
func eachFileIn(t *testing.T, folders []string, look func(folder string, file *ast.File)) {
	t.Helper()
	for _, p := range listPackages(t) {
		if within(p.folder(), folders) == "" || within(filepath.Base(p.folder()), testPackages) != "" {
			continue
		}
		eachFile(t, p, func(file *ast.File) { look(p.folder(), file) })
	}
}

// testPackages are only there for tests.
var testPackages = of("storetest", "objtest", "queuetest", "pgtest", "s3test", "disktest", "presettest")

// eachFunction calls look for the functions of the packages in some folders.
func eachFunction(t *testing.T, folders []string, look func(name string, f *ast.FuncDecl)) {
	t.Helper()
	eachFileIn(t, folders, func(folder string, file *ast.File) {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				look(folder+" "+f.Name.Name, f)
			}
		}
	})
}
