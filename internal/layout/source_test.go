package layout

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// wellKnown are methods whose meaning an interface of the standard library gives.
var wellKnown = []string{"Error", "Unwrap", "Is", "As", "String", "LogValue", "Len", "Less", "Swap",
	"MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText", "Read", "Write", "ServeHTTP"}

// TestExportedIsDocumented finds a doc comment on every exported type,
// function, method, constant and variable.
func TestExportedIsDocumented(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		files := token.NewFileSet()
		hasDoc := len(p.GoFiles) == 0
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil,
				parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Error(err)
				continue
			}
			hasDoc = hasDoc || f.Doc != nil
			for _, id := range undocumented(f) {
				t.Errorf("%s/%s:%d: %s is exported and has no doc comment",
					p.folder(), name, files.Position(id.Pos()).Line, id.Name)
			}
		}
		if !hasDoc {
			t.Errorf("%s: no file has a package comment", p.folder())
		}
	}
}

// undocumented returns the exported names of a file that lack a comment.
func undocumented(f *ast.File) []*ast.Ident {
	var bare []*ast.Ident
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Doc == nil && d.Name.IsExported() && !isWellKnown(d) && exportedReceiver(d) {
				bare = append(bare, d.Name)
			}
		case *ast.GenDecl:
			bare = append(bare, undocumentedSpecs(d)...)
		}
	}
	return bare
}

// undocumentedSpecs takes the comment of a group for all its members, as in a
// list of enumerated values.
func undocumentedSpecs(d *ast.GenDecl) []*ast.Ident {
	if d.Doc != nil {
		return nil
	}
	var bare []*ast.Ident
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			if s.Doc == nil && s.Name.IsExported() {
				bare = append(bare, s.Name)
			}
		case *ast.ValueSpec:
			for _, name := range s.Names {
				if s.Doc == nil && s.Comment == nil && name.IsExported() {
					bare = append(bare, name)
				}
			}
		}
	}
	return bare
}

func isWellKnown(d *ast.FuncDecl) bool {
	return d.Recv != nil && slices.Contains(wellKnown, d.Name.Name)
}

// exportedReceiver reports whether a function is none of a type, or of an exported one.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	for {
		switch t := typ.(type) {
		case *ast.StarExpr:
			typ = t.X
		case *ast.IndexExpr:
			typ = t.X
		case *ast.IndexListExpr:
			typ = t.X
		case *ast.Ident:
			return t.IsExported()
		default:
			return false
		}
	}
}

func TestUndocumentedFinds(t *testing.T) {
	t.Parallel()
	const source = `package p
type Bare struct{}
// Told is told.
type Told struct{}
func (Told) String() string { return "" }
func (*Told) Method() {}
func (hidden) Method2() {}
func Func() {}
const Lone = 1
// Values of something.
const (
	One = 1
	Two = 2
)
var (
	Said = 1 // said
	Unsaid = 2
)
`
	f, err := parser.ParseFile(token.NewFileSet(), "p.go", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, id := range undocumented(f) {
		got = append(got, id.Name)
	}
	if want := []string{"Bare", "Method", "Func", "Lone", "Unsaid"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestNothingLeftUndone finds no marks of unfinished work in the tree.
func TestNothingLeftUndone(t *testing.T) {
	t.Parallel()
	mark := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b`)
	for name := range strings.Lines(run(t, "git", "ls-files", "--cached", "--others", "--exclude-standard")) {
		name = strings.TrimSpace(name)
		text, err := os.ReadFile(filepath.Join(root(t), name))
		if os.IsNotExist(err) {
			continue // deleted, not committed yet
		}
		if err != nil {
			t.Error(err)
			continue
		}
		if at := mark.FindIndex(text); at != nil {
			t.Errorf("%s:%d: %s", name, bytes.Count(text[:at[0]], []byte("\n"))+1, text[at[0]:at[1]])
		}
	}
}
