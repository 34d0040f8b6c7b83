package caption

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"time"
)

// maxDepth is how deep elements may stand in each other.
const maxDepth = 64

// readTTML reads DFXP, TTML, SMPTE-TT and EBU-TT, whatever version of the namespace they
// use: the words and times of the first div of the body, as the original did. It
// reads a stream of tokens; entities are never defined, so none can grow.
func readTTML(text string) ([]Cue, error) {
	dec := xml.NewDecoder(strings.NewReader(text))
	// The text is UTF-8 by now, whatever the declaration says.
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	r := ttmlReader{styles: map[string]*ttmlStyle{}, regions: map[string]*ttmlRegion{}}
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.token(token)
		}
		if err != nil {
			line, _ := dec.InputPos()
			return nil, wrong(line, "%s", problemOf(err))
		}
	}
	if !r.seenRoot {
		return nil, wrong(1, "there is no element tt")
	}
	return closeOpenEnds(r.cues), nil
}

// problemOf is an XML error without the line, which is told apart.
func problemOf(err error) string {
	if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return "the XML is not well-formed: " + syntax.Msg
	}
	return err.Error()
}

// forever is the end of a cue that does not say when it ends.
const forever = 1<<63 - 1

// ttmlNode is an element that is being read.
type ttmlNode struct {
	name   string
	parent *ttmlNode
	depth  int
	start  time.Duration
	// said is the end that the element itself names, forever for none; end is that, or
	// an earlier one of those around it.
	said, end  time.Duration
	sequential bool // timeContainer="seq": children follow each other
	// next is the end of the last child in a sequence, where the next one begins, and
	// else the end of all children: how long an element lasts that does not say it.
	next     time.Duration
	preserve bool        // xml:space
	skip     bool        // nothing in here is shown
	region   *ttmlRegion // where it is shown, or which it defines; may be nil
	look     *ttmlLook   // may be nil
}

type ttmlReader struct {
	clock    ttmlClock
	space    string // the namespace of the document
	stack    []*ttmlNode
	seenRoot bool
	divs     int // children of body of that name so far
	styles   map[string]*ttmlStyle
	regions  map[string]*ttmlRegion
	runs     []ttmlRun // of the paragraph that is being read
	work     int       // steps of laying out, see [maxTTMLWork]
	bytes    int       // of text in cues
	cues     []Cue
}

func (r *ttmlReader) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return r.startElement(t)
	case xml.EndElement:
		return r.endElement()
	case xml.CharData:
		if n := r.top(); n != nil && !n.skip && (n.name == "p" || n.name == "span") {
			return r.text(string(t), n)
		}
	}
	return nil
}

func (r *ttmlReader) top() *ttmlNode {
	if len(r.stack) == 0 {
		return nil
	}
	return r.stack[len(r.stack)-1]
}

func (r *ttmlReader) startElement(t xml.StartElement) error {
	if len(r.stack) >= maxDepth {
		return errors.New("elements stand too deep in each other")
	}
	parent := r.top()
	if parent == nil {
		if t.Name.Local != "tt" || r.seenRoot {
			return errors.New("the element " + quote(t.Name.Local) + " stands where tt is expected")
		}
		r.seenRoot, r.space = true, t.Name.Space
		r.clock = newTTMLClock(t.Attr)
		parent = &ttmlNode{said: forever, end: forever}
	}
	n := &ttmlNode{name: t.Name.Local, parent: parent, depth: len(r.stack) + 1, preserve: parent.preserve,
		region: parent.region}
	r.stack = append(r.stack, n)
	if r.isForeign(t.Name.Space) {
		n.name, n.skip = "", true
		return nil
	}
	if n.skip = parent.skip || r.isHidden(n.name, parent); n.skip {
		return r.define(n, t.Attr)
	}
	if err := r.interval(n, t.Attr, n.base()); err != nil {
		return err
	}
	r.present(n, t.Attr)
	if n.name == "br" {
		return r.addRun(ttmlRun{"\n", true, parent})
	}
	return nil
}

// isForeign reports whether an element is of another vocabulary, which may have the same names.
// Versions of TTML may be mixed, and the namespace may be missing.
func (r *ttmlReader) isForeign(space string) bool {
	return space != "" && space != r.space && !strings.Contains(space, "/ttaf1") && !strings.Contains(space, "/ns/ttml")
}

// isHidden reports whether an element holds no captions: all but the body's first div
// and what it consists of. Divs are counted here.
func (r *ttmlReader) isHidden(name string, parent *ttmlNode) bool {
	switch name {
	case "tt", "body":
		return false
	case "div":
		if parent.name == "body" {
			r.divs++
			return r.divs > 1
		}
		return parent.name != "div"
	case "p":
		return parent.name != "div"
	case "span", "br":
		return parent.name != "p" && parent.name != "span"
	}
	return true
}

func (r *ttmlReader) endElement() error {
	n := r.top()
	r.stack = r.stack[:len(r.stack)-1]
	if n.skip {
		return nil
	}
	if n.name == "br" {
		n.parent.holdsText()
		return nil
	}
	end := n.said
	if end == forever {
		end = n.next
	}
	if p := n.parent; p.sequential {
		p.next = end
	} else {
		p.next = max(p.next, end)
	}
	if n.name == "p" {
		return r.paragraph(n)
	}
	return nil
}

// holdsText notes text or a break in an element: it lasts for ever, except in a
// sequence, where it lasts no time at all (TTML1, section 10.4).
func (n *ttmlNode) holdsText() {
	if !n.sequential {
		n.next = forever
	}
}

// base is when an element begins that does not say it: with its parent, or in a
// sequence with the end of the element before.
func (n *ttmlNode) base() time.Duration {
	if n.parent.sequential {
		return n.parent.next
	}
	return n.parent.start
}

// interval reads when an element is shown: begin, end and dur count from base, or from
// begin; the parent's end bounds it.
func (r *ttmlReader) interval(n *ttmlNode, attrs []xml.Attr, base time.Duration) error {
	begin, end, dur := time.Duration(0), time.Duration(-1), time.Duration(-1)
	for _, a := range attrs {
		if a.Name.Local == "space" {
			n.preserve = a.Value == "preserve"
		}
		if a.Name.Local == "timeContainer" {
			n.sequential = a.Value == "seq"
		}
		if a.Name.Space != "" {
			continue
		}
		into := map[string]*time.Duration{"begin": &begin, "end": &end, "dur": &dur}[a.Name.Local]
		if into == nil {
			continue
		}
		var ok bool
		if *into, ok = r.clock.parse(a.Value); !ok {
			return errors.New(a.Name.Local + " " + quote(a.Value) + " is not a time")
		}
	}
	n.start, n.said = addTime(base, begin), forever
	if end >= 0 {
		n.said = min(n.said, addTime(base, end))
	}
	if dur >= 0 {
		n.said = min(n.said, addTime(n.start, dur))
	}
	n.end, n.next = min(n.parent.end, n.said), n.start
	return nil
}

// addTime adds without leaving the range.
func addTime(a, b time.Duration) time.Duration {
	if a > forever-b {
		return forever
	}
	return a + b
}

// closeOpenEnds gives an end to cues that have none. To TTML they last as long
// as the media; people who leave the end out mean: until the next one.
func closeOpenEnds(cues []Cue) []Cue {
	cues = tidy(cues)
	next := time.Duration(-1)
	for i := len(cues) - 1; i >= 0; i-- {
		if i+1 < len(cues) && cues[i+1].Start > cues[i].Start {
			next = cues[i+1].Start
		}
		if cues[i].End == forever {
			cues[i].End = cues[i].Start + linger
			if next > 0 {
				cues[i].End = next
			}
		}
	}
	return cues
}
