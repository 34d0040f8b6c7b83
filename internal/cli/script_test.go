package cli_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/reelastic/reelastic/internal/wait"
)

// checkSchema holds a document against a schema of docs/schemas: schema NAME FILE, where
// FILE may be stdout.
func checkSchema(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: schema NAME FILE")
	}
	text, err := os.ReadFile(filepath.Join(schemaFolder, args[0]+".json"))
	ts.Check(err)
	var schema jsonschema.Schema
	ts.Check(json.Unmarshal(text, &schema))
	resolved, err := schema.Resolve(nil)
	ts.Check(err)
	var document any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &document))
	ts.Check(resolved.Validate(document))
}

// schemaFolder is where schemas are, wherever a script runs.
var schemaFolder = func() string {
	folder, err := filepath.Abs(filepath.Join("..", "..", "docs", "schemas"))
	if err != nil {
		panic(err)
	}
	return folder
}()

// longestWait is how long a script waits for what must come.
const longestWait = 2 * time.Minute

// awaitFile waits until there is a file: await PATTERN.
func awaitFile(ctx context.Context) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 1 {
			ts.Fatalf("usage: await PATTERN")
		}
		ctx, cancel := context.WithTimeout(ctx, longestWait)
		defer cancel()
		for {
			found, err := filepath.Glob(ts.MkAbs(args[0]))
			ts.Check(err)
			if len(found) > 0 {
				return
			}
			ts.Check(wait.For(ctx, 10*time.Millisecond))
		}
	}
}
