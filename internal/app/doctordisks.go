package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Room that the disks of an installation must have at the least, and should have.
const (
	leastRoom  = 1_000_000_000
	enoughRoom = 20_000_000_000
)

// dataFolder is the folder of database, credentials and key.
func (d *doctor) dataFolder(context.Context) {
	const check = "data"
	path := d.cfg.Installation.Data
	if err := canHold(path); err != nil {
		d.fault(check, fmt.Sprintf("%s: %v", path, err), "Let this user write there, or set --data.")
		return
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.ok(check, "%s will be made at the first start", path)
	case err != nil:
		d.fault(check, err.Error(), "Let this user read it, or set --data.")
	case info.Mode().Perm()&0o077 != 0:
		d.note(check, fmt.Sprintf("%s can be read by others (mode %04o)", path, info.Mode().Perm()),
			"It has keys and credentials: run chmod 700 on it; the next start does it, too.")
	default:
		d.ok(check, "%s, %s", path, d.owner())
	}
}

// owner says whether a server uses the data folder now.
func (d *doctor) owner() string {
	lock, err := os.Open(filepath.Join(d.cfg.Installation.Data, "lock"))
	if err != nil {
		return "unused yet"
	}
	defer lock.Close()
	if syscall.Flock(int(lock.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil {
		return "in use by a server"
	}
	return "not in use"
}

// scratchFolder is where work in progress is: its room, and how fast it is written.
func (d *doctor) scratchFolder(context.Context) {
	const check = "scratch"
	path := d.cfg.Worker.Scratch
	if err := canHold(path); err != nil {
		d.fault(check, fmt.Sprintf("%s: %v", path, err), "Let this user write there, or set --scratch.")
		return
	}
	for { // up to what is there
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) || path == filepath.Dir(path) {
			break
		}
		path = filepath.Dir(path)
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(path, &disk); err != nil {
		d.fault(check, fmt.Sprintf("%s: %v", path, err), "Set --scratch to a folder on a disk that answers.")
		return
	}
	free := int64(disk.Bavail) * disk.Bsize
	if free < leastRoom {
		d.fault(check, fmt.Sprintf("%s has %s free", path, bytesText(free)), "Make room there, or set --scratch.")
		return
	}
	speed, err := writeSpeed(path)
	if err != nil {
		d.fault(check, err.Error(), "Make room there, or set --scratch.")
		return
	}
	const slow = 50
	detail := fmt.Sprintf("%s has %s free, written at %.0f MB/s", path, bytesText(free), speed)
	switch {
	case free < enoughRoom:
		d.note(check, detail, "A job needs room for its inputs in S3 and all its results at once: make more.")
	case speed < slow:
		d.note(check, detail, "Set --scratch to a faster disk: results are written there first.")
	default:
		d.ok(check, "%s", detail)
	}
}

// writeSpeed is how fast a file is written to a folder's disk, in megabytes a second.
func writeSpeed(folder string) (speed float64, err error) {
	const size = 32 << 20
	file, err := os.CreateTemp(folder, ".reelastic-doctor-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(file.Name())
	began := time.Now()
	_, err = file.Write(make([]byte, size))
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return 0, err
	}
	return size / 1e6 / time.Since(began).Seconds(), nil
}
