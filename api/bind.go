package api

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"
)

// BindPath sets the members of a request that travel in the path. It asks value
// for each by the name in the URI template (PathValue of net/http.Request fits) and
// sets it even when the text is empty, so that [Validate] names it. The request
// is a non-nil pointer to a structure of this package; anything else panics.
func BindPath(request any, value func(name string) string) {
	for name, member := range located(request, "uri") {
		member.Set(reflect.ValueOf(new(value(name))))
	}
}

// BindQuery sets the members of a request that travel in the query string. Other
// parameters are ignored, because boto2 repeats path members there; of several
// values the first counts. The request is as in [BindPath].
func BindQuery(request any, query url.Values) {
	for name, member := range located(request, "query") {
		if query.Has(name) {
			member.Set(reflect.ValueOf(new(query.Get(name))))
		}
	}
}

// URL returns the path and query string of a request, relative to the endpoint,
// with every member escaped. A path member that is missing, empty or a relative
// segment ("." or "..") is an error, since the URL would mean another operation.
// The request is as in [BindPath].
func (op Operation) URL(request any) (*url.URL, error) {
	plain, escaped := op.URI, op.URI
	for name, member := range located(request, "uri") {
		text := member.Interface().(*string)
		if text == nil || *text == "" || *text == "." || *text == ".." {
			return nil, fmt.Errorf("%s: member %s must name a resource: it is part of the path", op.Name, name)
		}
		plain = strings.ReplaceAll(plain, "{"+name+"}", *text)
		escaped = strings.ReplaceAll(escaped, "{"+name+"}", url.PathEscape(*text))
	}
	query := url.Values{}
	for name, member := range located(request, "query") {
		if text := member.Interface().(*string); text != nil {
			query.Set(name, *text)
		}
	}
	return &url.URL{Path: plain, RawPath: escaped, RawQuery: query.Encode()}, nil
}

// located returns the members of a request that carry the tag, by its value.
// They are all of type *string.
func located(request any, tag string) map[string]reflect.Value {
	v := reflect.ValueOf(request).Elem()
	members := map[string]reflect.Value{}
	for field, value := range v.Fields() {
		if name := field.Tag.Get(tag); name != "" {
			members[name] = value
		}
	}
	return members
}
