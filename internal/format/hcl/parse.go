package hcl

import (
	"strings"
	"unicode/utf8"
)

// deepest is how deep blocks and values may nest.
const deepest = 100

// Parse reads a file. Its error is a [*SyntaxError].
func Parse(text []byte) (Body, error) {
	p := &parser{text: string(text), line: 1}
	if !utf8.Valid(text) {
		return Body{}, &SyntaxError{1, "it is not UTF-8"}
	}
	p.text = strings.TrimPrefix(strings.ReplaceAll(p.text, "\r\n", "\n"), "\ufeff")
	body := p.body("")
	if p.err != nil {
		return Body{}, p.err
	}
	return body, nil
}

// parser reads a text from pos on. After the first error it stands at the end of the text,
// so that nothing more is read.
type parser struct {
	text  string
	pos   int
	line  int
	depth int
	err   error
}

func (p *parser) fail(text string) {
	if p.err == nil {
		p.err = &SyntaxError{p.line, text}
	}
	p.pos = len(p.text)
}

// deeper counts a level of nesting, and reports whether it may be read. The caller gives it
// back with depth--.
func (p *parser) deeper() bool {
	if p.depth++; p.depth > deepest {
		p.fail("values and blocks are nested too deep")
	}
	return p.err == nil
}

func (p *parser) rest() string          { return p.text[p.pos:] }
func (p *parser) end() bool             { return p.pos >= len(p.text) }
func (p *parser) sees(text string) bool { return strings.HasPrefix(p.rest(), text) }

// advance passes over n bytes and counts their lines.
func (p *parser) advance(n int) {
	p.line += strings.Count(p.text[p.pos:p.pos+n], "\n")
	p.pos += n
}

// takes passes over a text that is there.
func (p *parser) takes(text string) bool {
	if !p.sees(text) {
		return false
	}
	p.advance(len(text))
	return true
}

// wants passes over a text that must be there.
func (p *parser) wants(text string) {
	if p.err == nil && !p.takes(text) {
		p.fail(`"` + text + `" must stand here, not ` + p.shown())
	}
}

// shown is what stands at the position, for an error.
func (p *parser) shown() string {
	if p.end() {
		return "the end of the file"
	}
	word, _, _ := strings.Cut(p.rest(), "\n")
	if word == "" {
		return "the end of the line"
	}
	if i := strings.IndexAny(word, " \t"); i > 0 {
		word = word[:i]
	}
	return `"` + word + `"`
}

// blanks passes over blanks and comments, over ends of lines as well when lines is set.
func (p *parser) blanks(lines bool) {
	for !p.end() {
		switch {
		case p.sees(" ") || p.sees("\t") || lines && p.sees("\n"):
			p.advance(1)
		case p.sees("#") || p.sees("//"):
			p.advance(len(p.restOfLine()))
		case p.sees("/*"):
			n := strings.Index(p.rest(), "*/")
			if n < 0 {
				p.fail("the comment does not end")
				return
			}
			p.advance(n + len("*/"))
		default:
			return
		}
	}
}

// restOfLine is what is left of the line, without its end.
func (p *parser) restOfLine() string {
	line, _, _ := strings.Cut(p.rest(), "\n")
	return line
}

// name reads an identifier; "" where there is none.
func (p *parser) name() string {
	n := 0
	for i, r := range p.rest() {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= utf8.RuneSelf
		if !letter && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			break
		}
		n = i + utf8.RuneLen(r)
	}
	name := p.rest()[:n]
	p.advance(n)
	return name
}

// body reads attributes and blocks up to closing, which it does not pass over; "" is the end
// of the file.
func (p *parser) body(closing string) (b Body) {
	if !p.deeper() {
		return b
	}
	defer func() { p.depth-- }()
	for p.blanks(true); p.err == nil; p.blanks(true) {
		if p.end() || closing != "" && p.sees(closing) {
			break
		}
		p.statement(&b)
		if p.blanks(false); p.err == nil && !p.end() && !p.sees("\n") && (closing == "" || !p.sees(closing)) {
			p.fail("the line must end here, not go on with " + p.shown())
		}
	}
	return b
}

// statement reads an attribute or a block into a body.
func (p *parser) statement(b *Body) {
	line, name := p.line, p.name()
	if name == "" {
		p.fail("an attribute or a block must begin here, not " + p.shown())
		return
	}
	p.blanks(false)
	if p.takes("=") {
		if _, twice := b.Attribute(name); twice {
			p.fail(`the attribute "` + name + `" is given twice`)
			return
		}
		b.Attributes = append(b.Attributes, Attribute{name, line, p.value(false)})
		return
	}
	block := Block{Type: name, Line: line}
	for p.err == nil && !p.sees("{") {
		block.Labels = append(block.Labels, p.label())
		p.blanks(false)
	}
	p.wants("{")
	block.Body = p.body("}")
	p.wants("}")
	b.Blocks = append(b.Blocks, block)
}

func (p *parser) label() string {
	if !p.sees(`"`) {
		name := p.name()
		if name == "" {
			p.fail(`"=", "{" or a label must stand here, not ` + p.shown())
		}
		return name
	}
	v := p.quoted()
	if p.err == nil && v.Kind != Text {
		p.fail("a label must be a plain text")
	}
	return v.Text
}
