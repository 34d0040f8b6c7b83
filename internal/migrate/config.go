package migrate

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/reelastic/reelastic/internal/format/hcl"
)

// config is the configuration of Terraform that files hold together.
type config struct {
	// given are variables from the command line.
	given     map[string]string
	variables map[string]expression
	locals    map[string]expression
	resources []block
	imports   []block
}

// expression is a value of a file.
type expression struct {
	file  string
	value hcl.Value
}

// block is a block of a file.
type block struct {
	file string
	hcl.Block
}

func (b block) place() place { return place{file: b.file, line: b.Line} }

// address is what Terraform calls a resource.
func (b block) address() string { return strings.Join(b.Labels, ".") }

func newConfig(given map[string]string) *config {
	return &config{given: given, variables: map[string]expression{}, locals: map[string]expression{}}
}

// add reads a file. Values of variables (.tfvars) go before their defaults.
func (c *config) add(f File) *Fault {
	body, err := hcl.Parse(f.Text)
	if syntax, ok := errors.AsType[*hcl.SyntaxError](err); ok {
		return &Fault{f.Name, syntax.Line, "", syntax.Text}
	}
	if strings.HasSuffix(f.Name, ".tfvars") {
		for _, a := range body.Attributes {
			c.variables[a.Name] = expression{f.Name, a.Value}
		}
		return nil
	}
	for _, b := range body.Blocks {
		c.addBlock(block{f.Name, b})
	}
	return nil
}

func (c *config) addBlock(b block) {
	switch {
	case b.Type == "resource" && len(b.Labels) == 2:
		c.resources = append(c.resources, b)
	case b.Type == "import":
		c.imports = append(c.imports, b)
	case b.Type == "locals":
		for _, a := range b.Body.Attributes {
			c.locals[a.Name] = expression{b.file, a.Value}
		}
	case b.Type == "variable" && len(b.Labels) == 1:
		name := b.Labels[0]
		_, set := c.variables[name]
		if otherwise, ok := b.Body.Attribute("default"); ok && !set {
			c.variables[name] = expression{b.file, otherwise.Value}
		}
	}
}

// readConfig takes the resources of configurations, but for those that a state has: it knows
// their ids, and what their values are.
func (r *reading) readConfig() {
	for _, b := range r.config.imports {
		r.importBlock(b)
	}
	inState := map[string]bool{}
	for _, f := range r.found {
		if f.state {
			inState[plainAddress(f.address)] = true
		}
	}
	for _, b := range r.config.resources {
		kind := kindOfResource(b.Labels[0])
		if kind == "" {
			continue
		}
		f := found{kind: kind, address: b.address(), node: object(b.place())}
		if inState[f.address] {
			f.node.set("Name", textAt(b.place(), f.address))
			r.skip(f, "a state among the files has it")
			continue
		}
		if several := severalTimes(b); several != "" {
			r.fail(b.place().below(several).fault("resources with %s are not read: %s", several, useState))
			continue
		}
		f.node = r.fromTerraform(kind, r.config.body(b.file, place{}, b.Block).loose().withoutEmpty())
		r.found = append(r.found, f)
	}
}

// plainAddress is an address without modules and indexes.
func plainAddress(address string) string {
	address, _, _ = strings.Cut(address, "[")
	names := strings.Split(address, ".")
	return strings.Join(names[max(0, len(names)-2):], ".")
}

// severalTimes is what makes a block stand for several; "" for none.
func severalTimes(b block) string {
	for _, name := range []string{"count", "for_each"} {
		if _, ok := b.Body.Attribute(name); ok {
			return name
		}
	}
	for _, inner := range b.Body.Blocks {
		if inner.Type == "dynamic" {
			return "dynamic"
		}
	}
	return ""
}

// importBlock keeps the id that an import block has for a resource.
func (r *reading) importBlock(b block) {
	to, _ := b.Body.Attribute("to")
	id, given := b.Body.Attribute("id")
	if to.Value.Kind != hcl.Reference || !given || kindOfResource(to.Value.Path[0]) == "" {
		return
	}
	value := r.config.value(place{b.file, id.Line, "import.id"}, id.Value, 0)
	if !value.scalar() {
		r.fail(value.place.fault("its value is not known: %s", value.text))
		return
	}
	r.ids[strings.Join(to.Value.Path, ".")] = value.text
}

// body is the attributes and blocks of a block, as a state has them: blocks of a type are a
// list.
func (c *config) body(file string, at place, b hcl.Block) *node {
	at.file, at.line = file, b.Line
	n := object(at)
	for _, a := range b.Body.Attributes {
		member := at.below(a.Name)
		member.line = a.Line
		n.set(a.Name, c.value(member, a.Value, 0))
	}
	blocks := map[string]*node{}
	for _, inner := range b.Body.Blocks {
		member := at.below(inner.Type)
		member.line = inner.Line
		if blocks[inner.Type] == nil {
			blocks[inner.Type] = &node{place: member, kind: listKind}
		}
		list := blocks[inner.Type]
		list.list = append(list.list, c.body(file, member, inner))
	}
	for _, name := range slices.Sorted(maps.Keys(blocks)) {
		n.set(name, blocks[name])
	}
	return n
}

// longestChain is how many references one value may lead through.
const longestChain = 50

// value is a value, as far as the files say what it is. Line and member are those of at.
func (c *config) value(at place, v hcl.Value, depth int) *node {
	unknown := func(text string) *node { return &node{place: at, kind: unknownKind, text: text} }
	if depth > longestChain {
		return unknown("its references lead in a circle")
	}
	switch v.Kind {
	case hcl.Null:
		return &node{place: at, kind: nullKind}
	case hcl.Text:
		return textAt(at, v.Text)
	case hcl.Number:
		return &node{place: at, kind: numberKind, text: v.Text}
	case hcl.Bool:
		return &node{place: at, kind: boolKind, text: v.Text}
	case hcl.List, hcl.Object:
		return c.collection(at, v, depth)
	case hcl.Template:
		return c.template(at, v, depth)
	case hcl.Reference:
		return c.reference(at, v, depth)
	}
	return unknown(shortened(v.Text) + " has to be computed: " + useState)
}

func (c *config) collection(at place, v hcl.Value, depth int) *node {
	n := &node{place: at, kind: listKind}
	for _, part := range v.Parts {
		n.list = append(n.list, c.value(at, part, depth+1))
	}
	if v.Kind == hcl.Object {
		n.kind = objectKind
	}
	for _, m := range v.Members {
		member := at.below(m.Name)
		member.line = m.Line
		n.set(m.Name, c.value(member, m.Value, depth+1))
	}
	return n
}

func (c *config) template(at place, v hcl.Value, depth int) *node {
	var text strings.Builder
	for _, part := range v.Parts {
		value := c.value(at, part, depth+1)
		if value.kind == unknownKind {
			return value
		}
		if !value.scalar() {
			return &node{place: at, kind: unknownKind, text: "a text can't hold " + string(value.kind)}
		}
		text.WriteString(value.text)
	}
	return textAt(at, text.String())
}

// reference is what a reference leads to: a variable, a local value, or an attribute of a
// resource that has it as a plain value.
func (c *config) reference(at place, v hcl.Value, depth int) *node {
	name := strings.Join(v.Path, ".")
	unknown := &node{place: at, kind: unknownKind, text: name + " is not in the files: " + useState}
	if len(v.Path) < 2 {
		return unknown
	}
	var value *node
	rest := v.Path[2:]
	switch v.Path[0] {
	case "var":
		value = c.variable(at, v.Path[1], depth)
		unknown.text = "the variable " + v.Path[1] + ` has no value: give one with "--var ` + v.Path[1] + `=VALUE"`
	case "local":
		if local, ok := c.locals[v.Path[1]]; ok {
			value = c.value(at, local.value, depth+1)
		}
	default:
		if len(v.Path) == 3 {
			value, rest = c.attribute(at, v.Path, depth), nil
		}
	}
	for _, step := range rest {
		value = value.inside(step)
	}
	if value == nil {
		return unknown
	}
	return value
}

func (c *config) variable(at place, name string, depth int) *node {
	if given, ok := c.given[name]; ok {
		return textAt(at, given)
	}
	if v, ok := c.variables[name]; ok {
		return c.value(at, v.value, depth+1)
	}
	return nil
}

// inside is a member or an element; nil for none.
func (n *node) inside(step string) *node {
	if n == nil || n.kind == unknownKind {
		return n
	}
	for i, element := range n.list {
		if strconv.Itoa(i) == step {
			return element
		}
	}
	return n.get(step)
}

// attribute is one of a resource; the id of a bucket is its name.
func (c *config) attribute(at place, path []string, depth int) *node {
	name := path[2]
	if path[0] == "aws_s3_bucket" && name == "id" {
		name = "bucket"
	}
	for _, b := range c.resources {
		if b.Labels[0] != path[0] || b.Labels[1] != path[1] {
			continue
		}
		if a, ok := b.Body.Attribute(name); ok {
			return c.value(at, a.Value, depth+1)
		}
	}
	return nil
}

// shortened is a source that fits into an error.
func shortened(source string) string {
	const longest = 60
	source = strings.Join(strings.Fields(source), " ")
	if runes := []rune(source); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return source
}
