package plan

import (
	"fmt"
	"slices"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Request is everything a plan depends on.
type Request struct {
	Job transcode.JobSpec
	// Probes has one element for each input of the job, in order.
	Probes []media.Probe
	// Images has one element for each of the job's, in order.
	Images []Image
	// Captions has one element for each output of the job, or none when no output
	// has captions.
	Captions []Captions
	Caps     media.Caps
	// Threads is how many threads a heavy step may use, 1 or more.
	Threads int
	// Speed is x264's preset name ("veryfast", "medium").
	Speed string
	// AACFallback lets an explicit HE-AAC or HE-AACv2 become AAC-LC, with a
	// warning, where no encoder for it is installed; else such an output fails.
	AACFallback bool
}

// Image is an image that outputs use, as the worker has prepared it: the file
// g0.png, g1.png, … by its place in the job, or why there is none.
type Image struct {
	Size    media.Size
	Failure *transcode.Failure
}

// Captions are an output's, as far as a plan depends on them.
type Captions struct {
	// Failure is why there are none, nil otherwise.
	Failure *transcode.Failure
	// Tracks are in the order in which the output has them.
	Tracks []CaptionTrack
}

// CaptionTrack is what a file says of a track.
type CaptionTrack struct{ Language, Label string }

// check refuses a request that makes no sense.
func (r Request) check() error {
	job := r.Job
	switch {
	case len(job.Inputs) == 0 || len(job.Inputs) != len(r.Probes):
		return fmt.Errorf("plan job %s: %d inputs and %d probes", job.ID, len(job.Inputs), len(r.Probes))
	case len(r.Images) != len(job.Images):
		return fmt.Errorf("plan job %s: %d images; %d are needed", job.ID, len(r.Images), len(job.Images))
	}
	if n := len(r.Captions); n != len(job.Outputs) && slices.ContainsFunc(job.Outputs, hasCaptions) {
		return fmt.Errorf("plan job %s: captions of %d outputs; %d are needed", job.ID, n, len(job.Outputs))
	}
	return nil
}

func hasCaptions(spec transcode.OutputSpec) bool { return len(spec.CaptionFormats) > 0 }
