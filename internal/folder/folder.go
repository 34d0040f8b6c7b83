// Package folder reads and writes the files of a job's folder. Every file is named
// by its name inside the folder; what is opened under a context ends with it.
//
// A confined program writes into the folder too, and what it leaves is hostile until it has
// been looked at: links out of the folder, pipes that nobody writes to, files without end.
// So nothing is opened here through a link, only regular files are, what is written is a
// new file, and what is read whole is bounded.
package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// Folder is the folder of one job. Names are plain file names that the program
// chose itself, never a client's.
type Folder struct{ dir string }

// New names a folder that is there. Whoever made it removes it.
func New(dir string) Folder { return Folder{dir} }

// Path is where a file of the folder lies; "" gives the folder itself.
func (f Folder) Path(name string) string { return filepath.Join(f.dir, name) }

// Exists reports whether there is something of that name.
func (f Folder) Exists(name string) bool {
	_, err := os.Lstat(f.Path(name))
	return err == nil
}

// Size is the length of a file in bytes.
func (f Folder) Size(name string) (int64, error) {
	info, err := os.Lstat(f.Path(name))
	if err != nil {
		return 0, fmt.Errorf("size of a file: %w", err)
	}
	return info.Size(), regular(name, info)
}

// Usage is how many bytes those files take on the disk whose names are counted, and what the
// confined runs that go on have made. It is a rough figure while something is written.
func (f Folder) Usage(counts func(name string) bool) (bytes int64) {
	entries, _ := os.ReadDir(f.dir) // what there is, counts
	for _, e := range entries {
		if !e.IsDir() && counts(e.Name()) {
			bytes += onDisk(f.Path(e.Name()))
		}
	}
	runs, _ := os.ReadDir(f.Path(steps))
	for _, run := range runs {
		results := resultsIn(filepath.Join(f.Path(steps), run.Name()))
		made, _ := os.ReadDir(results)
		for _, e := range made {
			bytes += onDisk(filepath.Join(results, e.Name()))
		}
	}
	return bytes
}

// onDisk is what a file takes; 0 for one that is gone.
func onDisk(path string) int64 {
	var stat syscall.Stat_t
	if syscall.Lstat(path, &stat) != nil {
		return 0
	}
	const block = 512 // stat(2)
	return stat.Blocks * block
}

// mostRead bounds the files that are read whole.
const mostRead = 64 << 20

// Read returns what a file of at most 64 MiB holds.
func (f Folder) Read(name string) ([]byte, error) {
	file, err := f.Open(context.Background(), name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if file.Size() > mostRead {
		return nil, fmt.Errorf("%s has %d bytes; at most %d are read", name, file.Size(), mostRead)
	}
	content, err := io.ReadAll(io.LimitReader(file, mostRead))
	if err != nil {
		return nil, fmt.Errorf("read a file: %w", err)
	}
	return content, nil
}

// Write makes a file of content.
func (f Folder) Write(name string, content []byte) error {
	file, err := f.Create(name)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write a file: %w", err)
	}
	return nil
}

// Create opens a new file for writing, in place of what may be there. The caller
// closes it.
func (f Folder) Create(name string) (*os.File, error) {
	if err := f.Remove(name); err != nil {
		return nil, fmt.Errorf("create a file: %w", err)
	}
	file, err := os.OpenFile(f.Path(name), os.O_CREATE|os.O_EXCL|os.O_WRONLY|syscall.O_NOFOLLOW, private)
	if err != nil {
		return nil, fmt.Errorf("create a file: %w", err)
	}
	return file, nil
}

// private is the mode of all files.
const private = 0o600

// ErrHostile reports that a program left something that is not a plain file of its own.
var ErrHostile = errors.New("not a plain file")

func regular(name string, info os.FileInfo) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%q is %w: its type is %s", name, ErrHostile, info.Mode().Type())
	}
	return nil
}

// Open opens a file for reading, until ctx ends. The caller closes it.
func (f Folder) Open(ctx context.Context, name string) (*File, error) {
	return f.open(ctx, name, os.O_RDONLY)
}

// Edit opens a file for reading and writing, until ctx ends. The caller closes it.
func (f Folder) Edit(ctx context.Context, name string) (*File, error) {
	return f.open(ctx, name, os.O_RDWR)
}

func (f Folder) open(ctx context.Context, name string, mode int) (*File, error) {
	// Without waiting: a pipe may have no other end.
	opened, err := os.OpenFile(f.Path(name), mode|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) {
		return nil, fmt.Errorf("%q is %w: it is a link", name, ErrHostile)
	}
	if err != nil {
		return nil, fmt.Errorf("open a file: %w", err)
	}
	info, err := opened.Stat()
	if err == nil {
		err = regular(name, info)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open a file: %w", err), opened.Close())
	}
	return &File{file: opened, ctx: ctx, size: info.Size()}, nil
}

// Remove removes a file; one that is not there is no error.
func (f Folder) Remove(name string) error {
	if err := os.Remove(f.Path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Replace writes a file anew from what it was. While it fails the old one stays.
func (f Folder) Replace(ctx context.Context, name string, write func(dst *os.File, old *File) error) error {
	fresh := name + ".new"
	if err := f.Convert(ctx, fresh, name, write); err != nil {
		return errors.Join(err, f.Remove(fresh))
	}
	return os.Rename(f.Path(fresh), f.Path(name))
}

// Convert makes a file of another one.
func (f Folder) Convert(ctx context.Context, to, from string, write func(dst *os.File, src *File) error) error {
	src, err := f.Open(ctx, from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := f.Create(to)
	if err != nil {
		return err
	}
	if err := errors.Join(write(dst, src), dst.Close()); err != nil {
		return fmt.Errorf("convert a file: %w", err)
	}
	return nil
}

// Copy makes a file of a range of another one.
func (f Folder) Copy(ctx context.Context, to, from string, offset, size int64) error {
	return f.Convert(ctx, to, from, func(dst *os.File, src *File) error {
		_, err := io.Copy(dst, io.NewSectionReader(src, offset, size))
		return err
	})
}

// File is an open file whose reads fail when its context has ended.
type File struct {
	file *os.File
	ctx  context.Context //nolint:containedctx // io.Reader has no place for it
	size int64
}

// Size is how long the file was when it was opened, in bytes.
func (f *File) Size() int64 { return f.size }

// Read reads on from where the last Read ended.
func (f *File) Read(b []byte) (int, error) {
	if err := context.Cause(f.ctx); err != nil {
		return 0, err
	}
	return f.file.Read(b)
}

// ReadAt reads at an offset.
func (f *File) ReadAt(b []byte, at int64) (int, error) {
	if err := context.Cause(f.ctx); err != nil {
		return 0, err
	}
	return f.file.ReadAt(b, at)
}

// WriteAt writes at an offset of a file from [Folder.Edit].
func (f *File) WriteAt(b []byte, at int64) (int, error) { return f.file.WriteAt(b, at) }

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }
