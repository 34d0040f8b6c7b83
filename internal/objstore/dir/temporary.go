package dir

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// temporary is the folder of one process's temporary files. The process holds a
// lock on it as long as it lives, which is how [Store.Sweep] knows the dead.
type temporary struct {
	*folder
	name string
}

func newTemporary(root *os.Root) (*temporary, error) {
	unlock, err := lock(root, tmpLock) // or a sweep could take the new folder for a dead one
	if err != nil {
		return nil, err
	}
	defer unlock()
	name := path.Join(tmpDir, rand.Text())
	if err := root.Mkdir(name, 0o700); err != nil {
		return nil, err
	}
	f, err := openFolder(root, name)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(f.fd(), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return &temporary{f, name}, nil
}

// discard removes a temporary file where it is still there. One that can't be
// removed now goes when the store is closed, or with a later [Store.Sweep].
func (t *temporary) discard(name string) {
	_ = t.Remove(name)
}

// Sweep removes the temporary files that dead processes left behind. It may be
// called at any time.
func (s *Store) Sweep(ctx context.Context) error {
	unlock, err := lock(s.root, tmpLock)
	if err != nil {
		return fmt.Errorf("sweep temporary files: %w", err)
	}
	defer unlock()
	d, err := s.root.Open(tmpDir)
	if err != nil {
		return fmt.Errorf("sweep temporary files: %w", err)
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	if err != nil {
		return fmt.Errorf("sweep temporary files: %w", err)
	}
	var failed []error
	for _, n := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		if name := path.Join(tmpDir, n); name != s.tmp.name && !alive(s.root, name) {
			failed = append(failed, s.root.RemoveAll(name))
		}
	}
	return errors.Join(failed...)
}

// alive reports whether a process holds the lock of a temporary folder.
func alive(root *os.Root, name string) bool {
	f, err := root.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK)
}

// linkOpen gives an open file another name, below the folder dirFD or, with
// unix.AT_FDCWD, anywhere. It links the very file that was opened and checked.
func linkOpen(f *os.File, dirFD int, name string) error {
	self := fmt.Sprintf("/proc/self/fd/%d", f.Fd())
	return unix.Linkat(unix.AT_FDCWD, self, dirFD, name, unix.AT_SYMLINK_FOLLOW)
}

// copyFile copies in steps, so that it stops soon after ctx ends. It asks for each step
// whether there is room, if room is not nil.
func copyFile(ctx context.Context, dst *os.File, src io.Reader, room func() error) error {
	const step = 16 << 20
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if room != nil {
			if err := room(); err != nil {
				return err
			}
		}
		switch _, err := io.CopyN(dst, src, step); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}
