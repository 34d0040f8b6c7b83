package caption

import "strings"

// ReadMovText reads a track of mov-text in the form in which ffmpeg hands it over: SRT
// with tags for the styles. What looks like a reference to a character is text here.
// Every error is an [*Error].
func ReadMovText(file []byte) ([]Cue, error) {
	return read(file, func(text string) ([]Cue, error) {
		return readSRT(text, func(s string) string { return srtTags.ReplaceAllLiteralString(s, "") })
	})
}

// movTextEscapes keep ffmpeg from reading text as SRT's tags, as overrides of ASS, or
// as line breaks (\N), when it makes mov-text of SRT: a style that begins and ends at
// the same place leaves nothing in the result but parts the characters.
var movTextEscapes = strings.NewReplacer("<", "<<b></b>", "{", "{<b></b>", `\`, `\<b></b>`)
