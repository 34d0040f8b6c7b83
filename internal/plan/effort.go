package plan

import "math"

// Decoding and AudioWork are kinds of [Work] besides the encoding of video, whose kind is the
// codec.
const (
	Decoding  = "decoding"
	AudioWork = "audio"
)

// Work is a part of the processor time of a plan.
type Work struct {
	Kind string
	// Pixels are those of a frame; 0 for audio.
	Pixels int64
	// Seconds are those of processor time, as [Output.Effort] counts them.
	Seconds float64
}

// effort estimates the processor time, in seconds, of a run that makes renditions
// together, of which what is encoded alike is encoded once. Only the ratio of two estimates
// means something: videos differ.
func effort(req Request, renditions []rendition) (sum float64) {
	for _, w := range works(req, renditions) {
		sum += w.Seconds
	}
	return sum
}

// works are the parts of the effort of a run.
func works(req Request, renditions []rendition) (all []Work) {
	const audio = 0.01 // for a second
	decoding := Work{Kind: Decoding}
	encoded := newEncodings(renditions, req.Speed)
	for i := range renditions {
		r, own := &renditions[i], encoded.own(i)
		seconds := max(r.Duration.Seconds(), 1)
		if own.audio {
			all = append(all, Work{Kind: AudioWork, Seconds: seconds * audio})
		}
		if r.Video == nil || !own.video {
			continue
		}
		shown := seconds * float64(pixels(r.Video.Size)) * r.Video.FrameRate.Float() // pixels
		encoding := Work{Kind: string(r.Video.Codec), Pixels: pixels(r.Video.Size)}
		encoding.Seconds = shown * r.video.encoder.effort(req.Speed) * nano
		encoding.Seconds += seconds * float64(r.video.converted) * r.video.rate.Float() * convertEffort * nano
		all = append(all, encoding)
		if s := decodingEffort(req, seconds) * float64(r.video.passes()); s > decoding.Seconds {
			decoding.Seconds, decoding.Pixels = s, r.pieces[0].pixels
		}
	}
	return append(all, decoding)
}

const nano = 1e-9

// decodingEffort is that of decoding so many seconds of the input for which it is highest.
func decodingEffort(req Request, seconds float64) (most float64) {
	const decoding = 12 // nanoseconds for a pixel
	for _, p := range req.Probes {
		v, _ := p.MainVideo()
		most = max(most, seconds*float64(pixels(v.Coded))*v.FrameRate.Float()*(decoding*nano))
	}
	return most
}

// encoderThreads are how many threads each encoder of a run gets, and how many the run
// keeps busy. Where encoders take turns each has them all; where they work side by side
// each has its part of them by its effort, since threads that wait for each other cost.
func encoderThreads(req Request, renditions []rendition) (each []int, busy int) {
	total := effort(req, renditions)
	busy = 1
	for i := range renditions {
		r := &renditions[i]
		threads := req.Threads
		if req.Caps.ParallelEncoders() && len(renditions) > 1 {
			own := effort(req, renditions[i:i+1])
			threads = max(1, int(math.Round(float64(threads)*own/total)))
		}
		threads = r.threads(threads)
		each = append(each, threads)
		if req.Caps.ParallelEncoders() {
			busy += threads
		} else {
			busy = max(busy, threads)
		}
	}
	return each, min(busy, req.Threads)
}

// busyThreads are how many threads a run keeps busy.
func busyThreads(req Request, renditions []rendition) int {
	_, busy := encoderThreads(req, renditions)
	return busy
}
