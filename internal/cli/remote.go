package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/internal/app"
)

// remote says how a command reaches a server.
type remote struct {
	Endpoint string `name:"endpoint" default:"http://127.0.0.1:8080" env:"REELASTIC_ENDPOINT,AWS_ENDPOINT_URL_ELASTIC_TRANSCODER,AWS_ENDPOINT_URL" help:"Address of the server."`
	Data     string `name:"data" default:"./data" help:"The server's data folder: its credentials are used when AWS_ACCESS_KEY_ID and AWS_SHARED_CREDENTIALS_FILE are not set."`
	Region   string `name:"region" default:"us-east-1" help:"Region to sign for."`
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
