package plan

// encodeSteps are the runs that make renditions together: what one of them needs
// first, and the run that writes them all.
func encodeSteps(name string, req Request, renditions []rendition) []Step {
	each, busy := encoderThreads(req, renditions)
	step := Step{Name: name, MemoryBytes: memory(req, renditions), Threads: busy, Share: 1}
	a := newAssembly(busy, renditions[0].pieces)
	a.graphThreads = busy
	shared, places := newEncodings(renditions, req.Speed), make([]placement, len(renditions))
	var before []Step
	for i := range renditions {
		r := &renditions[i]
		at, preparations := place(a, r, name, req)
		for _, p := range preparations {
			before = append(before, p.steps...)
			step.Needs = append(step.Needs, p.last())
			if len(renditions) == 1 {
				step.Share -= p.share()
			}
		}
		places[i] = at
		join(&a.graph, r, at, shared.own(i))
		step.Outputs = append(step.Outputs, r.Index)
		step.Duration = max(step.Duration, r.Duration)
	}
	step.Within = shared.names(renditions)
	a.write(filesArgs(renditions, places, shared, req.Speed, each)...)
	step.Args = a.args()
	return append(before, step)
}

// place has a run read what only one rendition needs, some of which is made before.
func place(a *assembly, r *rendition, step string, req Request) (at placement, preparations []preparation) {
	prepare := func(make func(*rendition, string, Request) preparation) (input int) {
		p := make(r, step, req)
		preparations = append(preparations, p)
		return a.read(p.input)
	}
	at.watermarks = a.readWatermarks(r)
	at.artwork, at.source = a.readArtwork(r)
	if r.preparesAudio() {
		at.audio = prepare(prepareAudio)
	}
	if r.preparesPalette() {
		at.palette = prepare(preparePalette)
	}
	at.captions = a.readCaptions(r)
	return at, preparations
}
