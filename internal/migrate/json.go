package migrate

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
)

// deepest is how deep values of a dump may nest.
const deepest = 100

// readJSON reads the documents of a text: one, or several one after the other. A fault ends it.
func readJSON(file string, text []byte) ([]*node, *Fault) {
	r := &jsonReader{file: file, text: text, tokens: json.NewDecoder(bytes.NewReader(text))}
	r.tokens.UseNumber()
	var all []*node
	for {
		token, err := r.tokens.Token()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, r.broken(err)
		}
		n, err := r.value(place{file: file}, token, 0)
		if err != nil {
			return nil, r.broken(err)
		}
		all = append(all, n)
	}
}

// jsonReader walks the tokens of a text.
type jsonReader struct {
	file   string
	text   []byte
	tokens *json.Decoder
	// seen is how far lines are counted.
	seen  int
	lines int
}

// line is that of the token that was read last.
func (r *jsonReader) line() int {
	end := max(int(r.tokens.InputOffset())-1, 0)
	if end > r.seen {
		r.lines += bytes.Count(r.text[r.seen:end], []byte("\n"))
		r.seen = end
	}
	return r.lines + 1
}

// broken is the fault of a text that is no JSON.
func (r *jsonReader) broken(err error) *Fault {
	if fault, ok := errors.AsType[*placedError](err); ok {
		return &fault.Fault
	}
	at := min(int(r.tokens.InputOffset()), len(r.text))
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = min(max(int(syntax.Offset), at), len(r.text))
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return &Fault{r.file, 1 + bytes.Count(r.text, []byte("\n")), "", "it is not JSON: it ends too early"}
	}
	return &Fault{r.file, 1 + bytes.Count(r.text[:at], []byte("\n")), "", "it is not JSON: " + err.Error()}
}

// placedError is a fault on its way up.
type placedError struct{ Fault }

// Error is the fault.
func (e *placedError) Error() string { return e.String() }

// value is the value that begins with a token.
func (r *jsonReader) value(at place, token json.Token, depth int) (*node, error) {
	at.line = r.line()
	if depth > deepest {
		return nil, &placedError{at.fault("values are nested too deep")}
	}
	switch v := token.(type) {
	case nil:
		return &node{place: at, kind: nullKind}, nil
	case bool:
		return &node{place: at, kind: boolKind, text: strconv.FormatBool(v)}, nil
	case json.Number:
		return &node{place: at, kind: numberKind, text: v.String()}, nil
	case string:
		return textAt(at, v), nil
	}
	if token == json.Delim('[') {
		return r.list(at, depth)
	}
	return r.object(at, depth)
}

func (r *jsonReader) list(at place, depth int) (*node, error) {
	n := &node{place: at, kind: listKind}
	for r.tokens.More() {
		token, err := r.tokens.Token()
		if err != nil {
			return nil, err
		}
		element := at
		element.member += "[" + strconv.Itoa(len(n.list)) + "]"
		value, err := r.value(element, token, depth+1)
		if err != nil {
			return nil, err
		}
		n.list = append(n.list, value)
	}
	_, err := r.tokens.Token()
	return n, err
}

func (r *jsonReader) object(at place, depth int) (*node, error) {
	n := object(at)
	names := map[string]bool{}
	for r.tokens.More() {
		token, err := r.tokens.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		member := at.below(name)
		member.line = r.line()
		if names[name] {
			return nil, &placedError{member.fault("the member is given twice")}
		}
		names[name] = true
		if token, err = r.tokens.Token(); err != nil {
			return nil, err
		}
		value, err := r.value(member, token, depth+1)
		if err != nil {
			return nil, err
		}
		n.fields = append(n.fields, field{name, value})
	}
	_, err := r.tokens.Token()
	return n, err
}
