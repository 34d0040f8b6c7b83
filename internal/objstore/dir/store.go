// Package dir stores objects in plain folders: STORAGE/<bucket>/<key>. What a
// folder cannot say about an object, and everything unfinished, lies in
// STORAGE/.reelastic, which must be on the same file system as the buckets.
//
// A bucket exists when its folder does. Files that others put there are objects
// like any other; they belong to nobody and are never replaced unless asked.
// Symbolic links are followed as long as they stay in the bucket; folders,
// FIFOs, devices and sockets are no objects. Several processes may share a
// storage folder.
//
// Durability: when Put returns, object and record have been synced to disk. At
// every moment an object is visible whole or not at all.
package dir

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/objstore"
	"golang.org/x/sys/unix"
)

const (
	sideDir   = ".reelastic"
	recordDir = sideDir + "/objects"
	lockDir   = sideDir + "/locks"
	tmpDir    = sideDir + "/tmp"
	tmpLock   = sideDir + "/tmp.lock"
)

// Store keeps buckets as folders. It may be used from several goroutines.
type Store struct {
	root *os.Root
	tmp  *temporary
}

// Check tells why a storage folder could not be opened because of what is in it. It
// makes nothing, not the folder either.
func Check(storage string) error {
	info, err := os.Stat(filepath.Join(storage, sideDir))
	if err != nil && !notThere(err) {
		return fmt.Errorf("%s: %w", sideDir, err)
	}
	if err == nil && !info.IsDir() {
		return fmt.Errorf("%s: %w", sideDir, unix.ENOTDIR)
	}
	return nil
}

// Open opens a storage folder and creates it where it does not exist.
func Open(storage string) (*Store, error) {
	if err := os.MkdirAll(storage, 0o700); err != nil {
		return nil, fmt.Errorf("open storage: %w", err)
	}
	root, err := os.OpenRoot(storage)
	if err != nil {
		return nil, fmt.Errorf("open storage: %w", err)
	}
	s := &Store{root: root}
	for _, d := range []string{recordDir, lockDir, tmpDir} {
		err = errors.Join(err, root.MkdirAll(d, 0o700))
	}
	if err == nil {
		s.tmp, err = newTemporary(root)
	}
	if err != nil {
		root.Close()
		return nil, fmt.Errorf("open storage: %w", err)
	}
	return s, nil
}

// Close removes the store's temporary files. No call may be under way.
func (s *Store) Close() error {
	return errors.Join(s.root.RemoveAll(s.tmp.name), s.tmp.Close(), s.root.Close())
}

// tmpName returns a fresh name for a temporary file.
func tmpName() string { return rand.Text() }

// bucketName is the API model's BucketName; a leading dot is ours.
var bucketName = regexp.MustCompile(`^[\w-][\w.-]{0,254}$`)

// Check finds out whether the folder of the buckets can be read: if not, the error wraps
// [object.ErrUnusable].
func (s *Store) Check(context.Context) error {
	folder, err := s.root.Open(".")
	if err == nil {
		_, err = folder.ReadDir(1)
		err = errors.Join(err, folder.Close())
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", object.ErrUnusable, err)
	}
	return nil
}

// BucketExists reports whether a bucket's folder exists.
func (s *Store) BucketExists(_ context.Context, bucket string) (bool, error) {
	if !bucketName.MatchString(bucket) {
		return false, nil
	}
	info, err := s.root.Stat(bucket)
	if err != nil && !notThere(err) {
		return false, fmt.Errorf("bucket %s: %w", bucket, err)
	}
	return err == nil && info.IsDir(), nil
}

// openBucket opens a bucket's folder; the caller closes it. A bucket that does
// not exist is a [object.Error].
func (s *Store) openBucket(bucket, key string) (*os.Root, error) {
	if !bucketName.MatchString(bucket) {
		return nil, problem(object.NoBucket, bucket, key, "")
	}
	b, err := s.root.OpenRoot(bucket)
	if err != nil && notThere(err) {
		return nil, problem(object.NoBucket, bucket, key, "")
	}
	if err != nil {
		return nil, denied(fmt.Errorf("bucket %s: %w", bucket, err), object.MayNotRead, bucket, key)
	}
	return b, nil
}

func problem(p object.Problem, bucket, key, why string) error {
	return &object.Error{Problem: p, Object: object.Key{Bucket: bucket, Key: key}, Why: why}
}

// denied makes a refusal of what the file system does not let this user do, with
// its own word for it; other errors stay as they are.
func denied(err error, p object.Problem, bucket, key string) error {
	for _, why := range []unix.Errno{unix.EACCES, unix.EPERM, unix.EROFS} {
		if errors.Is(err, why) {
			return problem(p, bucket, key, fmt.Sprintf("The file system says: %v.", why))
		}
	}
	return err
}

// ContentType returns the media type for a key, see [objstore.ContentType].
func (s *Store) ContentType(key, container string) string {
	return objstore.ContentType(key, container)
}

// Stat describes an object.
func (s *Store) Stat(_ context.Context, bucket, key string) (object.Info, error) {
	b, err := s.openBucket(bucket, key)
	if err != nil {
		return object.Info{}, err
	}
	defer b.Close()
	info, err := s.stat(b, bucket, key)
	if err != nil {
		return object.Info{}, err
	}
	return s.describe(bucket, key, info)
}

// stat finds an object's file. Whatever is no regular file is no object.
func (s *Store) stat(b *os.Root, bucket, key string) (fs.FileInfo, error) {
	name, err := fileName(key)
	if err != nil {
		return nil, problem(object.NoObject, bucket, key, err.Error())
	}
	info, err := b.Stat(name)
	switch {
	case err != nil && notThere(err):
		return nil, problem(object.NoObject, bucket, key, "")
	case err != nil:
		return nil, denied(fmt.Errorf("object %s in bucket %s: %w", key, bucket, err), object.MayNotRead, bucket, key)
	case !info.Mode().IsRegular():
		return nil, problem(object.NoObject, bucket, key, "it is a folder or a special file")
	}
	return info, nil
}

func (s *Store) describe(bucket, key string, info fs.FileInfo) (object.Info, error) {
	r, err := s.readRecord(bucket, key)
	if err != nil {
		return object.Info{}, fmt.Errorf("object %s in bucket %s: %w", key, bucket, err)
	}
	v := r.of(info)
	return object.Info{
		Key: key, SizeBytes: info.Size(), Modified: info.ModTime(), Owner: v.Owner, Storage: v.Storage,
		Vector:      v.Vector,
		ContentType: cmp.Or(v.ContentType, objstore.ContentType(key, "")),
	}, nil
}

// Exists returns the first of the keys under which something stands that a
// write would meet, or nil. A symbolic link that leads nowhere counts.
func (s *Store) Exists(ctx context.Context, bucket string, keys ...string) (*object.Info, error) {
	b, err := s.openBucket(bucket, "")
	if err != nil {
		return nil, err
	}
	defer b.Close()
	for _, key := range keys {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		name, err := fileName(key)
		if err != nil {
			return nil, problem(object.BadKey, bucket, key, err.Error())
		}
		info, err := b.Lstat(name)
		if err == nil && !info.IsDir() {
			found, err := s.describe(bucket, key, info)
			return &found, err
		}
		if err != nil && !notThere(err) {
			return nil, denied(fmt.Errorf("object %s in bucket %s: %w", key, bucket, err), object.MayNotWrite, bucket,
				key)
		}
	}
	return nil, nil
}

// Delete removes an object, and the folders that become empty with it. An
// object that does not exist is no error.
func (s *Store) Delete(_ context.Context, bucket, key string) error {
	b, err := s.openBucket(bucket, key)
	if err != nil {
		return err
	}
	defer b.Close()
	name, err := fileName(key)
	if err != nil {
		return nil // such an object cannot exist
	}
	unlock, err := lock(s.root, lockPath(bucket, key))
	if err != nil {
		return fmt.Errorf("delete %s from bucket %s: %w", key, bucket, err)
	}
	defer unlock()
	f, err := openFolder(b, path.Dir(name))
	if err != nil && notThere(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("delete %s from bucket %s: %w", key, bucket, err)
	}
	defer f.Close()
	// Not Remove, which would take an empty folder too.
	if err := unix.Unlinkat(f.fd(), path.Base(name), 0); err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.EISDIR) || errors.Is(err, unix.EPERM) &&
			isFolder(f, path.Base(name)) {
			return nil
		}
		return fmt.Errorf("delete %s from bucket %s: %w", key, bucket, err)
	}
	err = errors.Join(f.sync(), s.removeRecord(bucket, key))
	pruneFolders(b, name)
	return err
}

func isFolder(f *folder, name string) bool {
	info, err := f.Lstat(name)
	return err == nil && info.IsDir()
}

// List returns the objects whose key begins with prefix, sorted by key. It
// reads the whole bucket, and does not follow symbolic links to folders.
func (s *Store) List(ctx context.Context, bucket, prefix string) ([]object.Info, error) {
	b, err := s.openBucket(bucket, "")
	if err != nil {
		return nil, err
	}
	defer b.Close()
	var found []object.Info
	err = fs.WalkDir(b.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil || d.IsDir() {
			return nil //nolint:nilerr // what has gone meanwhile is not listed
		}
		key, ok := keyOf(name)
		if !ok || !strings.HasPrefix(key, prefix) {
			return nil
		}
		file, err := s.stat(b, bucket, key)
		if _, gone := errors.AsType[*object.Error](err); gone {
			return nil
		}
		if err != nil {
			return err
		}
		info, err := s.describe(bucket, key, file)
		found = append(found, info)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list bucket %s: %w", bucket, err)
	}
	slices.SortFunc(found, func(a, b object.Info) int { return cmp.Compare(a.Key, b.Key) })
	return found, nil
}
