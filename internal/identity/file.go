package identity

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// createFile is [WritePrivate] for a file that is not there yet.
func createFile(path string, content []byte) error { return WritePrivate(path, content, false) }

// WritePrivate makes a file of mode 0600 that appears whole or not at all, and is
// on disk when it returns. One that is there is replaced, or the error wraps
// [fs.ErrExist].
func WritePrivate(path string, content []byte, replace bool) (err error) {
	if _, err := os.Lstat(path); err == nil && !replace {
		return fmt.Errorf("create %s: %w", path, os.ErrExist)
	}
	folder := filepath.Dir(path)
	temp, err := os.CreateTemp(folder, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if removed := os.Remove(temp.Name()); !errors.Is(removed, fs.ErrNotExist) {
			err = errors.Join(err, removed)
		}
	}()
	_, err = temp.Write(content)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	place := os.Link // unlike a rename, it replaces nothing
	if replace {
		place = os.Rename
	}
	if err := place(temp.Name(), path); err != nil {
		return err
	}
	return syncFolder(folder)
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
