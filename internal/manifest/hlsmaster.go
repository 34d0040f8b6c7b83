package manifest

import (
	"bytes"
	"fmt"
	"strings"
)

// Rendition is an alternative of a master playlist: a group's sound, or captions.
type Rendition struct {
	// Group is the group's name, Name what viewers read.
	Group, Name string
	// Language is a code of RFC 5646; "" is not known.
	Language string
	// URI leads from the master playlist to the media playlist.
	URI string
}

// Master is a master playlist of HLS.
type Master struct {
	// Audio has a rendition for each group, the sound of variants that name the group.
	Audio []Rendition
	// Subtitles are of one group, which all variants with video have.
	Subtitles []Rendition
	// Variants are in the order in which players find them, the first being the one
	// that they begin with.
	Variants []Variant
	// IFrames are the I-frame playlists.
	IFrames []Variant
}

// V3 is the text of an HLSv3 master playlist, which knows neither audio groups nor
// I-frame playlists.
func (m Master) V3() []byte {
	var b bytes.Buffer
	b.WriteString("#EXTM3U\n")
	m.subtitles(&b)
	for _, v := range m.Variants {
		b.WriteString("#EXT-X-STREAM-INF:PROGRAM-ID=1,")
		if !v.Size.IsZero() {
			fmt.Fprintf(&b, "RESOLUTION=%s,", v.Size)
		}
		fmt.Fprintf(&b, "CODECS=%q,BANDWIDTH=%d", v.codecs(), v.Bandwidth)
		fmt.Fprintf(&b, "%s\n%s\n", m.subtitlesOf(v), v.URI)
	}
	return b.Bytes()
}

// Text is the text of a later version: 4, or 7 with fragmented mp4.
func (m Master) Text(version int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:%d\n", version)
	program := "PROGRAM-ID=1,"
	if version >= 6 {
		program = "" // removed in version 6 (RFC 8216 section 7)
		b.WriteString("#EXT-X-INDEPENDENT-SEGMENTS\n")
	}
	for _, a := range m.Audio {
		fmt.Fprintf(&b, "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=%s,NAME=%s,AUTOSELECT=YES,DEFAULT=YES,URI=%s\n", quoted(a.Group), quoted(a.Name), quoted(a.URI))
	}
	m.subtitles(&b)
	for _, v := range m.Variants {
		fmt.Fprintf(&b, "#EXT-X-STREAM-INF:%sBANDWIDTH=%d", program, v.Bandwidth)
		if !v.Size.IsZero() {
			fmt.Fprintf(&b, ",RESOLUTION=%s", v.Size)
		}
		fmt.Fprintf(&b, ",CODECS=%s", quoted(v.codecs()))
		if v.AudioGroup != "" {
			fmt.Fprintf(&b, ",AUDIO=%s", quoted(v.AudioGroup))
		}
		fmt.Fprintf(&b, "%s\n%s\n", m.subtitlesOf(v), v.URI)
	}
	for _, v := range m.IFrames {
		fmt.Fprintf(&b, "#EXT-X-I-FRAME-STREAM-INF:%sBANDWIDTH=%d,CODECS=%s,URI=%s\n",
			program, v.Bandwidth, quoted(strings.Join(v.videoCodecs(), ",")), quoted(v.URI))
	}
	return b.Bytes()
}

func (m Master) subtitles(b *bytes.Buffer) {
	for _, s := range m.Subtitles {
		fmt.Fprintf(b, "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=%s,NAME=%s,", quoted(s.Group), quoted(s.Name))
		if s.Language != "" {
			fmt.Fprintf(b, "LANGUAGE=%s,", quoted(s.Language))
		}
		fmt.Fprintf(b, "AUTOSELECT=YES,DEFAULT=NO,FORCED=NO,URI=%s\n", quoted(s.URI))
	}
}

// subtitlesOf is the attribute that gives a variant its captions, with its comma.
func (m Master) subtitlesOf(v Variant) string {
	if len(m.Subtitles) == 0 || v.Size.IsZero() {
		return ""
	}
	return ",SUBTITLES=" + quoted(m.Subtitles[0].Group)
}

// quoted is a text as a quoted string, which holds neither quotation marks nor line
// ends and has no way to write them (RFC 8216 section 4.2).
func quoted(s string) string {
	return `"` + strings.NewReplacer(`"`, "'", "\n", " ", "\r", " ").Replace(s) + `"`
}
