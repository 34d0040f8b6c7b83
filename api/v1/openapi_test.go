package v1_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	v1 "github.com/reelastic/reelastic/api/v1"
)

var update = flag.Bool("update", false, "write openapi.json anew")

// TestOpenAPI holds the committed document against the operations and types.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	text, err := json.MarshalIndent(document(readComments(t)), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	if *update {
		if err := os.WriteFile("openapi.json", text, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(text, v1.OpenAPI) {
		t.Error("openapi.json is not what the package says: run go test ./api/v1 -update")
	}
}

// TestOneCasing wants all members in lowerCamel.
func TestOneCasing(t *testing.T) {
	t.Parallel()
	g := generator{schemas: object{}}
	for _, op := range v1.Operations {
		for _, body := range []any{op.Request, op.Response} {
			if body != nil {
				g.schema(reflect.TypeOf(body))
			}
		}
	}
	for name, schema := range g.schemas {
		for member := range schema.(object)["properties"].(object) {
			if strings.IndexFunc(member, unicode.IsUpper) == 0 || strings.ContainsAny(member, "_-") {
				t.Errorf("%s has the member %s", name, member)
			}
		}
	}
}

// object is a JSON object.
type object = map[string]any

// generator makes schemas of types.
type generator struct {
	comments map[string]string // by type, and by type and member
	schemas  object
}

func document(comments map[string]string) object {
	g := generator{comments: comments, schemas: object{}}
	paths := object{}
	for _, op := range v1.Operations {
		path, ok := paths[op.Path].(object)
		if !ok {
			path = object{}
			paths[op.Path] = path
		}
		path[strings.ToLower(op.Method)] = g.operation(op)
	}
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title":       "Reelastic extension API",
			"version":     "1",
			"description": comments["v1"],
			"license":     object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers":  []object{{"url": "http://127.0.0.1:8080", "description": "A server with its default settings."}},
		"security": []object{{"signatureV4": []string{}}},
		"paths":    paths,
		"components": object{
			"schemas": g.schemas,
			"securitySchemes": object{"signatureV4": object{
				"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4",
				"description": "Signature version 4, as for the operations of the original.",
			}},
		},
	}
}

func (g generator) operation(op v1.Operation) object {
	operation := object{
		"operationId": op.Name,
		"summary":     op.Summary,
		"tags":        []string{strings.Split(op.Path, "/")[2]},
		"responses":   object{fmt.Sprint(op.Status): g.response(op), "default": refusal()},
	}
	var parameters []object
	if strings.Contains(op.Path, "{id}") {
		parameters = append(parameters, object{
			"name": "id", "in": "path", "required": true, "schema": object{"type": "string"},
		})
	}
	for _, p := range op.Query {
		schema := object{"type": "string"}
		if p.Type != nil {
			schema = g.schema(reflect.TypeOf(p.Type))
		}
		if p.Allowed != nil {
			schema["enum"] = p.Allowed
		}
		parameters = append(parameters, object{"name": p.Name, "in": "query", "description": p.Summary,
			"schema": schema})
	}
	if parameters != nil {
		operation["parameters"] = parameters
	}
	if op.Request != nil {
		operation["requestBody"] = object{
			"content": object{"application/json": object{"schema": g.schema(reflect.TypeOf(op.Request))}},
		}
	}
	return operation
}

func (g generator) response(op v1.Operation) object {
	kind, description := "application/json", "Done."
	if op.Events {
		kind, description = "text/event-stream", "Events, whose data have this schema."
	}
	return object{
		"description": description,
		"content":     object{kind: object{"schema": g.schema(reflect.TypeOf(op.Response))}},
	}
}

// refusal is the form of all errors.
func refusal() object {
	return object{
		"description": "Refused. The exception is named in the header x-amzn-ErrorType.",
		"content": object{"application/json": object{"schema": object{
			"type": "object", "properties": object{"message": object{"type": "string"}},
		}}},
	}
}

// schema is that of a type; structs are referred to by name.
func (g generator) schema(t reflect.Type) object {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[json.RawMessage]():
		return object{"type": "object"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		inner := g.schema(t.Elem())
		if kind, plain := inner["type"].(string); plain {
			inner["type"] = []string{kind, "null"}
			return inner
		}
		return object{"anyOf": []object{inner, {"type": "null"}}}
	case reflect.Slice:
		return object{"type": "array", "items": g.schema(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": g.schema(t.Elem())}
	case reflect.Struct:
		g.add(t)
		return object{"$ref": "#/components/schemas/" + t.Name()}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer", "format": "int64"}
	}
	panic("no schema of " + t.String())
}

// add makes the schema of a struct.
func (g generator) add(t reflect.Type) {
	if g.schemas[t.Name()] != nil {
		return
	}
	properties, required := object{}, []string{}
	schema := object{"type": "object", "properties": properties, "description": g.comments[t.Name()]}
	g.schemas[t.Name()] = schema
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		property := g.schema(field.Type)
		if comment := g.comments[t.Name()+"."+field.Name]; comment != "" {
			property["description"] = comment
		}
		properties[name] = property
		if options != "omitempty" {
			required = append(required, name)
		}
	}
	if len(required) > 0 {
		schema["required"] = required
	}
}

// readComments reads the comments of the package's types and their members.
func readComments(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	comments := map[string]string{}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if text := plain(file.Doc); text != "" {
			comments["v1"] = text
		}
		for _, d := range file.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
				addComments(comments, g)
			}
		}
	}
	return comments
}

func addComments(comments map[string]string, g *ast.GenDecl) {
	for _, spec := range g.Specs {
		named := spec.(*ast.TypeSpec)
		comments[named.Name.Name] = plain(g.Doc)
		members, ok := named.Type.(*ast.StructType)
		if !ok {
			continue
		}
		for _, field := range members.Fields.List {
			for _, name := range field.Names {
				comments[named.Name.Name+"."+name.Name] = plain(field.Doc)
			}
		}
	}
}

// plain is a comment in one line, without the brackets of references.
func plain(group *ast.CommentGroup) string {
	if group == nil {
		return ""
	}
	return strings.NewReplacer("[", "", "]", "").Replace(strings.Join(strings.Fields(group.Text()), " "))
}
