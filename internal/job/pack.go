package job

import (
	"context"

	"github.com/reelastic/reelastic/internal/packaging"
)

// pack makes the files that are published, and notes the figures of the outputs.
func (j *Job) pack(ctx context.Context) (err error) {
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
