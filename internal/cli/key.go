package cli

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/reelastic/reelastic/internal/app"
)

type keyCommands struct {
	Wrap   keyWrapCommand   `cmd:"" help:"Encrypt an AES key from standard input; print Key and KeyMd5 for a job."`
	Unwrap keyUnwrapCommand `cmd:"" help:"Decrypt a job's Key from standard input; print the AES key."`
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
