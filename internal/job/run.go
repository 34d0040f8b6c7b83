package job

import (
	"context"

	"github.com/reelastic/reelastic/internal/packaging"
	"github.com/reelastic/reelastic/internal/parallel"
)

// Run does the job and returns what is to be published; nil when every output has
// failed. An error is a fault that is not the job's: a stop, a store that is away.
func (j *Job) Run(ctx context.Context) (*packaging.Package, error) {
	stages := []func(context.Context) error{
		j.openKeys, j.checkSizes, j.reserveRoom, j.stage, j.stageImages, j.probe, j.checkProbes, j.readCaptions,
		j.makePlan, j.placeCaptions, j.encode, j.check, j.pack,
	}
	for _, stage := range stages {
		err := parallel.Guard(func() error { return stage(ctx) })
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause // what a killed step says is not a result
		}
		if err := j.outcome.Absorb(ctx, j.explain(err)); err != nil {
			return nil, err
		}
		if j.outcome.AllFailed() {
			return nil, nil
		}
	}
	return j.packaged, nil
}
