// Package api is the wire model of Amazon Elastic Transcoder, API version
// 2012-09-25: its structures, their constraints, its operations and exceptions.
// It is plain data for servers and clients, without HTTP and without rules that
// span several members.
//
// # Structures
//
// Names are those of the API model. A member is a pointer, slice or map, and its
// nil is the JSON null. Null and absent mean the same in a request; in a response
// an absent member is written as an explicit null, as the original did. An empty
// slice or map is written as [] or {}, which in an update means "clear". Most
// numbers of the API travel as text; only sizes, durations and times are JSON
// numbers (*int and *int64).
//
// # Tags
//
//   - json: the member's name in the body; "-" when it does not travel there.
//   - uri: the member's name in the template [Operation.URI].
//   - query: the member's name in the query string.
//   - check: the member's constraints, for [Validate]. Options are separated by
//     commas: required; min=N and max=N (code points of a string, members of a
//     list, entries of a map); pattern=Shape (the model's pattern of that shape,
//     which must cover the whole value); anycase (letter case is ignored by the
//     pattern). Options for list members begin with "member.", for map keys and
//     values with "key." and "value."; value.emptyabsent means that an entry with
//     the value "" counts as not given.
//
// [BindPath] and [BindQuery] fill the members that travel outside the body, and
// [Operation.URL] does the reverse. Everything in this package is safe for
// concurrent use, as long as nobody changes a shared structure.
package api
