package caption

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// readSCC reads Scenarist closed captions: time codes, each with byte pairs of
// line 21 that are sent from there on, one a frame at 29.97 frames per second.
// Codes of either field are taken, and the first channel with captions wins.
func readSCC(text string) ([]Cue, error) {
	var field line21Field
	var last time.Duration
	header := false
	number := 0
	for line := range strings.Lines(strings.ReplaceAll(text, "\r", "\n")) {
		number++
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if !header {
			header = true
			continue
		}
		frame, ok := parseTimecode(words[0])
		if !ok {
			return nil, wrong(number, "%s is not a time code", quote(words[0]))
		}
		for i, word := range words[1:] {
			b1, b2, ok := parsePair(word)
			if !ok {
				return nil, wrong(number, "%s is not two bytes in hexadecimal", quote(word))
			}
			last = max(last, timeOfFrame(frame+i, ntsc()))
			field.pair(last, b1, b2)
			if field.full() {
				return nil, wrong(number, "there are too many captions")
			}
		}
	}
	cues, _ := field.firstCues(last + linger)
	return cues, nil
}

// parsePair reads four hexadecimal digits and drops the parity bits, which not
// every writer sets.
func parsePair(word string) (b1, b2 byte, ok bool) {
	if len(word) != 4 {
		return 0, 0, false
	}
	n, err := strconv.ParseUint(word, 16, 16)
	return byte(n>>8) & 0x7f, byte(n) & 0x7f, err == nil
}

// writeSCC writes pop-on captions of channel CC1 with drop-frame time codes.
// from is when sending may begin. Captions that come faster than line 21 can
// carry them, 60 bytes a second, appear late rather than not at all.
func writeSCC(cues []Cue, from time.Duration) []byte {
	var b bytes.Buffer
	b.WriteString("Scenarist_SCC V1.0\n")
	next := -1
	for _, s := range schedule(line21Shows(cues, ntsc(), 0), frameAt(from, ntsc()), resumeLine21) {
		if s.frame != next {
			fmt.Fprintf(&b, "\n%s\t", formatDropFrame(s.frame))
		} else {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%02x%02x", withParity(s.unit[0]), withParity(s.unit[1]))
		next = s.frame + 1
		if s.last {
			next = -1
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}
