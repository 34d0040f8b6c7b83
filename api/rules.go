package api

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// rules are the constraints of one value, read from a check tag. Min and max are
// -1 where there is none.
type rules struct {
	required    bool
	min, max    int
	pattern     *pattern
	shape       string // the name of pattern in the model
	anyCase     bool   // the pattern is tried on the value in lower case
	emptyAbsent bool   // the map entry counts as absent when its value is ""

	member, key, value *rules // of a list's members and a map's entries; nil for none
}

func newRules() *rules { return &rules{min: -1, max: -1} }

// parseRules reads a check tag; the empty tag constrains nothing. An unknown
// option, pattern or a bad number is an error.
func parseRules(tag string) (*rules, error) {
	r := newRules()
	if tag == "" {
		return r, nil
	}
	for option := range strings.SplitSeq(tag, ",") {
		if err := r.setOption(option); err != nil {
			return nil, fmt.Errorf("check tag %q: option %q: %w", tag, option, err)
		}
	}
	return r, nil
}

// setOption applies one option, which may be meant for the parts of a list or map.
func (r *rules) setOption(option string) error {
	name, arg, _ := strings.Cut(option, "=")
	part, rest, inner := strings.Cut(name, ".")
	if !inner {
		return r.set(name, arg)
	}
	var target **rules
	switch part {
	case "member":
		target = &r.member
	case "key":
		target = &r.key
	case "value":
		target = &r.value
	default:
		return fmt.Errorf("unknown part %q", part)
	}
	if *target == nil {
		*target = newRules()
	}
	return (*target).set(rest, arg)
}

func (r *rules) set(name, arg string) (err error) {
	switch name {
	case "required":
		r.required = true
	case "min":
		r.min, err = strconv.Atoi(arg)
	case "max":
		r.max, err = strconv.Atoi(arg)
	case "pattern":
		r.shape, r.pattern = arg, patterns()[arg]
		if r.pattern == nil {
			return fmt.Errorf("no such pattern")
		}
	case "anycase":
		r.anyCase = true
	case "emptyabsent":
		r.emptyAbsent = true
	default:
		return fmt.Errorf("no such option")
	}
	return err
}

// member is a field of a structure with its constraints.
type member struct {
	index int
	name  string // as in paths: first letter in lower case
	rules *rules
}

// membersOf reads the tags of a structure type, in the order of the fields.
func membersOf(t reflect.Type) ([]member, error) {
	var members []member
	for i := range t.NumField() {
		field := t.Field(i)
		if !field.IsExported() {
			continue
		}
		r, err := parseRules(field.Tag.Get("check"))
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.Name(), field.Name, err)
		}
		members = append(members, member{i, strings.ToLower(field.Name[:1]) + field.Name[1:], r})
	}
	return members, nil
}
