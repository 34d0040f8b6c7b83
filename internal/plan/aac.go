package plan

import (
	"fmt"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// AACLC is the plain profile of AAC in the spelling of the API model, see [Audio.Profile].
const AACLC = "AAC-LC"

// The others, likewise.
const (
	autoProfile = "auto"
	heAAC       = "HE-AAC"
	heAACv2     = "HE-AACv2"
)

// aac is AAC with every choice made; by itself it is what ffmpeg's own encoder writes.
type aac struct {
	audioForm
	container transcode.Container
	profile   string
	bitRate   media.BitRate
}

// The sample rates of AAC are those of ISO/IEC 14496-3, table 1.18, less 7350, which some
// players lack; decoders of HE-AAC take fewer.
var (
	aacSampleRates = []int{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000,
		64000, 88200, 96000}
	highEfficiencySampleRates = []int{22050, 24000, 32000, 44100, 48000}
)

func newAAC(spec transcode.AudioSpec, s audioScene) (audioEncoder, string, *transcode.Failure) {
	channels := s.channels(maxChannels)
	if channels == 7 {
		channels = 8 // there is no common layout of seven
	}
	profile, warning, failure := aacProfile(spec, s)
	if failure != nil {
		return nil, "", failure
	}
	rates := aacSampleRates
	if profile != AACLC {
		rates = highEfficiencySampleRates
	}
	if profile == heAACv2 && channels != 2 {
		profile = heAAC // parametric stereo makes two channels of one
	}
	a := aac{container: s.container, profile: profile}
	a.audioForm = audioForm{
		sampleRate: nearestSampleRate(rates, s.sampleRate),
		channels:   channels,
		layout:     layouts[channels], // AAC states it by a number, and one of four channels is at the back
		samples:    "fltp",
	}
	low, high := a.limits()
	a.bitRate = max(low, min(wantedBitRate(spec, channels), high))
	if profile == AACLC {
		return a, warning, nil
	}
	return newFraunhofer(a, s.caps), warning, nil
}

// Automatic profiles change at these bit rates in kb/s (original.md 3.6).
const (
	lowestHE media.BitRate = 48
	lowestLC media.BitRate = 65
)

// aacProfile settles the profile. An automatic one is AAC-LC where nothing installed can
// write HE-AAC.
func aacProfile(spec transcode.AudioSpec, s audioScene) (profile, warning string, failure *transcode.Failure) {
	able := s.caps.HEAAC()
	switch {
	case spec.Profile == autoProfile && able:
		return automaticProfile(spec.BitRate), "", nil
	case spec.Profile != heAAC && spec.Profile != heAACv2:
		return AACLC, "", nil
	case able:
		return spec.Profile, "", nil
	case s.fallback:
		return AACLC, fmt.Sprintf("The audio was encoded with the profile AAC-LC, because no encoder for %s is "+
			"installed.",
			spec.Profile), nil
	}
	return "", "", transcode.Internal(fmt.Sprintf("Audio:CodecOptions:Profile %q of the preset needs the program "+
		"fdkaac, "+
		"or an ffmpeg with libfdk_aac, and neither is installed.", spec.Profile))
}

// automaticProfile is the one for a bit rate. Without a rate it is AAC-LC.
func automaticProfile(r media.BitRate) string {
	switch {
	case r == 0 || r >= lowestLC:
		return AACLC
	case r >= lowestHE:
		return heAAC
	}
	return heAACv2
}

// limits are what a frame of 1024 samples may hold, 6144 bits for each
// channel (ISO/IEC 14496-3); for HE-AAC the range for which Fraunhofer's encoder
// has tables.
func (a aac) limits() (low, high media.BitRate) {
	switch a.profile {
	case heAACv2:
		return 16, 64
	case heAAC:
		return media.BitRate(8 * a.channels), media.BitRate(64 * a.channels)
	}
	return 1, media.BitRate(6 * a.sampleRate * a.channels / 1000)
}

func (a aac) name() string { return "aac" }

// args name the profile: any other one would make this encoder write files that no player
// can decode.
func (a aac) args() []string {
	args := a.rateArgs(a.name(), a.bitRate)
	return append([]string{args[0], args[1], "-profile:a", "aac_low"}, args[2:]...)
}

// aacObjectTypes are the MPEG-4 audio object types by profile (ISO/IEC 14496-3, table 1.17).
var aacObjectTypes = map[string]int{AACLC: 2, heAAC: 5, heAACv2: 29}

// expect: ffprobe takes HE-AAC of one channel for parametric stereo, which it might turn
// out to be.
func (a aac) expect(out *Audio) {
	out.Profile, out.probed = a.profile, "aac"
	out.RFC6381 = fmt.Sprintf("mp4a.40.%d", aacObjectTypes[a.profile])
	out.looksStereo = a.profile == heAAC && a.channels == 1
}
