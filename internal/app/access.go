package app

import (
	"context"
	"fmt"

	"github.com/reelastic/reelastic/internal/identity"
	"github.com/reelastic/reelastic/internal/objstore/dir"
	"github.com/reelastic/reelastic/internal/server"
	"github.com/reelastic/reelastic/internal/transcode"
	"github.com/reelastic/reelastic/internal/worker"
)

// granter gives the credentials of pipelines' roles. A role that can't be assumed is a
// [*transcode.Failure].
type granter interface {
	Credentials(ctx context.Context, role string) (transcode.RoleCredentials, error)
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
		return func(string) worker.Keys { return own }
	}
	kms := identity.NewKMS(p.service(p.cfg.KMS), p.roles)
	return func(role string) worker.Keys { return kms.As(role) }
}

// keyServer answers KMS clients where the keys are the installation's own.
func (p *parts) keyServer(own *identity.DataKeys) server.Keys {
	if p.cfg.KMS != "" {
		return nil
	}
	return own
}

// storage is the store as roles reach it.
func (p *parts) storage(role string) worker.Objects { return folders{p.objects, p, role} }

// folders are the local store, which knows no rights, for a role that must be granted
// before anything is read.
type folders struct {
	*dir.Store
	parts *parts
	role  string
}

// BucketExists asks for the role, where anybody decides about roles, then for the bucket.
func (f folders) BucketExists(ctx context.Context, bucket string) (bool, error) {
	if f.parts.cfg.STS != "" || f.parts.cfg.Roles != "" {
		if _, err := f.parts.roles.Credentials(ctx, f.role); err != nil {
			return false, err
		}
	}
	return f.Store.BucketExists(ctx, bucket)
}

// buckets are what the server may know of the local store.
type buckets struct{ *parts }

// BucketReadable tells whether a bucket exists, for a role that is granted.
func (b buckets) BucketReadable(ctx context.Context, role, bucket string) (bool, error) {
	return b.storage(role).BucketExists(ctx, bucket)
}

// BucketRegion is "": folders are in no region.
func (b buckets) BucketRegion(context.Context, string, string) (string, error) { return "", nil }
