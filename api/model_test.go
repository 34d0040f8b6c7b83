package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// model is the bare API model. It is decoded strictly, so that a trait which the
// comparison does not know fails the test instead of being overlooked.
type model struct {
	Version    string                    `json:"version"`
	Metadata   map[string]string         `json:"metadata"`
	Operations map[string]modelOperation `json:"operations"`
	Shapes     map[string]modelShape     `json:"shapes"`
}

type modelOperation struct {
	Name string `json:"name"`
	HTTP struct {
		Method       string `json:"method"`
		RequestURI   string `json:"requestUri"`
		ResponseCode int    `json:"responseCode"` // 0 means 200
	} `json:"http"`
	Input      modelRef   `json:"input"`
	Output     modelRef   `json:"output"`
	Errors     []modelRef `json:"errors"`
	Deprecated bool       `json:"deprecated"`
}

type modelRef struct {
	Shape        string `json:"shape"`
	Location     string `json:"location"`
	LocationName string `json:"locationName"`
	Deprecated   bool   `json:"deprecated"`
}

type modelShape struct {
	Type     string       `json:"type"`
	Members  modelMembers `json:"members"`
	Required []string     `json:"required"`
	Member   modelRef     `json:"member"`
	Key      modelRef     `json:"key"`
	Value    modelRef     `json:"value"`
	Min      *int         `json:"min"`
	Max      *int         `json:"max"`
	Pattern  string       `json:"pattern"`
	Error    struct {
		HTTPStatusCode int `json:"httpStatusCode"`
	} `json:"error"`
	Exception  bool `json:"exception"`
	Fault      bool `json:"fault"`
	Deprecated bool `json:"deprecated"`
}

// modelMembers keeps the order of the members, which is the order of violations.
type modelMembers []modelMember

type modelMember struct {
	name string
	modelRef
}

func (ms *modelMembers) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if _, err := dec.Token(); err != nil {
		return err
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		m := modelMember{name: name.(string)}
		if err := dec.Decode(&m.modelRef); err != nil {
			return err
		}
		*ms = append(*ms, m)
	}
	return nil
}

func readModel(t *testing.T) *model {
	t.Helper()
	data, err := os.ReadFile("testdata/model.json")
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	m := new(model)
	if err := dec.Decode(m); err != nil {
		t.Fatal(err)
	}
	return m
}

// goType returns the type that a value of the shape has in Go, with structures by
// name. Members of structures are optional, so there strings and structures are pointers.
func (m *model) goType(shape string, inStructure bool) string {
	s, star := m.Shapes[shape], ""
	if inStructure {
		star = "*"
	}
	switch s.Type {
	case "string":
		return star + "string"
	case "integer":
		return star + "int"
	case "long":
		return star + "int64"
	case "structure":
		return star + "api." + shape
	case "list":
		return "[]" + m.goType(s.Member.Shape, false)
	case "map":
		return "map[" + m.goType(s.Key.Shape, false) + "]" + m.goType(s.Value.Shape, false)
	default:
		return "no Go type for " + s.Type
	}
}

// constraints returns the check tag that the shape asks for, options sorted, with
// the two rules of our own: Ascending in any case, empty codec options are absent.
func (m *model) constraints(shape, prefix string) []string {
	s := m.Shapes[shape]
	var options []string
	if s.Min != nil {
		options = append(options, fmt.Sprintf("%smin=%d", prefix, *s.Min))
	}
	if s.Max != nil {
		options = append(options, fmt.Sprintf("%smax=%d", prefix, *s.Max))
	}
	if s.Pattern != "" {
		options = append(options, prefix+"pattern="+shape)
	}
	switch s.Type {
	case "list":
		options = append(options, m.constraints(s.Member.Shape, prefix+"member.")...)
	case "map":
		options = append(options, m.constraints(s.Key.Shape, prefix+"key.")...)
		options = append(options, m.constraints(s.Value.Shape, prefix+"value.")...)
	}
	switch shape {
	case "Ascending":
		options = append(options, prefix+"anycase")
	case "CodecOptions":
		options = append(options, prefix+"value.emptyabsent")
	}
	slices.Sort(options)
	return options
}

// compareStructure returns the differences between a structure of the model and a
// Go type; nested structures are compared by name.
func (m *model) compareStructure(shape string, t reflect.Type) []string {
	s := m.Shapes[shape]
	var want, got []string
	for _, member := range s.Members {
		tag := fmt.Sprintf("json=%q uri=%q query=%q", member.name, "", "")
		switch member.Location {
		case "uri":
			tag = fmt.Sprintf("json=%q uri=%q query=%q", "-", member.LocationName, "")
		case "querystring":
			tag = fmt.Sprintf("json=%q uri=%q query=%q", "-", "", member.LocationName)
		case "":
		default:
			tag = "no tag for location " + member.Location
		}
		options := m.constraints(member.Shape, "")
		if slices.Contains(s.Required, member.name) {
			options = append(options, "required")
			slices.Sort(options)
		}
		want = append(want, fmt.Sprintf("%s %s %s check=%q", member.name, m.goType(member.Shape, true), tag, options))
	}
	for field := range t.Fields() {
		var options []string
		if check := field.Tag.Get("check"); check != "" {
			options = strings.Split(check, ",")
			slices.Sort(options)
		}
		got = append(got, fmt.Sprintf("%s %s json=%q uri=%q query=%q check=%q", field.Name, field.Type,
			field.Tag.Get("json"), field.Tag.Get("uri"), field.Tag.Get("query"), options))
	}
	return differences(shape, want, got)
}

// differences compares two lists line by line, order included.
func differences(what string, want, got []string) []string {
	var diff []string
	for i := range max(len(want), len(got)) {
		w, g := "(nothing)", "(nothing)"
		if i < len(want) {
			w = want[i]
		}
		if i < len(got) {
			g = got[i]
		}
		if w != g {
			diff = append(diff, fmt.Sprintf("%s, line %d:\n  model %s\n  Go    %s", what, i+1, w, g))
		}
	}
	return diff
}

// compareOperations returns the differences between the model's operations and a table.
func (m *model) compareOperations(table []Operation) []string {
	var want, got []string
	for name, op := range m.Operations {
		if op.HTTP.ResponseCode == 0 {
			op.HTTP.ResponseCode = http.StatusOK
		}
		var codes []string
		for _, ref := range op.Errors {
			codes = append(codes, ref.Shape)
		}
		want = append(want, fmt.Sprint(name, " ", op.HTTP.Method, " ", op.HTTP.RequestURI, " ", op.HTTP.ResponseCode,
			" *api.", op.Input.Shape, " *api.", op.Output.Shape, " ", codes, " deprecated=", op.Deprecated))
	}
	for _, op := range table {
		got = append(got, fmt.Sprintf("%s %s %s %d %T %T %s deprecated=%t", op.Name, op.Method, op.URI, op.Status,
			op.NewRequest(), op.NewResponse(), op.Errors, op.Deprecated))
	}
	slices.Sort(want)
	slices.Sort(got)
	return differences("operations", want, got)
}

// compareExceptions returns the differences between the model's exceptions and a table.
func (m *model) compareExceptions(table map[ErrorCode]int) []string {
	var want, got []string
	for name, s := range m.Shapes {
		if !s.Exception {
			continue
		}
		if s.Fault && s.Error.HTTPStatusCode == 0 {
			s.Error.HTTPStatusCode = http.StatusInternalServerError
		}
		want = append(want, fmt.Sprint(name, " ", s.Error.HTTPStatusCode))
	}
	for code, status := range table {
		got = append(got, fmt.Sprint(code, " ", status))
	}
	slices.Sort(want)
	slices.Sort(got)
	return differences("exceptions", want, got)
}

// comparePatterns returns the differences between the model's patterns and a table.
func (m *model) comparePatterns(table map[string]*pattern) []string {
	var want, got []string
	for name, s := range m.Shapes {
		if s.Pattern != "" {
			want = append(want, name+" "+s.Pattern)
		}
	}
	for name, p := range table {
		got = append(got, name+" "+p.text)
	}
	slices.Sort(want)
	slices.Sort(got)
	return differences("patterns", want, got)
}

// structures returns the names of the model's structures that are no exceptions.
func (m *model) structures() []string {
	var names []string
	for name, s := range m.Shapes {
		if s.Type == "structure" && !s.Exception {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
