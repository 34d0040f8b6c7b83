package caption

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// dfxpHead places cues at the bottom of the frame, in the middle, and outlines them.
// Without, players write them in the upper left corner, white on whatever is there.
const dfxpHead = `  <head>
    <layout>
      <region xml:id="bottom" tts:origin="10% 10%" tts:extent="80% 80%" tts:displayAlign="after" tts:textAlign="center" tts:textOutline="black 0.1em"/>
    </layout>
  </head>
`

// writeDFXP writes TTML1 with one div and a paragraph for each cue. Blanks
// count, so that nothing is lost in lines with several in a row.
func writeDFXP(cues []Cue, language string) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" xml:lang="`)
	xmlText(&b, language)
	b.WriteString("\" xml:space=\"preserve\">\n" + dfxpHead + "  <body region=\"bottom\">\n    <div>\n")
	for _, c := range cues {
		fmt.Fprintf(&b, `      <p begin="%s" end="%s">`, formatClock(c.Start, "."), formatClock(c.End, "."))
		for i, line := range c.Lines {
			if i > 0 {
				b.WriteString("<br/>")
			}
			xmlText(&b, line)
		}
		b.WriteString("</p>\n")
	}
	b.WriteString("    </div>\n  </body>\n</tt>\n")
	return b.Bytes()
}

// xmlText escapes text; writing to a buffer does not fail.
func xmlText(b *bytes.Buffer, s string) {
	_ = xml.EscapeText(b, []byte(s))
}
