package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strconv"
	"strings"
)

// maxDocument is the longest document that is read, in bytes.
const maxDocument = 16 << 20

// document is a JSON document on the command line, as the aws tool takes them: file://PATH,
// - for standard input, or the document itself. "" is none.
type document string

// documentHelp is what flags say of it.
const documentHelp = "file://PATH, - for standard input, or JSON itself."

// read reads the document of a flag into a structure of the API. What the structure does not
// have is refused: a member that is misspelt would be lost without a word.
func (d document) read(s streams, flag string, into any) error {
	if d == "" {
		return nil
	}
	text, err := d.text(s)
	if err == nil {
		err = decodeStrictly(text, into)
	}
	if err != nil {
		return &usageError{fmt.Errorf("%s: %w", flag, err)}
	}
	return nil
}

func (d document) text(s streams) ([]byte, error) {
	if path, named := strings.CutPrefix(string(d), "file://"); named {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return readDocument(file)
	}
	if d == "-" {
		return readDocument(s.in)
	}
	if !strings.HasPrefix(strings.TrimSpace(string(d)), "{") {
		return nil, fmt.Errorf("%q must be file://PATH, - for standard input, or a JSON object", string(d))
	}
	return []byte(d), nil
}

func readDocument(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	if err == nil && len(text) > maxDocument {
		err = fmt.Errorf("the document has more than %d bytes", maxDocument)
	}
	return text, err
}

// decodeStrictly decodes one JSON document. Errors name the line, and the member where it is
// about one.
func decodeStrictly(text []byte, into any) error {
	err := json.Unmarshal(text, into)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("line %d: it is not JSON: %w", lineAt(text, syntax.Offset), syntax)
	}
	if mistyped, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && mistyped.Field == "" {
		return fmt.Errorf("it must be a JSON object, not a JSON %s", mistyped.Value)
	} else if ok {
		return fmt.Errorf("line %d: member %q can't be a JSON %s", lineAt(text, mistyped.Offset), mistyped.Field,
			mistyped.Value)
	}
	if err != nil {
		return err
	}
	w := memberWalk{text, json.NewDecoder(bytes.NewReader(text))}
	return w.value(reflect.TypeOf(into), "")
}

// lineAt is the number of the line with the byte before an offset.
func lineAt(text []byte, offset int64) int {
	return bytes.Count(text[:min(int(offset), len(text))], []byte("\n")) + 1
}

// memberWalk goes through a document that is known to be JSON of the right types, and refuses
// members that a structure does not have.
type memberWalk struct {
	text   []byte
	tokens *json.Decoder
}

// value goes through a value for a type; at is where it is, "" for the document.
func (w memberWalk) value(t reflect.Type, at string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	token, err := w.tokens.Token()
	if err != nil {
		return err
	}
	inner := 0
	for opened := token == json.Delim('{') || token == json.Delim('['); opened && w.tokens.More(); inner++ {
		of, place := reflect.TypeFor[any](), join(at, strconv.Itoa(inner+1))
		if token == json.Delim('{') {
			if of, place, err = w.member(t, at); err != nil {
				return err
			}
		} else if t.Kind() == reflect.Slice {
			of = t.Elem()
		}
		if err := w.value(of, place); err != nil {
			return err
		}
	}
	if _, opens := token.(json.Delim); opens {
		_, err = w.tokens.Token()
	}
	return err
}

// member reads the name of a member of a type, and tells of what type its value is.
func (w memberWalk) member(t reflect.Type, at string) (of reflect.Type, place string, err error) {
	token, err := w.tokens.Token()
	if err != nil {
		return nil, "", err
	}
	name, _ := token.(string)
	place = join(at, name)
	switch t.Kind() {
	case reflect.Map:
		return t.Elem(), place, nil
	case reflect.Struct:
		for _, field := range reflect.VisibleFields(t) {
			if known, _, _ := strings.Cut(field.Tag.Get("json"), ","); known == name && name != "-" {
				return field.Type, place, nil
			}
		}
		return nil, "", fmt.Errorf("line %d: unknown member %q", lineAt(w.text, w.tokens.InputOffset()), place)
	}
	return reflect.TypeFor[any](), place, nil // of what has no type, such as a policy
}

// join is the name of a member within another, as in messages of the API.
func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + ":" + name
}
