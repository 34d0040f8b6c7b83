package plan

import (
	"slices"
	"strconv"
	"strings"
)

// assembly is a run of ffmpeg that is put together: what it reads, one graph, what it writes.
type assembly struct {
	graph graph
	// graphThreads is how many threads the graph has; 0 leaves it to ffmpeg.
	graphThreads int
	inputs       []string
	count        int // of inputs
	sources      []piece
	outputs      []string
}

// newAssembly reads the sources with so many threads.
func newAssembly(threads int, pieces []piece) *assembly {
	return &assembly{inputs: sourceArgs(threads, pieces), count: len(pieces), sources: pieces}
}

// read adds an input by its arguments, and returns its number.
func (a *assembly) read(args []string) int {
	a.inputs = append(a.inputs, args...)
	a.count++
	return a.count - 1
}

// readWatermarks adds the watermarks of a rendition, the same for all pieces, and returns
// the number of the first.
func (a *assembly) readWatermarks(r *rendition) int {
	first := a.count
	for _, w := range r.pieces[0].watermarks {
		a.read(imageArgs(w.image))
	}
	return first
}

// readArtwork adds the images that artwork is made of, and the source where the input's own
// comes from it; it returns the number of the first, and that of the source.
func (a *assembly) readArtwork(r *rendition) (first, source int) {
	first = a.count
	for _, w := range r.artwork {
		if w.made() {
			a.read(imageArgs(w.image))
		}
	}
	if r.artworkApart {
		source = a.read(append(SafetyArgs(), "-i", "file:in0"))
	}
	return first, source
}

// readCaptions adds what the captions inside the file come from, and returns the number of
// the first.
func (a *assembly) readCaptions(r *rendition) int {
	first := a.count
	if r.Carrier != nil {
		return a.read(r.Carrier.args())
	}
	for i := range r.captions {
		a.read(ownInput("srt", "-f", "srt", "-i", "file:"+r.SubtitleFile(i)))
	}
	return first
}

// write adds arguments of the files that are written.
func (a *assembly) write(args ...string) { a.outputs = append(a.outputs, args...) }

// args are the arguments of the run.
func (a *assembly) args() []string {
	args := append(a.inputs, "-abort_on", "empty_output")
	text := a.graph.String()
	if text != "" {
		if a.graphThreads > 0 {
			args = append(args, "-filter_complex_threads", strconv.Itoa(a.graphThreads))
		}
		args = append(args, "-filter_complex", text)
	}
	return slices.Concat(args, a.outputs, a.firstStreams(text))
}

// firstStreams read the packets of the stream with which a source begins where the graph
// leaves it out: what begins later would else be moved to the beginning. Beyond
// [mostFrameStreams] the end of the run would be hidden, and none are read.
func (a *assembly) firstStreams(graph string) (args []string) {
	frames := 0
	for i, source := range a.sources {
		pads := make([]string, len(source.together))
		for k, s := range source.together { // the earliest first
			pads[k] = strconv.Itoa(i) + ":" + strconv.Itoa(s.index)
		}
		reads := func(pad string) bool { return strings.Contains(graph, "["+pad+"]") }
		if !slices.ContainsFunc(pads, reads) || reads(pads[0]) {
			continue
		}
		args = append(args, "-map", pads[0])
		if source.together[0].video {
			frames++
		}
	}
	if args == nil || frames > mostFrameStreams {
		return nil
	}
	return append(args, "-c", "copy", "-f", "null", "-")
}
