// Package cli is the command line: it reads flags, environment and the
// configuration file, runs a command and turns its outcome into an exit status.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

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
	Settings settingsFlag `name:"config" placeholder:"FILE" help:"YAML file with settings, named as the flags."`

	Transcode    transcodeCommand     `cmd:"" help:"Transcode files on this machine, without a server."`
	Plan         planCommand          `cmd:"" help:"Show what transcoding files would make, run and cost."`
	Bench        benchCommand         `cmd:"" help:"Measure how fast this machine transcodes, for plan."`
	Doctor       doctorCommand        `cmd:"" help:"Look whether everything that the server needs is there and works."`
	Serve        serveCommand         `cmd:"" help:"Run the API server, and workers in the same process."`
	Worker       workerCommands       `cmd:"" help:"Run a worker of a fleet; list and drain workers."`
	Config       configCommand        `cmd:"" help:"Print the settings in force, without secrets."`
	Pipeline     pipelineCommands     `cmd:"" help:"Manage pipelines."`
	Preset       presetCommands       `cmd:"" help:"Manage, explain, check and compare presets."`
	Job          jobCommands          `cmd:"" help:"Submit, watch, list and change jobs."`
	Bulk         bulkCommands         `cmd:"" help:"List and stop actions on all jobs that match a filter."`
	Import       importCommands       `cmd:"" help:"Import pipelines and presets from what other tools keep of them."`
	Export       exportCommand        `cmd:"" help:"Print pipelines and custom presets in a form that other tools read."`
	Role         roleCommands         `cmd:"" help:"Try what a role may do."`
	Credentials  credentialCommands   `cmd:"" help:"Manage callers, their policies and access keys."`
	Key          keyCommands          `cmd:"" help:"Encrypt and decrypt the keys of encrypted files."`
	Subscription subscriptionCommands `cmd:"" help:"Manage subscriptions to notifications over HTTP(S)."`
	Delivery     deliveryCommands     `cmd:"" help:"Manage notifications that were not delivered."`
	System       systemCommand        `cmd:"" help:"Show what a server runs, what it can do, and its limits."`
	Completion   completionCommand    `cmd:"" help:"Print the script of completions for a shell."`
	Complete     completeCommand      `cmd:"" hidden:"" help:"Complete a command line, for the scripts of shells."`
	Version      versionCommand       `cmd:"" help:"Print the version and, with --caps, the capabilities of ffmpeg."`
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
		kong.PostBuild(settingsOnly),
		kong.Vars(app.Vars()),
		remoteVars,
		kong.Writers(s.out, s.err),
		kong.Exit(func(code int) { status = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s, &settings{used: map[string]int{}}),
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

// clientSettings are the flags of commands for a server that can be set for all of them.
var clientSettings = []string{
	"config", "endpoint-url", "profile", "data", "region", "account", "ffmpeg", "output",
}

// serverCommands are those that take the settings of the server.
var serverCommands = []string{"serve", "worker run", "config", "doctor"}

// settingsOnly takes the variables from flags that say what one command is to do. Settings of
// the server have the same names: its REELASTIC_GRACE would bound the drain of a worker.
func settingsOnly(k *kong.Kong) error {
	for _, command := range k.Model.Leaves(false) {
		if slices.Contains(serverCommands, command.Path()) {
			continue
		}
		for _, flag := range command.Flags {
			if !slices.Contains(clientSettings, flag.Name) {
				flag.Envs, flag.Tag.Envs = nil, nil
			}
		}
	}
	return nil
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
