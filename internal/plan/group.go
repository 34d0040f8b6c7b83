package plan

import (
	"cmp"
	"slices"
)

// grouped puts renditions that one run makes together: decoding is then paid
// once. Outputs of different parts of the source have runs of their own. So
// does an encoder that would hold the others up, unless encoders work side by side:
// before 7.0 ffmpeg works for all outputs of a run in one thread, one after the
// other. What would be more than [mostFrameStreams] in one run is divided.
func grouped(all []rendition, speed string, parallel bool) (groups [][]rendition) {
	var alone [][]rendition
	shared := map[string]int{} // where in groups
	for _, r := range all {
		at, ok := shared[r.reading()]
		switch {
		case r.video != nil && r.video.encoder.alone() && (!parallel || r.prepared()):
			alone = withAlike(alone, r, speed)
		case ok && frameStreams(groups[at])+r.frameStreams() <= mostFrameStreams:
			groups[at] = append(groups[at], r)
		default: // the first, or the first of the next part
			shared[r.reading()] = len(groups)
			groups = append(groups, []rendition{r})
		}
	}
	return append(groups, alone...)
}

// withAlike adds a rendition to the runs of one each: to that of another one with the same
// frames, or as a run of its own.
func withAlike(runs [][]rendition, r rendition, speed string) [][]rendition {
	key := r.videoKey(speed)
	for i, run := range runs {
		if key != "" && run[0].videoKey(speed) == key {
			runs[i] = append(run, r)
			return runs
		}
	}
	return append(runs, []rendition{r})
}

// mostFrameStreams is how many streams of frames a run may write. ffmpeg 5.1 cuts its
// blocks of progress off after 1000 bytes, in which each such stream has a line
// before the counts; 45 of them hid the end of the run.
const mostFrameStreams = 36

// frameStreams counts those of renditions.
func frameStreams(all []rendition) (n int) {
	for i := range all {
		n += all[i].frameStreams()
	}
	return n
}

// sharedGroups divides the threads of a request between runs, of which some become one.
func sharedGroups(req Request, groups [][]rendition) (all [][]rendition, threads []int) {
	efforts, most := make([]float64, len(groups)), make([]int, len(groups))
	for i, group := range groups {
		efforts[i], most[i] = effort(req, group), 1
		for _, r := range group {
			most[i] = max(most[i], r.threads(req.Threads))
		}
	}
	return joinedGroups(req, groups, shared(efforts, most, req.Threads))
}

// joinedGroups puts runs that have one thread each into as many as there are threads,
// of about the same effort: what they read is then decoded once for each thread. In
// one thread the encoders of a run can't hold each other up more than they do anyway.
// A run that has to wait for another one stays by itself.
func joinedGroups(req Request, groups [][]rendition, threads []int) (all [][]rendition, allotted []int) {
	var order []int
	for i := range groups {
		if threads[i] == 1 && !slices.ContainsFunc(groups[i], func(r rendition) bool { return r.prepared() }) {
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
			fits := other[0].reading() == groups[i][0].reading() &&
				frameStreams(other)+frameStreams(groups[i]) <= mostFrameStreams
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
