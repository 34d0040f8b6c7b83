package app

import (
	"fmt"
	"os"
)

// others are the permissions of those who are not a file's owner.
const others = 0o077

// closeFolder takes from others what they may do in a folder that is there already. One
// that is everybody's, such as /tmp, is refused, and one whose mode can't be changed.
func closeFolder(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&others == 0 {
		return reason(err)
	}
	if info.Mode()&os.ModeSticky != 0 {
		return fmt.Errorf("it is a folder of everybody's (mode %04o): give one of the service's own",
			info.Mode().Perm())
	}
	if err := os.Chmod(path, info.Mode().Perm()&^others); err != nil {
		return fmt.Errorf("others may enter it (mode %04o), which can't be changed (%w): run chmod 700 on it",
			info.Mode().Perm(), reason(err))
	}
	return nil
}

// CheckSecret refuses a file with a secret that everybody may read, or that others may
// write. Its group may read it, as where a service has its files from root.
func CheckSecret(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	const worldOrGroupWrite = 0o027
	if mode := info.Mode().Perm(); info.Mode().IsRegular() && mode&worldOrGroupWrite != 0 {
		return fmt.Errorf("%s has a secret, and others may read or change it (mode %04o): run chmod 600 on it",
			file.Name(), mode)
	}
	return nil
}

// checkSecretFile is [CheckSecret] for a file that is not open.
func checkSecretFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return CheckSecret(file)
}
