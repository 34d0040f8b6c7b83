package plan

import (
	"slices"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// mp3 is MPEG audio of layer III with every choice made.
type mp3 struct {
	audioForm
	bitRate media.BitRate
}

// The sample rates of layer III: those of ISO/IEC 11172-3 and 13818-3, and the lower
// ones of MPEG-2.5. Some containers take fewer.
var (
	mp3SampleRates    = []int{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000}
	flvMP3SampleRates = []int{11025, 22050, 44100} // two bits in the header of each tag
)

const mp4MP3Floor = 16000 // ISO/IEC 14496-3 knows no MPEG-2.5

func newMP3(spec transcode.AudioSpec, s audioScene) (audioEncoder, string, *transcode.Failure) {
	rates := mp3SampleRates
	switch s.container {
	case transcode.FLV:
		rates = flvMP3SampleRates
	case transcode.MP4:
		rates = rates[slices.Index(rates, mp4MP3Floor):]
	}
	channels := s.channels(2)
	form := audioForm{
		sampleRate: nearestSampleRate(rates, s.sampleRate),
		channels:   channels,
		layout:     squareLayout(channels),
		samples:    "fltp",
	}
	bitRate := nearestBitRate(mp3BitRates(form.sampleRate), wantedBitRate(spec, channels))
	return mp3{form, bitRate}, "", nil
}

// lowSampleRate is where the tables of MPEG-2's lower sampling frequencies end.
const lowSampleRate = 32000

// mp3BitRates are those of layer III (ISO/IEC 11172-3, 13818-3, and MPEG-2.5).
func mp3BitRates(sampleRate int) []media.BitRate {
	switch {
	case sampleRate >= lowSampleRate:
		return []media.BitRate{32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}
	case sampleRate >= 16000:
		return []media.BitRate{8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}
	}
	return []media.BitRate{8, 16, 24, 32, 40, 48, 56, 64}
}

func (m mp3) name() string { return "libmp3lame" }

func (m mp3) args() []string { return m.rateArgs(m.name(), m.bitRate) }

func (m mp3) expect(a *Audio) { a.probed, a.RFC6381 = "mp3", "mp4a.40.34" }
