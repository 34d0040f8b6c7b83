package migrate

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/internal/format/hcl"
)

// writeTerraform writes a resource and an import block for each document.
func writeTerraform(all []resource) (text []byte, lost []string) {
	w := &terraformWriter{}
	for i, r := range all {
		if i > 0 {
			w.line("")
		}
		lost = append(lost, lostInTerraform(r)...)
		w.resource(r)
	}
	return w.Bytes(), lost
}

// providerName is what the provider takes for the name of a pipeline.
var providerName = regexp.MustCompile(`^[0-9A-Za-z_.-]+$`)

// lostInTerraform says what the provider has no attribute for, or does not take.
func lostInTerraform(r resource) (lost []string) {
	say := func(format string, args ...any) {
		lost = append(lost, r.kind+" "+r.id+": "+fmt.Sprintf(format, args...))
	}
	if status := r.document.string("Status"); status == "Paused" {
		say("Status Paused is left out: Terraform does not know it")
	}
	if name := r.document.string("Name"); r.kind == PipelineKind && !providerName.MatchString(name) {
		say("Terraform's provider does not take the name %q: it may have letters, digits and _.- only", name)
	}
	if r.document.at("Audio").string("SampleRate") == "192000" {
		say("Terraform's provider does not take the SampleRate 192000")
	}
	return lost
}

// terraformWriter writes lines with the indent of the blocks that they stand in.
type terraformWriter struct {
	bytes.Buffer
	indent int
}

func (w *terraformWriter) line(format string, args ...any) {
	if format != "" {
		w.WriteString(strings.Repeat("  ", w.indent))
		fmt.Fprintf(w, format, args...)
	}
	w.WriteByte('\n')
}

// within writes a block.
func (w *terraformWriter) within(head string, write func()) {
	w.line("%s {", head)
	w.indent++
	write()
	w.indent--
	w.line("}")
}

func (w *terraformWriter) resource(r resource) {
	kind := pipelineResource
	if r.kind == PresetKind {
		kind = presetResource
	}
	w.within("import", func() {
		w.line("to = %s.%s", kind, r.label)
		w.line("id = %s", hcl.Quote(r.id))
	})
	w.line("")
	w.within(fmt.Sprintf("resource %q %q", kind, r.label), func() {
		plain, blocks := split(terraformFields(r))
		w.attributes(plain)
		for _, b := range blocks {
			w.block(b)
		}
	})
}

// terraformFields are the members of a document, with those that have an attribute of their
// own beside the structure that they are in.
func terraformFields(r resource) (all []field) {
	for _, f := range asCreated(r).fields {
		if f.name == "Id" || f.name == "Status" {
			continue
		}
		whole := object(f.value.place)
		var beside []field
		for _, inner := range f.value.fields {
			if name := attributeOf(f.name, inner.name); name != "" {
				beside = append(beside, field{name, inner.value})
			} else {
				whole.set(attributeName(inner.name), inner.value)
			}
		}
		value := f.value
		if value.isObject() {
			value = whole
		}
		all = append(append(all, field{attributeName(f.name), value}), beside...)
	}
	return all
}

// attributeOf is the attribute that holds a part of a structure; "" where the structure does.
func attributeOf(structure, member string) string {
	for name, path := range parts {
		if path[0] == structure && path[1] == member {
			return name
		}
	}
	return ""
}

// split parts attributes from blocks.
func split(all []field) (plain, blocks []field) {
	for _, f := range all {
		attribute := f.name == "video_codec_options" || f.name == "access"
		if attribute || f.value.kind != objectKind && f.value.kind != listKind {
			plain = append(plain, f)
		} else {
			blocks = append(blocks, f)
		}
	}
	return plain, blocks
}

// attributes writes attributes with their values in one column, as terraform fmt does.
func (w *terraformWriter) attributes(all []field) {
	widest := 0
	for _, f := range all {
		if f.value.kind != objectKind {
			widest = max(widest, len(f.name))
		}
	}
	for _, f := range all {
		switch f.value.kind {
		case objectKind:
			w.within(f.name+" =", func() { w.attributes(f.value.fields) })
		case listKind:
			var texts []string
			for _, element := range f.value.list {
				texts = append(texts, hcl.Quote(element.text))
			}
			w.line("%-*s = [%s]", widest, f.name, strings.Join(texts, ", "))
		default:
			w.line("%-*s = %s", widest, f.name, hcl.Quote(f.value.text))
		}
	}
}

// block writes a structure, or each one of a list.
func (w *terraformWriter) block(f field) {
	for _, one := range slices.Concat([]*node{f.value}, f.value.list) {
		if !one.isObject() {
			continue
		}
		w.line("")
		w.within(f.name, func() {
			var members []field
			for _, member := range one.fields {
				members = append(members, field{attributeName(member.name), member.value})
			}
			plain, _ := split(members)
			w.attributes(plain)
		})
	}
}
