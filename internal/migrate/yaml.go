package migrate

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// mostNodes bounds what the aliases of a YAML text may grow to.
const mostNodes = 200_000

var yamlLine = regexp.MustCompile(`line (\d+): `)

// readYAML reads the documents of a text.
func readYAML(file string, text []byte) ([]*node, *Fault) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	r := &yamlReader{}
	var all []*node
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			fault := Fault{File: file, Line: 1, Text: "it is not YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")}
			if found := yamlLine.FindStringSubmatch(err.Error()); found != nil {
				fault.Line, _ = strconv.Atoi(found[1])
			}
			return nil, &fault
		}
		n, err := r.value(place{file: file}, document.Content[0], 0)
		if fault, ok := errors.AsType[*placedError](err); ok {
			return nil, &fault.Fault
		}
		all = append(all, n)
	}
}

// yamlReader makes nodes of those of a YAML text.
type yamlReader struct{ made int }

func (r *yamlReader) value(at place, y *yaml.Node, depth int) (*node, error) {
	at.line = y.Line
	if r.made++; depth > deepest || r.made > mostNodes {
		return nil, &placedError{at.fault("values are nested too deep, or are too many")}
	}
	if y.Kind == yaml.AliasNode {
		return r.value(at, y.Alias, depth+1)
	}
	var n *node
	var err error
	switch y.Kind {
	case yaml.SequenceNode:
		n, err = r.list(at, y, depth)
	case yaml.MappingNode:
		n, err = r.object(at, y, depth)
	default:
		n = yamlScalar(at, y)
	}
	if err != nil {
		return nil, err
	}
	return called(n, y.Tag), nil
}

// called is a node that a function of CloudFormation is called with, as its long form writes it.
func called(n *node, tag string) *node {
	if !strings.HasPrefix(tag, "!") || strings.HasPrefix(tag, "!!") {
		return n
	}
	name := strings.TrimPrefix(tag, "!")
	if name != "Ref" && name != "Condition" {
		name = "Fn::" + name
	}
	call := object(n.place)
	call.set(name, n)
	return call
}

func (r *yamlReader) list(at place, y *yaml.Node, depth int) (*node, error) {
	n := &node{place: at, kind: listKind}
	for i, element := range y.Content {
		below := at
		below.member += "[" + strconv.Itoa(i) + "]"
		value, err := r.value(below, element, depth+1)
		if err != nil {
			return nil, err
		}
		n.list = append(n.list, value)
	}
	return n, nil
}

func (r *yamlReader) object(at place, y *yaml.Node, depth int) (*node, error) {
	n := object(at)
	names := map[string]bool{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		name := y.Content[i].Value
		member := at.below(name)
		member.line = y.Content[i].Line
		if names[name] {
			return nil, &placedError{member.fault("the member is given twice")}
		}
		names[name] = true
		value, err := r.value(member, y.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		n.fields = append(n.fields, field{name, value})
	}
	return n, nil
}

func yamlScalar(at place, y *yaml.Node) *node {
	kinds := map[string]kind{"!!null": nullKind, "!!bool": boolKind, "!!int": numberKind, "!!float": numberKind}
	n := textAt(at, y.Value)
	if other, ok := kinds[y.ShortTag()]; ok {
		n.kind = other
	}
	if n.kind == boolKind {
		n.text = strings.ToLower(n.text)
	}
	return n
}
