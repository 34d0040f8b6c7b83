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

// readTTML reads DFXP, TTML, SMPTE-TT and EBU-TT, whatever namespace they use:
// the words and times of the first div of the body, as the original did. It
// reads a stream of tokens; entities are never defined, so none can grow.
func readTTML(text string) ([]Cue, error) {
	dec := xml.NewDecoder(strings.NewReader(text))
	// The text is UTF-8 by now, whatever the declaration says.
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	r := ttmlReader{dec: dec}
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
	name       string
	start, end time.Duration
	sequential bool          // timeContainer="seq": children follow each other
	next       time.Duration // where the next child begins, when sequential
	preserve   bool          // xml:space
	skip       bool          // nothing in here is shown
}

type ttmlReader struct {
	dec      *xml.Decoder
	clock    ttmlClock
	stack    []ttmlNode
	seenRoot bool
	divs     int // children of body of that name so far
	cues     []Cue
	words    ttmlWords
}

func (r *ttmlReader) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return r.startElement(t)
	case xml.EndElement:
		r.endElement()
	case xml.CharData:
		if n := r.top(); n != nil && !n.skip && (n.name == "p" || n.name == "span") {
			r.add(string(t), n)
		}
	}
	return nil
}

func (r *ttmlReader) top() *ttmlNode {
	if len(r.stack) == 0 {
		return nil
	}
	return &r.stack[len(r.stack)-1]
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
		r.seenRoot = true
		r.clock = newTTMLClock(t.Attr)
		parent = &ttmlNode{end: forever}
	}
	n := ttmlNode{name: t.Name.Local, preserve: parent.preserve, skip: parent.skip || r.isHidden(t.Name.Local, parent)}
	if n.skip {
		r.stack = append(r.stack, n)
		return nil
	}
	if err := r.interval(&n, t.Attr, parent); err != nil {
		return err
	}
	if n.name == "p" {
		r.flush()
	}
	if n.name == "br" {
		r.add("\n", &ttmlNode{start: parent.start, end: parent.end, preserve: true})
	}
	r.stack = append(r.stack, n)
	return nil
}

// isHidden tells elements that hold no captions: all but the body's first div
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

func (r *ttmlReader) endElement() {
	n := r.top()
	r.stack = r.stack[:len(r.stack)-1]
	if n.name == "p" {
		r.flush()
	}
	if parent := r.top(); parent != nil && !n.skip && parent.sequential {
		parent.next = n.end
	}
}

// interval finds when an element is shown: begin, end and dur count from the
// parent's begin, or from the end of the element before it when the parent is a
// sequence; the parent's end bounds it.
func (r *ttmlReader) interval(n *ttmlNode, attrs []xml.Attr, parent *ttmlNode) error {
	base := parent.start
	if parent.sequential {
		base = parent.next
	}
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
	n.start, n.end = addTime(base, begin), parent.end
	if end >= 0 {
		n.end = min(n.end, addTime(base, end))
	}
	if dur >= 0 {
		n.end = min(n.end, addTime(n.start, dur))
	}
	n.next = n.start
	return nil
}

// addTime adds without leaving the range.
func addTime(a, b time.Duration) time.Duration {
	if a > forever-b {
		return forever
	}
	return a + b
}

// ttmlWords is text of one paragraph that is shown for one time.
type ttmlWords struct {
	start, end time.Duration
	text       strings.Builder
}

// add takes text of an element. Text of another time, as spans can have, makes
// a cue of its own.
func (r *ttmlReader) add(text string, n *ttmlNode) {
	if !n.preserve {
		text = collapse(text)
	}
	w := &r.words
	if n.start != w.start || n.end != w.end {
		if strings.TrimSpace(text) == "" && w.text.Len() > 0 {
			w.text.WriteString(text) // a blank or a break between spans
			return
		}
		r.flush()
		w.start, w.end = n.start, n.end
	}
	w.text.WriteString(text)
}

// collapse is the white space of XML that does not count: each run is a blank.
func collapse(text string) string {
	words := strings.Fields(text)
	joined := strings.Join(words, " ")
	if len(words) == 0 {
		if text == "" {
			return ""
		}
		return " "
	}
	if strings.ContainsAny(text[:1], " \t\r\n") {
		joined = " " + joined
	}
	if strings.ContainsAny(text[len(text)-1:], " \t\r\n") {
		joined += " "
	}
	return joined
}

// flush makes a cue of the words collected.
func (r *ttmlReader) flush() {
	if r.words.text.Len() > 0 {
		r.cues = append(r.cues, Cue{Start: r.words.start, End: r.words.end, Lines: cleanLines(r.words.text.String())})
	}
	r.words = ttmlWords{}
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
