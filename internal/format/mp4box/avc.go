package mp4box

// AVCConfig is the configuration of an H.264 stream ("avcC", ISO/IEC 14496-15).
type AVCConfig struct {
	// Profile, Compatibility and Level are the three bytes that follow the name of
	// the codec in RFC 6381.
	Profile, Compatibility, Level uint8
	// LengthSize is the number of bytes before each NAL unit of a sample: 1, 2 or 4.
	LengthSize int
	// SPS and PPS are the parameter sets, with the NAL units' headers.
	SPS, PPS [][]byte
}

// ParseAVCConfig reads the body of "avcC". The parameter sets share its memory.
func ParseAVCConfig(body []byte) (*AVCConfig, error) {
	c := cursor{rest: body}
	if version := c.u8(); version != 1 {
		return nil, malformed("the H.264 configuration has the version %d", version)
	}
	a := &AVCConfig{Profile: c.u8(), Compatibility: c.u8(), Level: c.u8()}
	a.LengthSize = int(c.u8()&3) + 1
	for range c.u8() & 31 {
		a.SPS = append(a.SPS, c.bytes(int(c.u16())))
	}
	for range c.u8() {
		a.PPS = append(a.PPS, c.bytes(int(c.u16())))
	}
	if a.LengthSize == 3 {
		return nil, malformed("NAL units have lengths of 3 bytes")
	}
	return a, c.err()
}
