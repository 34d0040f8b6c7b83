// Package plan decides what ffmpeg will be asked: from a job, its presets and
// the probes of its inputs to steps with exact arguments. It is pure: no clock,
// file, environment or random number; the same request gives the same plan,
// byte for byte. All files have fixed names inside the step's folder (inputs
// in0, in1, ...; results o1.mp4, o2.ts, t1_%05d.png, ... numbered by
// output from 1), so that no name of a client ever reaches an argument.
//
// A plan is made in two parts. First every choice of an output is made: [decide] fills in a
// rendition, which is plain data. Then runs are put together from renditions: [grouped] says
// which share a run, and an assembly collects inputs, graph and outputs.
package plan

import (
	"fmt"
	"slices"
)

// Plan is what a job's attempt will do. Every output of the job has an element
// in Outputs, at its index.
type Plan struct {
	Outputs []Output
	// Steps are the runs, each after those that it needs.
	Steps []Step
	// Runs say what the steps are to encode, by what is encoded together.
	Runs []Run
	// request and renditions are kept so that an output can be planned alone.
	request    Request
	renditions []rendition
	batches    map[string]int // the number of each step that joins a batch
}

// New decides how to make every output of a job. An output that can't be made
// has its Failure set; the error is for a request that makes no sense: no input, or
// one without a probe.
func New(req Request) (*Plan, error) {
	if err := req.check(); err != nil {
		return nil, err
	}
	p := &Plan{request: req, batches: map[string]int{}}
	mixed := alike(req)
	for i := range req.Job.Outputs {
		r, failure := decide(req, i)
		if mixed != nil {
			failure = mixed
		}
		if failure != nil {
			p.Outputs = append(p.Outputs, Output{Index: i, Failure: failure})
			continue
		}
		p.Outputs = append(p.Outputs, r.Output)
		p.renditions = append(p.renditions, r)
	}
	decideLeads(p.renditions, req.Speed)
	for _, r := range p.renditions {
		p.Outputs[r.Index].Lead = r.Lead
	}
	p.addSteps(grouped(p.renditions, req.Speed, req.Caps.ParallelEncoders()))
	return p, nil
}

// addSteps makes a run of each group, and divides the threads between them.
func (p *Plan) addSteps(groups [][]rendition) {
	groups, threads := sharedGroups(p.request, groups)
	for i, group := range groups {
		req := p.request
		if len(groups) > 1 {
			req.Threads = threads[i]
		}
		p.Runs = append(p.Runs, Run{Work: works(p.request, group), Threads: busyThreads(req, group)})
		for _, step := range p.stepsOf(fmt.Sprintf("encode-%d", i+1), req, group) {
			step.Effort = effort(p.request, group)
			p.Steps = append(p.Steps, step)
		}
	}
}

// stepsOf are the runs that make renditions together. Outputs without video open
// no decoder that needs much, and read all inputs in one run.
func (p *Plan) stepsOf(name string, req Request, renditions []rendition) (steps []Step) {
	batches := batchesOf(renditions[0].pieces)
	var direct, batched []rendition
	for _, r := range renditions {
		if batches == nil || r.Video == nil {
			direct = append(direct, r)
		} else {
			batched = append(batched, r)
		}
	}
	if len(direct) > 0 {
		steps = encodeSteps(name, req, direct)
	}
	if len(batched) > 0 {
		steps = append(steps, p.batchSteps(name, req, batched, batches)...)
	}
	return steps
}

// batchShare is the part of an output's work that its batches do together.
const batchShare = 0.5

// batchSteps are the runs of the batches, and of each rendition one that joins these.
func (p *Plan) batchSteps(name string, req Request, renditions []rendition, batches []batch) (steps []Step) {
	var needs []string
	for k, b := range batches {
		step := batchStep(fmt.Sprintf("%s-batch-%d", name, k+1), req, renditions, k, b)
		step.Share = batchShare / float64(len(batches))
		p.batches[step.Name] = k
		needs, steps = append(needs, step.Name), append(steps, step)
	}
	for _, r := range renditions {
		joined := fmt.Sprintf("%s-joined-%d", name, r.number())
		for _, step := range encodeSteps(joined, req, []rendition{ofBatches(r)}) {
			step.Needs = append(slices.Clip(needs), step.Needs...)
			step.Share *= 1 - batchShare
			steps = append(steps, step)
		}
	}
	return steps
}

// Alone is a step's work for one of its outputs only, for the retry after the
// step has failed: a bad output then fails alone. It is nil when the step has
// just this one, or does not make it.
func (p *Plan) Alone(step Step, output int) []Step {
	if len(step.Outputs) < 2 || !slices.Contains(step.Outputs, output) {
		return nil
	}
	name := fmt.Sprintf("%s-output-%d", step.Name, output+1)
	for _, r := range p.renditions {
		if r.Index != output {
			continue
		}
		k, ok := p.batches[step.Name]
		if !ok {
			return encodeSteps(name, p.request, []rendition{r})
		}
		alone := batchStep(name, p.request, []rendition{r}, k, batchesOf(r.pieces)[k])
		alone.Share, alone.Effort = step.Share, step.Effort
		return []Step{alone}
	}
	return nil
}
