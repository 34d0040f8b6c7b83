package identity

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// createFile makes a file of mode 0600 that appears whole or not at all, and is
// on disk when it returns. The error wraps [fs.ErrExist] when there is one.
func createFile(path string, content []byte) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("create %s: %w", path, os.ErrExist)
	}
	folder := filepath.Dir(path)
	temp, err := os.CreateTemp(folder, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(temp.Name())) }()
	_, err = temp.Write(content)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Link(temp.Name(), path); err != nil { // unlike a rename, it replaces nothing
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
