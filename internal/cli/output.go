package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"text/tabwriter"
	"time"
)

// output is how a list is printed.
type output struct {
	Output string `name:"output" short:"o" default:"table" enum:"table,json" help:"table, or json: one document per line."`
}

// column is one of a table: its title, and what it shows of an element.
type column[T any] struct {
	title string
	show  func(T) string
}

// printList prints elements as the user asked: each as one JSON document on a line, or as a
// row of a table. What comes before an error is printed.
func printList[T any](o output, w io.Writer, columns []column[T], all iter.Seq2[T, error]) error {
	if o.Output == "json" {
		return printDocuments(w, all)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.title
	}
	fmt.Fprintln(table, strings.Join(titles, "\t"))
	for element, err := range all {
		if err != nil {
			_ = table.Flush() // the error is what is told
			return err
		}
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = cell(c.show(element))
		}
		fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	return table.Flush()
}

func printDocuments[T any](w io.Writer, all iter.Seq2[T, error]) error {
	documents := json.NewEncoder(w)
	for element, err := range all {
		if err == nil {
			err = documents.Encode(element)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cell is a text in one line of a table.
func cell(text string) string {
	if text == "" {
		return "-"
	}
	return inLine(text)
}

// elements goes through a list that is there.
func elements[T any](all []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, element := range all {
			if !yield(element, nil) {
				return
			}
		}
	}
}

// moment shows a time.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
