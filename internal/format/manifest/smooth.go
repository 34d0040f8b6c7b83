package manifest

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/internal/media"
)

// SmoothTimescale is what a second has in Smooth manifests: units of 100 ns.
const SmoothTimescale = 10_000_000

// SmoothPresentation is a Smooth Streaming presentation, as its two manifests tell it:
// that of the server, which says in which files the tracks are, and that of clients,
// which says what can be asked for (MS-SSTR 2.2.2).
type SmoothPresentation struct {
	// ClientURI leads from the server's manifest to the clients' (see [RelativeURI]).
	ClientURI string
	Streams   []SmoothStream
	// Protection is nil for clear content.
	Protection *SmoothProtection
}

// SmoothProtection is what players of a DRM system are told.
type SmoothProtection struct {
	// SystemID is the system's UUID.
	SystemID string
	Header   []byte
}

// SmoothStream is a set of tracks between which a client switches, cut at the same
// times.
type SmoothStream struct {
	// Type is "video", "audio" or "text".
	Type string
	// Name is unique in the presentation and part of the addresses of fragments.
	Name string
	// Language is of ISO 639; "" where it is not known.
	Language string
	Levels   []SmoothLevel
	Chunks   []SmoothChunk
}

// SmoothLevel is one track.
type SmoothLevel struct {
	// URI leads from the server's manifest to the file (see [RelativeURI]).
	URI     string
	TrackID uint32
	// BitRate is in bits per second, and unique in the stream: it names the track in
	// addresses.
	BitRate int
	// FourCC is H264, AACL, AACH or DFXP.
	FourCC string
	// Private is the codec's configuration: parameter sets with start codes, or the
	// AudioSpecificConfig; nil for text.
	Private []byte
	// Size is the frame's; zero for others.
	Size media.Size
	// SampleRate is in Hz; 0, as Channels, for others than audio.
	SampleRate, Channels int
}

// SmoothChunk is a fragment, in units of [SmoothTimescale].
type SmoothChunk struct{ Start, Duration uint64 }

// AVCPrivate is the configuration of H.264 as Smooth manifests have it.
func AVCPrivate(sets ...[]byte) (private []byte) {
	for _, set := range sets {
		private = append(append(private, 0, 0, 0, 1), set...)
	}
	return private
}

// Duration is when the last chunk ends, in units of [SmoothTimescale].
func (p SmoothPresentation) Duration() (end uint64) {
	for _, s := range p.Streams {
		for _, c := range s.Chunks {
			end = max(end, c.Start+c.Duration)
		}
	}
	return end
}

const xmlHead = `<?xml version="1.0" encoding="utf-8"?>` + "\n"

// Client is the manifest for clients (.ismc).
func (p SmoothPresentation) Client() []byte {
	var b strings.Builder
	b.WriteString(xmlHead)
	fmt.Fprintf(&b, "<SmoothStreamingMedia MajorVersion=\"2\" MinorVersion=\"0\" Duration=\"%d\" TimeScale=\"%d\">\n",
		p.Duration(), SmoothTimescale)
	if d := p.Protection; d != nil {
		fmt.Fprintf(&b,
			"  <Protection>\n    <ProtectionHeader SystemID=\"%s\">%s</ProtectionHeader>\n  </Protection>\n",
			strings.ToUpper(d.SystemID), base64.StdEncoding.EncodeToString(d.Header))
	}
	for _, s := range p.Streams {
		s.write(&b)
	}
	b.WriteString("</SmoothStreamingMedia>\n")
	return []byte(b.String())
}

func (s SmoothStream) write(b *strings.Builder) {
	fmt.Fprintf(b, `  <StreamIndex Type="%s" Name="%s"`, s.Type, escape(s.Name))
	if s.Type == "text" {
		b.WriteString(` Subtype="CAPT"`)
	}
	if s.Language != "" {
		fmt.Fprintf(b, ` Language="%s"`, escape(s.Language))
	}
	fmt.Fprintf(b, ` Chunks="%d" QualityLevels="%d"`, len(s.Chunks), len(s.Levels))
	if s.Type == "video" {
		largest := slices.MaxFunc(s.Levels,
			func(a, b SmoothLevel) int { return a.Size.Width*a.Size.Height - b.Size.Width*b.Size.Height }).Size
		fmt.Fprintf(b, ` MaxWidth="%d" MaxHeight="%d" DisplayWidth="%d" DisplayHeight="%d"`, largest.Width,
			largest.Height, largest.Width, largest.Height)
	}
	fmt.Fprintf(b, " Url=\"QualityLevels({bitrate})/Fragments(%s={start time})\">\n", escape(s.Name))
	for i, l := range s.Levels {
		fmt.Fprintf(b, `    <QualityLevel Index="%d" Bitrate="%d" FourCC="%s"`, i, l.BitRate, l.FourCC)
		switch s.Type {
		case "video":
			fmt.Fprintf(b, ` MaxWidth="%d" MaxHeight="%d"`, l.Size.Width, l.Size.Height)
		case "audio": // 16 bits and the tag of raw AAC, as servers write them
			fmt.Fprintf(b, ` SamplingRate="%d" Channels="%d" BitsPerSample="16" PacketSize="%d" AudioTag="255"`,
				l.SampleRate, l.Channels, 2*l.Channels)
		}
		fmt.Fprintf(b, " CodecPrivateData=\"%s\"/>\n", strings.ToUpper(hex.EncodeToString(l.Private)))
	}
	for _, c := range s.Chunks {
		fmt.Fprintf(b, "    <c t=\"%d\" d=\"%d\"/>\n", c.Start, c.Duration)
	}
	b.WriteString("  </StreamIndex>\n")
}

// elements are the media elements of SMIL by the stream's type.
var elements = map[string]string{"video": "video", "audio": "audio", "text": "textstream"}

// Server is the manifest for the server (.ism).
func (p SmoothPresentation) Server() []byte {
	var b strings.Builder
	b.WriteString(xmlHead)
	b.WriteString("<smil xmlns=\"http://www.w3.org/2001/SMIL20/Language\">\n  <head>\n")
	fmt.Fprintf(&b, "    <meta name=\"clientManifestRelativePath\" content=\"%s\"/>\n", escape(p.ClientURI))
	b.WriteString("  </head>\n  <body>\n    <switch>\n")
	for _, s := range p.Streams {
		for _, l := range s.Levels {
			fmt.Fprintf(&b, `      <%s src="%s" systemBitrate="%d"`, elements[s.Type], escape(l.URI), l.BitRate)
			if s.Language != "" {
				fmt.Fprintf(&b, ` systemLanguage="%s"`, escape(s.Language))
			}
			fmt.Fprintf(&b, ">\n        <param name=\"trackID\" value=\"%d\" valuetype=\"data\"/>\n", l.TrackID)
			fmt.Fprintf(&b, "        <param name=\"trackName\" value=\"%s\" valuetype=\"data\"/>\n      </%s>\n",
				escape(s.Name), elements[s.Type])
		}
	}
	b.WriteString("    </switch>\n  </body>\n</smil>\n")
	return []byte(b.String())
}

// escape makes text part of an attribute.
func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}
