package job

import (
	"context"
	"os"
	"path"
	"strings"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/format/mpegts"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// probe reads what the inputs are and tells it.
func (j *Job) probe(ctx context.Context) error {
	detected := make([]api.DetectedProperties, len(j.inputs))
	for i := range j.inputs {
		in := &j.inputs[i]
		if err := j.probeInput(ctx, in); err != nil {
			return err
		}
		detected[i] = transcode.DetectedProperties(in.probe)
	}
	return j.Events.Probed(ctx, j.outcome.Outputs(), detected)
}

// probeInput probes an input, and once more when its clock had to be mended.
func (j *Job) probeInput(ctx context.Context, in *input) (err error) {
	extension := strings.ToLower(strings.TrimPrefix(path.Ext(in.spec.Key), "."))
	hint := media.Hint{Container: in.spec.Container, Extension: extension}
	in.probe, err = j.FFmpeg.Probe(ctx, j.Folder.Path(""), in.name, hint)
	if err != nil || len(in.probe.Resets) == 0 {
		return err
	}
	if err := j.mendClock(ctx, in); err != nil {
		return err
	}
	in.probe, err = j.FFmpeg.Probe(ctx, j.Folder.Path(""), in.name, hint)
	return err
}

// mendClock puts a copy of an input in its place whose clock goes on.
func (j *Job) mendClock(ctx context.Context, in *input) error {
	resets := in.probe.Resets
	j.Log.InfoContext(ctx, "the clock of an input is set anew: mending its times", "input", in.name, "resets",
		len(resets))
	return j.Folder.Replace(ctx, in.name, func(dst *os.File, src *folder.File) error {
		return mpegts.GoOn(dst, src, resets)
	})
}

// probes are those of all inputs.
func (j *Job) probes() []media.Probe {
	all := make([]media.Probe, len(j.inputs))
	for i, in := range j.inputs {
		all[i] = in.probe
	}
	return all
}
