package migrate

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Read reads files. Variables are those of configurations of Terraform, and parameters of
// templates of CloudFormation. The error is [Faults]: then nothing of the files is to be
// imported.
func Read(files []File, variables map[string]string) (Dump, error) {
	r := &reading{ids: map[string]string{}, config: newConfig(variables), seen: map[string]Document{}}
	for _, file := range files {
		r.file(file)
	}
	r.readConfig()
	for _, f := range r.found {
		r.take(f)
	}
	if len(r.faults) > 0 {
		return Dump{}, r.faults.sorted()
	}
	slices.SortStableFunc(r.dump.Documents, func(a, b Document) int {
		if a.Kind != b.Kind {
			return strings.Compare(a.Kind, b.Kind)
		}
		return strings.Compare(a.ID, b.ID)
	})
	return r.dump, nil
}

// Endings are those of the names of files that are read in folders.
var Endings = []string{".json", ".yaml", ".yml", ".template", ".tf", ".tfstate", ".auto.tfvars"}

// Readable reports whether a file of a folder is read. Of the values of variables it is those
// that Terraform takes by itself.
func Readable(name string) bool {
	return name == "terraform.tfvars" ||
		slices.ContainsFunc(Endings, func(ending string) bool { return strings.HasSuffix(name, ending) })
}

// reading collects what files hold.
type reading struct {
	found  []found
	faults Faults
	dump   Dump
	// ids are those that import blocks of a configuration, or the resources of a stack, give.
	ids    map[string]string
	config *config
	// seen are the documents that were taken, by kind and id.
	seen map[string]Document
}

func (r *reading) fail(f Fault) { r.faults = append(r.faults, f) }

// file reads one file.
func (r *reading) file(f File) {
	switch ending := path.Ext(f.Name); {
	case ending == ".tf" || ending == ".tfvars":
		if fault := r.config.add(f); fault != nil {
			r.fail(*fault)
		}
		return
	case strings.HasSuffix(f.Name, ".tf.json"):
		if f.Other && !bytes.Contains(f.Text, []byte("aws_elastictranscoder_")) {
			return
		}
		r.fail(Fault{File: f.Name, Text: "configurations of Terraform in JSON are not read: " + useState})
		return
	}
	documents, fault := readText(f)
	if fault != nil {
		if !f.Other {
			r.fail(*fault)
			return
		}
		r.skipFile(f, fault.Text)
		return
	}
	known := false
	for _, n := range documents {
		known = r.document(n) || known
	}
	switch {
	case known:
	case f.Other:
		r.skipFile(f, unknownForm)
	default:
		r.fail(Fault{File: f.Name, Text: unknownForm})
	}
}

const unknownForm = "it holds no pipelines or presets in a form that is known"

func (r *reading) skipFile(f File, why string) {
	r.dump.Skipped = append(r.dump.Skipped, Skipped{Kind: "file", Name: f.Name, File: f.Name, Why: why})
}

// readText reads a text that is JSON where it begins so, else YAML.
func readText(f File) ([]*node, *Fault) {
	text := bytes.TrimPrefix(f.Text, []byte("\ufeff"))
	start := bytes.TrimSpace(text)
	if len(start) == 0 {
		return nil, &Fault{File: f.Name, Text: "it is empty"}
	}
	if start[0] == '{' || start[0] == '[' {
		return readJSON(f.Name, text)
	}
	return readYAML(f.Name, text)
}

// document reads a document of whatever form, and reports whether it is known.
func (r *reading) document(n *node) bool {
	switch {
	case n.kind == listKind && len(n.list) > 0:
		known := false
		for _, element := range n.list {
			known = r.document(element) || known
		}
		return known
	case !n.isObject():
		return false
	case n.get("terraform_version") != nil:
		return r.terraform(n)
	case n.get("Resources").isObject():
		r.template(n)
		return true
	case n.get("StackResources") != nil || n.get("StackResourceSummaries") != nil:
		r.stackResources(n)
		return true
	}
	return r.answer(n)
}

// take judges what was found and adds it to the dump.
func (r *reading) take(f found) {
	if f.node.string("Id") == "" && r.ids[f.address] != "" {
		named := *f.node
		named.fields = slices.Clone(f.node.fields)
		named.set("Id", textAt(f.node.place, r.ids[f.address]))
		f.node = &named
	}
	f = identify(f)
	if f.kind == PresetKind && f.node.string("Type") == "System" {
		r.skip(f, WhySystem)
		return
	}
	d, faults := judged(f)
	if len(faults) > 0 {
		r.faults = append(r.faults, faults...)
		return
	}
	r.add(f, *d)
}

func (r *reading) skip(f found, why string) {
	r.dump.Skipped = append(r.dump.Skipped, Skipped{f.kind, f.node.string("Id"), f.node.string("Name"), f.node.file,
		f.node.line, why})
}

// add adds a document, once: the same one may stand in several files.
func (r *reading) add(f found, d Document) {
	key := d.Kind + " " + d.ID
	first, twice := r.seen[key]
	if !twice {
		r.seen[key] = d
		r.dump.Documents = append(r.dump.Documents, d)
		return
	}
	members, err := differing(first, d)
	switch {
	case err != nil:
		r.fail(f.node.fault("%s", err))
	case len(members) > 0:
		r.fail(f.node.fault("the %s %s stands at %s:%d, too, and differs in %s", d.Kind, d.ID, first.File, first.Line,
			strings.Join(members, ", ")))
	default:
		r.skip(f, fmt.Sprintf("it stands at %s:%d, too", first.File, first.Line))
	}
}

// differing are the members in which two documents of a kind differ as they are stored.
func differing(a, b Document) ([]string, error) {
	if a.Kind == PresetKind {
		return transcode.DifferingMembers(a.stored, b.stored)
	}
	first, second := *a.stored.(*api.Pipeline), *b.stored.(*api.Pipeline)
	if first.Status == nil || second.Status == nil { // one of the forms has none
		first.Status, second.Status = nil, nil
	}
	return transcode.DifferingMembers(first, second)
}
