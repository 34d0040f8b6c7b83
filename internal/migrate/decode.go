package migrate

import (
	"reflect"
	"strconv"

	"github.com/reelastic/reelastic/api"
)

// decoder fills documents of the API from nodes in the API's form, strictly: what the API
// does not have, or has in another form, is a fault.
type decoder struct{ faults Faults }

func (d *decoder) fail(at place, format string, args ...any) {
	d.faults = append(d.faults, at.fault(format, args...))
}

// decode makes a document of an object.
func decode[T any](n *node) (*T, Faults) {
	document, d := new(T), &decoder{}
	d.fill(reflect.ValueOf(document).Elem(), n)
	return document, d.faults
}

// fill stores a node. A null is the same as an absent member.
func (d *decoder) fill(target reflect.Value, n *node) {
	switch {
	case n.kind == nullKind:
		return
	case n.kind == unknownKind:
		d.fail(n.place, "its value is not known: %s", n.text)
		return
	}
	switch target.Kind() {
	case reflect.Pointer:
		target.Set(reflect.New(target.Type().Elem()))
		d.fill(target.Elem(), n)
	case reflect.Struct:
		d.structure(target, n)
	case reflect.Slice:
		d.list(target, n)
	case reflect.Map:
		d.entries(target, n)
	default:
		if n.kind != textKind {
			d.fail(n.place, "it must be a text, not %s", n.kind)
			return
		}
		target.SetString(n.text)
	}
}

func (d *decoder) structure(target reflect.Value, n *node) {
	if n.kind != objectKind {
		d.fail(n.place, "it must be an object, not %s", n.kind)
		return
	}
	members := membersOf(target.Type())
	for _, f := range n.fields {
		index, known := members[f.name]
		if !known {
			d.fail(f.value.place, "there is no such member in %s", structures[target.Type()])
			continue
		}
		d.fill(target.Field(index), f.value)
	}
}

// membersOf are the indexes of a structure's fields by the names of their members.
func membersOf(t reflect.Type) map[string]int {
	members := map[string]int{}
	for i := range t.NumField() {
		members[t.Field(i).Name] = i
	}
	return members
}

// structures are how errors call the structures of documents.
var structures = map[reflect.Type]string{
	reflect.TypeFor[api.Pipeline]():             "a pipeline",
	reflect.TypeFor[api.PipelineOutputConfig](): "ContentConfig and ThumbnailConfig",
	reflect.TypeFor[api.Permission]():           "a permission",
	reflect.TypeFor[api.Notifications]():        "Notifications",
	reflect.TypeFor[api.Preset]():               "a preset",
	reflect.TypeFor[api.VideoParameters]():      "Video",
	reflect.TypeFor[api.PresetWatermark]():      "a watermark",
	reflect.TypeFor[api.AudioParameters]():      "Audio",
	reflect.TypeFor[api.AudioCodecOptions]():    "Audio:CodecOptions",
	reflect.TypeFor[api.Thumbnails]():           "Thumbnails",
}

func (d *decoder) list(target reflect.Value, n *node) {
	if n.kind != listKind {
		d.fail(n.place, "it must be a list, not %s", n.kind)
		return
	}
	target.Set(reflect.MakeSlice(target.Type(), len(n.list), len(n.list)))
	for i, element := range n.list {
		if element.kind == nullKind {
			d.fail(element.place, "element %s is null", strconv.Itoa(i+1))
			continue
		}
		d.fill(target.Index(i), element)
	}
}

func (d *decoder) entries(target reflect.Value, n *node) {
	if n.kind != objectKind {
		d.fail(n.place, "it must be an object, not %s", n.kind)
		return
	}
	target.Set(reflect.MakeMap(target.Type()))
	for _, f := range n.fields {
		if f.value.kind == nullKind {
			continue
		}
		value := reflect.New(target.Type().Elem()).Elem()
		d.fill(value, f.value)
		target.SetMapIndex(reflect.ValueOf(f.name), value)
	}
}
