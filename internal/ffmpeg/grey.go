package ffmpeg

import (
	"context"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/plan"
)

// mostGrey bounds what is read of the frames that are looked at: a hundred hours of them.
const mostGrey = 64 << 20

// GreyShare runs a step that writes [plan.GreyFile] and returns the share of its frames, 0
// to 1, that are of an even grey.
func (r *Runner) GreyShare(ctx context.Context, dir string, step plan.Step) (float64, error) {
	files := folder.New(dir)
	defer files.Remove(plan.GreyFile) //nolint:errcheck // the folder goes in the end
	if err := r.Run(ctx, dir, step, nil); err != nil {
		return 0, err
	}
	size, err := files.Size(plan.GreyFile)
	if err != nil || size > mostGrey {
		return 0, err
	}
	content, err := files.Read(plan.GreyFile)
	if err != nil {
		return 0, withoutPath(err)
	}
	return plan.GreyShare(content), nil
}
