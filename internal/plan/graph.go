package plan

import (
	"fmt"
	"strings"
)

// graph builds one filter_complex in which every chain that two outputs have in
// common runs once: paths of filters are merged into trees, and the split
// stands where they part. Decoding and scaling are then paid per distinct
// frame, not per output.
type graph struct {
	roots  []*node
	splits int
	joints int
	rest   []string
	text   []string
}

// node is one stage of a chain: filters, what goes on from here, and the labels
// of the outputs that take the stream as it is here.
type node struct {
	stage  string
	kids   []*node
	labels []string
	// splitter is "split" for video, "asplit" for audio.
	splitter string
}

// add brings a source (input pads, perhaps with a filter that joins them)
// through stages to a label. Empty stages are skipped; a stage that begins with
// an input pad ("[1:0]overlay") takes the stream so far as its first input and
// the pad as its second.
func (g *graph) add(splitter, source string, stages []string, label string) {
	at := child(&g.roots, source, splitter)
	for _, stage := range stages {
		if stage != "" {
			at = child(&at.kids, stage, splitter)
		}
	}
	at.labels = append(at.labels, label)
}

// also adds a chain as it is, from labels to labels.
func (g *graph) also(chain string) { g.rest = append(g.rest, chain) }

func child(kids *[]*node, stage, splitter string) *node {
	for _, k := range *kids {
		if k.stage == stage && k.splitter == splitter {
			return k
		}
	}
	k := &node{stage: stage, splitter: splitter}
	*kids = append(*kids, k)
	return k
}

// String renders the graph in the order in which it was built.
func (g *graph) String() string {
	g.text, g.splits, g.joints = nil, 0, 0
	for _, r := range g.roots {
		g.render(r.stage, r)
	}
	return strings.Join(append(g.text, g.rest...), ";")
}

// render writes the chain that has come as far as n: on along a single way, or
// through a split to each of several.
func (g *graph) render(chain string, n *node) {
	ways := len(n.kids) + len(n.labels)
	if ways == 1 && len(n.labels) == 1 {
		g.text = append(g.text, chain+bracket(n.labels[0]))
		return
	}
	if ways == 1 {
		g.render(g.link(chain, n.kids[0].stage), n.kids[0])
		return
	}
	var pads strings.Builder
	starts := make([]string, len(n.kids))
	for i := range n.kids {
		g.splits++
		starts[i] = bracket(fmt.Sprintf("s%d", g.splits))
		pads.WriteString(starts[i])
	}
	for _, l := range n.labels {
		pads.WriteString(bracket(l))
	}
	g.text = append(g.text, g.link(chain, fmt.Sprintf("%s=%d", n.splitter, ways))+pads.String())
	for i, k := range n.kids {
		g.render(g.link(starts[i], k.stage), k)
	}
}

// link continues a chain; right after a pad there is no comma, and a filter with
// a second pad takes the chain by a label.
func (g *graph) link(chain, filter string) string {
	switch {
	case strings.HasSuffix(chain, "]"):
		return chain + filter
	case strings.HasPrefix(filter, "["):
		g.joints++
		label := bracket(fmt.Sprintf("j%d", g.joints))
		g.text = append(g.text, chain+label)
		return label + filter
	}
	return chain + "," + filter
}

func bracket(label string) string { return "[" + label + "]" }

// stream is where the chains of a whole output begin.
type stream struct {
	// video and audio are pads, "" without.
	video, audio string
	// videoStages and audioStages are those after the pads.
	videoStages, audioStages []string
}

// shown are the stages of the video, up to and with a last one.
func (s stream) shown(last string) []string {
	return append(s.videoStages[:len(s.videoStages):len(s.videoStages)], last)
}

// heard are the stages of the audio, up to and with a last one.
func (s stream) heard(last string) []string {
	return append(s.audioStages[:len(s.audioStages):len(s.audioStages)], last)
}
