package hcl

import (
	"regexp"
	"strings"
)

var number = regexp.MustCompile(`^[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?`)

// value reads an expression up to where it ends: at a comma, a closing bracket or, unless
// lines is set, at the end of the line.
func (p *parser) value(lines bool) Value {
	p.blanks(lines)
	if !p.deeper() {
		return Value{}
	}
	defer func() { p.depth-- }()
	start, line := p.pos, p.line
	v, read := p.simple()
	p.blanks(lines)
	if p.err != nil || read && p.ends(lines) {
		return v
	}
	p.pass(lines)
	source := strings.TrimSpace(p.text[start:max(start, p.pos)])
	if p.err == nil && source == "" {
		p.fail("a value must stand here, not " + p.shown())
	}
	return Value{Kind: Other, Line: line, Text: source}
}

// ends reports whether an expression ends here.
func (p *parser) ends(lines bool) bool {
	return p.end() || strings.ContainsRune(",)]}", rune(p.text[p.pos])) || !lines && p.sees("\n")
}

// pass passes over the rest of an expression.
func (p *parser) pass(lines bool) {
	for p.err == nil && !p.ends(lines) {
		switch {
		case p.sees(`"`):
			p.quoted()
		case p.sees("<<"):
			p.heredoc()
		case strings.ContainsRune("([{", rune(p.text[p.pos])):
			p.passBrackets()
		case p.sees("#") || p.sees("//") || p.sees("/*"):
			p.blanks(lines)
		default:
			p.advance(1)
		}
	}
}

func (p *parser) passBrackets() {
	closing := map[byte]string{'(': ")", '[': "]", '{': "}"}[p.text[p.pos]]
	p.advance(1)
	if !p.deeper() {
		return
	}
	defer func() { p.depth-- }()
	for p.pass(true); p.takes(","); {
		p.pass(true)
	}
	p.wants(closing)
}

// simple reads a value that need not be computed, and reports whether there is one.
func (p *parser) simple() (Value, bool) {
	v := Value{Line: p.line}
	switch {
	case p.sees(`"`):
		return p.quoted(), true
	case p.sees("<<"):
		return p.heredoc(), true
	case p.sees("["):
		return p.list()
	case p.sees("{"):
		return p.object()
	}
	digits := number.FindString(strings.TrimPrefix(p.rest(), "-"))
	if digits != "" {
		if p.takes("-") {
			digits = "-" + digits
			p.advance(len(digits) - 1)
		} else {
			p.advance(len(digits))
		}
		v.Kind, v.Text = Number, digits
		return v, true
	}
	return p.word()
}

// word reads null, true, false or a reference.
func (p *parser) word() (Value, bool) {
	v := Value{Line: p.line}
	name := p.name()
	switch name {
	case "":
		return v, false
	case "null":
		return v, true
	case "true", "false":
		v.Kind, v.Text = Bool, name
		return v, true
	}
	v.Kind, v.Path = Reference, []string{name}
	for {
		step, more := p.step()
		if !more {
			return v, true
		}
		if step == "" {
			return v, false
		}
		v.Path = append(v.Path, step)
	}
}

var index = regexp.MustCompile(`^\[ *(?:([0-9]+)|"([^"\\$%]*)") *\]`)

// step reads ".name", ".0" or an index behind a reference; "" for one that has to be computed.
func (p *parser) step() (name string, more bool) {
	switch {
	case p.sees("."):
		p.advance(1)
		if digits := number.FindString(p.rest()); digits != "" && !strings.ContainsAny(digits, ".eE") {
			p.advance(len(digits))
			return digits, true
		}
		return p.name(), true
	case p.sees("["):
		found := index.FindStringSubmatch(p.rest())
		if found == nil {
			return "", true
		}
		p.advance(len(found[0]))
		return found[1] + found[2], true
	}
	return "", false
}

// list reads a list; one that is computed (for) is none.
func (p *parser) list() (Value, bool) {
	v := Value{Kind: List, Line: p.line}
	p.wants("[")
	p.blanks(true)
	if p.computed() {
		return p.back("[", v)
	}
	for p.err == nil && !p.sees("]") {
		v.Parts = append(v.Parts, p.value(true))
		if p.blanks(true); !p.takes(",") {
			break
		}
		p.blanks(true)
	}
	p.wants("]")
	return v, true
}

// computed reports whether what stands in brackets begins with for.
func (p *parser) computed() bool {
	word, found := strings.CutPrefix(p.rest(), "for")
	return found && word != "" && strings.ContainsRune(" \t\n", rune(word[0]))
}

// back is the value of brackets that [parser.pass] has to pass over: it passes over them, so
// that what is left of the expression can be.
func (p *parser) back(opening string, v Value) (Value, bool) {
	closing := map[string]string{"[": "]", "{": "}"}[opening]
	for p.pass(true); p.takes(","); {
		p.pass(true)
	}
	p.wants(closing)
	return v, false
}

// object reads an object; one that is computed (for) is none.
func (p *parser) object() (Value, bool) {
	v := Value{Kind: Object, Line: p.line}
	p.wants("{")
	p.blanks(true)
	if p.computed() {
		return p.back("{", v)
	}
	known := true
	for p.err == nil && !p.sees("}") {
		line := p.line
		name, plain := p.key()
		known = known && plain
		if p.blanks(false); !p.takes("=") {
			p.wants(":")
		}
		v.Members = append(v.Members, Attribute{name, line, p.value(false)})
		p.blanks(false)
		if !p.takes(",") && p.err == nil && !p.sees("\n") && !p.sees("}") {
			p.fail(`"," or "}" must stand here, not ` + p.shown())
		}
		p.blanks(true)
	}
	p.wants("}")
	return v, known
}

// key reads the name of a member; false when it has to be computed.
func (p *parser) key() (string, bool) {
	if p.sees(`"`) {
		v := p.quoted()
		return v.Text, v.Kind == Text
	}
	if p.sees("(") {
		p.passBrackets()
		return "", false
	}
	if digits := number.FindString(p.rest()); digits != "" {
		p.advance(len(digits))
		return digits, true
	}
	name := p.name()
	if name == "" {
		p.fail("the name of a member must stand here, not " + p.shown())
	}
	return name, !p.sees(".")
}
