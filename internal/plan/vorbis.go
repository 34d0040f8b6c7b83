package plan

import (
	"slices"
	"strconv"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// vorbis is a Vorbis stream with every choice made.
type vorbis struct {
	audioForm
	bitRate media.BitRate
}

// vorbisSampleRates are those at which libvorbis opens.
var vorbisSampleRates = []int{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 96000, 192000}

func newVorbis(spec transcode.AudioSpec, s audioScene) (audioEncoder, string, *transcode.Failure) {
	channels := s.channels(maxChannels)
	form := audioForm{
		sampleRate: nearestSampleRate(vorbisSampleRates, s.sampleRate),
		channels:   channels,
		layout:     squareLayout(channels),
		samples:    "fltp",
	}
	low, high := vorbisLimits(form.sampleRate, channels)
	bitRate := max(low, min(wantedBitRate(spec, channels), high))
	return vorbis{form, bitRate}, "", nil
}

// vorbisManaged is the highest sample rate at which libvorbis takes a bit rate;
// above it there are qualities only.
const vorbisManaged = 50000

// vorbisBounds are the bit rates in kb/s with which libvorbis opens, up to a
// sample rate: for two channels together, and for each of any other number.
var vorbisBounds = []struct {
	sampleRate      int
	stereo, channel [2]media.BitRate
}{
	{8999, [2]media.BitRate{12, 84}, [2]media.BitRate{8, 42}},
	{14999, [2]media.BitRate{16, 100}, [2]media.BitRate{12, 50}},
	{18999, [2]media.BitRate{24, 200}, [2]media.BitRate{16, 100}},
	{25999, [2]media.BitRate{30, 180}, [2]media.BitRate{16, 90}},
	{39999, [2]media.BitRate{36, 380}, [2]media.BitRate{30, 190}},
	{vorbisManaged, [2]media.BitRate{45, 500}, [2]media.BitRate{32, 240}},
}

func vorbisLimits(sampleRate, channels int) (low, high media.BitRate) {
	bounds := vorbisBounds[len(vorbisBounds)-1]
	for _, b := range vorbisBounds {
		if sampleRate <= b.sampleRate {
			bounds = b
			break
		}
	}
	if channels == 2 {
		return bounds.stereo[0], bounds.stereo[1]
	}
	n := media.BitRate(channels)
	return n * bounds.channel[0], n * bounds.channel[1]
}

// vorbisQualities are the bit rates of a channel of stereo at 44100 Hz for the
// qualities from -1 to 10.
var vorbisQualities = []media.BitRate{23, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 250}

// quality is the one that comes nearest to the bit rate.
func (v vorbis) quality() int {
	nearest := nearestBitRate(vorbisQualities, v.bitRate/media.BitRate(v.channels))
	return slices.Index(vorbisQualities, nearest) - 1
}

func (v vorbis) name() string { return "libvorbis" }

func (v vorbis) args() []string {
	if v.sampleRate > vorbisManaged {
		quality := strconv.Itoa(v.quality())
		return []string{"-c:a", v.name(), "-q:a", quality, "-ar", strconv.Itoa(v.sampleRate)}
	}
	return v.rateArgs(v.name(), v.bitRate)
}

func (v vorbis) expect(a *Audio) { a.probed = "vorbis" }
