package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/reelastic/reelastic/internal/object"
)

// sources are the files of a job by their keys.
type sources map[string]string

// Stat looks at a file.
func (s sources) Stat(_ context.Context, bucket, key string) (object.Info, error) {
	named := object.Key{Bucket: bucket, Key: key}
	path, ok := s[key]
	if !ok {
		return object.Info{}, &object.Error{Problem: object.NoObject, Object: named}
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return object.Info{}, &object.Error{Problem: object.NoObject, Object: named}
	case err != nil:
		return object.Info{}, &object.Error{Problem: object.MayNotRead, Object: named, Why: reason(err)}
	case !info.Mode().IsRegular():
		return object.Info{}, &object.Error{Problem: object.NoObject, Object: named, Why: "it is no regular file"}
	}
	return object.Info{Key: key, SizeBytes: info.Size(), Modified: info.ModTime()}, nil
}

// Fetch makes the file known by another name: a link to it, or a copy where the file
// system has no such links or the file is on another one.
func (s sources) Fetch(ctx context.Context, bucket, key, path string) (object.Info, error) {
	info, err := s.Stat(ctx, bucket, key)
	if err != nil {
		return info, err
	}
	named := object.Key{Bucket: bucket, Key: key}
	source, err := filepath.EvalSymlinks(s[key])
	if err != nil {
		return info, &object.Error{Problem: object.MayNotRead, Object: named, Why: reason(err)}
	}
	if unix.Access(source, unix.R_OK) == nil && os.Link(source, path) == nil {
		return info, nil
	}
	src, err := os.Open(source)
	if err != nil {
		return info, &object.Error{Problem: object.MayNotRead, Object: named, Why: reason(err)}
	}
	defer src.Close()
	return info, copyTo(ctx, path, src)
}

// Links reports whether all files are on the file system of a folder, so that none is copied.
func (s sources) Links(dir string) bool {
	var folder, file unix.Stat_t
	if unix.Stat(dir, &folder) != nil {
		return false
	}
	for _, path := range s {
		if unix.Stat(path, &file) != nil || file.Dev != folder.Dev {
			return false
		}
	}
	return true
}

// copyAtOnce is how many bytes are copied between two looks at the context.
const copyAtOnce = 64 << 20

// copyTo makes a file of what another one has left to read.
func copyTo(ctx context.Context, path string, src io.Reader) (err error) {
	dst, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		_, err := io.CopyN(dst, src, copyAtOnce)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// reason is what the file system says, as a sentence, without the path.
func reason(err error) string {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		err = at.Err
	}
	return fmt.Sprintf("The file system says: %v.", err)
}
