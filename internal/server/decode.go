package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/reelastic/reelastic/api"
)

// maxDepth is how deep arrays and objects may nest in what is skipped; the
// API's own structures are less than ten deep.
const maxDepth = 100

// maxMembers is how many members a list or map may have for which the API has no bound.
const maxMembers = 1000

// serializationError is the error of the original's deserializer, which gave no
// place; at is the path of the member, "" for the document itself.
func serializationError(at, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	if at != "" {
		message += " (member '" + at + "')"
	}
	return &api.Error{Code: api.SerializationException, Message: message}
}

// decode reads a JSON document into a structure of package api. A JSON null is
// the same as an absent member; members that the structure does not have are
// skipped; of a member given twice the last counts; names are matched exactly,
// letter case included. A value of a wrong type is a SerializationException
// that names the member. The empty body is the empty document.
func decode(body []byte, request any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if !utf8.Valid(body) {
		return serializationError("", "The request body is not valid UTF-8.")
	}
	var document json.RawMessage
	if err := json.Unmarshal(body, &document); err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			return serializationError("", "The request body is not valid JSON: %s, at byte %d.", syntax, syntax.Offset)
		}
		return serializationError("", "The request body is not valid JSON.")
	}
	d := decoder{json.NewDecoder(bytes.NewReader(body))}
	d.tokens.UseNumber()
	token, err := d.next()
	if err != nil {
		return err
	}
	return d.value("", token, reflect.ValueOf(request).Elem(), maxMembers)
}

// decoder walks the tokens of a document that is known to be well-formed.
type decoder struct {
	tokens *json.Decoder
}

func (d *decoder) next() (json.Token, error) {
	token, err := d.tokens.Token()
	if err != nil {
		return nil, serializationError("", "The request body is not valid JSON.")
	}
	return token, nil
}

// value stores the value that begins with token in target, which is settable. Of a list it
// keeps one more than most, so that whoever checks the request sees that there are too many.
func (d *decoder) value(at string, token json.Token, target reflect.Value, most int) error {
	if token == nil {
		target.SetZero()
		return nil
	}
	switch target.Kind() {
	case reflect.Pointer:
		target.Set(reflect.New(target.Type().Elem()))
		return d.value(at, token, target.Elem(), most)
	case reflect.Struct:
		return d.structure(at, token, target)
	case reflect.Slice:
		return d.list(at, token, target, most)
	case reflect.Map:
		return d.entries(at, token, target)
	case reflect.String:
		return d.text(at, token, target)
	case reflect.Int, reflect.Int64:
		return d.number(at, token, target)
	}
	return fmt.Errorf("decode %s: no rule for %s", at, target.Type())
}

func (d *decoder) structure(at string, token json.Token, target reflect.Value) error {
	if token != json.Delim('{') {
		return wrongType(at, token, "structure")
	}
	target.SetZero()
	members := membersByName(target.Type())
	for d.tokens.More() {
		name, token, err := d.entry()
		if err != nil {
			return err
		}
		index, known := members[name]
		if !known {
			err = d.skip(token)
		} else {
			place := join(at, strings.ToLower(name[:1])+name[1:])
			err = d.value(place, token, target.Field(index), most(target.Type(), index))
		}
		if err != nil {
			return err
		}
	}
	_, err := d.next()
	return err
}

// entry reads a member's name and the first token of its value.
func (d *decoder) entry() (name string, value json.Token, err error) {
	token, err := d.next()
	if err != nil {
		return "", nil, err
	}
	name, _ = token.(string)
	value, err = d.next()
	return name, value, err
}

// membersByName returns the index of each field that travels in the body.
func membersByName(t reflect.Type) map[string]int {
	members := make(map[string]int, t.NumField())
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("json"); name != "-" && name != "" {
			members[name] = i
		}
	}
	return members
}

// list reads an array. A null in it has no meaning, and is refused.
func (d *decoder) list(at string, token json.Token, target reflect.Value, most int) error {
	if token != json.Delim('[') {
		return wrongType(at, token, "list")
	}
	list := reflect.MakeSlice(target.Type(), 0, 0)
	for d.tokens.More() {
		place := join(at, strconv.Itoa(list.Len()+1)+".member")
		token, err := d.next()
		if err != nil {
			return err
		}
		if token == nil {
			return serializationError(place, "A list can not hold null.")
		}
		if list.Len() > most {
			if err := d.skip(token); err != nil {
				return err
			}
			continue
		}
		member := reflect.New(list.Type().Elem()).Elem()
		if err := d.value(place, token, member, maxMembers); err != nil {
			return err
		}
		list = reflect.Append(list, member)
	}
	if most == maxMembers && list.Len() > most {
		return serializationError(at, "A list can not have more than %d members.", most)
	}
	target.Set(list)
	_, err := d.next()
	return err
}

// most is how many members the API model allows a list to have that is a field of a
// structure.
func most(structure reflect.Type, field int) int {
	for rule := range strings.SplitSeq(structure.Field(field).Tag.Get("check"), ",") {
		if text, ok := strings.CutPrefix(rule, "max="); ok {
			if n, err := strconv.Atoi(text); err == nil {
				return n
			}
		}
	}
	return maxMembers
}

// entries reads a map of strings. An entry with the value null is absent.
func (d *decoder) entries(at string, token json.Token, target reflect.Value) error {
	if token != json.Delim('{') {
		return wrongType(at, token, "map")
	}
	entries := reflect.MakeMap(target.Type())
	for d.tokens.More() {
		name, token, err := d.entry()
		if err != nil {
			return err
		}
		place := join(at, clip(name))
		if strings.ContainsRune(name, 0) {
			return serializationError(place, "A text can not hold the character U+0000.")
		}
		if token == nil {
			entries.SetMapIndex(reflect.ValueOf(name), reflect.Value{})
			continue
		}
		if entries.Len() >= maxMembers {
			return serializationError(at, "A map can not have more than %d entries.", maxMembers)
		}
		value := reflect.New(target.Type().Elem()).Elem()
		if err := d.value(place, token, value, maxMembers); err != nil {
			return err
		}
		entries.SetMapIndex(reflect.ValueOf(name), value)
	}
	target.Set(entries)
	_, err := d.next()
	return err
}

// text reads a string. PostgreSQL cannot store U+0000, and no member needs it.
func (d *decoder) text(at string, token json.Token, target reflect.Value) error {
	s, ok := token.(string)
	if !ok {
		return wrongType(at, token, "String")
	}
	if strings.ContainsRune(s, 0) {
		return serializationError(at, "A text can not hold the character U+0000.")
	}
	target.SetString(s)
	return nil
}

func (d *decoder) number(at string, token json.Token, target reflect.Value) error {
	kind := "Integer"
	if target.Kind() == reflect.Int64 {
		kind = "Long"
	}
	literal, ok := token.(json.Number)
	if !ok {
		return wrongType(at, token, kind)
	}
	n, err := literal.Int64()
	if err != nil || kind == "Integer" && int64(int32(n)) != n {
		return serializationError(at, "NUMBER_VALUE can not be converted to %s: it is no whole number of its range.",
			article(kind))
	}
	target.SetInt(n)
	return nil
}

// skip passes over the value that begins with token.
func (d *decoder) skip(token json.Token) error {
	depth := 0
	for {
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		if depth > maxDepth {
			return serializationError("", "The request body is nested more than %d deep.", maxDepth)
		}
		var err error
		if token, err = d.next(); err != nil {
			return err
		}
	}
}

// wrongType is the original's sentence for a value that is not of the wanted type.
func wrongType(at string, token json.Token, wanted string) error {
	scalar := ""
	switch v := token.(type) {
	case json.Delim:
		if v == '{' {
			return serializationError(at, "Start of structure or map found where not expected.")
		}
		return serializationError(at, "Start of list found where not expected.")
	case string:
		scalar = "STRING_VALUE"
	case json.Number:
		scalar = "NUMBER_VALUE"
	case bool:
		scalar = strings.ToUpper(strconv.FormatBool(v)) + "_VALUE"
	}
	return serializationError(at, "%s can not be converted to %s", scalar, article(wanted))
}

func article(noun string) string {
	if strings.HasPrefix(noun, "I") {
		return "an " + noun
	}
	return "a " + noun
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// clip bounds what a message quotes of a client's text.
func clip(s string) string {
	const limit = 255
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "..."
}
