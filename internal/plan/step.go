package plan

import "time"

// Step is one run of a program, in a folder of its own that holds the inputs.
type Step struct {
	// Name is unique in the plan and fit for a file name ("encode-1").
	Name string
	// Program is "" for ffmpeg, or [FDKAAC].
	Program string
	// Needs are the names of the steps that must have ended well before.
	Needs []string
	// Outputs are the indexes of the outputs that the step makes.
	Outputs []int
	// Args are the program's arguments; ffmpeg's after the runner's own global ones.
	Args []string
	// Within names results that stand inside an argument, beside those that are one.
	Within []string
	// Duration is how far -progress will count; 0 when it is not known.
	Duration time.Duration
	// Threads is how many cores the step keeps busy, 1 or more.
	Threads int
	// Effort is the estimated processor time of the step and of those that wait for
	// it, in seconds: good for comparing the steps of a plan.
	Effort float64
	// Share is the part of its outputs' work, above 0, that the step does: 1, or
	// less where they need several steps.
	Share float64
	// MemoryBytes is what the step is expected to need at the most.
	MemoryBytes int64
}
