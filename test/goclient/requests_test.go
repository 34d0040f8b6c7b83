package goclient_test

import (
	"fmt"
	"reflect"
	"strconv"
	"testing"

	"github.com/reelastic/reelastic/api"
)

// variant is a way to fill the members of every request.
type variant struct {
	name string
	// text is a member's value, from its path within the request.
	text func(member string) string
	// elements is the length of lists and maps.
	elements int
	// every leaves out all members of a structure but those whose number leaves
	// the remainder from; 0 leaves out none.
	every, from int
	// addressOnly leaves out what is not part of the path.
	addressOnly bool
}

// variants fill every member with a value of its own, with texts that need
// escaping, with nothing at all, every second member only, and none that is not
// part of the path. What the values mean is no concern of a client.
var variants = []variant{
	{name: "full", text: itself, elements: 2},
	{name: "odd", text: func(member string) string { return oddText + member }, elements: 1},
	{name: "empty", text: func(string) string { return "" }},
	{name: "first, third…", text: itself, elements: 2, every: 2},
	{name: "second, fourth…", text: itself, elements: 2, every: 2, from: 1},
	{name: "address only", text: itself, addressOnly: true},
}

func itself(member string) string { return member }

// oddText needs escaping in an address, in JSON, or in both.
const oddText = "a b/c%2F+&=?#;:,@$!*'()~[]{}<>|^`\"\\\t\n\u007f é \u2028 😀 null ..//. "

// request returns a filled request of an operation.
func (v variant) request(t *testing.T, op api.Operation) any {
	t.Helper()
	in := op.NewRequest()
	for field, member := range reflect.ValueOf(in).Elem().Fields() {
		switch {
		case field.Tag.Get("uri") != "": // can't be empty
			member.Set(reflect.ValueOf(new("segment-" + v.text(field.Name))))
		case !v.addressOnly && v.takes(field):
			v.fill(t, member, field.Name)
		}
	}
	return in
}

// takes reports whether a member of a structure is filled.
func (v variant) takes(field reflect.StructField) bool {
	return v.every == 0 || field.Index[0]%v.every == v.from
}

// fill sets a member, and what is below it, whose path is given.
func (v variant) fill(t *testing.T, member reflect.Value, path string) {
	t.Helper()
	switch member.Kind() {
	case reflect.String:
		member.SetString(v.text(path))
	case reflect.Int, reflect.Int64:
		member.SetInt(int64(len(path)))
	case reflect.Pointer:
		member.Set(reflect.New(member.Type().Elem()))
		v.fill(t, member.Elem(), path)
	case reflect.Slice:
		member.Set(reflect.MakeSlice(member.Type(), v.elements, v.elements))
		for i := range v.elements {
			v.fill(t, member.Index(i), path+"."+strconv.Itoa(i))
		}
	case reflect.Map:
		member.Set(reflect.MakeMap(member.Type()))
		for i := range v.elements {
			key := fmt.Sprintf("%s.key%d", path, i)
			member.SetMapIndex(reflect.ValueOf(v.text(key)), reflect.ValueOf(v.text(key+".value")))
		}
	case reflect.Struct:
		for field, below := range member.Fields() {
			if v.takes(field) {
				v.fill(t, below, path+"."+field.Name)
			}
		}
	default:
		t.Fatalf("%s is a %s, which no request had before", path, member.Type())
	}
}

// params are a request's members by their names in the model, as botocore takes them.
func params(request any) map[string]any {
	all := map[string]any{}
	for field, member := range reflect.ValueOf(request).Elem().Fields() {
		if !member.IsNil() {
			all[field.Name] = member.Interface()
		}
	}
	return all
}
