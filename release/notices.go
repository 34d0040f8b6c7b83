package main

import (
	"fmt"
	"io"
	"strings"
)

// writeNotices writes the licences and notices of all modules but the program's own, each text
// once, under the names of those that it is of.
func (r *release) writeNotices(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s contains the following modules. Their licences and notices follow.\n\n",
		r.modules[0].path, r.version)
	var contents []string
	owners := map[string][]string{}
	for _, m := range r.modules[1:] {
		fmt.Fprintf(&b, "%s %s: %s\n", m.path, m.version, m.licence)
		for _, t := range m.texts {
			content := strings.TrimSpace(strings.ReplaceAll(t.content, "\r\n", "\n"))
			if owners[content] == nil {
				contents = append(contents, content)
			}
			owners[content] = append(owners[content], m.path+" "+m.version+", "+t.name)
		}
	}
	for _, content := range contents {
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 80), strings.Join(owners[content], "\n"), content)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
