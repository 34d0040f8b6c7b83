package mp4box

// mpeg4Audio is the object type of ISO/IEC 14496-3 audio.
const mpeg4Audio = 0x40

// ESDescriptor is an elementary stream's description ("esds", ISO/IEC 14496-14).
type ESDescriptor struct {
	// ObjectType is 0x40 for AAC, 0x6b for MP3.
	ObjectType uint8
	// MaxBitRate and AvgBitRate are in bits per second; 0 where they are not known.
	MaxBitRate, AvgBitRate uint32
	// Specific is the decoder's configuration, for AAC the AudioSpecificConfig;
	// nil without one.
	Specific []byte
}

// Tags of the descriptors of ISO/IEC 14496-1.
const (
	streamTag   = 3
	decoderTag  = 4
	specificTag = 5
)

// AudioObjectType is the kind of AAC: 2 for LC, 5 for HE-AAC, 29 for HE-AAC v2;
// 0 without a configuration.
func (d *ESDescriptor) AudioObjectType() int {
	if len(d.Specific) == 0 {
		return 0
	}
	kind := int(d.Specific[0] >> 3)
	if kind == 31 && len(d.Specific) > 1 {
		return 32 + (int(d.Specific[0]&7)<<3 | int(d.Specific[1]>>5))
	}
	return kind
}

// sampleRates are those that have a number in an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.3.3).
var sampleRates = [...]int{96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350}

// AACLC reads the configuration of plain AAC-LC: the sample rate, and the number of the
// channels' configuration; false for other audio, and where the configuration says that
// there is more to it (SBR).
func (d *ESDescriptor) AACLC() (sampleRate, channels int, ok bool) {
	const lc, plain = 2, 2 // audio object type, and bytes of a configuration without extensions
	if d.ObjectType != mpeg4Audio || d.AudioObjectType() != lc || len(d.Specific) < plain {
		return 0, 0, false
	}
	number := int(d.Specific[0]&7)<<1 | int(d.Specific[1]>>7)
	if number >= len(sampleRates) || d.Specific[1]&7 != 0 || extended(d.Specific[plain:]) {
		return 0, 0, false
	}
	return sampleRates[number], int(d.Specific[1] >> 3 & 15), true
}

// extended reports whether what follows a configuration tells of SBR (1.6.2.1): eleven bits of
// synchronization, five for the type of SBR, and whether it is there.
func extended(rest []byte) bool {
	const sync, sbr = 0x2b7, 5
	if len(rest) < 3 || int(rest[0])<<3|int(rest[1]>>5) != sync || rest[1]&31 != sbr {
		return len(rest) > 0
	}
	return rest[2]&0x80 != 0
}

func parseESDescriptor(body []byte) (*ESDescriptor, error) {
	c := cursor{rest: body}
	c.full()
	stream := c.descriptor(streamTag)
	stream.skip(2)
	flags := stream.u8()
	if flags&0x80 != 0 {
		stream.skip(2) // the stream that it depends on
	}
	if flags&0x40 != 0 {
		stream.skip(int(stream.u8())) // an address
	}
	if flags&0x20 != 0 {
		stream.skip(2) // the clock's stream
	}
	decoder := stream.descriptor(decoderTag)
	d := &ESDescriptor{ObjectType: decoder.u8()}
	decoder.skip(4)
	d.MaxBitRate, d.AvgBitRate = decoder.u32(), decoder.u32()
	if len(decoder.rest) > 0 {
		specific := decoder.descriptor(specificTag)
		d.Specific = specific.rest
	}
	if c.short || stream.short || decoder.short {
		return nil, malformed("the elementary stream's description ends early")
	}
	return d, nil
}

// descriptor opens the next descriptor, which has the tag and a length in up to
// four groups of seven bits.
func (c *cursor) descriptor(tag uint8) cursor {
	found := c.u8()
	length := 0
	for range 4 {
		b := c.u8()
		length = length<<7 | int(b&0x7f)
		if b&0x80 == 0 {
			break
		}
	}
	body := c.bytes(length)
	if found != tag {
		c.short = true
	}
	return cursor{rest: body, short: c.short}
}
