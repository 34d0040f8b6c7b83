package cli

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// fact is a line of what is told of one thing.
type fact struct{ name, value string }

// factColumns are those of the table of one thing.
var factColumns = []column[fact]{
	{"NAME", func(f fact) string { return f.name }},
	{"VALUE", func(f fact) string { return f.value }},
}

// printOne prints one thing as the user asked: as one JSON document on a line, or as a table.
func printOne(o output, w io.Writer, thing any, told []fact) error {
	if o.Output == "json" {
		return printDocuments(w, elements([]any{thing}))
	}
	return printList(o, w, factColumns, elements(told))
}

// factsOf are the members of a structure of the API that have a value, in their order.
func factsOf(structure any) []fact { return appendFacts(nil, "", reflect.ValueOf(structure)) }

func appendFacts(all []fact, name string, v reflect.Value) []fact {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			all = appendFacts(all, name, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			member, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			all = appendFacts(all, join(name, member), v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			all = appendFacts(all, join(name, strconv.Itoa(i+1)), v.Index(i))
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			all = appendFacts(all, join(name, key.String()), v.MapIndex(key))
		}
	default:
		if text := fmt.Sprint(v); text != "" {
			all = append(all, fact{name, text})
		}
	}
	return all
}
