package disk_test

import (
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/reelastic/reelastic/internal/disk"
)

func TestReserve(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ total, want int64 }{
		{0, 0}, {8 << 20, 2 << 20}, {64 << 20, 16 << 20}, {200 << 20, 16 << 20}, {1 << 30, 1 << 30 / 20},
		{1 << 40, 256 << 20},
	} {
		s := disk.Space{Total: c.total, Free: c.want}
		if s.Reserve() != c.want || s.Room() != 0 || s.Low() {
			t.Errorf("of %d bytes %d are kept, want %d", c.total, s.Reserve(), c.want)
		}
		if s.Free = c.want/2 - 1; c.total > 0 && !s.Low() {
			t.Errorf("of %d bytes %d are free, which is not low", c.total, s.Free)
		}
	}
}

func TestLook(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := disk.Look(dir)
	if err != nil || s.Total <= 0 || s.Free > s.Total || s.ReadOnly {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err := disk.Look("/sys"); err == nil && s.Total > 0 {
		t.Errorf("/sys: %+v", s)
	}
	if _, err := disk.Look(dir + "/absent"); !os.IsNotExist(err) && err == nil {
		t.Error("an absent folder has a disk")
	}
}

func TestSame(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if !disk.Same(dir, dir) || disk.Same(dir, "/proc") || disk.Same(dir, dir+"/absent") {
		t.Error("one folder, another file system, none")
	}
}

func TestIsFull(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]bool{
		nil: false, syscall.EIO: false, syscall.EDQUOT: true,
		&os.PathError{Op: "write", Path: "/x", Err: syscall.ENOSPC}: true,
		fmt.Errorf("copy: %w", syscall.ENOSPC):                      true,
	} {
		if disk.IsFull(err) != want {
			t.Errorf("%v: %t", err, !want)
		}
	}
}
