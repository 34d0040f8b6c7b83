package app

import (
	"context"
	"errors"
	"fmt"
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

// keyFile is where the installation key is.
func (c InstallationConfig) keyFile() string { return filepath.Join(c.Data, "key") }

// dataKeys are the keys of files under the installation key.
func (c InstallationConfig) dataKeys(key identity.Key) *identity.DataKeys {
	return identity.NewDataKeys(key, c.Region, c.Account)
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
func (p *parts) openCallers(ctx context.Context, key identity.Key) (*identity.Credentials, error) {
	callers := identity.New(p.store, key)
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
