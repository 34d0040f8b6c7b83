package folder

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// Confined are the folders of one confined run: one that it only reads, with the files
// that it was given, and an empty one that it writes. The job's folder itself is never
// shown to it, nor are the folders of another run.
type Confined struct {
	job  Folder
	root string
}

// steps holds the folders of the confined runs that go on.
const steps = ".steps"

// Confine makes the folders of a run that is given files of the job. The caller removes
// them with [Confined.Remove].
func (f Folder) Confine(names []string) (*Confined, error) {
	if err := os.Mkdir(f.Path(steps), 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("make a step's folder: %w", err)
	}
	root, err := os.MkdirTemp(f.Path(steps), "")
	if err != nil {
		return nil, fmt.Errorf("make a step's folder: %w", err)
	}
	c := &Confined{job: f, root: root}
	for _, dir := range []string{c.Inputs(), c.Results()} {
		err = errors.Join(err, os.Mkdir(dir, 0o700))
	}
	for _, name := range names {
		err = errors.Join(err, c.give(name))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make a step's folder: %w", err), c.Remove())
	}
	return c, nil
}

// give shows the run a file: by a second name, which nobody can write through.
func (c *Confined) give(name string) error {
	if _, err := c.job.Size(name); err != nil { // it is no plain file
		return err
	}
	err := os.Link(c.job.Path(name), filepath.Join(c.Inputs(), name))
	if errors.Is(err, os.ErrExist) { // it was named twice
		return nil
	}
	return err
}

// Inputs is the path of the folder that the run reads.
func (c *Confined) Inputs() string { return filepath.Join(c.root, "in") }

// Results is the path of the folder that it writes.
func (c *Confined) Results() string { return resultsIn(c.root) }

// Relay makes the folder of the run for the socket through which it reads what still
// arrives, and returns its path.
func (c *Confined) Relay() (string, error) {
	dir := filepath.Join(c.root, "relay")
	return dir, os.Mkdir(dir, 0o700)
}

func resultsIn(root string) string { return filepath.Join(root, "out") }

// Usage is how much there is in the folder of results. A hole in a file counts as what
// it would be once copied. It is safe while the run goes on, and then a rough figure.
func (c *Confined) Usage() (files int, bytes int64, err error) {
	dir, err := os.Open(c.Results())
	if err != nil {
		return 0, 0, err
	}
	defer dir.Close()
	names, err := namesIn(dir)
	if err != nil {
		return 0, 0, err
	}
	for _, name := range names {
		var stat unix.Stat_t
		if unix.Fstatat(int(dir.Fd()), name, &stat, unix.AT_SYMLINK_NOFOLLOW) == nil { // else it is gone
			bytes += max(stat.Size, stat.Blocks*512)
		}
	}
	return len(names), bytes, nil
}

// mostFiles bounds how many files of a run are looked at.
const mostFiles = 1 << 20

func namesIn(dir *os.File) ([]string, error) {
	names, err := dir.Readdirnames(mostFiles)
	if errors.Is(err, io.EOF) { // there are none
		err = nil
	}
	return names, err
}

// Take moves the results of a run that has ended, and all that it started with it, into the
// job's folder: those that wanted names, in place of what has their names. They get the
// mode of all files. What is no plain file with one name there is [ErrHostile], and then
// nothing more is taken.
func (c *Confined) Take(wanted func(name string) bool) error {
	out, err := os.Open(c.Results())
	if err != nil {
		return fmt.Errorf("take results: %w", err)
	}
	defer out.Close()
	job, err := os.Open(c.job.dir)
	if err != nil {
		return fmt.Errorf("take results: %w", err)
	}
	defer job.Close()
	names, err := namesIn(out)
	if err != nil {
		return fmt.Errorf("take results: %w", err)
	}
	for _, name := range names {
		if !wanted(name) {
			continue
		}
		if err := seize(int(out.Fd()), name); err != nil {
			return fmt.Errorf("take results: %w", err)
		}
		if err := unix.Renameat(int(out.Fd()), name, int(job.Fd()), name); err != nil {
			return fmt.Errorf("take results: %q: %w", name, err)
		}
	}
	return nil
}

// seize makes a file of a folder our own.
func seize(dir int, name string) error {
	fd, err := unix.Openat(dir, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFREG {
		return fmt.Errorf("%q is %w: its type is %#o", name, ErrHostile, stat.Mode&unix.S_IFMT)
	}
	if stat.Nlink != 1 {
		return fmt.Errorf("%q is %w: it has %d names", name, ErrHostile, stat.Nlink)
	}
	// The program may have left it without any right to open it.
	return os.Chmod(fmt.Sprintf("/proc/self/fd/%d", fd), private)
}

// Remove removes the folders with all that is in them.
func (c *Confined) Remove() error {
	err := os.RemoveAll(c.root)
	if errors.Is(err, syscall.ENOTEMPTY) { // a program that was killed has made a file just then
		err = os.RemoveAll(c.root)
	}
	return err
}
