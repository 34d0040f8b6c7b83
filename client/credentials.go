package client

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/reelastic/reelastic/internal/sigv4"
)

// Credentials sign requests. SessionToken is empty for long-term credentials.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string
	// Expires is when the service stops accepting them; zero means never.
	Expires time.Time
}

// String names the access key and leaves the secrets out.
func (c Credentials) String() string { return "access key " + c.AccessKeyID }

// GoString keeps the secrets out of %#v.
func (c Credentials) GoString() string { return "client.Credentials{" + c.String() + "}" }

// LogValue keeps the secrets out of logs.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.AccessKeyID) }

// signing returns what the signature needs.
func (c Credentials) signing() sigv4.Credentials {
	return sigv4.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey,
		SessionToken: c.SessionToken}
}

// CredentialsProvider gives the credentials of each attempt of a call, so it
// caches them itself and renews them before they expire. It is used from
// several goroutines at once. An error ends the call.
//
// Package client/awsconfig finds credentials where the AWS tools look for them.
type CredentialsProvider interface {
	Credentials(ctx context.Context) (Credentials, error)
}

// ErrNoCredentials is that a client was made without [WithCredentials], or that
// a provider gave credentials without an access key.
var ErrNoCredentials = errors.New("no credentials")

// StaticCredentials always gives the same credentials; sessionToken is empty
// for long-term ones.
func StaticCredentials(accessKeyID, secretAccessKey, sessionToken string) CredentialsProvider {
	creds := Credentials{AccessKeyID: accessKeyID, SecretAccessKey: secretAccessKey, SessionToken: sessionToken}
	return static(func() Credentials { return creds })
}

// static is a function because package fmt prints nothing of what is in one,
// however deep in a structure it finds it.
type static func() Credentials

func (s static) Credentials(context.Context) (Credentials, error) { return s(), nil }

func (s static) String() string       { return s().String() }
func (s static) GoString() string     { return s().GoString() }
func (s static) LogValue() slog.Value { return s().LogValue() }
