package layout

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	codeFence = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	codeSpan  = regexp.MustCompile("`([^`\n]+)`")
	heading   = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notInSlug = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
	link      = regexp.MustCompile(`\]\(([^)\s]+)\)`)

	// documentName is a document that a comment or a code span names.
	documentName = regexp.MustCompile(`[\w./-]+\.md\b`)
	// docsPath is what a comment names below docs; the ending of a decision may be
	// left out.
	docsPath = regexp.MustCompile(`\bdocs/[\w/-]+(\.\w+)*`)
	decision = regexp.MustCompile(`\bdecisions? (\d{4})\b`)
	// section cites docs/original.md.
	section = regexp.MustCompile(`\boriginal\.md (?:§+ ?)?` +
		`(\d+(?:\.\d+)*(?:(?:, | and )\d+(?:\.\d+)*)*)`)
	number = regexp.MustCompile(`\d+(?:\.\d+)*`)
	// numbered is a heading of docs/original.md.
	numbered = regexp.MustCompile(`(?m)^#+ (\d+(?:\.\d+)*)\.? `)
)

// TestDocumentsLeadSomewhere follows the relative links of all documents, anchors
// included, and finds the files that they name in code spans.
func TestDocumentsLeadSomewhere(t *testing.T) {
	t.Parallel()
	for _, document := range filesOf(t, ".md") {
		text := readProse(t, document)
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			if problem := follow(t, document, match[1]); problem != "" {
				t.Errorf("%s links to %s: %s", document, match[1], problem)
			}
		}
		for _, match := range codeSpan.FindAllStringSubmatch(text, -1) {
			name := match[1]
			beside := filepath.Join(filepath.Dir(document), name)
			if ownPath(t, name) && !exists(t, name) && !exists(t, beside) {
				t.Errorf("%s names %s, which does not exist", document, name)
			}
		}
	}
}

// TestCommentsCiteWhatExists finds the documents, decisions and sections that Go
// comments cite.
func TestCommentsCiteWhatExists(t *testing.T) {
	t.Parallel()
	sections := sectionsOf(t, "docs/original.md")
	for _, file := range filesOf(t, ".go") {
		for _, text := range commentsOf(t, file) {
			for _, name := range documentName.FindAllString(text, -1) {
				if !exists(t, name) && !exists(t, filepath.Join("docs", name)) {
					t.Errorf("%s cites %s, which does not exist", file, name)
				}
			}
			for _, path := range docsPath.FindAllString(text, -1) {
				if !exists(t, path) && !existsAs(t, path+"-*") && !existsAs(t, path+".md") {
					t.Errorf("%s cites %s, which does not exist", file, path)
				}
			}
			for _, match := range decision.FindAllStringSubmatch(text, -1) {
				if !existsAs(t, "docs/decisions/"+match[1]+"-*.md") {
					t.Errorf("%s cites decision %s, which does not exist", file, match[1])
				}
			}
			for _, match := range section.FindAllStringSubmatch(text, -1) {
				for _, n := range number.FindAllString(match[1], -1) {
					if !slices.Contains(sections, n) {
						t.Errorf("%s cites section %s of docs/original.md, which does not exist", file, n)
					}
				}
			}
		}
	}
}

// filesOf are the files of the repository with an ending, relative to its root.
func filesOf(t *testing.T, ending string) []string {
	t.Helper()
	var found []string
	err := fs.WalkDir(os.DirFS(root(t)), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch name := d.Name(); {
		case d.IsDir() && (name == "node_modules" || name == "testdata" || name == "bin" || name == ".git"):
			return fs.SkipDir
		case d.Type().IsRegular() && strings.HasSuffix(name, ending):
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("no file ends in %s", ending)
	}
	return found
}

// read returns a file of the repository.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// readProse returns a document without its blocks of code.
func readProse(t *testing.T, document string) string {
	t.Helper()
	return codeFence.ReplaceAllString(read(t, document), "")
}

// follow says why a link leads nowhere; "" when it leads somewhere.
func follow(t *testing.T, document, target string) string {
	t.Helper()
	if strings.Contains(target, "://") {
		return ""
	}
	path, anchor, _ := strings.Cut(target, "#")
	if path == "" {
		path = document
	} else {
		path = filepath.Join(filepath.Dir(document), path)
	}
	switch {
	case !exists(t, path):
		return "there is no such file"
	case anchor != "" && !slices.Contains(anchorsOf(t, path), anchor):
		return "there is no such heading"
	}
	return ""
}

// anchorsOf are the anchors that GitHub makes of a document's headings.
func anchorsOf(t *testing.T, document string) []string {
	t.Helper()
	var anchors []string
	for _, match := range heading.FindAllStringSubmatch(readProse(t, document), -1) {
		plain := notInSlug.ReplaceAllString(strings.ToLower(match[1]), "")
		anchors = append(anchors, strings.ReplaceAll(plain, " ", "-"))
	}
	return anchors
}

// sectionsOf are the numbers of a document's headings.
func sectionsOf(t *testing.T, document string) []string {
	t.Helper()
	var sections []string
	for _, match := range numbered.FindAllStringSubmatch(readProse(t, document), -1) {
		if slices.Contains(sections, match[1]) {
			t.Errorf("%s has two sections %s", document, match[1])
		}
		sections = append(sections, match[1])
	}
	return sections
}

// ownPath reports whether a code span names a file or folder of the repository: a
// document, or a path that begins with one of its folders.
func ownPath(t *testing.T, text string) bool {
	t.Helper()
	first, rest, found := strings.Cut(text, "/")
	switch {
	case documentName.FindString(text) == text:
		return true
	case !found || strings.ContainsAny(text, " {}<>*:…"):
		return false
	}
	return slices.Contains(of("api", "client", "cmd", "docs", "internal", "scripts", "test"), first) && rest != "..."
}

// exists reports whether the repository has a file or folder.
func exists(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Stat(filepath.Join(root(t), path))
	return err == nil
}

// existsAs reports whether the repository has a file that matches a pattern.
func existsAs(t *testing.T, pattern string) bool {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root(t), pattern))
	return err == nil && len(found) > 0
}

// commentsOf are the comments of a Go file, each on one line.
func commentsOf(t *testing.T, file string) []string {
	t.Helper()
	const mode = parser.ParseComments | parser.SkipObjectResolution
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root(t), file), nil, mode)
	if err != nil {
		t.Fatal(err)
	}
	comments := make([]string, 0, len(f.Comments))
	for _, c := range f.Comments {
		comments = append(comments, strings.Join(strings.Fields(c.Text()), " "))
	}
	return comments
}
