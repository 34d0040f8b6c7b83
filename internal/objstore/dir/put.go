package dir

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"

	"github.com/reelastic/reelastic/internal/disk"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/objstore"
	"golang.org/x/sys/unix"
)

// pruneRaces is how often Put begins anew when the folder it was about to write
// to is pruned by a Delete next door.
const pruneRaces = 100

// Put publishes a local file as an object: at once, whole, and only where
// nothing stands that opts does not allow to be replaced; else it is a
// [object.Error] with problem ObjectExists. An empty content type is
// taken from the key.
//
// Within a file system the object becomes another name of the file, so the
// caller must not write to it afterwards, only remove it.
func (s *Store) Put(ctx context.Context, bucket, key, localPath string, opts object.PutOptions) error {
	return s.put(bucket, key, opts, func() (staged, error) { return s.stage(ctx, localPath) })
}

// PutContent is [Store.Put] for content that is in no file. It is written to the
// object's own, which only the owner of the process may read.
func (s *Store) PutContent(ctx context.Context, bucket, key string, content []byte, opts object.PutOptions) error {
	return s.put(bucket, key, opts, func() (staged, error) {
		name := tmpName()
		return s.staged(name, s.copyIn(ctx, name, 0o600, bytes.NewReader(content), int64(len(content))))
	})
}

func (s *Store) put(bucket, key string, opts object.PutOptions, stage func() (staged, error)) error {
	b, err := s.openBucket(bucket, key)
	if err != nil {
		return err
	}
	defer b.Close()
	name, err := fileName(key)
	if err != nil {
		return problem(object.BadKey, bucket, key, err.Error())
	}
	file, err := stage()
	if err != nil {
		return s.full(fmt.Errorf("put %s into bucket %s: %w", key, bucket, err), bucket, key)
	}
	defer s.tmp.discard(file.name)

	p := publication{s, b, object.Key{Bucket: bucket, Key: key}, name, file, opts}
	for try := 1; ; try++ {
		if err = p.place(); try == pruneRaces || !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	if err == nil {
		return nil
	}
	pruneFolders(b, name)
	if errors.Is(err, fs.ErrNotExist) {
		return p.refuse(object.BadKey, "the key's folder cannot be made")
	}
	if _, ok := errors.AsType[*object.Error](err); ok {
		return err
	}
	err = denied(fmt.Errorf("put %s into bucket %s: %w", key, bucket, err), object.MayNotWrite, bucket, key)
	return s.full(err, bucket, key)
}

// full makes a refusal of an error that says that the disk is full.
func (s *Store) full(err error, bucket, key string) error {
	if !disk.IsFull(err) {
		return err
	}
	why := "no space is left"
	if low, ok := errors.AsType[*lowError](err); ok {
		why = low.Error()
	}
	return problem(object.NoRoom, bucket, key,
		fmt.Sprintf("The disk of the storage folder %s is full: %s.", s.root.Name(), why))
}

// lowError tells that a copy of so many bytes would take what is kept free.
type lowError struct {
	disk.Space
	bytes int64
}

func (e *lowError) Error() string {
	return fmt.Sprintf("%d bytes are to be written, %d of its %d are free, and %d are kept free", e.bytes, e.Free,
		e.Total, e.Kept())
}

// Unwrap gives the kernel's word for it.
func (*lowError) Unwrap() error { return syscall.ENOSPC }

// room is an error where so many bytes more would take what is kept free: the database may
// be on the same disk.
func (s *Store) room(bytes int64) error {
	space, err := disk.Look(s.root.Name())
	if err == nil && space.Free-bytes < space.Kept() {
		return &lowError{space, bytes}
	}
	return err
}

// staged is a temporary file beside the buckets, synced.
type staged struct {
	name string
	info fs.FileInfo
}

// stage gives a local file a temporary name beside the buckets. The caller
// removes it.
func (s *Store) stage(ctx context.Context, localPath string) (staged, error) {
	src, err := os.OpenFile(localPath, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return staged{}, err
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return staged{}, errors.Join(fmt.Errorf("%s is not a regular file", path.Base(localPath)), err)
	}
	if err := ctx.Err(); err != nil {
		return staged{}, err
	}
	name := tmpName()
	if linkOpen(src, s.tmp.fd(), name) == nil {
		err = src.Sync()
	} else {
		err = s.copyIn(ctx, name, 0o644, src, info.Size())
	}
	return s.staged(name, err)
}

// staged looks at a temporary file that has been written, or removes what is left of
// one that could not be.
func (s *Store) staged(name string, err error) (staged, error) {
	info, statErr := s.tmp.Lstat(name)
	if err := errors.Join(err, statErr); err != nil {
		s.tmp.discard(name)
		return staged{}, err
	}
	return staged{name, info}, nil
}

// copyIn makes a temporary file of so many bytes.
func (s *Store) copyIn(ctx context.Context, name string, mode fs.FileMode, src io.Reader, size int64) error {
	if err := s.room(size); err != nil {
		return err
	}
	dst, err := s.tmp.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	return errors.Join(copyFile(ctx, dst, src, func() error { return s.room(0) }), dst.Sync(), dst.Close())
}

// publication is a staged file on its way to its name.
type publication struct {
	store  *Store
	bucket *os.Root
	object object.Key
	name   string // below bucket
	file   staged
	opts   object.PutOptions
}

func (p *publication) refuse(why object.Problem, text string) error {
	return problem(why, p.object.Bucket, p.object.Key, text)
}

// place makes the file visible. Its error is fs.ErrNotExist when the folder was
// removed meanwhile.
func (p *publication) place() error {
	unlock, err := lock(p.store.root, lockPath(p.object.Bucket, p.object.Key))
	if err != nil {
		return err
	}
	defer unlock()
	f, err := ensureFolder(p.bucket, path.Dir(p.name))
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) && noFolder(err) {
			return p.refuse(object.BadKey, "a file stands where the key needs a folder")
		}
		return err
	}
	defer f.Close()
	old, standing, err := p.standing(f)
	if err != nil {
		return err
	}
	fresh := version{SizeBytes: p.file.info.Size(), Modified: p.file.info.ModTime(), Owner: p.opts.Owner,
		ContentType: cmp.Or(p.opts.ContentType, objstore.ContentType(p.object.Key, "")), Storage: p.opts.Storage,
		Vector: p.opts.Vector}
	r := record{Key: p.object.Key, Versions: append([]version{fresh}, old...)}
	if err := p.store.writeRecord(p.object.Bucket, r); err != nil {
		return err
	}
	tmp, base := p.store.tmp.fd(), path.Base(p.name)
	if standing {
		err = unix.Renameat(tmp, p.file.name, f.fd(), base)
	} else {
		err = unix.Linkat(tmp, p.file.name, f.fd(), base, 0)
	}
	switch {
	case errors.Is(err, fs.ErrExist): // put there since we looked, and not through a store
		return p.refuse(object.Exists, "it was not written by a job")
	case errors.Is(err, unix.EXDEV):
		return errors.New("the bucket's folder is on another file system than .reelastic beside it")
	case err != nil:
		return err
	}
	return f.sync()
}

// standing looks at what stands under the name, and reports whether anything
// does. What may not be replaced is an error; else its version stays in the
// record until it is gone.
func (p *publication) standing(f *folder) ([]version, bool, error) {
	info, err := f.Lstat(path.Base(p.name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, nil
	case err != nil && noFolder(err):
		return nil, false, p.refuse(object.BadKey, "the file system does not take the name")
	case err != nil:
		return nil, false, err
	case info.IsDir():
		return nil, false, p.refuse(object.BadKey, "a folder stands where the key needs a file")
	}
	r, err := p.store.readRecord(p.object.Bucket, p.object.Key)
	if err != nil {
		return nil, false, err
	}
	v := r.of(info)
	if !p.opts.MayReplace(v.Owner) {
		why := "it was not written by a job"
		if v.Owner != (object.Owner{}) {
			why = "it was written by " + v.Owner.String()
		}
		return nil, false, p.refuse(object.Exists, why)
	}
	if v.Modified.IsZero() { // the record says nothing of it
		return nil, true, nil
	}
	return []version{v}, true, nil
}
