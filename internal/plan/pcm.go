package plan

import (
	"strconv"

	"github.com/reelastic/reelastic/internal/transcode"
)

// pcm is PCM with every choice made.
type pcm struct {
	audioForm
	depth pcmDepth
}

// pcmDepth is what a number of bits per sample means. WAVE files have unsigned samples of
// 8 bits and signed ones of more.
type pcmDepth struct {
	bits int
	// name is ffmpeg's of the encoder, and ffprobe's of the codec.
	name string
	// samples is ffmpeg's name of what the encoder takes.
	samples string
}

// pcmDepths are those that presets can have.
var pcmDepths = map[int]pcmDepth{
	8:  {8, "pcm_u8", "u8"},
	16: {16, "pcm_s16le", "s16"},
	24: {24, "pcm_s24le", "s32"},
	32: {32, "pcm_s32le", "s32"},
}

// mxfSampleRates are those that mxf files have.
var mxfSampleRates = []int{48000}

func newPCM(spec transcode.AudioSpec, s audioScene) (audioEncoder, string, *transcode.Failure) {
	rates := losslessSampleRates
	if s.container == transcode.MXF {
		rates = mxfSampleRates
	}
	channels, depth := s.channels(maxChannels), pcmDepths[spec.BitDepth]
	form := audioForm{
		sampleRate: nearestSampleRate(rates, s.sampleRate),
		channels:   channels,
		layout:     squareLayout(channels),
		samples:    depth.samples,
	}
	return pcm{form, depth}, "", nil
}

func (p pcm) name() string { return p.depth.name }

func (p pcm) args() []string { return []string{"-c:a", p.name(), "-ar", strconv.Itoa(p.sampleRate)} }

func (p pcm) expect(a *Audio) { a.probed, a.BitDepth = p.name(), p.depth.bits }
