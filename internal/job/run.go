package job

import (
	"context"

	"github.com/reelastic/reelastic/internal/packaging"
	"github.com/reelastic/reelastic/internal/parallel"
	"github.com/reelastic/reelastic/internal/plan"
)

// Run does the job and returns what is to be published; nil when every output has
// failed. An error is a fault that is not the job's: a stop, a store that is away.
func (j *Job) Run(ctx context.Context) (*packaging.Package, error) {
	err := j.do(ctx,
		j.openKeys, j.checkSizes, j.reserveRoom, j.stage, j.stageImages, j.probe, j.checkProbes, j.readCaptions,
		j.makePlan, j.placeCaptions, j.encode, j.check, j.pack,
	)
	return j.packaged, err
}

// Plan does what comes before the encoding and returns what would be done; nil when no output
// could be made. It makes no keys. Errors are as those of Run.
func (j *Job) Plan(ctx context.Context) (*plan.Plan, error) {
	err := j.do(ctx,
		j.checkSizes, j.reserveRoom, j.stage, j.stageImages, j.probe, j.checkProbes, j.readCaptions, j.makePlan,
	)
	return j.plan, err
}

// do goes through stages until one ends the job.
func (j *Job) do(ctx context.Context, stages ...func(context.Context) error) error {
	defer func() {
		if err := j.arrivals.end(); err != nil {
			j.Log.WarnContext(ctx, "end the fetching of inputs", "err", err)
		}
	}()
	for _, stage := range stages {
		err := parallel.Guard(func() error { return stage(ctx) })
		if cause := context.Cause(ctx); cause != nil {
			return cause // what a killed step says is not a result
		}
		if err := j.outcome.Absorb(ctx, j.explain(err)); err != nil {
			return err
		}
		if j.outcome.AllFailed() {
			return nil
		}
	}
	return nil
}
