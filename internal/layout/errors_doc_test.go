package layout

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	// codeRow is a row of a table in docs/errors.md that begins with a number.
	codeRow = regexp.MustCompile(`(?m)^\| (\d{4}) \|`)
	// exceptionRow is one that begins with the name of an exception.
	exceptionRow = regexp.MustCompile("(?m)^\\| `([A-Za-z]+)` \\|")

	exceptionName = regexp.MustCompile(`^[A-Z][A-Za-z]*(Exception|Expired|Failure|ServerError)$`)
	warningCode   = regexp.MustCompile(`^6\d{3}$`)
)

// TestErrorCodesAreDocumented finds a row in docs/errors.md for each numeric code
// in the source, and no row for any other.
func TestErrorCodesAreDocumented(t *testing.T) {
	t.Parallel()
	codes := map[string]string{}
	for _, p := range listPackages(t) {
		if within(p.folder(), of("internal")) == "" {
			continue
		}
		eachFile(t, p, func(f *ast.File) {
			for name, value := range constants(f) {
				if n, err := strconv.Atoi(value); strings.HasPrefix(name, "Code") && err == nil && n >= 1000 &&
					n <= 9999 {
					codes[value] = p.folder() + "." + name
				}
			}
			for _, text := range literals(f) {
				if warningCode.MatchString(text) {
					codes[text] = p.folder()
				}
			}
		})
	}
	compareRows(t, codes, codeRow)
}

// TestExceptionsAreDocumented does the same for the exceptions of the server's
// answers.
func TestExceptionsAreDocumented(t *testing.T) {
	t.Parallel()
	names := map[string]string{}
	for _, p := range listPackages(t) {
		if within(p.folder(), of("api", "internal")) == "" {
			continue
		}
		eachFile(t, p, func(f *ast.File) {
			texts := slices.Collect(maps.Values(constants(f)))
			if p.folder() == "internal/server" { // elsewhere they may be those of other services
				texts = append(texts, literals(f)...)
			}
			for _, text := range texts {
				if exceptionName.MatchString(text) {
					names[text] = p.folder()
				}
			}
		})
	}
	compareRows(t, names, exceptionRow)
}

// compareRows compares what the source has, and where, with the rows of docs/errors.md.
func compareRows(t *testing.T, source map[string]string, row *regexp.Regexp) {
	t.Helper()
	if len(source) == 0 {
		t.Fatal("nothing was found in the source")
	}
	text, err := os.ReadFile(filepath.Join(root(t), "docs", "errors.md"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, match := range row.FindAllSubmatch(text, -1) {
		found := string(match[1])
		if slices.Contains(rows, found) {
			t.Errorf("docs/errors.md has two rows for %s", found)
		}
		if source[found] == "" {
			t.Errorf("docs/errors.md has a row for %s, which the source does not have", found)
		}
		rows = append(rows, found)
	}
	for found, where := range source {
		if !slices.Contains(rows, found) {
			t.Errorf("docs/errors.md has no row for %s (%s)", found, where)
		}
	}
}

// eachFile parses the files of a package that are not tests.
func eachFile(t *testing.T, p goPackage, do func(*ast.File)) {
	t.Helper()
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Error(err)
			continue
		}
		do(f)
	}
}

// constants are the constants of a file that are given as one number or string, by
// their names.
func constants(f *ast.File) map[string]string {
	found := map[string]string{}
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v, ok := s.(*ast.ValueSpec)
			if !ok {
				continue
			}
			for i, value := range v.Values {
				if lit, ok := value.(*ast.BasicLit); ok {
					found[v.Names[i].Name] = strings.Trim(lit.Value, "\"`")
				}
			}
		}
	}
	return found
}

// literals are the strings in a file.
func literals(f *ast.File) []string {
	var found []string
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil {
				found = append(found, text)
			}
		}
		return true
	})
	return found
}
