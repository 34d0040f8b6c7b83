package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"github.com/mattn/go-isatty"

	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/internal/app"
)

type jobCommands struct {
	Watch watchCommand `cmd:"" help:"Show a job's progress until it ends; exit status 3 when it did not become Complete."`
}

type watchCommand struct {
	ID       string `arg:"" help:"Id of the job."`
	Endpoint string `name:"endpoint" default:"http://127.0.0.1:8080" env:"REELASTIC_ENDPOINT,AWS_ENDPOINT_URL_ELASTIC_TRANSCODER,AWS_ENDPOINT_URL" help:"Address of the server."`
	Data     string `name:"data" default:"./data" help:"The server's data folder: its credentials are used when AWS_ACCESS_KEY_ID and AWS_SHARED_CREDENTIALS_FILE are not set."`
	Region   string `name:"region" default:"us-east-1" help:"Region to sign for."`
}

var jobID = regexp.MustCompile(`^\d{13}-\w{6}$`)

// Run shows the job until it ends.
func (c *watchCommand) Run(ctx context.Context, s streams) error {
	if !jobID.MatchString(c.ID) {
		return &usageError{fmt.Errorf("%q is not a job id (13 digits, a hyphen, 6 characters)", c.ID)}
	}
	creds, err := c.credentials()
	if err != nil {
		return &usageError{err}
	}
	cl, err := client.New(c.Endpoint, client.WithRegion(c.Region), client.WithCredentials(creds))
	if err != nil {
		return &usageError{fmt.Errorf("--endpoint: %w", err)}
	}
	defer cl.CloseIdleConnections()
	view := newView(s.out)
	for p, err := range cl.Watch(ctx, c.ID) {
		if err != nil {
			view.close()
			return err
		}
		view.show(p)
	}
	view.close()
	return c.report(ctx, cl, s)
}

// report says how the job ended, and why where it failed.
func (c *watchCommand) report(ctx context.Context, cl *client.Client, s streams) error {
	job, err := cl.WaitJob(ctx, c.ID)
	failed, ok := errors.AsType[*client.JobError](err)
	if err != nil && !ok {
		return err
	}
	fmt.Fprintf(s.out, "job %s: %s\n", c.ID, *job.Status)
	if !ok {
		return nil
	}
	for _, o := range failed.Outputs {
		if o.Detail != "" {
			fmt.Fprintf(s.out, "output %s (%s): %s: %s\n", o.ID, o.Key, o.Status, o.Detail)
		}
	}
	return errJobFailed
}

// credentials come from the environment, from AWS_SHARED_CREDENTIALS_FILE, or
// from the server's data folder.
func (c *watchCommand) credentials() (client.CredentialsProvider, error) {
	if id := os.Getenv("AWS_ACCESS_KEY_ID"); id != "" {
		return client.StaticCredentials(id, os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")), nil
	}
	path := os.Getenv("AWS_SHARED_CREDENTIALS_FILE")
	if path == "" {
		path = filepath.Join(c.Data, "credentials")
	}
	profile := os.Getenv("AWS_PROFILE")
	if profile == "" {
		profile = "default"
	}
	creds, err := app.ReadCredentials(path, profile)
	if err != nil {
		return nil, fmt.Errorf("no credentials: %w", err)
	}
	return client.StaticCredentials(creds.AccessKeyID, creds.SecretAccessKey, creds.SessionToken), nil
}

// isTerminal tells whether w shows bars.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
