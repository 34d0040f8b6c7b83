package migrate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/api"
)

// Form is a form in which documents are written.
type Form string

// The forms, each of which [Read] reads.
const (
	// AWSForm is what the AWS command line prints of both lists, in one document.
	AWSForm Form = "aws"
	// TerraformForm is a configuration, with import blocks that hold the ids.
	TerraformForm Form = "terraform"
	// CloudFormationForm is a template with custom resources.
	CloudFormationForm Form = "cloudformation"
	// JSONForm is one document on each line.
	JSONForm Form = "json"
)

// Write writes documents in a form. Lost says what the form can't hold of them.
func Write(form Form, pipelines []*api.Pipeline, presets []*api.Preset) (text []byte, lost []string, err error) {
	var all []resource
	names := labels{}
	for _, p := range pipelines {
		n, err := nodeOf(p)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, resource{PipelineKind, names.label(form, *p.Name), *p.Id, n})
	}
	names = labels{}
	for _, p := range presets {
		n, err := nodeOf(p)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, resource{PresetKind, names.label(form, *p.Name), *p.Id, n})
	}
	switch form {
	case TerraformForm:
		text, lost = writeTerraform(all)
	case CloudFormationForm:
		text = writeTemplate(all)
	case JSONForm:
		text = writeLines(all)
	default:
		text = writeAnswer(all)
	}
	return text, lost, nil
}

// resource is a document with the name that a form calls it by.
type resource struct {
	kind, label, id string
	document        *node
}

// nodeOf is a document as nodes, without members that are null.
func nodeOf(document any) (*node, error) {
	text, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	all, fault := readJSON("", text)
	if fault != nil {
		return nil, Faults{*fault}
	}
	return all[0].withoutNull(), nil
}

// withoutNull is a copy without members that are null.
func (n *node) withoutNull() *node {
	copied := &node{place: n.place, kind: n.kind, text: n.text}
	for _, element := range n.list {
		copied.list = append(copied.list, element.withoutNull())
	}
	for _, f := range n.fields {
		if f.value.kind != nullKind {
			copied.set(f.name, f.value.withoutNull())
		}
	}
	return copied
}

// labels are those that are in use.
type labels map[string]bool

var notInLabel = regexp.MustCompile(`[^A-Za-z0-9]+`)

// label makes a name for a form out of a document's, which others do not have.
func (l labels) label(form Form, name string) string {
	separator := "_"
	if form == CloudFormationForm {
		separator = ""
	}
	label := strings.Trim(notInLabel.ReplaceAllString(name, separator), "_")
	if label == "" || label[0] >= '0' && label[0] <= '9' {
		label = "p" + separator + label
	}
	unique := strings.TrimSuffix(label, "_")
	for n := 2; l[unique]; n++ {
		unique = fmt.Sprintf("%s%s%d", label, separator, n)
	}
	l[unique] = true
	return unique
}

// MarshalJSON writes the members in their order.
func (n *node) MarshalJSON() ([]byte, error) {
	switch n.kind {
	case listKind:
		if n.list == nil {
			return []byte("[]"), nil
		}
		return json.Marshal(n.list)
	case objectKind:
		return n.marshalObject()
	case textKind:
		return json.Marshal(n.text)
	}
	return []byte(n.text), nil
}

func (n *node) marshalObject() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range n.fields {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(f.name)
		if err != nil {
			return nil, err
		}
		value, err := f.value.MarshalJSON()
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// indented is JSON for people.
func (n *node) indented() []byte {
	text, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("a tree of texts can't be written: %v", err))
	}
	return append(text, '\n')
}

func writeAnswer(all []resource) []byte {
	lists := map[string]*node{PipelineKind: {kind: listKind}, PresetKind: {kind: listKind}}
	for _, r := range all {
		lists[r.kind].list = append(lists[r.kind].list, r.document)
	}
	answer := object(place{})
	answer.set("Pipelines", lists[PipelineKind])
	answer.set("Presets", lists[PresetKind])
	return answer.indented()
}

func writeLines(all []resource) []byte {
	var b bytes.Buffer
	for _, r := range all {
		line, err := json.Marshal(r.document)
		if err != nil {
			panic(fmt.Sprintf("a tree of texts can't be written: %v", err))
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// serviceToken is the parameter that says which function makes the custom resources.
const serviceToken = "ServiceToken"

func writeTemplate(all []resource) []byte {
	parameter := object(place{})
	parameter.set("Type", textAt(place{}, "String"))
	parameter.set("Description", textAt(place{}, "ARN of the function that makes pipelines and presets."))
	parameters := object(place{})
	parameters.set(serviceToken, parameter)
	resources := object(place{})
	for _, r := range all {
		name := strings.ToUpper(r.kind[:1]) + r.kind[1:]
		ref := object(place{})
		ref.set("Ref", textAt(place{}, serviceToken))
		properties := object(place{})
		properties.set(serviceToken, ref)
		properties.fields = append(properties.fields, asCreated(r).fields...)
		custom := object(place{})
		custom.set("Type", textAt(place{}, "Custom::ElasticTranscoder"+name))
		custom.set("Properties", properties)
		resources.set(name+r.label, custom)
	}
	template := object(place{})
	template.set("AWSTemplateFormatVersion", textAt(place{}, "2010-09-09"))
	template.set("Parameters", parameters)
	template.set("Resources", resources)
	return template.indented()
}

// asCreated is a document without what a request that makes it does not have, but for Id and
// Status. A pipeline has OutputBucket where that says all, and else both configs.
func asCreated(r resource) *node {
	created := object(r.document.place)
	left := []string{"Arn", "Type"}
	if r.kind == PipelineKind {
		if plainConfig(r.document.get("ContentConfig")) && plainConfig(r.document.get("ThumbnailConfig")) &&
			r.document.get("OutputBucket") != nil {
			left = append(left, "ContentConfig", "ThumbnailConfig")
		} else {
			left = append(left, "OutputBucket")
		}
	}
	for _, f := range r.document.fields {
		if !slices.Contains(left, f.name) {
			created.set(f.name, f.value)
		}
	}
	return created.withoutEmpty().withoutNull()
}

// plainConfig reports whether a config says nothing but its bucket.
func plainConfig(config *node) bool {
	return config.get("StorageClass") == nil && len(config.elements("Permissions")) == 0
}
