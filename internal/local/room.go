package local

import (
	"context"
	"fmt"

	"github.com/reelastic/reelastic/internal/disk"
	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/transcode"
)

// room is the disk of a folder, which the only job there may fill.
type room string

// Reserve refuses a job whose inputs have no room.
func (r room) Reserve(_ context.Context, bytes int64) error {
	space, err := disk.Look(string(r))
	if err != nil {
		return err
	}
	if bytes > space.Free {
		return transcode.NoRoom(fmt.Sprintf("The folder %s needs %d bytes for the inputs, and has %d. Make room on "+
			"its disk, or write to another one.", string(r), bytes, space.Free))
	}
	return nil
}

// Fetched does nothing: nobody waits for the room.
func (r room) Fetched() {}

// Full is the failure of a job that the disk has no room for.
func (r room) Full(made job.Made) *transcode.Failure {
	return transcode.NoRoom(fmt.Sprintf("The disk of the folder %s is full; %d bytes were made, at %.0f %% of the "+
		"work. Make room on that disk, or write to another one.", string(r), made.Bytes, made.Percent))
}
