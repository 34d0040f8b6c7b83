package job

import (
	"context"
	"errors"

	"github.com/reelastic/reelastic/internal/disk"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Room is the disk of a job's folder, of which other jobs want a part, too.
type Room interface {
	// Reserve keeps room for so many bytes that the job is about to fetch. It may wait for
	// other jobs to end. Where there will be none, it is a [*transcode.Failure].
	Reserve(ctx context.Context, bytes int64) error
	// Fetched tells that they are on the disk by now.
	Fetched()
	// Full is the failure of a job that the disk has no more room for.
	Full(Made) *transcode.Failure
}

// Made is what a job has made in its folder.
type Made struct {
	// Bytes are on the disk, without the inputs.
	Bytes int64
	// Percent is how much of the encoding that is, 0 to 100.
	Percent float64
}

// Missing is about how many bytes more the job needs to come to the end of its encoding; 0
// where that can't be told yet.
func (m Made) Missing() int64 {
	if m.Percent < 1 || m.Percent >= 100 {
		return 0
	}
	return int64(float64(m.Bytes) * (100 - m.Percent) / m.Percent)
}

// Made is how much the job has made so far. It may be asked for at any time.
func (j *Job) Made() Made {
	inputs := map[string]bool{}
	for i := range j.inputs {
		inputs[j.inputs[i].name] = true
	}
	return Made{
		Bytes:   j.Folder.Usage(func(name string) bool { return !inputs[name] }),
		Percent: j.progress.Snapshot().Percent,
	}
}

// reserveRoom keeps room for the inputs. One that is decrypted is there twice for a while.
func (j *Job) reserveRoom(ctx context.Context) error {
	links, bytes := j.Objects.Links(j.Folder.Path("")), int64(0)
	for i, in := range j.inputs {
		if !links {
			bytes += j.inputs[i].sizeBytes
		}
		if in.spec.Encryption.ByService() {
			bytes += j.inputs[i].sizeBytes
		}
	}
	return j.Room.Reserve(ctx, bytes)
}

// explain makes a failure, which tells what is needed, of an error that says that the disk
// of the folder is full.
func (j *Job) explain(err error) error {
	failed, ok := errors.AsType[*plan.RunError](err)
	switch _, refused := errors.AsType[*object.Error](err); {
	case refused:
		return err
	case ok && failed.DiskFull:
		made := j.Made()
		made.Bytes += failed.WrittenBytes
		return j.Room.Full(made)
	case disk.IsFull(err):
		return j.Room.Full(j.Made())
	}
	return err
}
