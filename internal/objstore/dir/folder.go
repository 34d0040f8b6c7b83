package dir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"syscall"

	"golang.org/x/sys/unix"
)

// folder is an open folder: names in it can be reached and nothing else, and it
// stays the same one when its path changes.
type folder struct {
	*os.Root
	file *os.File
}

func openFolder(parent *os.Root, name string) (*folder, error) {
	root, err := parent.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	file, err := root.Open(".")
	if err != nil {
		root.Close()
		return nil, err
	}
	return &folder{root, file}, nil
}

func (f *folder) fd() int { return int(f.file.Fd()) }

// sync makes the names in the folder durable.
func (f *folder) sync() error { return f.file.Sync() }

func (f *folder) Close() error { return errors.Join(f.file.Close(), f.Root.Close()) }

// ensureFolder opens a folder below root and creates what is missing, durably.
func ensureFolder(root *os.Root, name string) (*folder, error) {
	f, err := openFolder(root, name)
	if !errors.Is(err, fs.ErrNotExist) || name == "." {
		return f, err
	}
	parent, err := ensureFolder(root, path.Dir(name))
	if err != nil {
		return nil, err
	}
	defer parent.Close()
	base := path.Base(name)
	switch err := parent.Mkdir(base, 0o755); {
	case errors.Is(err, fs.ErrExist): // made by another, or a symbolic link to nowhere
		return openFolder(root, name)
	case err != nil:
		return nil, err
	}
	if err := parent.sync(); err != nil {
		return nil, err
	}
	return openFolder(parent.Root, base)
}

// pruneFolders removes the folders above a file that have become empty, so that
// a key may later be used where a folder stood.
func pruneFolders(bucket *os.Root, name string) {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		// A folder that is a symbolic link is the operator's, and stays.
		if info, err := bucket.Lstat(dir); err != nil || !info.IsDir() || bucket.Remove(dir) != nil {
			return
		}
	}
}

// lock takes an exclusive lock on a file, among goroutines and processes, and
// returns what gives it back.
func lock(root *os.Root, name string) (func(), error) {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return func() { f.Close() }, nil
}

// notThere reports whether an error means that a path leads to nothing: it does
// not exist, a file stands where a folder should, or a symbolic link goes in
// circles or leaves the bucket.
func notThere(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || noFolder(err)
}

// noFolder reports whether an error means that a path cannot be, whatever is
// created. A refusal by os.Root of a path that leaves it has no errno.
func noFolder(err error) bool {
	errno, ok := errors.AsType[syscall.Errno](err)
	if !ok {
		return err != nil && !errors.Is(err, fs.ErrClosed)
	}
	switch errno {
	case syscall.ENOTDIR, syscall.EISDIR, syscall.ELOOP, syscall.ENAMETOOLONG, syscall.EILSEQ, syscall.EINVAL:
		return true
	}
	return false
}
