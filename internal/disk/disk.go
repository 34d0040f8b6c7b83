// Package disk tells how much can still be written where. Whatever writes much keeps a
// part of each disk free, for the database and for the end of what has begun.
package disk

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// The reserve of a disk: a twentieth, but neither less than 16 MiB nor more than 256 MiB.
// Of a small disk it is a quarter.
const (
	reserveShare = 20
	leastReserve = 16 << 20
	mostReserve  = 256 << 20
	smallShare   = 4
)

// leastFiles is how many more files a disk must take.
const leastFiles = 256

// Space is how a disk stands.
type Space struct {
	// Free is what this process may still write, Total what the disk holds, in bytes.
	Free, Total int64
	// ReadOnly reports that nothing at all can be written.
	ReadOnly bool
}

// Look tells how the disk of a folder, or of a file, stands. Where it takes hardly any more
// files, nothing of it is free.
func Look(path string) (Space, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(path, &disk); err != nil {
		return Space{}, fmt.Errorf("look at the disk of %s: %w", path, err)
	}
	const readOnly = 1 // ST_RDONLY, statfs(2)
	s := Space{Free: int64(disk.Bavail) * disk.Bsize, Total: int64(disk.Blocks) * disk.Bsize,
		ReadOnly: disk.Flags&readOnly != 0}
	if disk.Files > 0 && disk.Ffree < min(leastFiles, disk.Files/reserveShare) {
		s.Free = 0
	}
	return s, nil
}

// Reserve is how much is kept free: below it nothing new is begun.
func (s Space) Reserve() int64 {
	return min(max(s.Total/reserveShare, leastReserve), mostReserve, s.Total/smallShare)
}

// Room is what may still be written beside the reserve; below 0 it is used already.
func (s Space) Room() int64 { return s.Free - s.Reserve() }

// Kept is the half of the reserve that nothing but the database may use.
func (s Space) Kept() int64 { return s.Reserve() / 2 }

// Low reports that nothing is left but what is kept: what writes much has to end.
func (s Space) Low() bool { return s.Free < s.Kept() }

// IsFull reports whether an error says that a disk, or a quota, has no room.
func IsFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// Same reports whether two files or folders lie on the same file system, where a file can
// have names in both.
func Same(a, b string) bool {
	first, err := device(a)
	if err != nil {
		return false
	}
	second, err := device(b)
	return err == nil && first == second
}

func device(path string) (uint64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	return stat.Dev, nil
}
