package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// sound is an AAC stream with every choice made.
type sound struct {
	rate     int
	channels int
	bitRate  media.BitRate
	// source is the input pad, or several joined; stages resample it.
	source string
	stages []string
}

// aacRates are the sample rates that AAC has (ISO/IEC 14496-3, table 1.18),
// less 7350, which some players lack.
var aacRates = []int{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000}

// layouts are the channel layouts that AAC can state without a description of
// its own, by channel count. AAC has no common layout of seven.
var layouts = [...]string{1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 7: "7.1", 8: "7.1"}

const maxChannels = 8

// newSound decides the sound of an output; false when it has none, because the
// preset or the input has none.
func newSound(p media.Probe, spec *transcode.AudioSpec) (sound, bool) {
	main, ok := p.MainAudio()
	if spec == nil || spec.Channels == 0 || !ok {
		return sound{}, false
	}
	tracks := monoTracks(p, main)
	from := main.Channels
	if len(tracks) > 1 {
		from = len(tracks)
	}
	s := sound{rate: aacRate(spec.SampleRate, main.SampleRate), channels: spec.Channels}
	if s.channels < 0 {
		s.channels = min(from, maxChannels)
	}
	if s.channels == 7 {
		s.channels = 8
	}
	if s.channels <= 2 {
		tracks = tracks[:min(len(tracks), 2)]
	}
	s.bitRate = aacBitRate(spec.BitRate, s.rate, s.channels)
	s.source = soundSource(main, tracks)
	s.stages = []string{fmt.Sprintf("aresample=%d:async=1:first_pts=0,aformat=sample_fmts=fltp:channel_layouts=%s", s.rate, layouts[s.channels])}
	return s, true
}

// monoTracks are the one-channel tracks that together are the programme: all
// audio streams, at most eight, when each of them has one channel (API model,
// AudioPackingMode: two tracks with one channel each make one stereo track).
func monoTracks(p media.Probe, main media.AudioStream) []media.AudioStream {
	if slices.ContainsFunc(p.Audio, func(a media.AudioStream) bool { return a.Channels != 1 }) {
		return []media.AudioStream{main}
	}
	return p.Audio[:min(len(p.Audio), maxChannels)]
}

// soundSource is the start of the chain: the stream as it is; tracks joined;
// or, where the file does not say what its channels are or has more than eight
// of them, the channels taken in their order.
func soundSource(main media.AudioStream, tracks []media.AudioStream) string {
	if len(tracks) > 1 {
		var pads strings.Builder
		for _, t := range tracks {
			pads.WriteString(bracket(fmt.Sprintf("0:%d", t.Index)))
		}
		if len(tracks) == 7 {
			return pads.String() + "join=inputs=7:channel_layout=6.1"
		}
		return pads.String() + fmt.Sprintf("join=inputs=%d:channel_layout=%s", len(tracks), layouts[len(tracks)])
	}
	pad := bracket(fmt.Sprintf("0:%d", main.Index))
	if main.Layout != "" && main.Channels <= maxChannels {
		return pad
	}
	n := min(main.Channels, maxChannels)
	layout := layouts[n]
	if n == 7 {
		layout = "6.1"
	}
	assign := make([]string, n)
	for i := range assign {
		assign[i] = fmt.Sprintf("c%d=c%d", i, i)
	}
	return pad + "pan=" + layout + "|" + strings.Join(assign, "|")
}

// aacRate is the sample rate to encode at: what is wanted, or the source's, or
// the next one above that AAC has; 96000 at most.
func aacRate(wanted, source int) int {
	if wanted == 0 {
		wanted = source
	}
	for _, r := range aacRates {
		if r >= wanted {
			return r
		}
	}
	return aacRates[len(aacRates)-1]
}

// aacBitRate keeps within what a frame of 1024 samples may hold, 6144 bits for
// each channel (ISO/IEC 14496-3). Without a rate it takes 64 kb/s a channel.
func aacBitRate(wanted media.BitRate, rate, channels int) media.BitRate {
	if wanted == 0 {
		wanted = media.BitRate(64 * channels)
	}
	return max(1, min(wanted, media.BitRate(6*rate*channels/1000)))
}

// audio is what others see of the sound.
func (s sound) audio() *Audio {
	return &Audio{Codec: transcode.AAC, SampleRate: s.rate, Channels: s.channels, Tracks: 1}
}

// soundSupported tells what the installed programs can't make.
func soundSupported(a transcode.AudioSpec, caps media.Caps) *transcode.Failure {
	if !caps.Encoders["aac"] {
		return lacking("aac")
	}
	return nil
}

// args are the encoder's arguments. Other AAC profiles would make this encoder
// write files that no player can decode.
func (s sound) args() []string {
	return []string{"-c:a", "aac", "-profile:a", "aac_low", "-b:a", kilobits(s.bitRate), "-ar", strconv.Itoa(s.rate)}
}
