package migrate

import (
	"fmt"
	"strings"
)

// place is where something stands.
type place struct {
	file string
	line int
	// member is a path in the words of the file.
	member string
}

// below is the place of a member.
func (p place) below(name string) place {
	if p.member != "" {
		name = p.member + "." + name
	}
	p.member = name
	return p
}

func (p place) fault(format string, args ...any) Fault {
	return Fault{p.file, p.line, p.member, fmt.Sprintf(format, args...)}
}

// kind is what a node is.
type kind string

// The kinds of nodes, by the names that errors give them.
const (
	nullKind   kind = "null"
	textKind   kind = "a text"
	numberKind kind = "a number"
	boolKind   kind = "true or false"
	listKind   kind = "a list"
	objectKind kind = "an object"
	// unknownKind is a value that is not in the files; text says what it is.
	unknownKind kind = "unknown"
)

// node is a value with its place, whatever the form of the file that it comes from.
type node struct {
	place
	kind   kind
	text   string
	list   []*node
	fields []field
}

// field is a member of an object.
type field struct {
	name  string
	value *node
}

// get finds a member that is not null; nil for none, and for all that is no object.
func (n *node) get(name string) *node {
	if n == nil {
		return nil
	}
	for _, f := range n.fields {
		if f.name == name && f.value.kind != nullKind {
			return f.value
		}
	}
	return nil
}

// at follows names of members; nil where it ends too early.
func (n *node) at(names ...string) *node {
	for _, name := range names {
		n = n.get(name)
	}
	return n
}

// string is the text of a member; "" for none.
func (n *node) string(name string) string {
	if value := n.get(name); value != nil {
		return value.text
	}
	return ""
}

// elements are those of a member that is a list.
func (n *node) elements(name string) []*node {
	if value := n.get(name); value != nil {
		return value.list
	}
	return nil
}

// set adds a member, unless its value is nil.
func (n *node) set(name string, value *node) {
	if value != nil {
		n.fields = append(n.fields, field{name, value})
	}
}

// isObject reports whether a node is one.
func (n *node) isObject() bool { return n != nil && n.kind == objectKind }

// object is an empty object at a place.
func object(at place) *node { return &node{place: at, kind: objectKind} }

// textAt is a text at a place.
func textAt(at place, text string) *node { return &node{place: at, kind: textKind, text: text} }

// scalar reports whether a node is a single value that can be written as a text.
func (n *node) scalar() bool { return n.kind == textKind || n.kind == numberKind || n.kind == boolKind }

// loose is a copy in which numbers and truth values are texts, as tools take them for texts
// that are meant as such.
func (n *node) loose() *node {
	return n.mapped(func(value *node) *node {
		if value.scalar() {
			return textAt(value.place, value.text)
		}
		return value
	})
}

// withoutEmpty is a copy without texts that are "", which stand for nothing.
func (n *node) withoutEmpty() *node {
	return n.mapped(func(value *node) *node {
		if value.kind == textKind && value.text == "" {
			return &node{place: value.place, kind: nullKind}
		}
		return value
	})
}

// mapped is a copy in which change has changed every value that has no other inside.
func (n *node) mapped(change func(*node) *node) *node {
	if n == nil {
		return nil
	}
	if n.kind != listKind && n.kind != objectKind {
		return change(n)
	}
	copied := &node{place: n.place, kind: n.kind}
	for _, value := range n.list {
		copied.list = append(copied.list, value.mapped(change))
	}
	for _, f := range n.fields {
		copied.fields = append(copied.fields, field{f.name, f.value.mapped(change)})
	}
	return copied
}

// find goes to the node that a path of the API leads to, as far as there is one: parts are
// compared without regard to case, and elements of lists are counted from 1 or known by their
// Id. Left is the part for which there is none, "" at the end.
func (n *node) find(path []string) (found *node, left string) {
	for _, part := range path {
		if part == "member" || part == "value" || part == "key" {
			continue
		}
		next := n.child(part)
		if next == nil {
			return n, part
		}
		n = next
	}
	return n, ""
}

func (n *node) child(part string) *node {
	for _, f := range n.fields {
		if strings.EqualFold(f.name, part) {
			return f.value
		}
	}
	for i, element := range n.list {
		if part == fmt.Sprint(i+1) || part == element.string("Id") && part != "" {
			return element
		}
	}
	return nil
}
