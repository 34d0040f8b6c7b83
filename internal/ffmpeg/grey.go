package ffmpeg

import (
	"context"
	"os"
	"path/filepath"

	"github.com/reelastic/reelastic/internal/plan"
)

// mostGrey bounds what is read of the frames that are looked at: a hundred hours of them.
const mostGrey = 64 << 20

// GreyShare runs a step that writes [plan.GreyFile] and returns the share of its frames, 0
// to 1, that are of an even grey.
func (r *Runner) GreyShare(ctx context.Context, dir string, step plan.Step) (float64, error) {
	path := filepath.Join(dir, plan.GreyFile)
	defer os.Remove(path)
	if err := r.Run(ctx, dir, step, nil); err != nil {
		return 0, err
	}
	info, err := statLocal(dir, plan.GreyFile)
	if err != nil || info.Size() > mostGrey {
		return 0, err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, withoutPath(err)
	}
	return plan.GreyShare(content), nil
}
