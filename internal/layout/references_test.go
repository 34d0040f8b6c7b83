package layout

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	// pathName is a path that begins with a folder of the repository.
	pathName = regexp.MustCompile(`(?:^|[\s("'])((?:api|client|cmd|docs|internal|scripts|test)/[\w./-]*\w)`)
	// fileName is a program's file, named without its folder.
	fileName = regexp.MustCompile(`(?:^|[\s("'])([\w*-]+\.(?:go|sh|py|awk|mjs))\b`)
	// packageName is a package that is named, not "this package has".
	packageName = regexp.MustCompile(`\b(?:as|by|for|from|in|of|than|to|use|with) package ([a-z][a-z0-9]+)\b`)
	// testName is a test or benchmark, or the operation TestRole.
	testName = regexp.MustCompile(`\b((?:Test|Benchmark|Fuzz)[A-Z]\w+)`)
	// source is a document or standard, whose section a comment may name by its sign.
	source = regexp.MustCompile(`\b(?:CEA|CTA|EBU|ETSI|IEC|ISO|ITU|RFC|SCTE|SMPTE|TTML|W3C)\b|\.md\b`)
	// docLink is a link of a Go comment.
	docLink = regexp.MustCompile(`(?:^|[\s("'])\[\*?([A-Za-z_]\w*(?:\.[A-Za-z_]\w*){0,2})\](?:$|[\s.,;:)'"])`)
)

// TestCommentsNameWhatExists finds the paths, files, packages and tests that Go comments
// name, and what their links lead to.
func TestCommentsNameWhatExists(t *testing.T) {
	t.Parallel()
	r := collect(t)
	for _, file := range filesOf(t, ".go") {
		for _, text := range commentsOf(t, file) {
			for _, problem := range r.problems(t, file, text) {
				t.Errorf("%s names %s, which does not exist", file, problem)
			}
		}
	}
}

// TestScriptsNameWhatExists finds the paths and documents that the comments of scripts name.
func TestScriptsNameWhatExists(t *testing.T) {
	t.Parallel()
	r := collect(t)
	for _, file := range slices.Concat(filesOf(t, ".sh"), filesOf(t, ".py"), filesOf(t, ".awk"), of("Makefile")) {
		for line := range strings.Lines(read(t, file)) {
			_, comment, found := strings.Cut(line, "#")
			if !found {
				continue
			}
			for _, problem := range r.problems(t, file, comment) {
				t.Errorf("%s names %s, which does not exist", file, problem)
			}
			for _, name := range documentName.FindAllString(comment, -1) {
				if !exists(t, name) && !exists(t, filepath.Join("docs", name)) {
					t.Errorf("%s cites %s, which does not exist", file, name)
				}
			}
		}
	}
}

// TestDocumentsNameFiles finds the files that documents name in code spans without a folder.
func TestDocumentsNameFiles(t *testing.T) {
	t.Parallel()
	r := collect(t)
	for _, document := range filesOf(t, ".md") {
		for _, match := range codeSpan.FindAllStringSubmatch(readProse(t, document), -1) {
			if fileName.FindString(match[1]) == match[1] && !r.hasFile(match[1]) {
				t.Errorf("%s names %s, which does not exist", document, match[1])
			}
		}
	}
}

// TestDocumentsNameTests finds the tests that documents name in code spans.
func TestDocumentsNameTests(t *testing.T) {
	t.Parallel()
	r := collect(t)
	for _, document := range filesOf(t, ".md") {
		for _, match := range codeSpan.FindAllStringSubmatch(readProse(t, document), -1) {
			if name := testName.FindString(match[1]); name == match[1] && name != "" && !r.tests[name] {
				t.Errorf("%s names %s, which does not exist", document, name)
			}
		}
	}
}

// TestReferencesAreMissed gives the test above comments that name nothing.
func TestReferencesAreMissed(t *testing.T) {
	t.Parallel()
	r := collect(t)
	const file = "internal/layout/doc.go"
	for _, text := range []string{
		"see internal/nowhere/x", "as (scripts/gone.sh) does", "nowhere.go has it", "as in package nowhere",
		"TestOfNothing shows it", "[Nothing] does", "a [http.Nothing.Method] of [layout.Nothing]", "docs/nowhere",
		"see § 4.2", "(§ 3)",
	} {
		if len(r.problems(t, file, text)) == 0 {
			t.Errorf("%q passes", text)
		}
	}
	for _, text := range []string{
		"see internal/server/route.go.", "(scripts/npm.sh)", "of package transcode", "this package has", "a [0] b[Any]",
		"TestReferencesAreMissed", "[http.ServeMux]", "RFC 8216 § 4.3", "ISO/IEC 14496-12, § 8.7",
	} {
		if problems := r.problems(t, file, text); len(problems) > 0 {
			t.Errorf("%q: %v", text, problems)
		}
	}
}

// references is what comments may name.
type references struct {
	files    map[string]bool              // base names of the repository's files
	packages map[string][]string          // folders of packages by their names; none for those of others
	tests    map[string]bool              // tests and benchmarks
	declared map[string]map[string]bool   // by folder: names, "Type.Member", and "Type." for a type that embeds
	imports  map[string]map[string]string // paths by file and name
}

// collect reads what the repository's Go files declare.
func collect(t *testing.T) *references {
	t.Helper()
	r := &references{map[string]bool{}, map[string][]string{}, map[string]bool{}, map[string]map[string]bool{},
		map[string]map[string]string{}}
	for _, ending := range of(".go", ".sh", ".py", ".awk", ".mjs") {
		for _, file := range filesOf(t, ending) {
			r.files[path.Base(file)] = true
		}
	}
	for _, file := range filesOf(t, ".go") {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root(t), file), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		r.addFile(file, f)
	}
	return r
}

func (r *references) addFile(file string, f *ast.File) {
	folder := path.Dir(file)
	if r.declared[folder] == nil {
		r.declared[folder] = map[string]bool{}
	}
	if name := strings.TrimSuffix(f.Name.Name, "_test"); !slices.Contains(r.packages[name], folder) {
		r.packages[name] = append(r.packages[name], folder)
	}
	r.imports[file] = map[string]string{}
	for _, i := range f.Imports {
		imported, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue
		}
		name := strings.TrimSuffix(path.Base(imported), path.Ext(imported))
		if regexp.MustCompile(`^v\d+$`).MatchString(name) && !strings.HasPrefix(imported, module) {
			name = path.Base(path.Dir(imported))
		}
		if i.Name != nil {
			name = i.Name.Name
		}
		if _, known := r.packages[name]; !known {
			r.packages[name] = nil
		}
		r.imports[file][name] = imported
	}
	for _, d := range f.Decls {
		r.addDeclaration(r.declared[folder], d)
	}
}

// module is the path of the repository's modules.
const module = "github.com/reelastic/reelastic"

func (r *references) addDeclaration(names map[string]bool, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if d.Recv != nil {
			name = receiver(d.Recv.List[0].Type) + "." + name
		} else if testName.MatchString(name) {
			r.tests[name] = true
		}
		names[name] = true
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					names[name.Name] = true
				}
			case *ast.TypeSpec:
				names[spec.Name.Name] = true
				addMembers(names, spec)
			}
		}
	}
}

// addMembers adds the fields of a structure and the methods of an interface.
func addMembers(names map[string]bool, spec *ast.TypeSpec) {
	var members *ast.FieldList
	switch of := spec.Type.(type) {
	case *ast.StructType:
		members = of.Fields
	case *ast.InterfaceType:
		members = of.Methods
	default:
		return
	}
	for _, member := range members.List {
		if len(member.Names) == 0 { // embedded
			names[spec.Name.Name+"."] = true
		}
		for _, name := range member.Names {
			names[spec.Name.Name+"."+name.Name] = true
		}
	}
}

// receiver is the name of a method's type.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// problems are the names in a comment of a file that lead nowhere.
func (r *references) problems(t *testing.T, file, text string) (all []string) {
	t.Helper()
	for _, m := range pathName.FindAllStringSubmatch(text, -1) {
		if !exists(t, m[1]) && !existsAs(t, m[1]+"-*") && !existsAs(t, m[1]+".*") {
			all = append(all, m[1])
		}
	}
	for _, m := range fileName.FindAllStringSubmatch(text, -1) {
		if !r.hasFile(m[1]) {
			all = append(all, m[1])
		}
	}
	for _, m := range packageName.FindAllStringSubmatch(text, -1) {
		if _, ok := r.packages[m[1]]; !ok {
			all = append(all, "package "+m[1])
		}
	}
	for _, m := range testName.FindAllStringSubmatch(text, -1) {
		if !r.tests[m[1]] && !strings.HasPrefix(m[1], "TestRole") {
			all = append(all, m[1])
		}
	}
	if before, after, found := strings.Cut(text, "§"); found && !source.MatchString(before) {
		all = append(all, "a section of no document: §"+after)
	}
	for _, m := range docLink.FindAllStringSubmatch(text, -1) {
		if !r.leads(file, m[1]) {
			all = append(all, "["+m[1]+"]")
		}
	}
	return all
}

// hasFile reports whether the repository has a file of a name, which may be a pattern.
func (r *references) hasFile(pattern string) bool {
	for name := range maps.Keys(r.files) {
		if ok, err := path.Match(pattern, name); ok && err == nil {
			return true
		}
	}
	return false
}

// leads reports whether a link in a comment of a file leads to a declaration. Packages
// of others are trusted to have what is named.
func (r *references) leads(file, name string) bool {
	first, rest, dotted := strings.Cut(name, ".")
	switch {
	case ast.IsExported(first):
		return r.declares(path.Dir(file), name)
	case !dotted: // a word in brackets
		return true
	}
	if imported, ok := r.imports[file][first]; ok {
		folder, ours := strings.CutPrefix(imported, module+"/")
		return !ours || r.declares(folder, rest)
	}
	folders, known := r.packages[first]
	has := func(folder string) bool { return r.declares(folder, rest) }
	return known && (len(folders) == 0 || slices.ContainsFunc(folders, has)) || r.declares(path.Dir(file), name)
}

func (r *references) declares(folder, name string) bool {
	names := r.declared[folder]
	owner, _, member := strings.Cut(name, ".")
	return names[name] || member && names[owner+"."]
}
