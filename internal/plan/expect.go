package plan

// Run is what is encoded together: one step, or several that need each other.
type Run struct {
	Work []Work
	// Threads is how many cores the run keeps busy.
	Threads int
}

// Expect estimates the processor time of the plan and how long it takes on so many cores,
// in seconds, where each second of work takes as many seconds of a processor as speed says.
func (p *Plan) Expect(cores int, speed func(Work) float64) (processor, elapsed float64) {
	var efforts []float64
	var threads []int
	for _, run := range p.Runs {
		sum := 0.0
		for _, w := range run.Work {
			sum += w.Seconds * speed(w)
		}
		processor += sum
		efforts, threads = append(efforts, sum), append(threads, min(run.Threads, cores))
	}
	return processor, makespan(efforts, threads, cores)
}
