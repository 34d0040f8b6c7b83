package job

import (
	"context"
	"errors"
	"slices"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/packaging"
	"github.com/reelastic/reelastic/internal/transcode"
)

// pack makes the files that are published, and notes the figures of the outputs. No
// confined program runs any more: what they left is looked at first.
func (j *Job) pack(ctx context.Context) (err error) {
	if err := j.checkFolder(ctx); err != nil {
		return err
	}
	made := packaging.Job{Spec: j.Spec, Folder: j.Folder, Threads: j.Threads}
	for i := range j.outputs {
		o := &j.outputs[i]
		made.Outputs = append(made.Outputs, packaging.Output{
			Made: j.outcome.Open(i), Plan: o.plan, Captions: o.tracks, Encryption: o.encryption,
		})
	}
	if j.packaged, err = packaging.Make(ctx, made); err != nil {
		return err
	}
	for _, i := range j.open() {
		j.outcome.figures[i] = j.outputs[i].figures(j.packaged.Outputs[i].SizeBytes)
	}
	for i, playlist := range j.packaged.Playlists {
		if playlist.Failure != nil {
			j.outcome.FailPlaylist(i, playlist.Failure)
		}
	}
	return nil
}

// checkFolder refuses what no encoder leaves of itself.
func (j *Job) checkFolder(ctx context.Context) error {
	err := j.Folder.Check(j.staged)
	if !errors.Is(err, folder.ErrHostile) {
		return err
	}
	j.Log.ErrorContext(ctx, "ATTACK: a confined program left what is no file of its own", "err", err)
	return transcode.Internal("The encoder left what is no file.")
}

// staged reports whether a file is one that was fetched, which may be the object itself.
func (j *Job) staged(name string) bool { return slices.Contains(j.fetched, name) }
