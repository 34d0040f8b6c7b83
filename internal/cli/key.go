package cli

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/internal/app"
)

type keyCommands struct {
	Wrap   keyWrapCommand   `cmd:"" help:"Encrypt an AES key from standard input; print Key and KeyMd5 for a job."`
	Unwrap keyUnwrapCommand `cmd:"" help:"Decrypt a job's Key from standard input; print the AES key."`
	Rotate keyRotateCommand `cmd:"" help:"Replace the installation key while all goes on."`
	Worker keyWorkerCommand `cmd:"" help:"Print what a worker needs of the installation key, for its DATA/worker.key."`
}

type keyRotateCommand struct {
	remote `embed:""`
}

// Help says what becomes of the old key.
func (*keyRotateCommand) Help() string {
	return "The secrets in the database are sealed with the new key. Servers and workers that run take it over " +
		"within a minute, and write it into their own files. The old key stays in these files, behind the new one, " +
		"for keys of files that were encrypted with it."
}

// sealEvery is how often it is asked how many secrets are left.
const sealEvery = 200 * time.Millisecond

// Run rotates the key, and returns when all secrets are sealed with the new one.
func (c *keyRotateCommand) Run(ctx context.Context, s streams) error {
	return c.with(func(cl *client.Client) error {
		key, err := cl.RotateInstallationKey(ctx)
		for tick := time.NewTicker(sealEvery); err == nil && key.Left > 0; key, err = cl.InstallationKey(ctx) {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "The installation key is %s. All secrets in the database are sealed with it.\n", key.KeyID)
		if key.Unopened > 0 {
			fmt.Fprintf(s.err, "%d secrets could not be opened with any key, and stay as they are.\n", key.Unopened)
		}
		fmt.Fprintln(s.err, "Servers and workers that run take it over within a minute. Give one that does not run "+
			"now the file of another.")
		return nil
	})
}

type keyWorkerCommand struct {
	app.KeyConfig `embed:""`
	File          string `name:"file" placeholder:"FILE" help:"Write to this file, mode 0600, not standard output."`
}

// Help says what is in it.
func (*keyWorkerCommand) Help() string {
	return "With it a worker opens the keys of the files of its jobs, and nothing else: not the credentials of " +
		"callers, nor the secrets of subscriptions."
}

// Run prints the file.
func (c *keyWorkerCommand) Run(s streams) error {
	text, err := app.WorkerKey(c.KeyConfig)
	if err != nil {
		return err
	}
	if c.File == "" {
		_, err := s.out.Write(text)
		return err
	}
	if err := app.WritePrivate(c.File, text, false); err != nil {
		return fmt.Errorf("--file: %w", err)
	}
	return nil
}

// maxKeyInput is the most that is read of standard input, in bytes.
const maxKeyInput = 64 << 10

type keyWrapCommand struct {
	app.KeyConfig `embed:""`
}

// Run prints the members as JSON.
func (c *keyWrapCommand) Run(ctx context.Context, s streams) error {
	plain, err := io.ReadAll(io.LimitReader(s.in, maxKeyInput))
	if err != nil {
		return fmt.Errorf("read the key: %w", err)
	}
	if n := len(plain); n != 16 && n != 24 && n != 32 {
		return fmt.Errorf("standard input has %d bytes; an AES key must have 16, 24 or 32", n)
	}
	key, md5, err := app.WrapKey(ctx, c.KeyConfig, plain)
	if err != nil {
		return err
	}
	return json.NewEncoder(s.out).Encode(struct{ Key, KeyMd5 string }{key, md5})
}

type keyUnwrapCommand struct {
	app.KeyConfig `embed:""`
}

// Run prints the bytes of the key.
func (c *keyUnwrapCommand) Run(ctx context.Context, s streams) error {
	text, err := io.ReadAll(io.LimitReader(s.in, maxKeyInput))
	if err != nil {
		return fmt.Errorf("read the key: %w", err)
	}
	ciphertext, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(ciphertext) == 0 {
		return errors.New("standard input must be a job's Key, in base64")
	}
	plain, err := app.UnwrapKey(ctx, c.KeyConfig, ciphertext)
	if err != nil {
		return err
	}
	_, err = rawOf(s.out).Write(plain)
	return err
}
