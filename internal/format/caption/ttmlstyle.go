package caption

import (
	"encoding/xml"
	"iter"
	"strings"
	"time"
)

// Of all that TTML says about looks, this decides whether words are seen at all.
// The first two count for what an element holds unless that says otherwise, the others
// for all of it.
const (
	visibility = iota
	colour     // transparent or not
	display
	opacity // none or some
	ttmlProperties
)

// sight is what a property says: nothing, that words are seen, or that they are not.
type sight int8

const (
	unsaid sight = iota
	seen
	unseen
)

type ttmlProps [ttmlProperties]sight

// over is p with what it does not say taken from others.
func (p ttmlProps) over(others ttmlProps) ttmlProps {
	for i, s := range p {
		if s == unsaid {
			p[i] = others[i]
		}
	}
	return p
}

// ttmlLook is how an element, or a region, looks, and what changes that for a time.
type ttmlLook struct {
	props ttmlProps
	sets  []ttmlSet
}

type ttmlSet struct {
	start, end time.Duration
	props      ttmlProps
}

// ttmlStyle is a style that others refer to by its id.
type ttmlStyle struct {
	own      ttmlProps
	refs     []string
	resolved bool
	all      ttmlProps // own and those of refs, when resolved
}

// ttmlRegion is a place on the screen, which is there for a time.
type ttmlRegion struct {
	start, end time.Duration
	look       ttmlLook
}

// define reads an element outside of the shown ones that says something about those:
// a style, a region, or a change of either.
func (r *ttmlReader) define(n *ttmlNode, attrs []xml.Attr) error {
	switch parent := n.parent; {
	case n.name == "style" && parent.name == "styling":
		if id := idOf(attrs); id != "" {
			r.styles[id] = &ttmlStyle{own: inlineProps(attrs), refs: styleRefs(attrs)}
		}
	case n.name == "style" && parent.name == "region" && parent.region != nil:
		look := &parent.region.look
		look.props = look.props.over(r.props(attrs))
	case n.name == "region" && parent.name == "layout":
		whole := &ttmlNode{parent: &ttmlNode{end: forever}}
		if err := r.interval(whole, attrs, 0); err != nil {
			return err
		}
		n.region = &ttmlRegion{start: whole.start, end: whole.end, look: ttmlLook{props: r.props(attrs)}}
		if id := idOf(attrs); id != "" {
			r.regions[id] = n.region
		}
	case n.name == "set" && parent.name == "region" && parent.region != nil:
		region := parent.region
		return r.set(&region.look, &ttmlNode{start: region.start, end: region.end}, attrs)
	case n.name == "set" && !parent.skip:
		if parent.look == nil {
			parent.look = new(ttmlLook)
		}
		return r.set(parent.look, parent, attrs)
	}
	return nil
}

// set reads a change of a look for a part of the time of an element.
func (r *ttmlReader) set(look *ttmlLook, parent *ttmlNode, attrs []xml.Attr) error {
	n := &ttmlNode{parent: parent}
	if err := r.interval(n, attrs, parent.start); err != nil {
		return err
	}
	if props := inlineProps(attrs); props != (ttmlProps{}) {
		look.sets = append(look.sets, ttmlSet{n.start, n.end, props})
	}
	return nil
}

// present reads how and where a shown element is shown.
func (r *ttmlReader) present(n *ttmlNode, attrs []xml.Attr) {
	if props := r.props(attrs); props != (ttmlProps{}) {
		n.look = &ttmlLook{props: props}
	}
	for _, a := range attrs {
		if a.Name.Local == "region" && a.Name.Space == "" && r.regions[a.Value] != nil {
			n.region = r.regions[a.Value]
		}
	}
}

// props are those of an element's attributes, over those of the styles it refers to, of
// which the last counts most.
func (r *ttmlReader) props(attrs []xml.Attr) ttmlProps {
	return r.referred(styleRefs(attrs), inlineProps(attrs), 0)
}

func (r *ttmlReader) referred(refs []string, props ttmlProps, depth int) ttmlProps {
	for i := len(refs) - 1; i >= 0; i-- {
		props = props.over(r.style(refs[i], depth))
	}
	return props
}

// style is all that a style says; nothing for one that is not there, and for what
// stands too deep, as in a circle.
func (r *ttmlReader) style(id string, depth int) ttmlProps {
	s := r.styles[id]
	if s == nil || depth > maxDepth {
		return ttmlProps{}
	}
	if !s.resolved {
		s.resolved, s.all = true, s.own // for a circle
		s.all = r.referred(s.refs, s.own, depth+1)
	}
	return s.all
}

func styleRefs(attrs []xml.Attr) []string {
	for _, a := range attrs {
		if a.Name.Local == "style" && a.Name.Space == "" {
			return strings.Fields(a.Value)
		}
	}
	return nil
}

func idOf(attrs []xml.Attr) string {
	for _, a := range attrs {
		if a.Name.Local == "id" {
			return a.Value
		}
	}
	return ""
}

// inlineProps reads the styling attributes, of whatever version of TTML.
func inlineProps(attrs []xml.Attr) (props ttmlProps) {
	for _, a := range attrs {
		if a.Name.Space == "" {
			continue
		}
		value := strings.ToLower(strings.TrimSpace(a.Value))
		switch a.Name.Local {
		case "visibility":
			props[visibility] = sightOf(value != "hidden")
		case "color":
			props[colour] = sightOf(!isTransparent(value))
		case "display":
			props[display] = sightOf(value != "none")
		case "opacity":
			props[opacity] = sightOf(strings.Trim(value, "0.") != "" || value == "")
		}
	}
	return props
}

func sightOf(isSeen bool) sight {
	if isSeen {
		return seen
	}
	return unseen
}

// isTransparent reports whether nobody sees a colour.
func isTransparent(value string) bool {
	if inside, ok := strings.CutPrefix(value, "rgba("); ok {
		parts := strings.Split(strings.TrimSuffix(inside, ")"), ",")
		return len(parts) == 4 && strings.TrimSpace(parts[3]) == "0"
	}
	return value == "transparent" || len(value) == len("#rrggbbaa") && value[0] == '#' && strings.HasSuffix(value, "00")
}

// lineage are the looks of an element and of those around it, the innermost first, and
// at last the region's.
func (n *ttmlNode) lineage() iter.Seq[*ttmlLook] {
	return func(yield func(*ttmlLook) bool) {
		for at := n; at != nil; at = at.parent {
			if at.look != nil && !yield(at.look) {
				return
			}
		}
		if n.region != nil {
			yield(&n.region.look)
		}
	}
}

// at is what a look says at a time.
func (l *ttmlLook) at(t time.Duration) ttmlProps {
	var props ttmlProps
	for i := len(l.sets) - 1; i >= 0; i-- {
		if set := l.sets[i]; set.start <= t && t < set.end {
			props = props.over(set.props)
		}
	}
	return props.over(l.props)
}

// seen reports whether the words of an element are seen at a time at which it is there.
func (r *ttmlReader) seen(n *ttmlNode, t time.Duration) bool {
	if region := n.region; region != nil && (t < region.start || t >= region.end) {
		return false
	}
	var inherited ttmlProps
	for look := range n.lineage() {
		r.work += 1 + len(look.sets)
		props := look.at(t)
		if props[display] == unseen || props[opacity] == unseen {
			return false
		}
		inherited = inherited.over(props)
	}
	return inherited[visibility] != unseen && inherited[colour] != unseen
}
