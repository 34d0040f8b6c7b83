package cli

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/internal/app"
)

var update = flag.Bool("update", false, "write docs/schemas anew")

// schemas are those of the documents that commands print, by the names of their files.
var schemas = map[string]func() (*jsonschema.Schema, error){
	"transcode": schemaOf[transcodeResult],
	"plan":      schemaOf[planResult],
	"bench":     schemaOf[app.LocalFigures],
	"doctor":    schemaOf[diagnosis],

	"import":      schemaOf[importReport],
	"pipeline":    schemaOf[api.Pipeline],
	"preset":      schemaOf[api.Preset],
	"job":         schemaOf[api.Job],
	"job-list":    schemaOf[v1.Job],
	"job-logs":    schemaOf[v1.JobLog],
	"worker":      schemaOf[v1.Worker],
	"credentials": schemaOf[v1.Credential],

	"preset-explain": schemaOf[explainedPresets],
	"preset-check":   schemaOf[checkedPreset],
	"preset-diff":    schemaOf[presetDifferences],
}

func schemaOf[T any]() (*jsonschema.Schema, error) {
	return jsonschema.For[T](&jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[json.RawMessage](): {Type: "object"}, // a policy
	}})
}

// TestSchemas holds docs/schemas against the types of the documents.
func TestSchemas(t *testing.T) {
	t.Parallel()
	for name, infer := range schemas {
		schema, err := infer()
		if err != nil {
			t.Fatal(err)
		}
		schema.Schema, schema.Title = "https://json-schema.org/draft/2020-12/schema", "reelastic: "+name
		want, err := json.MarshalIndent(schema, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, '\n')
		file := filepath.Join("..", "..", "docs", "schemas", name+".json")
		if *update {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s\n\"go test ./internal/cli -run TestSchemas -update\" writes it anew", file,
				diff)
		}
	}
}
