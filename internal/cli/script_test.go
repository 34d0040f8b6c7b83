package cli_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/reelastic/reelastic/internal/wait"
)

// checkSchema holds documents against a schema of docs/schemas: schema NAME FILE, where
// FILE, which has at least one, may be stdout.
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
	documents := json.NewDecoder(strings.NewReader(ts.ReadFile(args[1])))
	for n := 0; ; n++ {
		var document any
		if err := documents.Decode(&document); n > 0 && errors.Is(err, io.EOF) {
			return
		} else {
			ts.Check(err)
		}
		ts.Check(resolved.Validate(document))
	}
}

// listening is what a server logs when it can be reached.
var listening = regexp.MustCompile(`"?listen"?[=:]"?([0-9.]+:[0-9]+)`)

// startServer starts a server in the folder data, which ends with the script, and has commands
// find it: server FLAGS...
func startServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: server FLAGS...")
	}
	program, err := exec.LookPath("reelastic")
	ts.Check(err)
	cmd := exec.Command(program, append([]string{"serve", "--data=data", "--listen=127.0.0.1:0"}, args...)...)
	cmd.Dir, cmd.Env = ts.Getenv("WORK"), append(os.Environ(), "PATH="+ts.Getenv("PATH"))
	log, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if at := listening.FindStringSubmatch(lines.Text()); at != nil {
			ts.Setenv("REELASTIC_ENDPOINT_URL", "http://"+at[1])
			go func() { _, _ = io.Copy(io.Discard, log) }()
			return
		}
	}
	ts.Fatalf("the server did not start: %v", lines.Err())
}

// keepPart sets a variable to a part of what a command has printed: keep NAME PATTERN FILE.
func keepPart(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: keep NAME PATTERN FILE")
	}
	found := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile(args[2]))
	if found == nil {
		ts.Fatalf("no match for %q", args[1])
	}
	ts.Setenv(args[0], found[1])
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
