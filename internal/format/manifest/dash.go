package manifest

import (
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

// Presentation is an on-demand MPEG-DASH presentation: each rendition is one file
// with a segment index (ISO/IEC 23009-1, 8.3).
type Presentation struct {
	// Duration is that of the longest rendition.
	Duration time.Duration
	// MinBuffer is how much is loaded before playing; bandwidths refer to it (see
	// [StreamBandwidth]).
	MinBuffer time.Duration
	Sets      []AdaptationSet
	Texts     []Text
}

// AdaptationSet are renditions of the same content, of which a player chooses one
// at a time and may change at any segment.
type AdaptationSet struct {
	// Kind is "video" or "audio"; files with both are "video".
	Kind string
	// Aligned reports that segments of the same number begin at the same instant.
	Aligned bool
	// Multiplexed reports that each file holds audio as well as frames.
	Multiplexed bool
	// Protection is nil for clear content.
	Protection *DASHProtection
	// Representations are in the order of the job's OutputKeys.
	Representations []Representation
}

// DASHProtection is how the files of an AdaptationSet are encrypted, in the scheme
// "cenc", and what players of PlayReady are told.
type DASHProtection struct {
	// KeyID is in the order in which a UUID is written.
	KeyID [16]byte
	// SystemID is PlayReady's UUID.
	SystemID string
	// Box is the box "pssh" of the movie header, Object what it holds.
	Box, Object []byte
}

// elements tell the scheme with the key, and then the system (ISO/IEC 23001-7, 11.2).
func (p *DASHProtection) elements() []protectionElement {
	id := fmt.Sprintf("%x-%x-%x-%x-%x", p.KeyID[:4], p.KeyID[4:6], p.KeyID[6:8], p.KeyID[8:10], p.KeyID[10:])
	return []protectionElement{
		{Scheme: "urn:mpeg:dash:mp4protection:2011", Value: "cenc", KeyID: id},
		{Scheme: "urn:uuid:" + p.SystemID, Value: "MSPR 2.0",
			Box: base64.StdEncoding.EncodeToString(p.Box), Object: base64.StdEncoding.EncodeToString(p.Object)},
	}
}

// Representation is one file of an AdaptationSet.
type Representation struct {
	// URI leads from the manifest to the file (see [RelativeURI]).
	URI string
	// Codecs are the names of RFC 6381, parted by commas.
	Codecs string
	// Bandwidth is in bits per second (see [StreamBandwidth]).
	Bandwidth int
	// Size, PixelAspect and FrameRate are zero without video.
	Size        media.Size
	PixelAspect media.Rational
	FrameRate   media.Rational
	// SampleRate (in Hz) and Channels are zero without audio.
	SampleRate, Channels int
	// Header and Index are the numbers of bytes of what stands first in the file:
	// the initialization segment, and the segment index after it.
	Header, Index int64
}

// Text is a WebVTT file of one language.
type Text struct {
	URI string
	// Language is of BCP 47; "und" is not said.
	Language string
	Label    string
	// Bandwidth is in bits per second, above 0.
	Bandwidth int
}

// Names of the standard's schemes and of the profile that the manifest follows.
const (
	dashNamespace      = "urn:mpeg:dash:schema:mpd:2011"
	onDemand           = "urn:mpeg:dash:profile:isoff-on-demand:2011"
	cencNamespace      = "urn:mpeg:cenc:2013"
	playReadyNamespace = "urn:microsoft:playready"
	channelScheme      = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"
	roleScheme         = "urn:mpeg:dash:role:2011"
)

// DASH is the manifest (.mpd) of a presentation.
func DASH(p Presentation) ([]byte, error) {
	mpd := mpdElement{Namespace: dashNamespace, Profiles: onDemand, Type: "static",
		Duration: xmlDuration(p.Duration), MinBuffer: xmlDuration(p.MinBuffer), Period: periodElement{ID: "0",
			Start: xmlDuration(0)}}
	rendition := 0
	for i, s := range p.Sets {
		set := s.element(i)
		if s.Protection != nil {
			mpd.CENC, mpd.PlayReady = cencNamespace, playReadyNamespace
			set.Protections = s.Protection.elements()
		}
		for _, r := range s.Representations {
			set.Representations = append(set.Representations, r.element(rendition))
			rendition++
		}
		mpd.Period.Sets = append(mpd.Period.Sets, set)
	}
	for _, t := range p.Texts {
		mpd.Period.Sets = append(mpd.Period.Sets, t.element(len(mpd.Period.Sets), rendition))
		rendition++
	}
	text, err := xml.MarshalIndent(mpd, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the MPEG-DASH manifest: %w", err)
	}
	return append(append([]byte(xml.Header), text...), '\n'), nil
}

// element is the set without its renditions. Each segment begins with a frame that
// decodes alone.
func (s AdaptationSet) element(id int) setElement {
	e := setElement{ID: id, ContentType: s.Kind, MimeType: s.Kind + "/mp4", Aligned: fmt.Sprint(s.Aligned),
		StartsWithSAP: 1}
	if s.Multiplexed {
		e.Components = []componentElement{{ID: 1, ContentType: "video"}, {ID: 2, ContentType: "audio"}}
		e.ContentType = ""
	}
	for i, r := range s.Representations {
		e.MaxWidth, e.MaxHeight = max(e.MaxWidth, r.Size.Width), max(e.MaxHeight, r.Size.Height)
		shape := r.displayAspect()
		if i == 0 {
			e.Aspect = shape
		} else if e.Aspect != shape {
			e.Aspect = "" // it is said only where all have it
		}
	}
	return e
}

// displayAspect is the shape of the frame as shown, as in "16:9".
func (r Representation) displayAspect() string {
	if r.Size.IsZero() {
		return ""
	}
	return aspect(media.NewRational(int64(r.Size.Width), int64(r.Size.Height)).Mul(r.PixelAspect))
}

func aspect(r media.Rational) string {
	if r.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d:%d", r.Num, r.Den)
}

func (r Representation) element(id int) representationElement {
	e := representationElement{ID: id, Codecs: r.Codecs, Bandwidth: r.Bandwidth, Width: r.Size.Width,
		Height:     r.Size.Height,
		SampleRate: r.SampleRate, BaseURL: r.URI, PixelAspect: aspect(r.PixelAspect)}
	if !r.FrameRate.IsZero() {
		e.FrameRate = strings.TrimSuffix(fmt.Sprintf("%d/%d", r.FrameRate.Num, r.FrameRate.Den), "/1")
	}
	if r.Channels > 0 {
		e.Channels = &schemeElement{Scheme: channelScheme, Value: fmt.Sprint(r.Channels)}
	}
	e.Base = &segmentBase{Range: byteRange(r.Header, r.Index), Exact: "true"}
	e.Base.Initialization.Range = byteRange(0, r.Header)
	return e
}

func (t Text) element(id, rendition int) setElement {
	e := setElement{ID: id, ContentType: "text", MimeType: "text/vtt", Label: t.Label,
		Role:            &schemeElement{Scheme: roleScheme, Value: "subtitle"},
		Representations: []representationElement{{ID: rendition, Bandwidth: t.Bandwidth, BaseURL: t.URI}}}
	if t.Language != "und" {
		e.Language = t.Language
	}
	return e
}

// byteRange is that of size bytes from offset.
func byteRange(offset, size int64) string { return fmt.Sprintf("%d-%d", offset, offset+size-1) }

// xmlDuration writes a duration of XML Schema to the microsecond, rounded up.
func xmlDuration(d time.Duration) string {
	micros := (d + time.Microsecond - 1) / time.Microsecond
	text := fmt.Sprintf("PT%d.%06d", micros/1e6, micros%1e6)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + "S"
}

// StreamBandwidth is the lowest rate, in bits per second and up to the next whole
// thousand, at which a player that has loaded for the time of the buffer can begin
// with any of the segments and never waits: each is there when its first frame is
// due (ISO/IEC 23009-1, 5.3.5.2, with whole segments). The buffer is above 0.
func StreamBandwidth(segments []Segment, buffer time.Duration) int {
	low, high := 0, 1
	for !suffices(segments, buffer, high) && high < math.MaxInt/4000 {
		low, high = high, high*2
	}
	for low+1 < high {
		if middle := (low + high) / 2; suffices(segments, buffer, middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high * 1000
}

// suffices reports whether a rate in kilobits per second does. What is owed is the
// most that any beginning before has not loaded yet when its first segment is due.
func suffices(segments []Segment, buffer time.Duration, kilobits int) bool {
	rate := float64(kilobits) * 1000
	owed := 0.0
	for _, s := range segments {
		owed = max(owed, 0) + float64(s.SizeBytes)*8
		if owed > rate*buffer.Seconds() {
			return false
		}
		owed -= rate * s.Duration.Seconds()
	}
	return true
}

// Elements of the schema, in the order that it asks for.

type mpdElement struct {
	XMLName   xml.Name      `xml:"MPD"`
	Namespace string        `xml:"xmlns,attr"`
	CENC      string        `xml:"xmlns:cenc,attr,omitempty"`
	PlayReady string        `xml:"xmlns:mspr,attr,omitempty"`
	Profiles  string        `xml:"profiles,attr"`
	Type      string        `xml:"type,attr"`
	Duration  string        `xml:"mediaPresentationDuration,attr"`
	MinBuffer string        `xml:"minBufferTime,attr"`
	Period    periodElement `xml:"Period"`
}

type periodElement struct {
	ID    string       `xml:"id,attr"`
	Start string       `xml:"start,attr"`
	Sets  []setElement `xml:"AdaptationSet"`
}

type setElement struct {
	ID              int                     `xml:"id,attr"`
	ContentType     string                  `xml:"contentType,attr,omitempty"`
	Language        string                  `xml:"lang,attr,omitempty"`
	MimeType        string                  `xml:"mimeType,attr"`
	Aspect          string                  `xml:"par,attr,omitempty"`
	MaxWidth        int                     `xml:"maxWidth,attr,omitempty"`
	MaxHeight       int                     `xml:"maxHeight,attr,omitempty"`
	Aligned         string                  `xml:"subsegmentAlignment,attr,omitempty"`
	StartsWithSAP   int                     `xml:"subsegmentStartsWithSAP,attr,omitempty"`
	Protections     []protectionElement     `xml:"ContentProtection"`
	Label           string                  `xml:"Label,omitempty"`
	Role            *schemeElement          `xml:"Role"`
	Components      []componentElement      `xml:"ContentComponent"`
	Representations []representationElement `xml:"Representation"`
}

// protectionElement has members of two other namespaces, which the manifest names.
type protectionElement struct {
	Scheme string `xml:"schemeIdUri,attr"`
	Value  string `xml:"value,attr"`
	KeyID  string `xml:"cenc:default_KID,attr,omitempty"`
	Box    string `xml:"cenc:pssh,omitempty"`
	Object string `xml:"mspr:pro,omitempty"`
}

type componentElement struct {
	ID          int    `xml:"id,attr"`
	ContentType string `xml:"contentType,attr"`
}

type schemeElement struct {
	Scheme string `xml:"schemeIdUri,attr"`
	Value  string `xml:"value,attr"`
}

type representationElement struct {
	ID          int            `xml:"id,attr"`
	Codecs      string         `xml:"codecs,attr,omitempty"`
	Width       int            `xml:"width,attr,omitempty"`
	Height      int            `xml:"height,attr,omitempty"`
	PixelAspect string         `xml:"sar,attr,omitempty"`
	FrameRate   string         `xml:"frameRate,attr,omitempty"`
	SampleRate  int            `xml:"audioSamplingRate,attr,omitempty"`
	Bandwidth   int            `xml:"bandwidth,attr"`
	Channels    *schemeElement `xml:"AudioChannelConfiguration"`
	BaseURL     string         `xml:"BaseURL"`
	Base        *segmentBase   `xml:"SegmentBase"`
}

type segmentBase struct {
	Range          string `xml:"indexRange,attr"`
	Exact          string `xml:"indexRangeExact,attr"`
	Initialization struct {
		Range string `xml:"range,attr"`
	} `xml:"Initialization"`
}
