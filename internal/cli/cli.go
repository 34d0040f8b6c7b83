// Package cli is the command line: it reads flags, environment and the
// configuration file, runs a command and turns its outcome into an exit status.
package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	kongyaml "github.com/alecthomas/kong-yaml"
	"gopkg.in/yaml.v3"

	"github.com/reelastic/reelastic/internal/app"
)

// The exit statuses of every command.
const (
	exitDone     = 0
	exitFailed   = 1
	exitUsage    = 2
	exitJobError = 3 // the job ended in Error or was canceled
)

// errJobFailed ends a watch of a job that did not become Complete.
var errJobFailed = errors.New("the job is not Complete")

// commands is the command line as kong reads it.
type commands struct {
	ConfigFile kong.ConfigFlag `name:"config" placeholder:"FILE" help:"YAML file with settings, named as the flags."`

	Transcode     transcodeCommand     `cmd:"" help:"Transcode files on this machine, without a server."`
	Plan          planCommand          `cmd:"" help:"Show what transcoding files would make, run and cost."`
	Bench         benchCommand         `cmd:"" help:"Measure how fast this machine transcodes, for plan."`
	Serve         serveCommand         `cmd:"" help:"Run the API server, with workers in the same process."`
	Worker        workerCommand        `cmd:"" help:"Run a worker of a fleet (PostgreSQL and NATS)."`
	Config        configCommand        `cmd:"" help:"Print the settings in force, without secrets."`
	Job           jobCommands          `cmd:"" help:"Watch, list and change jobs."`
	Bulk          bulkCommands         `cmd:"" help:"Cancel, retry and prioritize all jobs that a filter selects."`
	Workers       workersCommands      `cmd:"" help:"List and drain workers."`
	Credentials   credentialCommands   `cmd:"" help:"Manage callers, their policies and access keys."`
	Key           keyCommands          `cmd:"" help:"Encrypt and decrypt the keys of encrypted files."`
	Subscriptions subscriptionCommands `cmd:"" help:"Manage subscriptions to notifications over HTTP(S)."`
	Deliveries    deliveryCommands     `cmd:"" help:"Manage notifications that were not delivered."`
	Version       versionCommand       `cmd:"" help:"Print the version and, with --caps, the capabilities of ffmpeg."`
}

// streams are where commands read and write. What is written is text of a [screen].
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// Main runs the command line args (without the program's name) and returns the
// exit status: 0 done, 1 failed, 2 usage, 3 the job ended in Error. SIGINT and
// SIGTERM end a command in good order; a second one ends it at once.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // from now on a signal has its usual effect
	return run(ctx, args, streams{os.Stdin, newScreen(stdout), newScreen(stderr)})
}

func run(ctx context.Context, args []string, s streams) int {
	var c commands
	status := -1
	parser, err := kong.New(&c,
		kong.Name("reelastic"),
		kong.Description("A self-hosted Elastic Transcoder (API 2012-09-25)."),
		kong.DefaultEnvars("REELASTIC"),
		kong.Configuration(loadYAML),
		kong.Vars(app.Vars()),
		remoteVars,
		kong.Writers(s.out, s.err),
		kong.Exit(func(code int) { status = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s),
		kong.UsageOnError(),
	)
	if err != nil {
		return fail(s, err, exitFailed)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if status >= 0 { // --help has been answered
		return status
	}
	if err != nil {
		return fail(s, err, exitUsage)
	}
	return exitStatus(s, parsed.Run())
}

func exitStatus(s streams, err error) int {
	var usage *usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errJobFailed):
		return exitJobError
	case errors.As(err, &usage):
		return fail(s, err, exitUsage)
	}
	return fail(s, err, exitFailed)
}

func fail(s streams, err error, status int) int {
	fmt.Fprintf(s.err, "reelastic: %s\n", strings.ReplaceAll(err.Error(), "\n", "\nreelastic: "))
	return status
}

// usageError is a command line or a setting that can't work.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// loadYAML reads the configuration file. A key may stand at the top, for all
// commands, or below the name of a command; an unknown key is an error.
func loadYAML(r io.Reader) (kong.Resolver, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	byCommand, err := kongyaml.Loader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	keys := map[string]any{}
	if err := yaml.Unmarshal(text, &keys); err != nil {
		return nil, err
	}
	if file, ok := r.(*os.File); ok && holdsPassword(keys) {
		if err := app.CheckSecret(file); err != nil {
			return nil, &usageError{err}
		}
	}
	return &yamlResolver{byCommand, keys}, nil
}

// holdsPassword tells whether a setting, at any depth, is an address with a password.
func holdsPassword(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), holdsPassword)
	case []any:
		return slices.ContainsFunc(v, holdsPassword)
	case string:
		u, err := url.Parse(v)
		if err != nil || u.User == nil {
			return false
		}
		_, given := u.User.Password()
		return given || u.Scheme == "nats" || u.Scheme == "tls" // whose user may be a token
	}
	return false
}

type yamlResolver struct {
	byCommand kong.Resolver
	keys      map[string]any
}

// Resolve looks below the command first, then at the top. The environment
// stands before the file; kong itself would take it for a default.
func (y *yamlResolver) Resolve(ctx *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if os.Getenv(name) != "" {
			return nil, nil
		}
	}
	value, err := y.byCommand.Resolve(ctx, parent, flag)
	if value == nil && err == nil {
		return y.keys[flag.Name], nil
	}
	return value, err
}

// Validate refuses keys that no command has.
func (y *yamlResolver) Validate(model *kong.Application) error {
	for key, value := range y.keys {
		if section, ok := value.(map[string]any); ok {
			command := slices.IndexFunc(model.Children, func(n *kong.Node) bool { return n.Name == key })
			if command < 0 {
				return fmt.Errorf("configuration file: %q is neither a setting nor a command", key)
			}
			for inner := range section {
				if !hasFlag(model.Children[command], inner) {
					return fmt.Errorf("configuration file: %s has no setting %q", key, inner)
				}
			}
			continue
		}
		if !slices.ContainsFunc(model.Children, func(n *kong.Node) bool { return hasFlag(n, key) }) {
			return fmt.Errorf("configuration file: unknown setting %q", key)
		}
	}
	return nil
}

func hasFlag(n *kong.Node, name string) bool {
	return slices.ContainsFunc(n.Flags, func(f *kong.Flag) bool { return f.Name == name })
}
