package job

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/format/mp4box"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/transcode"
)

// RangedObjects are [Objects] of which parts can be read, as those behind a network.
type RangedObjects interface {
	// Ranges opens an object. Refusals are [*object.Error].
	Ranges(ctx context.Context, bucket, key string) (object.Ranges, error)
}

// arrivals are the inputs of a job that are read while they arrive.
type arrivals struct {
	files []*folder.Arriving
	ends  []func()
	// left counts the inputs that are not there as a whole; fetched is called when none is.
	left    atomic.Int64
	fetched func()
}

func (a *arrivals) start(inputs int, fetched func()) {
	a.fetched = fetched
	a.left.Store(int64(inputs))
}

// whole notes that an input is there.
func (a *arrivals) whole() {
	if a.left.Add(-1) == 0 {
		a.fetched()
	}
}

// end ends what still arrives.
func (a *arrivals) end() (err error) {
	for _, end := range a.ends {
		end()
	}
	for _, file := range a.files {
		err = errors.Join(err, file.Close())
	}
	a.files, a.ends = nil, nil
	return err
}

// mostArriving is how many inputs of a job arrive at once; of one with more, each is fetched
// whole, since each takes several connections.
const mostArriving = 4

// arrive begins to fetch an input, and reports whether the job may go on meanwhile, or has it
// as a whole. That is so for large MP4 files in the clear on a store behind a network, whose
// tables say where everything is.
func (j *Job) arrive(ctx context.Context, in *input) (bool, error) {
	ranged, ok := j.Objects.(RangedObjects)
	if !ok || len(j.inputs) > mostArriving || j.InPlaceBytes <= 0 || in.sizeBytes < j.InPlaceBytes ||
		in.spec.Encryption != (transcode.EncryptionSpec{}) || !j.FFmpeg.InPlace(ctx) {
		return false, nil
	}
	ranges, err := ranged.Ranges(ctx, j.InputBucket, in.spec.Key)
	if err != nil {
		return false, err
	}
	if ranges.Info().SizeBytes != in.sizeBytes { // another object by now, maybe of no bytes
		return false, nil
	}
	file, err := j.Folder.Arrive(ctx, in.name, in.sizeBytes, ranges, j.arrivals.whole)
	if err != nil {
		return false, err
	}
	j.arrivals.files = append(j.arrivals.files, file)
	if _, _, err := mp4box.ReadStreams(file.Reader(ctx), file.Size()); err != nil {
		return true, file.Wait(ctx) // it is no such file, or did not come
	}
	j.arrivals.ends = append(j.arrivals.ends, j.FFmpeg.Arrives(j.Folder.Path(""), in.name, file))
	return true, nil
}

// arrived waits until an input is there as a whole.
func (j *Job) arrived(ctx context.Context) error {
	for _, file := range j.arrivals.files {
		if err := file.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}
