package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"

	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/internal/app"
)

// remote says how a command reaches a server.
type remote struct {
	Endpoint string `name:"endpoint" default:"${server}" env:"${ours},${aws},${aws_any}" help:"Address of the server."`
	Data     string `name:"data" default:"./data" help:"Data folder of the server, with its credentials."`
	Region   string `name:"region" default:"us-east-1" help:"Region in signatures."`
}

// remoteVars are the address of a server and the variables it is read from, as the tag
// names them: ours, then those of the tools of AWS.
var remoteVars = kong.Vars{
	"server":  "http://127.0.0.1:8080",
	"ours":    "REELASTIC_ENDPOINT",
	"aws":     "AWS_ENDPOINT_URL_ELASTIC_TRANSCODER",
	"aws_any": "AWS_ENDPOINT_URL",
	"time":    time.RFC3339,
}

// open makes a client, which the caller closes.
func (r remote) open() (*client.Client, error) {
	creds, err := r.credentials()
	if err != nil {
		return nil, &usageError{err}
	}
	cl, err := client.New(r.Endpoint, client.WithRegion(r.Region), client.WithCredentials(creds))
	if err != nil {
		return nil, &usageError{fmt.Errorf("--endpoint: %w", err)}
	}
	return cl, nil
}

// credentials come from the environment, from AWS_SHARED_CREDENTIALS_FILE, or
// from the server's data folder.
func (r remote) credentials() (client.CredentialsProvider, error) {
	if id := os.Getenv("AWS_ACCESS_KEY_ID"); id != "" {
		return client.StaticCredentials(id, os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")), nil
	}
	path := os.Getenv("AWS_SHARED_CREDENTIALS_FILE")
	if path == "" {
		path = filepath.Join(r.Data, "credentials")
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
