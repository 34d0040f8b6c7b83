package notify

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// printed is a JSON value that writes itself in the layout of the original,
// which is that of Jackson's default pretty printer: an object's members on
// lines of their own, two spaces per level, " : " after the name; a list in
// line, "[ a, b ]", that adds no level.
type printed interface {
	// print appends the value to b; level is that of the line it begins on.
	print(b []byte, level int) []byte
}

// quoted is a text, literal a number as it is written.
type (
	quoted  string
	literal string
)

// object is a JSON object whose members keep their order; array is a list.
type (
	object []member
	array  []printed
)

type member struct {
	name  string
	value printed
}

func (o *object) add(name string, value printed) { *o = append(*o, member{name, value}) }

// text adds a text; null adds nothing.
func (o *object) text(name string, value *string) {
	if value != nil {
		o.add(name, quoted(*value))
	}
}

// number adds a number; 0 adds nothing.
func (o *object) number(name string, value int) {
	if value != 0 {
		o.add(name, literal(strconv.Itoa(value)))
	}
}

// count adds a number; null adds nothing.
func (o *object) count(name string, value *int) {
	if value != nil {
		o.add(name, literal(strconv.Itoa(*value)))
	}
}

// list adds a list; an empty one adds nothing.
func (o *object) list(name string, values []printed) {
	if len(values) > 0 {
		o.add(name, array(values))
	}
}

func (s quoted) print(b []byte, _ int) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(string(s)); err != nil {
		panic(err) // a string can always be encoded
	}
	return append(b, bytes.TrimSuffix(text.Bytes(), []byte("\n"))...)
}

func (n literal) print(b []byte, _ int) []byte { return append(b, n...) }

func (o object) print(b []byte, level int) []byte {
	if len(o) == 0 {
		return append(b, "{ }"...)
	}
	b = append(b, '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = indent(b, level+1)
		b = quoted(m.name).print(b, level)
		b = append(b, " : "...)
		b = m.value.print(b, level+1)
	}
	return append(indent(b, level), '}')
}

func (a array) print(b []byte, level int) []byte {
	b = append(b, "[ "...)
	for i, value := range a {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = value.print(b, level)
	}
	return append(b, " ]"...)
}

func indent(b []byte, level int) []byte {
	b = append(b, '\n')
	return append(b, bytes.Repeat([]byte("  "), level)...)
}
