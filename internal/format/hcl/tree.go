package hcl

import "fmt"

// Body is what stands in a file or between the braces of a block.
type Body struct {
	Attributes []Attribute
	Blocks     []Block
}

// Attribute is a name with a value.
type Attribute struct {
	Name  string
	Line  int
	Value Value
}

// Block has a type, labels, and a body of its own.
type Block struct {
	Type   string
	Labels []string
	Line   int
	Body   Body
}

// Attribute finds an attribute by its name.
func (b Body) Attribute(name string) (Attribute, bool) {
	for _, a := range b.Attributes {
		if a.Name == name {
			return a, true
		}
	}
	return Attribute{}, false
}

// Kind is what a value is.
type Kind int

// The kinds of values.
const (
	// Null is null.
	Null Kind = iota
	// Text is a quoted text or a heredoc without anything to fill in.
	Text
	// Number and Bool are written as in Text.
	Number
	Bool
	// List has Parts.
	List
	// Object has Members.
	Object
	// Template is the texts of Parts, one after the other.
	Template
	// Reference is a Path.
	Reference
	// Other has to be computed; its source is Text.
	Other
)

// Value is the value of an attribute.
type Value struct {
	Kind    Kind
	Line    int
	Text    string
	Parts   []Value
	Members []Attribute
	// Path is the names of a reference: "var", "bucket". An index is a name, too.
	Path []string
}

// SyntaxError says what is wrong in a line.
type SyntaxError struct {
	Line int
	Text string
}

// Error is the line and what is wrong in it.
func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }
