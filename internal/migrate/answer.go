package migrate

import "slices"

// besides are members of answers that say nothing about what is imported.
var besides = []string{"Warnings", "Warning", "ResponseMetadata", "NextPageToken", "NextToken"}

// answer reads an answer of the API, as the AWS command line prints it, or a plain document.
func (r *reading) answer(n *node) bool {
	wrapped := slices.ContainsFunc([]string{"Pipelines", "Presets", "Pipeline", "Preset"},
		func(name string) bool { return n.get(name) != nil })
	if !wrapped {
		return r.plain(n)
	}
	for _, token := range []string{"NextPageToken", "NextToken"} {
		if next := n.get(token); next != nil && next.text != "" {
			r.fail(next.fault("the list is not complete: it goes on at %q", next.text))
		}
	}
	for _, f := range n.fields {
		switch {
		case f.value.kind == nullKind || slices.Contains(besides, f.name):
		case f.name == "Pipelines":
			r.list(PipelineKind, f.value)
		case f.name == "Presets":
			r.list(PresetKind, f.value)
		case f.name == "Pipeline":
			r.one(PipelineKind, f.value)
		case f.name == "Preset":
			r.one(PresetKind, f.value)
		default:
			r.fail(f.value.fault("there is no such member in an answer"))
		}
	}
	return true
}

func (r *reading) list(kind string, n *node) {
	if n.kind != listKind {
		r.fail(n.fault("it must be a list, not %s", n.kind))
		return
	}
	for _, element := range n.list {
		r.one(kind, element)
	}
}

func (r *reading) one(kind string, n *node) {
	if !n.isObject() {
		r.fail(n.fault("it must be an object, not %s", n.kind))
		return
	}
	r.found = append(r.found, found{kind: kind, node: n})
}

// plain reads a pipeline or preset that stands alone, known by a member that only it has.
func (r *reading) plain(n *node) bool {
	kind := kindOf(n)
	if kind == "" {
		return false
	}
	r.one(kind, n)
	return true
}

// kindOf tells a pipeline from a preset; "" for what is neither.
func kindOf(n *node) string {
	switch {
	case n.get("Container") != nil && n.get("Settings") == nil:
		return PresetKind
	case n.get("InputBucket") != nil:
		return PipelineKind
	}
	return ""
}
