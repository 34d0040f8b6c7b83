package migrate

import (
	"reflect"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/api"
)

// useState is the advice where a configuration does not say enough.
const useState = `import the state instead: terraform.tfstate, or what "terraform show -json" prints`

// The types of resources, by kind.
const (
	pipelineResource = "aws_elastictranscoder_pipeline"
	presetResource   = "aws_elastictranscoder_preset"
)

// kindOfResource is "" for other types.
func kindOfResource(resource string) string {
	return map[string]string{pipelineResource: PipelineKind, presetResource: PresetKind}[resource]
}

// terraform reads a state: the file, or what terraform show -json prints of it.
func (r *reading) terraform(n *node) bool {
	switch {
	case n.get("resources") != nil && n.string("version") == "4":
		for _, resource := range n.elements("resources") {
			r.stateResource(resource)
		}
	case n.at("values", "root_module") != nil:
		r.shownModule(n.at("values", "root_module"))
	case n.get("planned_values") != nil:
		r.fail(n.fault("it is a plan, which has no ids: %s", useState))
	case n.get("modules") != nil:
		r.fail(n.fault("a state of version %s is not read: have terraform of version 0.12 or later write it anew",
			n.string("version")))
	default:
		return n.get("format_version") != nil || n.string("version") == "4" // an empty one
	}
	return true
}

// stateResource reads a resource of a state file.
func (r *reading) stateResource(n *node) {
	kind := kindOfResource(n.string("type"))
	if kind == "" || n.string("mode") == "data" {
		return
	}
	address := n.string("type") + "." + n.string("name")
	if module := n.string("module"); module != "" {
		address = module + "." + address
	}
	for _, instance := range n.elements("instances") {
		if instance.get("deposed") != nil {
			continue
		}
		r.resource(kind, indexed(address, instance.get("index_key")), instance.get("attributes"), instance)
	}
}

// shownModule reads a module of what terraform show -json prints, and those inside.
func (r *reading) shownModule(n *node) {
	for _, resource := range n.elements("resources") {
		kind := kindOfResource(resource.string("type"))
		if kind != "" && resource.string("mode") != "data" && resource.get("deposed_key") == nil {
			r.resource(kind, resource.string("address"), resource.get("values"), resource)
		}
	}
	for _, inner := range n.elements("child_modules") {
		r.shownModule(inner)
	}
}

// indexed is the address of one of several instances.
func indexed(address string, key *node) string {
	switch {
	case key == nil:
		return address
	case key.kind == textKind:
		return address + `["` + key.text + `"]`
	}
	return address + "[" + key.text + "]"
}

func (r *reading) resource(kind, address string, attributes, at *node) {
	if !attributes.isObject() {
		r.fail(at.fault("the resource %s has no attributes", address))
		return
	}
	r.found = append(r.found, found{kind: kind, address: address, state: true,
		node: r.fromTerraform(kind, attributes.loose().withoutEmpty())})
}

// notOurs are attributes of resources that are no members of documents.
var notOurs = []string{"arn", "timeouts", "tags", "tags_all", "region", "provider", "lifecycle", "depends_on"}

// fromTerraform is a resource in the API's form. What it does not know stays as it is, and is
// refused when it is decoded.
func (r *reading) fromTerraform(kind string, n *node) *node {
	shape := reflect.TypeFor[api.Pipeline]()
	if kind == PresetKind {
		shape = reflect.TypeFor[api.Preset]()
	}
	document := object(n.place)
	for _, f := range n.fields {
		if slices.Contains(notOurs, f.name) || f.value.kind == nullKind || partOf(f.name) != nil {
			continue
		}
		document.set(r.renamed(shape, f))
	}
	for _, f := range n.fields {
		if path := partOf(f.name); path != nil {
			r.movePart(document, path, f)
		}
	}
	return document
}

// parts are attributes that hold a part of a structure which has an attribute of its own.
var parts = map[string][]string{
	"audio_codec_options":          {"Audio", "CodecOptions"},
	"video_codec_options":          {"Video", "CodecOptions"},
	"video_watermarks":             {"Video", "Watermarks"},
	"content_config_permissions":   {"ContentConfig", "Permissions"},
	"thumbnail_config_permissions": {"ThumbnailConfig", "Permissions"},
}

func partOf(attribute string) []string { return parts[attribute] }

// movePart puts a part where the API has it. Without the structure the provider does not send
// it either.
func (r *reading) movePart(document *node, path []string, f field) {
	whole := document.get(path[0])
	if whole == nil || f.value.kind == nullKind {
		return
	}
	value := f.value
	switch path[1] {
	case "Watermarks":
		value = r.renamedList(reflect.TypeFor[api.PresetWatermark](), value)
	case "Permissions":
		value = r.renamedList(reflect.TypeFor[api.Permission](), value)
	default:
		value = r.block(value)
		if path[0] == "Audio" && value != nil {
			value = r.renamedObject(reflect.TypeFor[api.AudioCodecOptions](), value)
		}
	}
	whole.set(path[1], value)
}

// block is the one element of a list, as blocks are in states; nil for an empty list.
func (r *reading) block(n *node) *node {
	if n.kind != listKind {
		return n
	}
	switch len(n.list) {
	case 0:
		return nil
	case 1:
		if n.list[0].kind == nullKind {
			return nil
		}
		return n.list[0]
	}
	r.fail(n.fault("there may be one such block, not %d", len(n.list)))
	return nil
}

// renamed is an attribute as a member of a structure.
func (r *reading) renamed(shape reflect.Type, f field) (string, *node) {
	for i := range shape.NumField() {
		member := shape.Field(i)
		if attributeName(member.Name) != f.name {
			continue
		}
		if member.Type.Kind() == reflect.Pointer && member.Type.Elem().Kind() == reflect.Struct {
			inner := r.block(f.value)
			if inner == nil {
				return member.Name, nil
			}
			return member.Name, r.renamedObject(member.Type.Elem(), inner)
		}
		return member.Name, f.value
	}
	return f.name, f.value
}

func (r *reading) renamedObject(shape reflect.Type, n *node) *node {
	if !n.isObject() {
		return n
	}
	renamed := object(n.place)
	for _, f := range n.fields {
		renamed.set(r.renamed(shape, f))
	}
	return renamed
}

func (r *reading) renamedList(shape reflect.Type, n *node) *node {
	if n.kind != listKind {
		return n
	}
	renamed := &node{place: n.place, kind: listKind}
	for _, element := range n.list {
		renamed.list = append(renamed.list, r.renamedObject(shape, element))
	}
	return renamed
}

// attributeName is how Terraform writes the name of a member: keyframes_max_dist.
func attributeName(member string) string {
	var b strings.Builder
	for i, letter := range member {
		upper := letter >= 'A' && letter <= 'Z'
		if upper && i > 0 && member[i-1] >= 'a' && member[i-1] <= 'z' {
			b.WriteByte('_')
		}
		b.WriteString(strings.ToLower(string(letter)))
	}
	return b.String()
}
