package worker

import (
	"fmt"
	"syscall"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// Room that stays free on the disk of the scratch folder, which may be that of the
// database: a twentieth of the disk, at most 256 MiB.
const (
	reserveShare = 20
	mostReserve  = 256 << 20
)

// roomIn is how many bytes may still be written into a folder, beside the reserve; below 0
// nothing new is begun.
func roomIn(dir string) (int64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0, fmt.Errorf("look at the room in %s: %w", dir, err)
	}
	reserve := min(int64(disk.Blocks)*disk.Bsize/reserveShare, mostReserve)
	return int64(disk.Bavail)*disk.Bsize - reserve, nil
}

// checkRoom is a [*transcode.Failure] where the scratch folder has no room for what a job
// brings.
func (w *Worker) checkRoom(need int64) error {
	room, err := roomIn(w.Scratch)
	if err != nil {
		return err
	}
	if room < need {
		return transcode.NoRoom(fmt.Sprintf("The scratch folder %s needs %d bytes for the inputs of this job, and has "+
			"%d. Make room on its disk, or give another one with --scratch.", w.Scratch, need, max(room, 0)))
	}
	return nil
}

// roomEvery is how often a worker without room looks for some.
const roomEvery = 2 * time.Second

// full reports whether the scratch folder has so little room that nothing new is to begin.
func (w *Worker) full() bool {
	room, err := roomIn(w.Scratch)
	full := err == nil && room <= 0
	if full != w.wasFull.Swap(full) {
		if full {
			w.Log.Error("no job begins: the disk of the scratch folder is full", "folder", w.Scratch)
		} else {
			w.Log.Info("jobs begin again: the disk of the scratch folder has room", "folder", w.Scratch)
		}
		w.jobs.tell()
	}
	return full
}
