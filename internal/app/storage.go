package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/objstore/dir"
	"github.com/reelastic/reelastic/internal/objstore/s3"
	"github.com/reelastic/reelastic/internal/server"
	"github.com/reelastic/reelastic/internal/worker"
)

// StorageConfig is where the buckets are.
type StorageConfig struct {
	Storage string `name:"storage" help:"Folder of buckets, or s3://?endpoint=URL&region=NAME; default: DATA/buckets."`
}

func (c StorageConfig) check(r *refusals, region string) {
	if !c.isS3() {
		return
	}
	if _, err := s3.ParseConfig(c.Storage, region); err != nil {
		r.refuse("storage", redactURL(c.Storage), err.Error())
	}
}

// isS3 reports whether the storage is S3, and not a folder.
func (c StorageConfig) isS3() bool { return strings.Contains(c.Storage, "://") }

// redacted is the setting without a password, which only an address that is refused
// can hold.
func (c StorageConfig) redacted(region string) StorageConfig {
	var r refusals
	if c.check(&r, region); len(r) > 0 {
		c.Storage = redactURL(c.Storage)
	}
	return c
}

// storage keeps the objects of all buckets.
type storage interface {
	server.Buckets
	// check refuses what could not be opened. It makes nothing.
	check() error
	// open opens the storage for roles. What it begins outside of this process and
	// has to end is noted in uploads.
	open(roles granter, uploads s3.Uploads) error
	// as is the storage as a role reaches it.
	as(role string) worker.Objects
	// sweep removes what dead workers left.
	sweep(ctx context.Context) error
	close()
}

// newStorage is the storage of a complete configuration, yet to be opened.
func newStorage(cfg Config, log *slog.Logger) storage {
	if cfg.Storage.isS3() {
		return &s3Storage{address: cfg.Storage.Storage, region: cfg.Installation.Region, log: log}
	}
	return &folderStorage{path: cfg.Storage.Storage, grants: cfg.Access.decides()}
}

// openStorage opens the storage. State and roles must be open.
func (p *parts) openStorage() error {
	if err := p.storage.open(p.roles, p.store); err != nil {
		return fmt.Errorf("--storage: %w", err)
	}
	p.closes(p.storage.close)
	return nil
}

// sweepEvery is how often the storage is rid of what dead workers left.
const sweepEvery = 10 * time.Minute

// leftFor is how long a worker may take to remove what a job has published that was
// canceled.
const leftFor = time.Minute

// sweep rids the storage of what dead workers left: now, every ten minutes, and when a
// job that was canceled may have been left by its worker.
func (p *parts) sweep(ctx context.Context) error {
	soon := make(chan struct{}, 1)
	if err := p.queue.Canceled(ctx, func(string) {
		time.AfterFunc(leftFor+time.Second, func() {
			select {
			case soon <- struct{}{}:
			default:
			}
		})
	}); err != nil {
		return err
	}
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := errors.Join(p.storage.sweep(ctx), p.sweepCanceled(ctx)); err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "sweep the storage", "err", err)
		}
		select {
		case <-tick.C:
		case <-soon:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// sweepCanceled removes what canceled jobs have published whose workers died.
func (p *parts) sweepCanceled(ctx context.Context) error {
	left, err := p.store.Leftovers(ctx, leftFor)
	if err != nil {
		return err
	}
	var failed []error
	for _, l := range left {
		err := worker.Retract(ctx, p.storage.as(l.Role), l)
		if err == nil {
			err = p.store.ForgetLeftover(ctx, l.JobID)
		}
		if err != nil {
			failed = append(failed, err)
			continue
		}
		p.log.InfoContext(ctx, "removed what a canceled job had left", "job", l.JobID, "objects", len(l.Keys))
	}
	return errors.Join(failed...)
}

// folderStorage keeps buckets as folders, which know no rights and no regions.
type folderStorage struct {
	path string
	// grants says that somebody decides about roles: a role must then be granted
	// before it learns of a bucket.
	grants bool
	roles  granter
	store  *dir.Store
}

func (f *folderStorage) check() error {
	if err := canHold(f.path); err != nil {
		return fmt.Errorf("--storage %q: %w", f.path, err)
	}
	if err := dir.Check(f.path); err != nil {
		return fmt.Errorf("--storage %q: %w", f.path, err)
	}
	return nil
}

func (f *folderStorage) open(roles granter, _ s3.Uploads) (err error) {
	f.roles = roles
	f.store, err = dir.Open(f.path)
	return err
}

func (f *folderStorage) as(role string) worker.Objects { return folders{f.store, f, role} }

func (f *folderStorage) sweep(ctx context.Context) error { return f.store.Sweep(ctx) }

func (f *folderStorage) close() { f.store.Close() }

// BucketReadable reports whether a bucket exists and the role may read it.
func (f *folderStorage) BucketReadable(ctx context.Context, role, bucket string) (bool, error) {
	return f.as(role).BucketExists(ctx, bucket)
}

// BucketRegion is "": folders are in no region.
func (f *folderStorage) BucketRegion(context.Context, string, string) (string, error) {
	return "", nil
}

// folders are the buckets of a folder for a role.
type folders struct {
	*dir.Store
	storage *folderStorage
	role    string
}

// BucketExists asks for the role, where anybody decides about roles, then for the bucket.
func (f folders) BucketExists(ctx context.Context, bucket string) (bool, error) {
	if f.storage.grants {
		if _, err := f.storage.roles.Credentials(ctx, f.role); err != nil {
			return false, err
		}
	}
	return f.Store.BucketExists(ctx, bucket)
}

// s3Storage has its buckets in S3.
type s3Storage struct {
	address, region string
	log             *slog.Logger
	service         *s3.Service
}

func (s *s3Storage) check() error {
	cfg, err := s3.ParseConfig(s.address, s.region)
	if err == nil {
		err = cfg.CheckCA()
	}
	if err != nil {
		return fmt.Errorf("--storage: %w", err)
	}
	return nil
}

func (s *s3Storage) open(roles granter, uploads s3.Uploads) error {
	cfg, err := s3.ParseConfig(s.address, s.region)
	if err != nil {
		return err
	}
	s.service, err = s3.Open(cfg, roles, uploads, s.log)
	return err
}

func (s *s3Storage) as(role string) worker.Objects { return s.service.For(role) }

func (s *s3Storage) sweep(ctx context.Context) error { return s.service.Sweep(ctx) }

func (s *s3Storage) close() {}

// BucketReadable reports whether a bucket exists and the role may read it.
func (s *s3Storage) BucketReadable(ctx context.Context, role, bucket string) (bool, error) {
	return s.service.For(role).BucketReadable(ctx, bucket)
}

// BucketRegion is where a bucket is, or "" where that is not told.
func (s *s3Storage) BucketRegion(ctx context.Context, role, bucket string) (string, error) {
	return s.service.For(role).Region(ctx, bucket)
}
