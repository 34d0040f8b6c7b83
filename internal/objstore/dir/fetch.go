package dir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/reelastic/reelastic/internal/disk"
	"github.com/reelastic/reelastic/internal/object"
	"golang.org/x/sys/unix"
)

// Fetch makes an object available as the file localPath, which must not exist
// yet. Within a file system it becomes another name of the object's own file,
// which therefore must not be written to; else it is a copy. After an error
// there is no file.
func (s *Store) Fetch(ctx context.Context, bucket, key, localPath string) (object.Info, error) {
	b, err := s.openBucket(bucket, key)
	if err != nil {
		return object.Info{}, err
	}
	defer b.Close()
	src, err := s.open(b, bucket, key)
	if err != nil {
		return object.Info{}, err
	}
	defer src.Close()
	file, err := src.Stat()
	if err != nil {
		return object.Info{}, fmt.Errorf("fetch %s from bucket %s: %w", key, bucket, err)
	}
	info, err := s.describe(bucket, key, file)
	if err != nil {
		return object.Info{}, err
	}
	if err := linkOrCopy(ctx, src, localPath); err != nil {
		return object.Info{}, fmt.Errorf("fetch %s from bucket %s: %w", key, bucket, err)
	}
	return info, nil
}

// Links reports whether what is fetched into a folder is another name of the object's file.
func (s *Store) Links(dir string) bool { return disk.Same(s.root.Name(), dir) }

// open opens an object's file. It looks before it opens, because to open a
// device can have effects, and again after, because the name may have changed
// hands; a FIFO does not block it.
func (s *Store) open(b *os.Root, bucket, key string) (*os.File, error) {
	if _, err := s.stat(b, bucket, key); err != nil {
		return nil, err
	}
	name, err := fileName(key)
	if err != nil {
		return nil, problem(object.NoObject, bucket, key, err.Error())
	}
	f, err := b.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		if notThere(err) {
			return nil, problem(object.NoObject, bucket, key, "")
		}
		return nil, denied(fmt.Errorf("open %s in bucket %s: %w", key, bucket, err), object.MayNotRead, bucket, key)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, problem(object.NoObject, bucket, key, "it is a folder or a special file")
	}
	return f, nil
}

func linkOrCopy(ctx context.Context, src *os.File, localPath string) error {
	err := linkOpen(src, unix.AT_FDCWD, localPath)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// Another file system, or a file that the kernel does not let us link.
	dst, err := os.OpenFile(localPath, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(copyFile(ctx, dst, src, nil), dst.Close()); err != nil {
		return errors.Join(err, os.Remove(localPath))
	}
	return nil
}
