package hcl

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// quoted reads a text in quotes: a Text, a Template, or Other where it has directives.
func (p *parser) quoted() Value {
	line, start := p.line, p.pos
	p.wants(`"`)
	t := template{line: line}
	for p.err == nil {
		switch {
		case p.takes(`"`):
			return t.value(p.text[start:p.pos])
		case p.end() || p.sees("\n"):
			p.fail("the text does not end in its line")
		case p.sees(`\`):
			t.text.WriteString(p.escape())
		default:
			p.templatePart(&t)
		}
	}
	return Value{}
}

// template collects the parts of a text.
type template struct {
	line  int
	text  strings.Builder
	parts []Value
	// computed tells that it has directives.
	computed bool
}

// flush makes a part of the text collected so far.
func (t *template) flush() {
	if t.text.Len() > 0 {
		t.parts = append(t.parts, Value{Kind: Text, Line: t.line, Text: t.text.String()})
		t.text.Reset()
	}
}

func (t *template) value(source string) Value {
	if t.computed {
		return Value{Kind: Other, Line: t.line, Text: source}
	}
	if len(t.parts) == 0 {
		return Value{Kind: Text, Line: t.line, Text: t.text.String()}
	}
	t.flush()
	if len(t.parts) == 1 { // "${x}" is x
		return t.parts[0]
	}
	return Value{Kind: Template, Line: t.line, Parts: t.parts}
}

// templatePart reads a character of a template, or something to fill in.
func (p *parser) templatePart(t *template) {
	switch {
	case p.takes("$${"):
		t.text.WriteString("${")
	case p.takes("%%{"):
		t.text.WriteString("%{")
	case p.takes("%{"):
		t.computed = true
		p.pass(true)
		p.wants("}")
	case p.takes("${"):
		t.flush()
		if p.takes("~") {
			t.computed = true
		}
		t.parts = append(t.parts, p.value(true))
		p.wants("}")
	default:
		_, n := utf8.DecodeRuneInString(p.rest())
		t.text.WriteString(p.rest()[:n])
		p.advance(n)
	}
}

var escapes = map[byte]string{'n': "\n", 'r': "\r", 't': "\t", '"': `"`, '\\': `\`}

// escape reads an escape sequence.
func (p *parser) escape() string {
	p.advance(1)
	if p.end() {
		return ""
	}
	letter := p.text[p.pos]
	if text, ok := escapes[letter]; ok {
		p.advance(1)
		return text
	}
	digits := map[byte]int{'u': 4, 'U': 8}[letter]
	if digits == 0 || len(p.rest()) <= digits {
		p.fail(`"\` + p.rest()[:1] + `" is no escape sequence`)
		return ""
	}
	code, err := strconv.ParseUint(p.rest()[1:1+digits], 16, 32)
	if err != nil || !utf8.ValidRune(rune(code)) {
		p.fail(`"\` + p.rest()[:1+digits] + `" is no character`)
		return ""
	}
	p.advance(1 + digits)
	return string(rune(code))
}

var heredocStart = regexp.MustCompile(`^<<(-?)([\pL_][\pL\pN_-]*)\n`)

// heredoc reads a text of whole lines. With "<<-" the indent that all of them have does not
// belong to it.
func (p *parser) heredoc() Value {
	line, start := p.line, p.pos
	found := heredocStart.FindStringSubmatch(p.rest())
	if found == nil {
		p.fail("a heredoc must begin with its marker, on a line of its own end")
		return Value{}
	}
	p.advance(len(found[0]))
	var lines []string
	for {
		if p.end() {
			p.fail(`the heredoc does not end with "` + found[2] + `"`)
			return Value{}
		}
		text := p.restOfLine()
		if strings.TrimSpace(text) == found[2] {
			p.advance(len(text))
			break
		}
		p.advance(min(len(text)+1, len(p.rest())))
		lines = append(lines, text+"\n")
	}
	if found[1] != "" {
		unindent(lines)
	}
	text := strings.Join(lines, "")
	if strings.Contains(text, "${") || strings.Contains(text, "%{") {
		return Value{Kind: Other, Line: line, Text: p.text[start:p.pos]}
	}
	return Value{Kind: Text, Line: line, Text: text}
}

// unindent takes the blanks from lines that all of them begin with.
func unindent(lines []string) {
	least := -1
	for _, line := range lines {
		if indent := len(line) - len(strings.TrimLeft(line, " \t")); strings.TrimSpace(line) != "" &&
			(least < 0 || indent < least) {
			least = indent
		}
	}
	for i, line := range lines {
		if least > 0 && strings.TrimSpace(line) != "" {
			lines[i] = line[least:]
		}
	}
}
