package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/internal/app"
)

type credentialCommands struct {
	Create createCredentialCommand `cmd:"" help:"Create a caller with an access key. The secret is shown only once."`
	List   listCredentialsCommand  `cmd:"" help:"List access keys, without their secrets."`
	Rotate rotateCredentialCommand `cmd:"" help:"Replace an access key. The new secret is shown only once."`
	Revoke revokeCredentialCommand `cmd:"" help:"Revoke an access key, or all access keys of a caller."`
}

// secretFile is where a secret goes: into a file, or to standard output.
type secretFile struct {
	File string `name:"file" placeholder:"FILE" help:"Write to this shared credentials file, not standard output."`
}

// write shows an access key. A secret that can't be written to the file is shown
// instead, because it can't be had again.
func (f secretFile) write(s streams, c v1.Credential, region string, replace bool) error {
	text := app.CredentialsFile(c.AccessKeyID, c.SecretAccessKey, region)
	if f.File == "" {
		_, err := s.out.Write(text)
		return err
	}
	if err := app.WritePrivate(f.File, text, replace); err != nil {
		_, _ = s.out.Write(text)
		return fmt.Errorf("--file: %w; the access key is on standard output", err)
	}
	fmt.Fprintf(s.out, "%s: access key %s, written to %s\n", c.Name, c.AccessKeyID, f.File)
	return nil
}

type createCredentialCommand struct {
	Name       string     `arg:"" help:"Name of the caller."`
	Policy     string     `name:"policy" type:"existingfile" placeholder:"FILE" help:"IAM policy; default: read presets."`
	Until      *time.Time `name:"until" placeholder:"TIME" format:"${time}" help:"When the key ends (RFC 3339)."`
	secretFile `embed:""`
	remote     `embed:""`
}

// Run makes a caller.
func (c *createCredentialCommand) Run(ctx context.Context, s streams) error {
	in := v1.CreateCredentialRequest{Name: c.Name, Until: c.Until}
	if c.Policy != "" {
		text, err := os.ReadFile(c.Policy)
		if err != nil {
			return &usageError{fmt.Errorf("--policy: %w", err)}
		}
		if !json.Valid(text) {
			return &usageError{fmt.Errorf("--policy %q is not valid: it must be a JSON document", c.Policy)}
		}
		in.Policy = text
	}
	if err := c.free(); err != nil {
		return err
	}
	return c.with(func(cl *client.Client) error {
		made, err := cl.CreateCredential(ctx, in)
		if err != nil {
			return err
		}
		return c.write(s, *made, cl.Region(), false)
	})
}

// free refuses a file that is there, before anything is made.
func (f secretFile) free() error {
	if f.File == "" {
		return nil
	}
	if _, err := os.Lstat(f.File); !errors.Is(err, fs.ErrNotExist) {
		return &usageError{fmt.Errorf("--file %q exists already: choose another name, or remove it", f.File)}
	}
	return nil
}

type listCredentialsCommand struct {
	output `embed:""`
	remote `embed:""`
}

// credentialColumns are those of the list of access keys.
var credentialColumns = []column[v1.Credential]{
	{"NAME", func(c v1.Credential) string { return c.Name }},
	{"ACCESS KEY", func(c v1.Credential) string { return c.AccessKeyID }},
	{"CREATED", func(c v1.Credential) string { return date(c.Created) }},
	{"UNTIL", func(c v1.Credential) string { return date(c.Until) }},
	{"POLICY", func(c v1.Credential) string { return string(c.Policy) }},
}

// Run lists access keys.
func (c *listCredentialsCommand) Run(ctx context.Context, s streams) error {
	return c.with(func(cl *client.Client) error {
		keys, err := cl.ListCredentials(ctx)
		if err != nil {
			return err
		}
		return printList(c.output, s.out, credentialColumns, elements(keys))
	})
}

// date shows a time that may be absent.
func date(t *time.Time) string {
	if t == nil {
		return ""
	}
	return moment(*t)
}

type rotateCredentialCommand struct {
	Credential string        `arg:"" help:"Name of the caller, or id of the access key."`
	Grace      time.Duration `name:"grace" default:"0s" help:"How long the old access key lasts; at most 30 days."`
	Until      *time.Time    `name:"until" placeholder:"TIME" format:"${time}" help:"When the new key ends (RFC 3339)."`
	secretFile `embed:""`
	remote     `embed:""`
}

// Run makes a new access key. The file may be there when it holds an access key of
// the same caller.
func (c *rotateCredentialCommand) Run(ctx context.Context, s streams) error {
	if c.Grace < 0 || c.Grace%time.Second != 0 {
		return &usageError{fmt.Errorf("--grace %s is not valid: it must be a whole number of seconds", c.Grace)}
	}
	return c.with(func(cl *client.Client) error {
		replace, err := c.replaces(ctx, cl)
		if err != nil {
			return err
		}
		in := v1.RotateCredentialRequest{GraceSeconds: int64(c.Grace / time.Second), Until: c.Until}
		out, err := cl.RotateCredential(ctx, c.Credential, in)
		if err != nil {
			return err
		}
		if err := c.write(s, out.Credential, cl.Region(), replace); err != nil {
			return err
		}
		old := out.Replaced
		fmt.Fprintf(s.err, "%s: access key %s %s\n", old.Name, old.AccessKeyID, ends(old, c.Grace))
		return nil
	})
}

func ends(k v1.Credential, grace time.Duration) string {
	if grace == 0 {
		return "has ended"
	}
	return "ends at " + date(k.Until)
}

// replaces reports whether the file holds an access key that is to be rotated; any
// other file is refused.
func (c *rotateCredentialCommand) replaces(ctx context.Context, cl *client.Client) (bool, error) {
	taken := c.free()
	if taken == nil {
		return false, nil
	}
	held, err := app.ReadCredentials(c.File, "default")
	if err != nil {
		return false, taken
	}
	keys, err := cl.ListCredentials(ctx)
	if err != nil {
		return false, err
	}
	for _, k := range keys {
		if k.AccessKeyID == held.AccessKeyID && (c.Credential == k.Name || c.Credential == k.AccessKeyID) {
			return true, nil
		}
	}
	return false, taken
}

type revokeCredentialCommand struct {
	Credential   string `arg:"" help:"Id of the access key, or name of the caller."`
	confirmation `embed:""`
	remote       `embed:""`
}

// Run ends access keys.
func (c *revokeCredentialCommand) Run(ctx context.Context, s streams) error {
	if err := c.confirm(s, fmt.Sprintf("Revoke the access keys of %s?", c.Credential)); err != nil {
		return err
	}
	return c.with(func(cl *client.Client) error {
		ended, err := cl.RevokeCredential(ctx, c.Credential)
		for _, k := range ended {
			fmt.Fprintf(s.out, "%s: access key %s has ended\n", k.Name, k.AccessKeyID)
		}
		return err
	})
}
