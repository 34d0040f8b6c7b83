package transcode

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/reelastic/reelastic/internal/media"
)

// reader reads members of a document one after the other and keeps the first
// thing that is wrong; what it returns counts only while err is nil. A member
// that is null, or "", is not given.
type reader struct {
	err error
	// all are everything that was found wrong, as far as reading goes on after the first.
	all []*Error
}

func (r *reader) fail(err *Error) {
	if r.err == nil {
		r.err = err
	}
	r.all = append(r.all, err)
}

// within reads a part of the document, whose fault is told after the part's name.
func (r *reader) within(part string, read func(*reader)) {
	inner := &reader{}
	read(inner)
	if e, ok := errors.AsType[*Error](inner.err); ok {
		r.fail(Errorf(e.Code, "%s: %s", part, e.Message))
	}
}

// whole reads a whole number in digits from low to high; otherwise stands for
// one that is not given.
func (r *reader) whole(member string, value *string, low, high, otherwise int) int {
	s := text(value)
	if s == "" {
		return otherwise
	}
	n, ok := wholeNumber(s, low, high)
	if !ok {
		r.fail(invalid(member, s, "it must be a whole number from "+strconv.Itoa(low)+" to "+strconv.Itoa(high)))
		return otherwise
	}
	return n
}

// wholeNumber reads digits; false means that they are not from low to high.
func wholeNumber(s string, low, high int) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil || int(n) < low || int(n) > high {
		return 0, false
	}
	return int(n), true
}

// oneOf reads one of the allowed words; "" is not given.
func (r *reader) oneOf(member string, value *string, allowed ...string) string {
	s := text(value)
	if s != "" && !slices.Contains(allowed, s) {
		r.fail(invalid(member, s, "it must be "+orList(allowed)))
		return ""
	}
	return s
}

// frameRate reads one of the nine rates; zero is auto or not given.
func (r *reader) frameRate(member string, value *string) media.Rational {
	if text(value) == "auto" {
		return media.Rational{}
	}
	s := r.oneOf(member, value, frameRates...)
	if exact, ok := fractionalRates[s]; ok {
		return exact
	}
	return rational(s)
}

// aspectRatio reads one of the four ratios; zero is auto or not given.
func (r *reader) aspectRatio(member string, value *string) media.Rational {
	if text(value) == "auto" {
		return media.Rational{}
	}
	return rational(r.oneOf(member, value, aspectRatios...))
}

// rational reads a ratio or a number that has been checked; "" is zero.
func rational(s string) media.Rational {
	ratio, err := media.ParseRational(s)
	if err != nil {
		return media.Rational{}
	}
	return ratio
}

// orList and andList name things in a sentence: "a, b or c".
func orList[S ~string](list []S) string  { return joined(list, " or ") }
func andList[S ~string](list []S) string { return joined(list, " and ") }

// words are the texts of named ones.
func words[S ~string](list []S) []string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = string(s)
	}
	return texts
}

func joined[S ~string](list []S, last string) string {
	var b strings.Builder
	for i, s := range list {
		switch {
		case i == 0:
		case i == len(list)-1:
			b.WriteString(last)
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(s))
	}
	return b.String()
}
