package migrate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is something in a dump that keeps it from being imported.
type Fault struct {
	File string
	// Line counts from 1; 0 is the file as a whole.
	Line int
	// Member is a path in the words of the file; "" for the document.
	Member string
	Text   string
}

// String is the place and the text, in one line.
func (f Fault) String() string {
	at := f.File
	if f.Line > 0 {
		at = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	if f.Member != "" {
		at += ": " + f.Member
	}
	return at + ": " + f.Text
}

// Faults is the error of a dump that is refused: all that is wrong with it.
type Faults []Fault

// Error is a line for each fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// sorted is in the order of places.
func (f Faults) sorted() Faults {
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return slices.Compact(f)
}
