package migrate

import (
	"regexp"
	"slices"
	"strings"
)

// template is a template of CloudFormation while it is read.
type template struct {
	parameters, resources *node
	variables             map[string]string
}

// template reads the custom resources of a template. CloudFormation has no resources of its
// own for pipelines and presets.
func (r *reading) template(n *node) {
	t := template{n.get("Parameters"), n.get("Resources"), r.config.given}
	for _, resource := range t.resources.fields {
		kind := r.customKind(resource)
		if kind == "" {
			continue
		}
		properties := resource.value.get("Properties")
		if wrapped := properties.get(strings.ToUpper(kind[:1]) + kind[1:]); wrapped.isObject() {
			properties = wrapped
		}
		document, left := t.properties(kind, properties)
		f := found{kind: kind, address: resource.name, node: document}
		if len(left) > 0 {
			f.notes = []string{"properties that are no members were left out: " + strings.Join(left, ", ")}
		}
		r.found = append(r.found, f)
	}
}

// anyCustom is the type of custom resources that have no type of their own.
const anyCustom = "AWS::CloudFormation::CustomResource"

// customKind tells what a custom resource makes, by its type or else by its properties; "" for
// something else.
func (r *reading) customKind(resource field) string {
	kind := strings.ToLower(resource.value.string("Type"))
	if !strings.HasPrefix(kind, "custom::") && kind != strings.ToLower(anyCustom) {
		return ""
	}
	properties := resource.value.get("Properties")
	of := ""
	if strings.Contains(kind, "transcoder") {
		for _, name := range []string{PipelineKind, PresetKind} {
			if strings.Contains(kind, name) {
				of = name
			}
		}
	}
	if of == "" && properties != nil {
		of = kindOf(properties)
	}
	if of == "" || !properties.isObject() {
		r.dump.Skipped = append(r.dump.Skipped, Skipped{"resource", "", resource.name, resource.value.file,
			resource.value.line, "its type " + resource.value.string("Type") + " and its properties are not those of " +
				"a pipeline or a preset"})
		return ""
	}
	return of
}

// stackResources reads what describe-stack-resources or list-stack-resources prints: the ids
// that custom resources of a stack have.
func (r *reading) stackResources(n *node) {
	for _, name := range []string{"StackResources", "StackResourceSummaries"} {
		for _, resource := range n.elements(name) {
			if id := resource.string("PhysicalResourceId"); documentID.MatchString(id) {
				r.ids[resource.string("LogicalResourceId")] = id
			}
		}
	}
}

// documentID is the form of ids of pipelines and presets.
var documentID = regexp.MustCompile(`^\d{13}-\w{6}$`)

// members are those of the documents of each kind.
var members = map[string][]string{
	PipelineKind: {"Id", "Arn", "Name", "Status", "InputBucket", "OutputBucket", "Role", "AwsKmsKeyArn",
		"Notifications", "ContentConfig", "ThumbnailConfig"},
	PresetKind: {"Id", "Arn", "Name", "Description", "Container", "Audio", "Video", "Thumbnails", "Type"},
}

// properties are the members of a document among properties, and the names of the others.
func (t template) properties(kind string, properties *node) (document *node, left []string) {
	document = object(properties.place)
	for _, f := range properties.fields {
		switch {
		case f.name == "ServiceToken" || f.name == "ServiceTimeout" || f.value.kind == nullKind:
		case slices.Contains(members[kind], f.name):
			document.set(f.name, t.resolved(f.value, 0).loose().withoutEmpty())
		default:
			left = append(left, f.name)
		}
	}
	return document, left
}

// resolved is a value in which calls of functions are replaced by their results, as far as the
// template says what they are.
func (t template) resolved(n *node, depth int) *node {
	if depth > longestChain {
		return &node{place: n.place, kind: unknownKind, text: "its references lead in a circle"}
	}
	if n.isObject() && len(n.fields) == 1 && isFunction(n.fields[0].name) {
		return t.result(n, depth)
	}
	copied := &node{place: n.place, kind: n.kind, text: n.text}
	for _, element := range n.list {
		copied.list = append(copied.list, t.resolved(element, depth+1))
	}
	for _, f := range n.fields {
		copied.fields = append(copied.fields, field{f.name, t.resolved(f.value, depth+1)})
	}
	return copied
}

func isFunction(name string) bool { return name == "Ref" || strings.HasPrefix(name, "Fn::") }

// result is what stands in the place of a call.
func (t template) result(n *node, depth int) *node {
	name, argument := n.fields[0].name, n.fields[0].value
	result := t.call(name, argument, depth+1)
	if result == nil {
		result = &node{kind: unknownKind, text: "the template does not say what " + name + " " +
			shortened(argument.text) + ` is: give a parameter with "--var NAME=VALUE", or import what ` +
			`"aws elastictranscoder" prints`}
	}
	placed := *result
	placed.place = n.place
	return &placed
}

// call is the result of a function; nil where it is not known.
func (t template) call(name string, argument *node, depth int) *node {
	switch name {
	case "Ref":
		return t.ref(argument.text, depth)
	case "Fn::Sub":
		return t.sub(argument, depth)
	case "Fn::Join":
		return t.join(argument, depth)
	}
	return nil
}

// ref is the value of a parameter, or the name of a bucket.
func (t template) ref(name string, depth int) *node {
	if given, ok := t.variables[name]; ok {
		return textAt(place{}, given)
	}
	if otherwise := t.parameters.at(name, "Default"); otherwise != nil {
		return otherwise
	}
	bucket := t.resources.get(name)
	if bucket.string("Type") != "AWS::S3::Bucket" {
		return nil
	}
	if called := bucket.at("Properties", "BucketName"); called != nil {
		return t.resolved(called, depth)
	}
	return nil
}

// filled is a place of Fn::Sub.
var filled = regexp.MustCompile(`\$\{(!?[^}]*)\}`)

// sub fills the values of references into a text.
func (t template) sub(argument *node, depth int) *node {
	if argument.kind != textKind {
		return nil
	}
	known := true
	text := filled.ReplaceAllStringFunc(argument.text, func(match string) string {
		name := match[2 : len(match)-1]
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + literal + "}"
		}
		value := t.ref(name, depth)
		if value == nil || !value.scalar() {
			known = false
			return ""
		}
		return value.text
	})
	if !known {
		return nil
	}
	return textAt(argument.place, text)
}

func (t template) join(argument *node, depth int) *node {
	if len(argument.list) != 2 {
		return nil
	}
	var texts []string
	for _, part := range argument.list[1].list {
		value := t.resolved(part, depth)
		if !value.scalar() {
			return nil
		}
		texts = append(texts, value.text)
	}
	return textAt(argument.place, strings.Join(texts, argument.list[0].text))
}
