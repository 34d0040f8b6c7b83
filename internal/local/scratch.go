package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/reelastic/reelastic/internal/folder"
)

// scratchPattern is the name of scratch folders, inside the folder that results are for: on
// the same file system, so that results are moved whole or not at all.
const scratchPattern = ".reelastic-*"

// scratch is a folder for work in progress, with one folder for each job. The lock on it
// tells that its process lives.
type scratch struct {
	dir      string
	lock     *os.File
	made     []string // folders that were made for it, the outermost first
	attempts int
}

// openScratch makes a scratch folder in a folder, and removes those there of processes that
// died.
func openScratch(parent string) (_ *scratch, err error) {
	s := &scratch{}
	defer func() {
		if err != nil {
			s.removeMade()
		}
	}()
	if s.made, err = makeFolder(parent); err != nil {
		return nil, err
	}
	// Nobody removes scratch folders between the making of one and its locking.
	opening, err := lockWhereAble(parent, syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	defer opening.Close()
	removeDead(parent)
	if s.dir, err = os.MkdirTemp(parent, scratchPattern); err != nil {
		return nil, err
	}
	if s.lock, err = lockWhereAble(s.dir, syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, os.Remove(s.dir))
	}
	return s, nil
}

// makeFolder makes a folder with those above it, and returns what was not there.
func makeFolder(path string) (made []string, err error) {
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		made = append([]string{at}, made...)
	}
	return made, os.MkdirAll(path, 0o777)
}

// lockFolder opens a folder and locks it until it is closed.
func lockFolder(path string, how int) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), how); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return f, nil
}

// lockWhereAble is lockFolder, and opens the folder alone on a file system that does not lock
// folders: NFS says that the file is not open for writing (flock(2)). There nothing dead is
// removed either.
func lockWhereAble(path string, how int) (*os.File, error) {
	f, err := lockFolder(path, how)
	for _, unable := range []error{syscall.EBADF, syscall.ENOLCK, syscall.ENOTSUP, syscall.ENOSYS} {
		if errors.Is(err, unable) {
			return os.Open(path)
		}
	}
	return f, err
}

// removeDead removes the scratch folders that no process has. What can't be removed stays
// for the next one.
func removeDead(parent string) {
	left, _ := filepath.Glob(filepath.Join(escaped(parent), scratchPattern)) // fails for bad patterns only
	for _, dir := range left {
		lock, err := lockFolder(dir, syscall.LOCK_EX|syscall.LOCK_NB)
		if err != nil {
			continue // its process lives
		}
		_ = os.RemoveAll(dir)
		_ = lock.Close()
	}
}

// escaped is a path as a pattern of itself.
func escaped(path string) string {
	var pattern []rune
	for _, r := range path {
		switch r {
		case '*', '?', '[', '\\':
			pattern = append(pattern, '\\')
		}
		pattern = append(pattern, r)
	}
	return string(pattern)
}

// attempt makes the folder of a job.
func (s *scratch) attempt() (folder.Folder, error) {
	s.attempts++
	dir := filepath.Join(s.dir, strconv.Itoa(s.attempts))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return folder.Folder{}, err
	}
	return folder.New(dir), nil
}

// mode is what a file of the user's may have: that of one which was made just now.
func (s *scratch) mode() (fs.FileMode, error) {
	f, err := os.OpenFile(filepath.Join(s.dir, "mode"), os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err := errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	return info.Mode().Perm(), nil
}

// close removes the scratch folder, and those made for it that are empty.
func (s *scratch) close() error {
	err := os.RemoveAll(s.dir)
	s.removeMade()
	return errors.Join(err, s.lock.Close())
}

func (s *scratch) removeMade() {
	for i := len(s.made) - 1; i >= 0; i-- {
		if os.Remove(s.made[i]) != nil { // it has results, or folders that have
			return
		}
	}
}
