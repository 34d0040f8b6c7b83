package caption

import (
	"strings"
)

// The characters of CEA-608 (section 6.4.2 and annex; 47 CFR 15.119). The basic
// set is ASCII with these exceptions; its apostrophe is drawn curved, and read
// straight here, since that is what authors meant.
const (
	basicCodes = "\x2a\x5c\x5e\x5f\x60\x7b\x7c\x7d\x7e\x7f"
	basicRunes = "áéíóúç÷Ññ█"
)

// Two-byte characters stand at 0x30 to 0x3f behind 0x11, and at 0x20 to 0x3f
// behind 0x12 and 0x13. Those of the latter two replace the character before them.
const (
	specialRunes = "®°½¿™¢£♪à\u00a0èâêîôû"
	spanishRunes = "ÁÉÓÚÜü‘¡*'—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»"
	germanRunes  = "ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤¦ÅåØø┌┐└┘"
)

// basicRune is the character of one byte, 0x20 to 0x7f.
func basicRune(code byte) rune {
	if at := strings.IndexByte(basicCodes, code); at >= 0 {
		return []rune(basicRunes)[at]
	}
	return rune(code)
}

// line21Code is how a character is sent: one byte when b1 is 0, else two; then
// fallback is what a decoder without the extended sets shows instead, 0 for
// characters of the special set. ok is false for what line 21 can't say.
func line21Code(r rune) (b1, b2 byte, fallback byte, ok bool) {
	if at := runeIndex(basicRunes, r); at >= 0 {
		return 0, basicCodes[at], 0, true
	}
	if r >= 0x20 && r < 0x7f && strings.IndexByte(basicCodes, byte(r)) < 0 {
		return 0, byte(r), 0, true
	}
	if at := runeIndex(specialRunes, r); at >= 0 {
		return 0x11, 0x30 + byte(at), 0, true
	}
	if at := runeIndex(spanishRunes, r); at >= 0 {
		return 0x12, 0x20 + byte(at), spanishFallback[at], true
	}
	if at := runeIndex(germanRunes, r); at >= 0 {
		return 0x13, 0x20 + byte(at), germanFallback[at], true
	}
	return 0, 0, 0, false
}

// What stands for the extended characters in a decoder of the basic set, one
// for each of spanishRunes and germanRunes.
const (
	spanishFallback = "AEOUUu'! '-cs.\"\"AACEEEeIIiOUuU<>"
	germanFallback  = "AaIIiOoOo()/-- -AaOosY$:AaOo++++"
)

// runeIndex counts characters, not bytes; -1 is not found.
func runeIndex(set string, r rune) int {
	at := 0
	for _, c := range set {
		if c == r {
			return at
		}
		at++
	}
	return -1
}

// plainer are characters outside of the sets that have a plain likeness.
var plainer = strings.NewReplacer("–", "-", "‐", "-", "‑", "-", "―", "-", "−", "-", "…", "...",
	"‚", ",", "„", "\"", "‹", "<", "›", ">", "Œ", "OE", "œ", "oe", "Æ", "AE", "æ", "ae", "€", "EUR", "♫", "♪", "´", "'",
	"’", "'")
