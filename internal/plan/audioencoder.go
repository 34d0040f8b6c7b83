package plan

import (
	"strconv"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// audioEncoder is an audio encoder with every choice made for one output.
type audioEncoder interface {
	// name is ffmpeg's name of the encoder.
	name() string
	// form is the form of the audio that the encoder takes.
	form() audioForm
	// args name the encoder and its settings.
	args() []string
	// expect fills in what a reader of the stream will find.
	expect(a *Audio)
	// external is the program that encodes in ffmpeg's place; nil without.
	external() *externalEncoder
	// oggPage is how long a page of Ogg is, in microseconds.
	oggPage() string
}

// audioScene is what an encoder is told of the audio that it encodes.
type audioScene struct {
	container transcode.Container
	// asked is how many channels the preset has, below 0 for as many as the source;
	// available is how many that are.
	asked, available int
	// sampleRate is the wanted one: the preset's, or that of the source.
	sampleRate int
	caps       media.Caps
	// fallback lets HE-AAC become AAC-LC (see [Request.AACFallback]).
	fallback bool
}

// channels is how many channels the audio has, at most so many of the source's.
func (s audioScene) channels(most int) int {
	if s.asked >= 0 {
		return s.asked
	}
	return min(s.available, most)
}

// audioForm is the form of audio: the part that all encoders have in common.
type audioForm struct {
	sampleRate int
	// channels is how many the whole programme has.
	channels int
	// layout and samples are ffmpeg's names of the channel layout and the sample format.
	layout, samples string
}

func (f audioForm) form() audioForm { return f }

func (f audioForm) external() *externalEncoder { return nil }

func (f audioForm) oggPage() string { return "250000" }

// filter brings audio into the form.
func (f audioForm) filter() string {
	return "aformat=sample_fmts=" + f.samples + ":channel_layouts=" + f.layout
}

// rateArgs are the arguments of an encoder at a bit rate.
func (f audioForm) rateArgs(encoder string, rate media.BitRate) []string {
	return []string{"-c:a", encoder, "-b:a", kilobits(rate), "-ar", strconv.Itoa(f.sampleRate)}
}

// nearestSampleRate is the wanted rate, or the next one above it, or the highest, of
// those that an encoder opens with, lowest first.
func nearestSampleRate(rates []int, wanted int) int {
	for _, r := range rates {
		if r >= wanted {
			return r
		}
	}
	return rates[len(rates)-1]
}

// wantedBitRate is the preset's, or what a lossy codec has where the preset states none.
func wantedBitRate(spec transcode.AudioSpec, channels int) media.BitRate {
	const kilobitsPerChannel = 64
	if spec.BitRate == 0 {
		return media.BitRate(kilobitsPerChannel * channels)
	}
	return spec.BitRate
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

// externalEncoder is a program that encodes a WAVE file.
type externalEncoder struct {
	// program is that of the step.
	program string
	// args are the program's arguments before the names of the result and of the WAVE file.
	args []string
	// demuxer reads the result, which is named with suffix.
	demuxer, suffix string
	// early is how many seconds before the programme the result begins.
	early float64
}
