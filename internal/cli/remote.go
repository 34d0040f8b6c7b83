package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/alecthomas/kong"

	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/client/awsconfig"
	"github.com/reelastic/reelastic/internal/app"
)

// remote says how a command reaches a server.
type remote struct {
	EndpointURL string `name:"endpoint-url" placeholder:"URL" group:"Server:" help:"Address of the server; default: as for the aws tool, else ${server}."`
	Profile     string `name:"profile" placeholder:"NAME" group:"Server:" help:"Profile in the files of the aws tool: credentials, region and endpoint."`
	Region      string `name:"region" placeholder:"NAME" group:"Server:" help:"Region in signatures; default: as for the aws tool, else us-east-1."`
	Data        string `name:"data" default:"./data" group:"Server:" help:"Data folder of the server, whose credentials are used where no others are named."`
}

// defaultServer is the address of a server with its default settings.
const defaultServer = "http://127.0.0.1:8080"

// remoteVars are what tags of several commands name.
var remoteVars = kong.Vars{"server": defaultServer, "time": time.RFC3339, "document": documentHelp}

// open makes a client, which the caller closes.
func (r remote) open() (*client.Client, error) {
	found, err := awsconfig.FindProfile(context.Background(), r.Profile)
	if err != nil {
		return nil, &usageError{err}
	}
	creds, err := r.credentials(found)
	if err != nil {
		return nil, &usageError{err}
	}
	cl, err := client.New(cmp.Or(r.EndpointURL, found.Endpoint, defaultServer),
		client.WithRegion(cmp.Or(r.Region, found.Region, client.DefaultRegionName)), client.WithCredentials(creds))
	if err != nil {
		return nil, &usageError{fmt.Errorf("--endpoint-url: %w", err)}
	}
	return cl, nil
}

// with runs a call of the server.
func (r remote) with(call func(*client.Client) error) error {
	cl, err := r.open()
	if err != nil {
		return err
	}
	defer cl.CloseIdleConnections()
	err = call(cl)
	if refused, ok := errors.AsType[*client.ResponseError](err); ok && refused.Message != "" {
		return fmt.Errorf("%s: %s", refused.Code, refused.Message)
	}
	return err
}

// credentialVariables name credentials for the aws tool.
var credentialVariables = []string{
	"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE",
	"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
}

// credentials are those that the user names as for the aws tool, else those in the server's
// data folder, else what the aws tool would use by itself.
func (r remote) credentials(found awsconfig.Found) (client.CredentialsProvider, error) {
	named := func(variable string) bool { return os.Getenv(variable) != "" }
	if r.Profile != "" || slices.ContainsFunc(credentialVariables, named) {
		return found.Credentials, nil
	}
	path := filepath.Join(r.Data, "credentials")
	creds, err := app.ReadCredentials(path, "default")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return elsewhere{found.Credentials, path}, nil
	case err != nil:
		return nil, fmt.Errorf("no credentials: %w", err)
	}
	return client.StaticCredentials(creds.AccessKeyID, creds.SecretAccessKey, creds.SessionToken), nil
}

// elsewhere gives credentials where a data folder has none.
type elsewhere struct {
	client.CredentialsProvider
	path string
}

// Credentials says where credentials may be, if there are none.
func (e elsewhere) Credentials(ctx context.Context) (client.Credentials, error) {
	creds, err := e.CredentialsProvider.Credentials(ctx)
	if err != nil && ctx.Err() == nil {
		err = &usageError{fmt.Errorf("no credentials: there is no file %s (--data), no profile (--profile) and no "+
			"AWS_ACCESS_KEY_ID: %w", e.path, err)}
	}
	return creds, err
}
