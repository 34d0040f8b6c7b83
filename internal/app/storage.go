package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/objstore/dir"
	"github.com/reelastic/reelastic/internal/objstore/s3"
	"github.com/reelastic/reelastic/internal/worker"
)

// sweepEvery is how often the storage is rid of what dead workers left.
const sweepEvery = 10 * time.Minute

// usesS3 tells whether the buckets are in S3, not folders.
func (c Config) usesS3() bool { return strings.Contains(c.Storage, "://") }

// checkS3 reads what the address of S3 names, where the buckets are there.
func (p *parts) checkS3() error {
	if !p.cfg.usesS3() {
		return nil
	}
	cfg, err := s3.ParseConfig(p.cfg.Storage, p.cfg.Region)
	if err == nil {
		err = cfg.CheckCA()
	}
	if err != nil {
		return fmt.Errorf("--storage: %w", err)
	}
	return nil
}

// openFolders opens the folder of the buckets.
func (p *parts) openFolders() (err error) {
	if p.folders, err = dir.Open(p.cfg.Storage); err != nil {
		return fmt.Errorf("--storage: %w", err)
	}
	return nil
}

// openS3 opens the buckets in S3. State and roles must be open.
func (p *parts) openS3() error {
	cfg, err := s3.ParseConfig(p.cfg.Storage, p.cfg.Region)
	if err == nil {
		p.s3, err = s3.Open(cfg, p.roles, p.store, p.log)
	}
	if err != nil {
		return fmt.Errorf("--storage: %w", err)
	}
	return nil
}

// storage is the store as a role reaches it.
func (p *parts) storage(role string) worker.Objects {
	if p.s3 != nil {
		return p.s3.For(role)
	}
	return folders{p.folders, p, role}
}

// sweep rids the storage of what dead workers left, now and every ten minutes.
func (p *parts) sweep(ctx context.Context) error {
	sweep := p.folders.Sweep
	if p.s3 != nil {
		sweep = p.s3.Sweep
	}
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := sweep(ctx); err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "sweep the storage", "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

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

// buckets are what the server may know of the storage.
type buckets struct{ *parts }

// BucketReadable tells whether a bucket exists and the role may read it.
func (b buckets) BucketReadable(ctx context.Context, role, bucket string) (bool, error) {
	if b.s3 != nil {
		return b.s3.For(role).BucketReadable(ctx, bucket)
	}
	return b.storage(role).BucketExists(ctx, bucket)
}

// BucketRegion is where a bucket of S3 is; "" for folders, which are in no region.
func (b buckets) BucketRegion(ctx context.Context, role, bucket string) (string, error) {
	if b.s3 != nil {
		return b.s3.For(role).Region(ctx, bucket)
	}
	return "", nil
}
