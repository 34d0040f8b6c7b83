package api

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Validate checks a structure of this package, or what a pointer to one points
// to, against the constraints in its check tags, and returns nil or a
// [*Violations] that holds everything it found, in the order of the model. A nil
// pointer counts as an empty structure. An argument of another kind, or a bad
// tag, gives an error of another type, which is a mistake in the program.
//
// A member that is nil violates only "required"; one that is present and empty
// is checked by length and pattern. Lengths are counted in Unicode code points
// (the length trait of Smithy, the model's successor), not in UTF-16 units.
// Map entries are checked in the order of their keys.
func Validate(v any) error {
	value := reflect.ValueOf(v)
	if value.Kind() == reflect.Pointer {
		if value.IsNil() {
			value = reflect.Zero(value.Type().Elem())
		} else {
			value = value.Elem()
		}
	}
	if value.Kind() != reflect.Struct {
		return fmt.Errorf("validate %T: not a structure", v)
	}
	c := checker{types: map[reflect.Type][]member{}}
	if err := c.structure(nil, value); err != nil {
		return fmt.Errorf("validate: %w", err)
	}
	if c.found.Total == 0 {
		return nil
	}
	return &c.found
}

// place is where a value stands: a path, built up backwards so that only
// violations pay for its text.
type place struct {
	in   *place // nil for a member of the request itself
	name string
}

// String returns the path from the request, such as "outputs.1.member.key".
func (p *place) String() string {
	if p.in == nil {
		return p.name
	}
	return p.in.String() + "." + p.name
}

// checker collects the violations of one structure.
type checker struct {
	types map[reflect.Type][]member // tags already read
	found Violations
}

// structure checks the members of v in the order of the model. Its error, and
// that of the methods it calls, is a bad tag.
func (c *checker) structure(at *place, v reflect.Value) error {
	members, ok := c.types[v.Type()]
	if !ok {
		var err error
		if members, err = membersOf(v.Type()); err != nil {
			return err
		}
		c.types[v.Type()] = members
	}
	for _, m := range members {
		if err := c.value(&place{at, m.name}, v.Field(m.index), m.rules); err != nil {
			return err
		}
	}
	return nil
}

// value checks one value of any kind; numbers have no constraints in the model.
func (c *checker) value(at *place, v reflect.Value, r *rules) error {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if v.IsNil() {
			if r.required {
				c.found.add(at, "null", "Member must not be null")
			}
			return nil
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		return c.value(at, v.Elem(), r)
	case reflect.Struct:
		return c.structure(at, v)
	case reflect.String:
		c.text(at, v.String(), r)
	case reflect.Slice:
		return c.list(at, v, r)
	case reflect.Map:
		return c.entries(at, v, r)
	}
	return nil
}

// text checks the length of s, then its pattern.
func (c *checker) text(at *place, s string, r *rules) {
	if r.min > 0 || r.max >= 0 {
		c.length(at, utf8.RuneCountInString(s), r, func() string { return quote(s) })
	}
	if r.pattern == nil {
		return
	}
	tried := s
	if r.anyCase {
		tried = strings.ToLower(s)
	}
	if !r.pattern.match(tried) {
		c.found.add(at, quote(s), "Member must satisfy regular expression pattern: "+r.pattern.text)
	}
}

// length checks n against the bounds; shown renders the value for a violation.
func (c *checker) length(at *place, n int, r *rules, shown func() string) {
	if r.max >= 0 && n > r.max {
		c.found.add(at, shown(), "Member must have length less than or equal to "+strconv.Itoa(r.max))
	}
	if n < r.min {
		c.found.add(at, shown(), "Member must have length greater than or equal to "+strconv.Itoa(r.min))
	}
}

// list checks the number of members and each of them; paths count from 1.
func (c *checker) list(at *place, v reflect.Value, r *rules) error {
	c.length(at, v.Len(), r, func() string { return quote(showList(v)) })
	inner := r.member
	if inner == nil {
		inner = newRules()
	}
	for i := range v.Len() {
		number := &place{at, strconv.Itoa(i + 1)}
		if err := c.value(&place{number, "member"}, v.Index(i), inner); err != nil {
			return err
		}
	}
	return nil
}

// entries checks a map from string to string: the number of its entries, then
// the key and the value of each, in the order of the keys.
func (c *checker) entries(at *place, v reflect.Value, r *rules) error {
	if v.Type().Key().Kind() != reflect.String || v.Type().Elem().Kind() != reflect.String {
		return fmt.Errorf("%s: %s is not a map of strings", at, v.Type())
	}
	key, value := r.key, r.value
	if key == nil {
		key = newRules()
	}
	if value == nil {
		value = newRules()
	}
	texts := map[string]string{}
	for entry := v.MapRange(); entry.Next(); {
		if text := entry.Value().String(); text != "" || !value.emptyAbsent {
			texts[entry.Key().String()] = text
		}
	}
	keys := slices.Sorted(maps.Keys(texts))
	c.length(at, len(keys), r, func() string { return quote(showMap(keys, texts)) })
	for _, k := range keys {
		name := &place{at, clip(k, maxShownKey)}
		c.text(&place{name, "key"}, k, key)
		c.text(&place{name, "value"}, texts[k], value)
	}
	return nil
}
