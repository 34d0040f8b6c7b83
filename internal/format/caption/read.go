package caption

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// MaxFileBytes is the largest caption file that [Read] takes; a film of three
// hours has less than a hundredth of it.
const MaxFileBytes = 16 << 20

// Read reads a caption file of any of the formats, which its first words tell:
// "WEBVTT", "Scenarist_SCC", an XML element, or else SRT. The cues are in order
// of their start. Every error is an [*Error].
func Read(file []byte) ([]Cue, error) {
	return read(file, func(text string) ([]Cue, error) {
		switch first := strings.TrimSpace(text); {
		case first == "":
			return nil, wrong(1, "the file is empty")
		case strings.HasPrefix(first, "WEBVTT"):
			return readWebVTT(text)
		case strings.HasPrefix(strings.ToLower(first), "scenarist_scc"):
			return readSCC(text)
		case strings.HasPrefix(first, "<"):
			return readTTML(text)
		}
		return readSRT(text, stripSRT)
	})
}

// read decodes a file for a reader, and checks what that finds. Lines end in LF or CR.
func read(file []byte, reader func(text string) ([]Cue, error)) ([]Cue, error) {
	if len(file) > MaxFileBytes {
		return nil, wrong(0, "the file has more than %d bytes", MaxFileBytes)
	}
	text, err := decodeUTF8(file)
	if err != nil {
		return nil, err
	}
	cues, err := reader(strings.ReplaceAll(text, "\r\n", "\n"))
	if err != nil {
		return nil, err
	}
	return checkSize(tidy(within(cues, 0, latest-time.Millisecond)))
}

// checkSize refuses a track beyond the limits.
func checkSize(cues []Cue) ([]Cue, error) {
	if len(cues) > maxCues {
		return nil, wrong(0, "there are more than %d captions", maxCues)
	}
	size := 0
	for _, c := range cues {
		size += textSize(c.Lines)
	}
	if size > maxTextBytes {
		return nil, wrong(0, "there are more than %d bytes of text", maxTextBytes)
	}
	most, bytes := mostAtOnce(cues)
	if most > maxAtOnce {
		return nil, wrong(0, "there are more than %d captions at the same time", maxAtOnce)
	}
	if bytes > maxBytesAtOnce {
		return nil, wrong(0, "there are more than %d bytes of text at the same time", maxBytesAtOnce)
	}
	return cues, nil
}

// mostAtOnce is how many of the cues, in order of their start, are shown together, and how
// many bytes of text.
func mostAtOnce(cues []Cue) (most, bytes int) {
	ends := slices.Clone(cues)
	slices.SortFunc(ends, func(a, b Cue) int { return cmp.Compare(a.End, b.End) })
	gone, shown := 0, 0
	for i, c := range cues {
		for ends[gone].End <= c.Start {
			shown -= textSize(ends[gone].Lines)
			gone++
		}
		shown += textSize(c.Lines)
		most, bytes = max(most, i+1-gone), max(bytes, shown)
	}
	return most, bytes
}

func textSize(lines []string) int {
	size := 0
	for _, line := range lines {
		size += len(line)
	}
	return size
}
