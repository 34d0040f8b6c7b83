package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/mattn/go-isatty"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/app"
	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/transcode"
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
	view := newView(s.out)
	last, err := c.follow(ctx, creds, view.show)
	view.close()
	if err != nil {
		return err
	}
	return c.report(ctx, creds, s, last)
}

// follow reads the job's events until it ends, over again when the connection
// is lost, and returns its last state.
func (c *watchCommand) follow(ctx context.Context, creds sigv4.Credentials, show func(transcode.Progress)) (last transcode.Progress, err error) {
	const tries = 5
	for try := 0; ; try++ {
		began := last.Percent
		err = c.events(ctx, creds, func(p transcode.Progress) {
			last = p
			show(p)
		})
		if last.Status.Final() && last.Status != "" {
			return last, nil
		}
		var refused *api.Error
		if errors.As(err, &refused) || ctx.Err() != nil {
			return last, err
		}
		if last.Percent > began {
			try = 0
		}
		if try >= tries {
			return last, fmt.Errorf("watch job %s: %w", c.ID, err)
		}
		select {
		case <-ctx.Done():
			return last, ctx.Err()
		case <-time.After(time.Duration(try+1) * 200 * time.Millisecond):
		}
	}
}

// events reads one stream of server-sent events.
func (c *watchCommand) events(ctx context.Context, creds sigv4.Credentials, each func(transcode.Progress)) error {
	resp, err := c.get(ctx, creds, "/v1/jobs/"+c.ID+"/events")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		text, ok := bytes.CutPrefix(lines.Bytes(), []byte("data:"))
		if !ok {
			continue
		}
		var p transcode.Progress
		if err := json.Unmarshal(text, &p); err != nil {
			return fmt.Errorf("the server's event can't be read: %w", err)
		}
		each(p)
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return io.ErrUnexpectedEOF
}

// report says how the job ended, and why where it failed.
func (c *watchCommand) report(ctx context.Context, creds sigv4.Credentials, s streams, last transcode.Progress) error {
	fmt.Fprintf(s.out, "job %s: %s\n", c.ID, last.Status)
	if last.Status == transcode.Complete {
		return nil
	}
	resp, err := c.get(ctx, creds, "/2012-09-25/jobs/"+c.ID)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var read api.ReadJobResponse
	if err := json.NewDecoder(resp.Body).Decode(&read); err != nil {
		return fmt.Errorf("the server's answer can't be read: %w", err)
	}
	for _, o := range read.Job.Outputs {
		if o.StatusDetail != nil {
			fmt.Fprintf(s.out, "output %s (%s): %s: %s\n", *o.Id, *o.Key, *o.Status, *o.StatusDetail)
		}
	}
	return errJobFailed
}

// get sends one signed request; an answer other than 200 is an [api.Error].
func (c *watchCommand) get(ctx context.Context, creds sigv4.Credentials, path string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(c.Endpoint, "/")+path, nil)
	if err != nil {
		return nil, &usageError{fmt.Errorf("--endpoint %q: not an address", c.Endpoint)}
	}
	if err := sigv4.Sign(req, nil, creds, c.Region, "elastictranscoder", time.Now()); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	var body struct{ Message string }
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&body); err != nil {
		body.Message = "the answer has no readable body"
	}
	return nil, &api.Error{Code: api.ParseErrorCode(resp.Header.Get(api.HeaderErrorType)),
		Message: body.Message, Status: resp.StatusCode}
}

// credentials come from the environment, from AWS_SHARED_CREDENTIALS_FILE, or
// from the server's data folder.
func (c *watchCommand) credentials() (sigv4.Credentials, error) {
	if id := os.Getenv("AWS_ACCESS_KEY_ID"); id != "" {
		return sigv4.Credentials{AccessKeyID: id, SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
			SessionToken: os.Getenv("AWS_SESSION_TOKEN")}, nil
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
		return creds, fmt.Errorf("no credentials: %w", err)
	}
	return creds, nil
}

// isTerminal tells whether w shows bars.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
