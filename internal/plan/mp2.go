package plan

import (
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// mp2 is MPEG audio of layer II with every choice made.
type mp2 struct {
	audioForm
	bitRate media.BitRate
}

// mp2SampleRates are those of ISO/IEC 11172-3 and 13818-3.
var mp2SampleRates = []int{16000, 22050, 24000, 32000, 44100, 48000}

func newMP2(spec transcode.AudioSpec, s audioScene) (audioEncoder, string, *transcode.Failure) {
	channels := s.channels(2)
	form := audioForm{
		sampleRate: nearestSampleRate(mp2SampleRates, s.sampleRate),
		channels:   channels,
		layout:     squareLayout(channels),
		samples:    "s16",
	}
	bitRate := nearestBitRate(mp2BitRates(form.sampleRate, channels), wantedBitRate(spec, channels))
	return mp2{form, bitRate}, "", nil
}

// mp2BitRates are those of layer II. Some are for one channel only, some for
// two only (ISO/IEC 11172-3, 2.4.2.3).
func mp2BitRates(sampleRate, channels int) []media.BitRate {
	switch {
	case sampleRate < lowSampleRate:
		return []media.BitRate{8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}
	case channels == 1:
		return []media.BitRate{32, 48, 56, 64, 80, 96, 112, 128, 160, 192}
	}
	return []media.BitRate{64, 96, 112, 128, 160, 192, 224, 256, 320, 384}
}

func (m mp2) name() string { return "mp2" }

func (m mp2) args() []string { return m.rateArgs(m.name(), m.bitRate) }

func (m mp2) expect(a *Audio) { a.probed = "mp2" }
