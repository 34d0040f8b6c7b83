package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/reelastic/reelastic/internal/identity"
	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/server"
	"github.com/reelastic/reelastic/internal/transcode"
	"github.com/reelastic/reelastic/internal/worker"
)

// AccessConfig is who grants the roles of pipelines, and who keeps their keys.
type AccessConfig struct {
	STS   string `name:"sts-endpoint" help:"STS for pipelines' roles: aws, or an address; default: accept all."`
	Roles string `name:"roles" help:"File with the credentials of roles, in place of STS."`
	KMS   string `name:"kms-endpoint" help:"KMS for pipelines' keys: aws, or an address; default: built in."`
}

func (c AccessConfig) check(r *refusals) {
	r.notService("sts-endpoint", c.STS)
	r.notService("kms-endpoint", c.KMS)
	if c.STS != "" && c.Roles != "" {
		r.refuse("roles", c.Roles, "--roles and --sts-endpoint are mutually exclusive")
	}
}

// decides reports whether somebody decides about roles, so that one may be refused.
func (c AccessConfig) decides() bool { return c.STS != "" || c.Roles != "" }

// granter gives the credentials of pipelines' roles. A role that can't be assumed is a
// [*transcode.Failure].
type granter interface {
	Credentials(ctx context.Context, role string) (transcode.RoleCredentials, error)
	// Expired says that a session has ended before its time.
	Expired(role, token string) bool
}

// openRoles reaches who grants the roles of pipelines. Without a setting every role is
// granted, and is the process itself where credentials are needed.
func (p *parts) openRoles(ctx context.Context) (err error) {
	switch c := p.cfg.Access; {
	case c.Roles != "":
		if p.roles, err = identity.FileRoles(c.Roles); err != nil {
			return fmt.Errorf("--roles: %w", err)
		}
	case c.STS != "":
		if p.roles, err = identity.STSRoles(ctx, p.service(c.STS)); err != nil {
			return fmt.Errorf("--sts-endpoint: %w", err)
		}
	default:
		p.roles = new(identity.Ambient)
	}
	return nil
}

// service is one of Amazon's, or a compatible one, as a flag says.
func (p *parts) service(flag string) identity.AWS {
	if flag == amazon {
		flag = ""
	}
	return identity.AWS{Endpoint: flag, Region: p.cfg.Installation.Region}
}

// keyFile is where the installation keys are.
func (c InstallationConfig) keyFile() string { return filepath.Join(c.Data, "key") }

// workerKeyFile is where a worker may have what it needs of the installation keys.
func (c InstallationConfig) workerKeyFile() string { return filepath.Join(c.Data, "worker.key") }

// dataKeys are the keys of files under the installation keys.
func (c InstallationConfig) dataKeys(keys *identity.Keyring) *identity.DataKeys {
	return identity.NewDataKeys(keys, c.Region, c.Account)
}

// workerKeys reads what a worker has of the installation keys: no keys where there is no file
// and none is needed.
func (p *parts) workerKeys(ctx context.Context) (*identity.Keyring, error) {
	keys, err := identity.ReadKeyring(p.cfg.Installation.workerKeyFile())
	if errors.Is(err, fs.ErrNotExist) {
		keys, err = identity.ReadKeyring(p.cfg.Installation.keyFile())
	}
	switch {
	case err == nil:
		return keys, keys.Attach(ctx, p.store, p.log)
	case p.cfg.Access.KMS == "":
		p.log.WarnContext(ctx, "no installation key: jobs with AES encryption will fail", "err", err)
	}
	return identity.NewKeyring(), nil
}

// keyService gives the keys of files: those of KMS, or those under the installation key.
func (p *parts) keyService(own *identity.DataKeys) worker.KeyService {
	if p.cfg.Access.KMS == "" {
		return func(string) job.Keys { return own }
	}
	kms := identity.NewKMS(p.service(p.cfg.Access.KMS), p.roles)
	return func(role string) job.Keys { return kms.As(role) }
}

// keyServer answers KMS clients where the keys are the installation's own.
func (p *parts) keyServer(own *identity.DataKeys) server.Keys {
	if p.cfg.Access.KMS != "" {
		return nil
	}
	return own
}

// openCallers opens the sealed credentials; at the first start it makes the first
// caller's.
func (p *parts) openCallers(ctx context.Context, keys *identity.Keyring) (*identity.Credentials, error) {
	callers := identity.New(p.store, keys)
	data := p.cfg.Installation.Data
	path := filepath.Join(data, "credentials")
	created, err := callers.Ensure(ctx, path, p.cfg.Installation.Region)
	switch {
	case errors.Is(err, transcode.ErrRevoked):
		p.log.WarnContext(ctx, "the access key in the credentials file was revoked or rotated, and stays so",
			"file", path)
	case err != nil:
		return nil, fmt.Errorf("--data %q: %w", data, err)
	}
	if created {
		p.log.InfoContext(ctx, "credentials of the first caller written", "file", path)
	}
	return callers, nil
}
