package manifest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/reelastic/reelastic/internal/media"
)

// Rendition is an alternative of a master playlist: a group's audio, or captions.
type Rendition struct {
	// Group is the group's name, Name what viewers read.
	Group, Name string
	// Language is a code of RFC 5646; "" is not known.
	Language string
	// URI leads from the master playlist to the media playlist.
	URI string
	// Channel is the channel of CEA-608, as INSTREAM-ID names it, of captions in the
	// frames, which have no URI.
	Channel string
}

// Master is a master playlist of HLS.
type Master struct {
	// Audio has a rendition for each group, the audio of variants that name the group.
	Audio []Rendition
	// Subtitles are of one group, which all variants with video have.
	Subtitles []Rendition
	// ClosedCaptions are of one group too: those in the frames.
	ClosedCaptions []Rendition
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
	m.captions(&b)
	for _, v := range m.Variants {
		b.WriteString("#EXT-X-STREAM-INF:PROGRAM-ID=1,")
		if !v.Size.IsZero() {
			fmt.Fprintf(&b, "RESOLUTION=%s,", v.Size)
		}
		fmt.Fprintf(&b, "CODECS=%q,BANDWIDTH=%d", v.codecs(), v.Bandwidth)
		fmt.Fprintf(&b, "%s\n%s\n", m.captionsOf(v), v.URI)
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
		fmt.Fprintf(&b, "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=%s,NAME=%s,AUTOSELECT=YES,DEFAULT=YES,URI=%s\n",
			quoted(a.Group), quoted(a.Name), quoted(a.URI))
	}
	m.captions(&b)
	for _, v := range m.Variants {
		fmt.Fprintf(&b, "#EXT-X-STREAM-INF:%s%s", program, v.rates(version))
		fmt.Fprintf(&b, ",CODECS=%s%s", quoted(v.codecs()), v.frameRate(version))
		if v.AudioGroup != "" {
			fmt.Fprintf(&b, ",AUDIO=%s", quoted(v.AudioGroup))
		}
		fmt.Fprintf(&b, "%s\n%s\n", m.captionsOf(v), v.URI)
	}
	for _, v := range m.IFrames {
		if version < 6 {
			v.Size = media.Size{} // as in the original's
		}
		fmt.Fprintf(&b, "#EXT-X-I-FRAME-STREAM-INF:%s%s,CODECS=%s,URI=%s\n",
			program, v.rates(version), quoted(v.Video), quoted(v.URI))
	}
	return b.Bytes()
}

// rates are the bit rates and the size of a variant. Only version 7, which is not the
// original's, has the mean rate.
func (v Variant) rates(version int) string {
	text := fmt.Sprintf("BANDWIDTH=%d", v.Bandwidth)
	if version >= 7 {
		text += fmt.Sprintf(",AVERAGE-BANDWIDTH=%d", v.Average)
	}
	if !v.Size.IsZero() {
		text += fmt.Sprintf(",RESOLUTION=%s", v.Size)
	}
	return text
}

// frameRate is the attribute of version 7, with its comma; "" without video.
func (v Variant) frameRate(version int) string {
	if version < 7 || v.FrameRate.IsZero() {
		return ""
	}
	return fmt.Sprintf(",FRAME-RATE=%.3f", v.FrameRate.Float())
}

// captions names all captions: as media playlists, and in the frames.
func (m Master) captions(b *bytes.Buffer) {
	for _, s := range m.Subtitles {
		fmt.Fprintf(b, "%sAUTOSELECT=YES,DEFAULT=NO,FORCED=NO,URI=%s\n", s.caption("SUBTITLES"), quoted(s.URI))
	}
	for _, s := range m.ClosedCaptions {
		fmt.Fprintf(b, "%sAUTOSELECT=YES,DEFAULT=NO,INSTREAM-ID=%s\n", s.caption("CLOSED-CAPTIONS"), quoted(s.Channel))
	}
}

// caption is the beginning of the tag of captions, with its comma.
func (r Rendition) caption(kind string) string {
	tag := fmt.Sprintf("#EXT-X-MEDIA:TYPE=%s,GROUP-ID=%s,NAME=%s,", kind, quoted(r.Group), quoted(r.Name))
	if r.Language != "" {
		tag += fmt.Sprintf("LANGUAGE=%s,", quoted(r.Language))
	}
	return tag
}

// captionsOf are the attributes that give a variant its captions, with their commas.
func (m Master) captionsOf(v Variant) (attributes string) {
	if v.Size.IsZero() {
		return ""
	}
	if len(m.Subtitles) > 0 {
		attributes += ",SUBTITLES=" + quoted(m.Subtitles[0].Group)
	}
	if len(m.ClosedCaptions) > 0 {
		attributes += ",CLOSED-CAPTIONS=" + quoted(m.ClosedCaptions[0].Group)
	}
	return attributes
}

// quoted is a text as a quoted string, which holds neither quotation marks nor line
// ends and has no way to write them (RFC 8216 section 4.2).
func quoted(s string) string {
	return `"` + strings.NewReplacer(`"`, "'", "\n", " ", "\r", " ").Replace(s) + `"`
}
