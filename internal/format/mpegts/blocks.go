package mpegts

// Stream types of audio (2.4.4.9).
const (
	mpeg1Audio = 0x03
	mpeg2Audio = 0x04
	adtsAudio  = 0x0f
)

// block is what an encoder made of so many samples, or all of a unit of which that is
// not known.
type block struct {
	pts int64
	// duration is in ticks, 0 where it is not known.
	duration float64
	data     []byte
}

// blocks divides a unit of audio of a stream type. What does not begin with a header
// is one block with what follows it.
func blocks(kind byte, u *unit) (all []block) {
	at, rest := 0.0, u.data
	for len(rest) > 0 {
		size, samples, rate := 0, 0, 0
		switch kind {
		case adtsAudio:
			size, samples, rate = adts(rest)
		case mpeg1Audio, mpeg2Audio:
			size, samples, rate = mpegAudio(rest)
		}
		if size == 0 || size > len(rest) {
			return append(all, block{pts: u.pts + int64(at+0.5), data: rest})
		}
		b := block{pts: u.pts + int64(at+0.5), duration: float64(samples) * Clock / float64(rate), data: rest[:size]}
		all, rest, at = append(all, b), rest[size:], at+b.duration
	}
	return all
}

// adtsRates are the sample rates of ISO/IEC 14496-3, table 1.18.
var adtsRates = [...]int{96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350}

// adts reads the header of AAC in a stream; a size of 0 is none.
func adts(b []byte) (size, samples, rate int) {
	if len(b) < 7 || b[0] != 0xff || b[1]&0xf6 != 0xf0 || int(b[2]>>2&15) >= len(adtsRates) {
		return 0, 0, 0
	}
	return int(b[3]&3)<<11 | int(b[4])<<3 | int(b[5]>>5), 1024 * (int(b[6]&3) + 1), adtsRates[b[2]>>2&15]
}

// layer3Rates are the bit rates of layer III in kb/s: MPEG-1, and the others.
var layer3Rates = [2][15]int{
	{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
	{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
}

// mpegAudio reads the header of layer III (ISO/IEC 11172-3, 2.4.2.3); a size of 0 is none.
func mpegAudio(b []byte) (size, samples, rate int) {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe6 != 0xe2 {
		return 0, 0, 0
	}
	version, rates, at := b[1]>>3&3, b[2]>>4, b[2]>>2&3
	if version == 1 || rates == 0 || rates == 15 || at == 3 {
		return 0, 0, 0
	}
	rate = [...]int{44100, 48000, 32000}[at]
	samples, low := 1152, 0
	if version != 3 { // MPEG-2, and 2.5 with half its rates
		samples, low, rate = 576, 1, rate/2
	}
	if version == 0 {
		rate /= 2
	}
	return samples/8*layer3Rates[low][rates]*1000/rate + int(b[2]>>1&1), samples, rate
}
