package worker

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/reelastic/reelastic/internal/task"
)

// scratch is a worker's folder for work in progress: SCRATCH/<worker>/, with one
// folder for each attempt. A lock file beside it reports whether its worker lives.
type scratch struct {
	dir  string
	lock *os.File
}

// openScratch makes the worker's folder and removes those of workers that died.
func openScratch(root, worker string) (*scratch, error) {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, fmt.Errorf("scratch folder: %w", err)
	}
	opening, err := openAlone(root)
	if err != nil {
		return nil, fmt.Errorf("scratch folder: %w", err)
	}
	defer opening.Close()
	removeDeadScratch(root)
	dir := filepath.Join(root, worker)
	lock, err := lockFile(dir + ".lock")
	if err != nil {
		return nil, fmt.Errorf("scratch folder: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		lock.Close()
		return nil, fmt.Errorf("scratch folder: %w", err)
	}
	return &scratch{dir: dir, lock: lock}, nil
}

// openAlone waits until no other worker opens its scratch in root, and lets none
// until the returned file is closed: between the making of a lock file and its
// locking it looks like one of a worker that died.
func openAlone(root string) (*os.File, error) {
	f, err := os.Open(root)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", root, err)
	}
	return f, nil
}

// lockFile opens the file and locks it for as long as this process lives.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}

// removeDeadScratch removes the folders whose lock nobody holds. What it can't
// remove stays for the next start.
func removeDeadScratch(root string) {
	locks, _ := filepath.Glob(filepath.Join(root, "*.lock"))
	for _, path := range locks {
		lock, err := lockFile(path)
		if err != nil {
			continue // its worker lives
		}
		if os.RemoveAll(path[:len(path)-len(".lock")]) == nil {
			os.Remove(path)
		}
		lock.Close()
	}
}

// attemptDir makes the folder of one attempt.
func (s *scratch) attemptDir(c *task.Claim) (string, error) {
	dir := filepath.Join(s.dir, c.Task.ID+"-"+strconv.Itoa(c.Attempt))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", fmt.Errorf("scratch folder: %w", err)
	}
	return dir, nil
}

func (s *scratch) close() {
	os.RemoveAll(s.dir)
	os.Remove(s.lock.Name())
	s.lock.Close()
}
