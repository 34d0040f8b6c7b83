package api

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// reachable returns the structures that the operations use, by name.
func reachable() map[string]reflect.Type {
	found := map[string]reflect.Type{}
	var visit func(reflect.Type)
	visit = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice:
			visit(t.Elem())
		case reflect.Struct:
			if found[t.Name()] == nil {
				found[t.Name()] = t
				for field := range t.Fields() {
					visit(field.Type)
				}
			}
		}
	}
	for _, op := range Operations {
		visit(reflect.TypeOf(op.NewRequest()))
		visit(reflect.TypeOf(op.NewResponse()))
	}
	return found
}

func TestStructuresMatchModel(t *testing.T) {
	t.Parallel()
	m, types := readModel(t), reachable()
	for _, name := range m.structures() {
		if types[name] == nil {
			t.Errorf("structure %s of the model is missing", name)
			continue
		}
		for _, d := range m.compareStructure(name, types[name]) {
			t.Error(d)
		}
	}
	for name, typ := range types {
		if _, err := membersOf(typ); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDeclaredStructures looks at the source, so that it also sees a structure
// that no operation uses.
func TestDeclaredStructures(t *testing.T) {
	t.Parallel()
	own := []string{"Error", "ErrorBody", "Operation", "Violation", "Violations"}
	want := append(readModel(t).structures(), own...)
	slices.Sort(want)
	if got := declaredStructures(t); !slices.Equal(got, want) {
		t.Errorf("exported structures:\n got %q\nwant %q", got, want)
	}
}

func declaredStructures(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if ok {
				if _, ok := spec.Type.(*ast.StructType); ok && spec.Name.IsExported() {
					names = append(names, spec.Name.Name)
				}
			}
			return true
		})
	}
	slices.Sort(names)
	return names
}

func TestTablesMatchModel(t *testing.T) {
	t.Parallel()
	m := readModel(t)
	for _, d := range slices.Concat(m.compareOperations(Operations), m.compareExceptions(modelStatuses),
		m.comparePatterns(patterns())) {
		t.Error(d)
	}
	if len(Operations) != 17 || len(modelStatuses) != 7 {
		t.Errorf("%d operations and %d exceptions, want 17 and 7", len(Operations), len(modelStatuses))
	}
	for shape, p := range patterns() {
		p.match("") // compiles
		if strings.Contains(p.text, "\n") {
			t.Errorf("pattern %s has a line break", shape)
		}
	}
}

// TestComparisonFindsEveryDifference changes every member of every structure in
// every way, one at a time, and wants each change to be noticed.
func TestComparisonFindsEveryDifference(t *testing.T) {
	t.Parallel()
	m := readModel(t)
	changes := 0
	for name, typ := range reachable() {
		var fields []reflect.StructField
		for field := range typ.Fields() {
			fields = append(fields, field)
		}
		if d := m.compareStructure(name, reflect.StructOf(fields)); d != nil {
			t.Fatalf("unchanged %s differs: %s", name, d)
		}
		for what, changed := range mutations(fields) {
			changes++
			if m.compareStructure(name, reflect.StructOf(changed)) == nil {
				t.Errorf("%s: not noticed: %s", name, what)
			}
		}
	}
	if changes < 1000 {
		t.Errorf("only %d changes tried", changes)
	}
}

var number = regexp.MustCompile(`=\d+`)

// mutations returns changed copies of a structure's fields by what was changed.
func mutations(fields []reflect.StructField) map[string][]reflect.StructField {
	extra := reflect.StructField{Name: "Extra", Type: reflect.TypeFor[*string](), Tag: `json:"Extra"`}
	all := map[string][]reflect.StructField{"a member too many": append(slices.Clone(fields), extra)}
	for i, field := range fields {
		all["missing "+field.Name] = slices.Delete(slices.Clone(fields), i, i+1)
		if i > 0 {
			swapped := slices.Clone(fields)
			swapped[i-1], swapped[i] = swapped[i], swapped[i-1]
			all["order of "+field.Name] = swapped
		}
		change := func(what string, edit func(*reflect.StructField)) {
			changed := slices.Clone(fields)
			edit(&changed[i])
			all[what+" of "+field.Name] = changed
		}
		change("name", func(f *reflect.StructField) { f.Name += "X" })
		change("kind", func(f *reflect.StructField) { f.Type = reflect.TypeFor[*bool]() })
		change("indirection", func(f *reflect.StructField) { f.Type = reflect.PointerTo(f.Type) })
		tag := string(field.Tag)
		retag := func(what, changed string) {
			if changed != tag {
				change(what, func(f *reflect.StructField) { f.Tag = reflect.StructTag(changed) })
			}
		}
		retag("JSON option", strings.Replace(tag, `json:"`+field.Name, `json:"`+field.Name+`,omitempty`, 1))
		retag("JSON name", strings.Replace(tag, `json:"`, `json:"x`, 1))
		retag("path name", strings.Replace(tag, `uri:"`, `uri:"x`, 1))
		retag("query name", strings.Replace(tag, `query:"`, `query:"x`, 1))
		retag("required mark", strings.Replace(tag, `required`, `min=0`, 1))
		retag("pattern", strings.Replace(tag, `pattern=`, `pattern=x`, 1))
		retag("own rule", strings.NewReplacer(`,anycase`, ``, `,value.emptyabsent`, ``).Replace(tag))
		for n, at := range number.FindAllStringIndex(tag, -1) {
			retag("number "+strconv.Itoa(n), tag[:at[0]]+"=77"+tag[at[1]:])
		}
		if field.Tag.Get("check") == "" {
			retag("constraint too many", tag+` check:"required"`)
		}
	}
	return all
}

func TestComparisonFindsTableDifferences(t *testing.T) {
	t.Parallel()
	m := readModel(t)
	edits := map[string]func(*Operation){
		"name":       func(op *Operation) { op.Name += "x" },
		"method":     func(op *Operation) { op.Method = "PATCH" },
		"URI":        func(op *Operation) { op.URI += "/" },
		"status":     func(op *Operation) { op.Status++ },
		"request":    func(op *Operation) { op.NewRequest = newOf[Job] },
		"response":   func(op *Operation) { op.NewResponse = newOf[Job] },
		"deprecated": func(op *Operation) { op.Deprecated = !op.Deprecated },
		"exceptions": func(op *Operation) { op.Errors = op.Errors[1:] },
	}
	for what, edit := range edits {
		for i := range Operations {
			table := slices.Clone(Operations)
			edit(&table[i])
			if m.compareOperations(table) == nil {
				t.Errorf("%s: not noticed: %s", Operations[i].Name, what)
			}
		}
	}
	if m.compareOperations(Operations[1:]) == nil {
		t.Error("not noticed: a missing operation")
	}
	if m.compareExceptions(map[ErrorCode]int{ValidationException: 400}) == nil {
		t.Error("not noticed: missing exceptions")
	}
	if m.comparePatterns(map[string]*pattern{"Id": newPattern(`^\d$`)}) == nil {
		t.Error("not noticed: other patterns")
	}
}
