// Package disktest gives tests small disks of their own.
package disktest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// inside is set in the environment of tests that run in namespaces of their own.
const inside = "REELASTIC_TEST_NAMESPACE"

// Main runs the tests of a package, and exits. Who is not root may not mount: the tests
// then run once more in a user and mount namespace, where that is allowed.
func Main(m interface{ Run() int }) { os.Exit(Run(m)) }

// Run is [Main] without the exit.
func Run(m interface{ Run() int }) int {
	if os.Getuid() == 0 || os.Getenv(inside) != "" {
		return m.Run()
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	err := cmd.Run()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		return ended.ExitCode()
	}
	if err != nil { // no namespaces here: Mount skips
		return m.Run()
	}
	return 0
}

// Mount is a folder on a disk (tmpfs) of so many bytes, which is gone when the test has
// ended. Where nothing can be mounted the test is skipped, and fails where CI is set.
func Mount(tb testing.TB, bytes int64) string {
	tb.Helper()
	dir := tb.TempDir()
	MountAt(tb, dir, bytes)
	return dir
}

// MountAt is [Mount] for a folder that is there.
func MountAt(tb testing.TB, dir string, bytes int64) {
	tb.Helper()
	options := fmt.Sprintf("size=%d,mode=0700", bytes)
	err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, options)
	if err != nil {
		missing := fmt.Sprintf("no disk of its own: neither root nor a user namespace may mount here: %v", err)
		if os.Getenv("CI") != "" {
			tb.Fatal(missing)
		}
		tb.Skip(missing)
	}
	tb.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			tb.Errorf("unmount %s: %v", dir, err)
		}
	})
}

// Fill takes all room of a disk but so many bytes, with a file in its folder, and returns
// what gives the room back. Others may write there meanwhile.
func Fill(tb testing.TB, dir string, left int64) (empty func()) {
	tb.Helper()
	path := filepath.Join(dir, ".filler")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	const tries = 100
	for n := 0; ; n++ {
		err := fill(f, left)
		if err == nil {
			break
		}
		if !errors.Is(err, syscall.ENOSPC) || n == tries {
			tb.Fatalf("fill %s: %v", dir, err)
		}
	}
	return func() {
		if err := os.Remove(path); err != nil {
			tb.Error(err)
		}
	}
}

// fill makes an empty file as large as leaves so many bytes of its disk.
func fill(f *os.File, left int64) error {
	var disk syscall.Statfs_t
	if err := syscall.Fstatfs(int(f.Fd()), &disk); err != nil {
		return err
	}
	size := int64(disk.Bavail)*disk.Bsize - left
	if size <= 0 {
		return nil
	}
	return syscall.Fallocate(int(f.Fd()), 0, 0, size)
}
