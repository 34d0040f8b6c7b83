package plan

import (
	"cmp"
	"math"
	"slices"
)

// effort estimates the processor time, in seconds, of a run that makes renditions
// together. Only the ratio of two estimates means something: pictures differ.
func effort(req Request, renditions []rendition) float64 {
	const decoding, sound = 12e-9, 0.01 // for a pixel, for a second
	decoded, sum := 0.0, 0.0
	for _, r := range renditions {
		seconds := max(r.Duration.Seconds(), 1)
		sum += seconds * sound
		if r.Video == nil {
			continue
		}
		sum += seconds * float64(pixels(r.Video.Size)) * r.Video.FrameRate.Float() * r.encoder.effort(req.Speed) * 1e-9
		sum += seconds * float64(r.converted) * r.pictureRate.Float() * convertEffort * 1e-9
		for _, p := range req.Probes {
			v, _ := p.MainVideo()
			decoded = max(decoded, seconds*float64(pixels(v.Coded))*v.FrameRate.Float()*decoding*float64(r.passes()))
		}
	}
	return sum + decoded
}

// passes is how often the output's pictures are decoded.
func (r *rendition) passes() int {
	if r.encoder.palette() == paletteInTwoPasses {
		return 2
	}
	return 1
}

// shared divides threads between runs so that all are done early: with a thread for
// each of several runs nothing waits for anything, while the last of them leaves
// cores idle; with all threads for each, one after the other, every run does a bit
// of waiting. Most is how many threads each run can use.
func shared(efforts []float64, most []int, threads int) []int {
	total := 0.0
	for _, e := range efforts {
		total += e
	}
	best, shortest := []int(nil), math.Inf(1)
	for share := range 2*threads + 2 {
		allotted := make([]int, len(efforts))
		for i, e := range efforts {
			allotted[i] = min(most[i], threads)
			if share <= 2*threads { // the last one leaves all threads to each
				allotted[i] = max(1, min(allotted[i], int(math.Ceil(float64(share)*e/total))))
			}
		}
		if span := makespan(efforts, allotted, threads); span < shortest*0.99 {
			best, shortest = allotted, span
		}
	}
	return best
}

// makespan is how long runs take that begin in the order of their effort, each as
// soon as its threads are free. Of n threads a run makes n to the power of 0.8: twelve families
// took a sixth less processor time with one thread each than with two.
func makespan(efforts []float64, allotted []int, threads int) float64 {
	type run struct {
		end     float64
		threads int
	}
	order := make([]int, len(efforts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(efforts[b], efforts[a]) })
	var running []run
	now, free, last := 0.0, threads, 0.0
	for _, i := range order {
		for free < allotted[i] { // the next one to end makes room
			first := slices.IndexFunc(running, func(r run) bool {
				return !slices.ContainsFunc(running, func(other run) bool { return other.end < r.end })
			})
			now, free = running[first].end, free+running[first].threads
			running = slices.Delete(running, first, first+1)
		}
		end := now + efforts[i]/math.Pow(float64(allotted[i]), 0.8)
		running, free, last = append(running, run{end, allotted[i]}), free-allotted[i], max(last, end)
	}
	return last
}

// joinedGroups puts runs that have one thread each into as many as there are threads,
// of about the same effort: what they read is then decoded once for each thread. In
// one thread the encoders of a run can't hold each other up more than they do anyway.
// A run that has to wait for another one stays by itself.
func joinedGroups(req Request, groups [][]rendition, threads []int) (all [][]rendition, allotted []int) {
	var order []int
	for i := range groups {
		if threads[i] == 1 && !slices.ContainsFunc(groups[i], func(r rendition) bool { return len(r.preparations) > 0 }) {
			order = append(order, i)
		} else {
			all, allotted = append(all, groups[i]), append(allotted, threads[i])
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(effort(req, groups[b]), effort(req, groups[a]))
	})
	var joined [][]rendition
	for _, i := range order {
		at := -1
		for k, other := range joined {
			fits := other[0].reading() == groups[i][0].reading() && pictureStreams(other)+pictureStreams(groups[i]) <= mostPictures
			if fits && len(joined) >= req.Threads && (at < 0 || effort(req, other) < effort(req, joined[at])) {
				at = k
			}
		}
		if at < 0 {
			joined, allotted = append(joined, groups[i]), append(allotted, 1)
		} else {
			joined[at] = append(slices.Clip(joined[at]), groups[i]...)
		}
	}
	return append(all, joined...), allotted
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
			threads = max(1, int(math.Round(float64(threads)*effort(req, renditions[i:i+1])/total)))
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
