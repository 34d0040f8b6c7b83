// Package folder reads and writes the files of a job's folder. Every file is named
// by its name inside the folder; what is opened under a context ends with it.
package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Folder is the folder of one job. Names are plain file names that the program
// chose itself, never a client's.
type Folder struct{ dir string }

// New names a folder that is there. Whoever made it removes it.
func New(dir string) Folder { return Folder{dir} }

// Path is where a file of the folder lies; "" gives the folder itself.
func (f Folder) Path(name string) string { return filepath.Join(f.dir, name) }

// Exists reports whether there is a file of that name.
func (f Folder) Exists(name string) bool {
	_, err := os.Lstat(f.Path(name))
	return err == nil
}

// Size is the length of a file in bytes.
func (f Folder) Size(name string) (int64, error) {
	info, err := os.Stat(f.Path(name))
	if err != nil {
		return 0, fmt.Errorf("size of a file: %w", err)
	}
	return info.Size(), nil
}

// Read returns what a file holds.
func (f Folder) Read(name string) ([]byte, error) {
	content, err := os.ReadFile(f.Path(name))
	if err != nil {
		return nil, fmt.Errorf("read a file: %w", err)
	}
	return content, nil
}

// Write makes a file of content.
func (f Folder) Write(name string, content []byte) error {
	if err := os.WriteFile(f.Path(name), content, 0o600); err != nil {
		return fmt.Errorf("write a file: %w", err)
	}
	return nil
}

// Create opens an empty file for writing, in place of one that may be there. The
// caller closes it.
func (f Folder) Create(name string) (*os.File, error) {
	return os.OpenFile(f.Path(name), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
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
	opened, err := os.OpenFile(f.Path(name), mode, 0)
	if err != nil {
		return nil, fmt.Errorf("open a file: %w", err)
	}
	info, err := opened.Stat()
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
		return fmt.Errorf("convert a file: %w", err)
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
