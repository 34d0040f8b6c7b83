package mp4box

import "fmt"

// SampleEntry says what the samples of a track are.
type SampleEntry struct {
	// Format is "avc1", "mp4a", or "encv" and "enca" for encrypted ones.
	Format string
	// Width and Height are the stored frame's, of video only.
	Width, Height int
	// HSpacing to VSpacing is the shape of a pixel; both 0 where it is not said.
	HSpacing, VSpacing uint32
	// Channels and SampleRate (in Hz) are of audio only, and as the header says
	// them: what a decoder finds counts.
	Channels, SampleRate int
	// AVC is the configuration of H.264, else nil.
	AVC *AVCConfig
	// ES is the elementary stream's description of MPEG-4 audio, else nil.
	ES *ESDescriptor
	// Protection is what encrypted samples were and how they are encrypted, else nil.
	Protection *Protection
}

// Protection is what stands in "sinf".
type Protection struct {
	// Original is the Format before encryption.
	Original string
	// Scheme is "cenc" of ISO/IEC 23001-7, or "piff" of the format before it.
	Scheme string
	// Encrypted reports whether samples are encrypted where their fragment does not say.
	Encrypted bool
	// IVSize is the number of bytes of each sample's initialization vector.
	IVSize int
	KeyID  UUID
}

// Codec is the codec's name of RFC 6381: "avc1.64001f", "mp4a.40.2"; of encrypted
// samples that of the original. Without a configuration it is the Format alone.
func (e SampleEntry) Codec() string {
	format := e.Format
	if e.Protection != nil {
		format = e.Protection.Original
	}
	switch {
	case e.AVC != nil:
		return fmt.Sprintf("%s.%02x%02x%02x", format, e.AVC.Profile, e.AVC.Compatibility, e.AVC.Level)
	case e.ES != nil && e.ES.ObjectType == mpeg4Audio:
		return fmt.Sprintf("%s.%x.%d", format, e.ES.ObjectType, e.ES.AudioObjectType())
	case e.ES != nil:
		return fmt.Sprintf("%s.%x", format, e.ES.ObjectType)
	}
	return format
}

// parseEntry reads a sample entry of a track with the handler.
func parseEntry(handler string, p Part) (SampleEntry, error) {
	e := SampleEntry{Format: p.Type}
	c := cursor{rest: p.Body}
	c.skip(8) // reserved, and the data reference
	switch handler {
	case "vide":
		c.skip(16)
		e.Width, e.Height = int(c.u16()), int(c.u16())
		c.skip(50)
	case "soun":
		version := c.u16()
		c.skip(6)
		e.Channels = int(c.u16())
		c.skip(6)
		e.SampleRate = int(c.u32() >> 16)
		switch version {
		case 0:
		case 1:
			c.skip(16) // of QuickTime
		default:
			return e, malformed("box %q has the version %d", p.Type, version)
		}
	default:
		return e, c.err()
	}
	if c.short {
		return e, malformed("box %q ends early", p.Type)
	}
	return e, e.parseConfiguration(c.rest)
}

func (e *SampleEntry) parseConfiguration(body []byte) error {
	return eachPart(body, map[string]func([]byte) error{
		"avcC": func(b []byte) (err error) { e.AVC, err = ParseAVCConfig(b); return err },
		"esds": func(b []byte) (err error) { e.ES, err = parseESDescriptor(b); return err },
		"sinf": func(b []byte) (err error) { e.Protection, err = parseProtection(b); return err },
		"pasp": func(b []byte) error {
			c := cursor{rest: b}
			e.HSpacing, e.VSpacing = c.u32(), c.u32()
			return c.err()
		},
	})
}

func parseProtection(body []byte) (*Protection, error) {
	p := &Protection{}
	encryption := func(b []byte) error {
		c := cursor{rest: b}
		c.full()
		c.skip(2)
		p.Encrypted, p.IVSize = c.u8() != 0, int(c.u8())
		copy(p.KeyID[:], c.bytes(16))
		return c.err()
	}
	err := eachPart(body, map[string]func([]byte) error{
		"frma": func(b []byte) error {
			c := cursor{rest: b}
			p.Original = c.fourCC()
			return c.err()
		},
		"schm": func(b []byte) error {
			c := cursor{rest: b}
			c.full()
			p.Scheme = c.fourCC()
			return c.err()
		},
		"schi": func(b []byte) error {
			for part, err := range Parts(b) {
				if err == nil && (part.Type == "tenc" || part.UUID == TrackEncryption) {
					err = encryption(part.Body)
				}
				if err != nil {
					return err
				}
			}
			return nil
		},
	})
	return p, err
}
