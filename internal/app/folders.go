package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/reelastic/reelastic/internal/disk"
)

// canHold tells why a folder can't be written to or, where it is absent, made.
func canHold(path string) error {
	for {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && path != filepath.Dir(path):
			path = filepath.Dir(path)
			continue
		case err != nil:
			return reason(err)
		case !info.IsDir():
			return syscall.ENOTDIR
		}
		const write, search = 2, 1
		return syscall.Access(path, write|search)
	}
}

// ownFolder makes the data folder, or makes one that is there readable by its owner only,
// and locks it until the
// file is closed: a second process on the same folder is refused.
func ownFolder(path string) (*os.File, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, reason(err)
	}
	if err := closeFolder(path); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, reason(err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, errInUse
	}
	return lock, nil
}

// errInUse says that a data folder has an owner.
var errInUse = errors.New("another process uses this folder; SQLite and the in-process queue belong to one process " +
	"(a fleet uses --database and --nats, each process with a --data of its own)")

// reason is an error without the path, which the caller has said already.
func reason(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// leastFree is how many bytes the disk of the data folder must have for the database to be
// written.
const leastFree = 1 << 20

// writable tells why nothing can be written into the data folder.
func (p *parts) writable() error {
	space, err := disk.Look(p.cfg.Installation.Data)
	switch {
	case err != nil:
		return err
	case space.ReadOnly:
		return errors.New("the disk of the data folder is read-only")
	case space.Free < leastFree:
		return fmt.Errorf("the disk of the data folder is full, with %d bytes free; make room on it", space.Free)
	}
	return nil
}
