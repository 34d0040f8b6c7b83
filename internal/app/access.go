package app

import (
	"context"
	"fmt"

	"github.com/reelastic/reelastic/internal/identity"
	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/server"
	"github.com/reelastic/reelastic/internal/transcode"
	"github.com/reelastic/reelastic/internal/worker"
)

// granter gives the credentials of pipelines' roles. A role that can't be assumed is a
// [*transcode.Failure].
type granter interface {
	Credentials(ctx context.Context, role string) (transcode.RoleCredentials, error)
	// Expired says that a session has ended before its time.
	Expired(role, token string) bool
}

// openRoles reaches who grants the roles of pipelines. Without a setting every role is
// granted, and is the process itself where credentials are needed.
func (p *parts) openRoles(ctx context.Context) (granter, error) {
	switch {
	case p.cfg.Roles != "":
		roles, err := identity.FileRoles(p.cfg.Roles)
		if err != nil {
			return nil, fmt.Errorf("--roles: %w", err)
		}
		return roles, nil
	case p.cfg.STS != "":
		roles, err := identity.STSRoles(ctx, p.service(p.cfg.STS))
		if err != nil {
			return nil, fmt.Errorf("--sts-endpoint: %w", err)
		}
		return roles, nil
	}
	return new(identity.Ambient), nil
}

// service is one of Amazon's, or a compatible one, as a flag says.
func (p *parts) service(flag string) identity.AWS {
	if flag == amazon {
		flag = ""
	}
	return identity.AWS{Endpoint: flag, Region: p.cfg.Region}
}

// keyService gives the keys of files: those of KMS, or those under the installation key.
func (p *parts) keyService(own *identity.DataKeys) worker.KeyService {
	if p.cfg.KMS == "" {
		return func(string) job.Keys { return own }
	}
	kms := identity.NewKMS(p.service(p.cfg.KMS), p.roles)
	return func(role string) job.Keys { return kms.As(role) }
}

// keyServer answers KMS clients where the keys are the installation's own.
func (p *parts) keyServer(own *identity.DataKeys) server.Keys {
	if p.cfg.KMS != "" {
		return nil
	}
	return own
}
