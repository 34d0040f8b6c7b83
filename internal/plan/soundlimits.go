package plan

import (
	"slices"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// sampleRates are what an encoder opens with, lowest first. For AAC they are
// those of ISO/IEC 14496-3, table 1.18, less 7350, which some players lack; for
// MPEG audio those of ISO/IEC 11172-3 and 13818-3, and in mp3 the lower ones of MPEG-2.5.
var sampleRates = map[transcode.AudioCodec][]int{
	transcode.AAC:       {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000},
	transcode.MP3Audio:  {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000},
	transcode.MP2Audio:  {16000, 22050, 24000, 32000, 44100, 48000},
	transcode.Vorbis:    {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 96000, 192000},
	transcode.FLACAudio: {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000, 176400, 192000},
	transcode.PCM:       {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000, 176400, 192000},
}

// Containers and profiles that take fewer rates than the codec has.
var (
	mxfRates     = []int{48000}
	flvMP3Rates  = []int{11025, 22050, 44100} // two bits in the header of each tag
	mp4MP3Floor  = 16000                      // ISO/IEC 14496-3 knows no MPEG-2.5
	highEffRates = []int{22050, 24000, 32000, 44100, 48000}
)

// ratesOf are the sample rates of a preset's sound, the lowest first.
func ratesOf(codec transcode.AudioCodec, profile string, container transcode.Container) []int {
	rates := sampleRates[codec]
	switch {
	case container == transcode.MXF:
		return mxfRates
	case container == transcode.FLV && codec == transcode.MP3Audio:
		return flvMP3Rates
	case container == transcode.MP4 && codec == transcode.MP3Audio:
		return rates[slices.Index(rates, mp4MP3Floor):]
	case profile == heAAC || profile == heAACv2:
		return highEffRates
	}
	return rates
}

// nearestRate is the wanted rate, or the next one above it, or the highest.
func nearestRate(rates []int, wanted int) int {
	for _, r := range rates {
		if r >= wanted {
			return r
		}
	}
	return rates[len(rates)-1]
}

// layouts are the channel layouts by channel count: those that Vorbis, FLAC
// and WAVE files have for it, but with AAC's layout of four.
var layouts = [...]string{1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}

const maxChannels = 8

// layoutOf is the layout in which a codec gets so many channels. AAC states a
// layout by a number, and its four channels have one at the back.
func layoutOf(codec transcode.AudioCodec, channels int) string {
	if channels == 4 && codec != transcode.AAC {
		return "quad"
	}
	return layouts[channels]
}

// channelsOf is how many channels of a source a codec takes. AAC has no common
// layout of seven.
func channelsOf(codec transcode.AudioCodec, source int) int {
	switch {
	case codec == transcode.MP3Audio || codec == transcode.MP2Audio:
		return min(source, 2)
	case codec == transcode.AAC && source == 7:
		return 8
	}
	return min(source, maxChannels)
}

// kilobitsPerChannel is the rate of a lossy codec where the preset states none.
const kilobitsPerChannel = 64

// bitRateOf is the wanted bit rate, or the nearest one that the codec has at a
// sample rate and number of channels; 0 for codecs without.
func bitRateOf(codec transcode.AudioCodec, profile string, wanted media.BitRate, rate, channels int) media.BitRate {
	if wanted == 0 {
		wanted = media.BitRate(kilobitsPerChannel * channels)
	}
	switch codec {
	case transcode.MP3Audio:
		return nearestBitRate(mp3BitRates(rate), wanted)
	case transcode.MP2Audio:
		return nearestBitRate(mp2BitRates(rate, channels), wanted)
	case transcode.Vorbis:
		low, high := vorbisLimits(rate, channels)
		return max(low, min(wanted, high))
	case transcode.AAC:
		low, high := aacLimits(profile, rate, channels)
		return max(low, min(wanted, high))
	}
	return 0
}

// nearestBitRate takes the higher of two that are as near.
func nearestBitRate(table []media.BitRate, wanted media.BitRate) media.BitRate {
	best := table[0]
	for _, r := range table {
		if max(r-wanted, wanted-r) <= max(best-wanted, wanted-best) {
			best = r
		}
	}
	return best
}

// lowRate is where the tables of MPEG-2's lower sampling frequencies end.
const lowRate = 32000

// mp3BitRates are those of layer III (ISO/IEC 11172-3, 13818-3, and MPEG-2.5).
func mp3BitRates(rate int) []media.BitRate {
	switch {
	case rate >= lowRate:
		return []media.BitRate{32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}
	case rate >= 16000:
		return []media.BitRate{8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}
	}
	return []media.BitRate{8, 16, 24, 32, 40, 48, 56, 64}
}

// mp2BitRates are those of layer II. Some are for one channel only, some for
// two only (ISO/IEC 11172-3, 2.4.2.3).
func mp2BitRates(rate, channels int) []media.BitRate {
	switch {
	case rate < lowRate:
		return []media.BitRate{8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}
	case channels == 1:
		return []media.BitRate{32, 48, 56, 64, 80, 96, 112, 128, 160, 192}
	}
	return []media.BitRate{64, 96, 112, 128, 160, 192, 224, 256, 320, 384}
}

// vorbisManaged is the highest sample rate at which libvorbis takes a bit rate;
// above it there are qualities only.
const vorbisManaged = 50000

// vorbisBounds are the bit rates in kb/s with which libvorbis opens, up to a
// sample rate: for two channels together, and for each of any other number.
var vorbisBounds = []struct {
	rate            int
	stereo, channel [2]media.BitRate
}{
	{8999, [2]media.BitRate{12, 84}, [2]media.BitRate{8, 42}},
	{14999, [2]media.BitRate{16, 100}, [2]media.BitRate{12, 50}},
	{18999, [2]media.BitRate{24, 200}, [2]media.BitRate{16, 100}},
	{25999, [2]media.BitRate{30, 180}, [2]media.BitRate{16, 90}},
	{39999, [2]media.BitRate{36, 380}, [2]media.BitRate{30, 190}},
	{vorbisManaged, [2]media.BitRate{45, 500}, [2]media.BitRate{32, 240}},
}

func vorbisLimits(rate, channels int) (low, high media.BitRate) {
	bounds := vorbisBounds[len(vorbisBounds)-1]
	for _, b := range vorbisBounds {
		if rate <= b.rate {
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

// vorbisQuality is the quality that comes nearest to a bit rate.
func vorbisQuality(r media.BitRate, channels int) int {
	nearest := nearestBitRate(vorbisQualities, r/media.BitRate(channels))
	return slices.Index(vorbisQualities, nearest) - 1
}

// aacLimits are what a frame of 1024 samples may hold, 6144 bits for each
// channel (ISO/IEC 14496-3); for HE-AAC the range for which Fraunhofer's encoder
// has tables.
func aacLimits(profile string, rate, channels int) (low, high media.BitRate) {
	switch profile {
	case heAACv2:
		return 16, 64
	case heAAC:
		return media.BitRate(8 * channels), media.BitRate(64 * channels)
	}
	return 1, media.BitRate(6 * rate * channels / 1000)
}
