package plan

import (
	"cmp"
	"strconv"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// vpx is what VP8 and VP9 streams of libvpx have in common, with every choice made.
type vpx struct {
	videoScene
	spec transcode.VideoSpec
	// profile is 0 to 3: a variant of the bitstream in VP8, the sampling and depth in VP9.
	profile string
	// quality is the quantizer (0 to 63) of an automatic bit rate.
	quality int
	// most is how many threads have something to do.
	most int
}

func newVPX(spec transcode.VideoSpec, s videoScene, quality, most int) vpx {
	return vpx{videoScene: s, spec: spec, profile: cmp.Or(spec.Profile, "0"), quality: quality, most: most}
}

func (v vpx) threads(most int) int { return max(1, min(most, v.most)) }

// alone reports whether libvpx needs a run of its own. It does: ffmpeg would hold other
// outputs up meanwhile.
func (v vpx) alone() bool { return true }

// vpxSpeeds are libvpx's -deadline and -cpu-used for x264's preset names: about
// the same share of the quality that the encoder has to give (docs/decisions/0019).
var vpxSpeeds = map[string][2]string{
	"ultrafast": {"realtime", "8"},
	"superfast": {"good", "5"},
	"veryfast":  {"good", "4"},
	"faster":    {"good", "3"},
	"fast":      {"good", "3"},
	"medium":    {"good", "2"},
	"slow":      {"good", "1"},
	"slower":    {"good", "0"},
	"veryslow":  {"good", "0"},
}

// vpxArgs name a codec's encoder, with options that only it has and those of its rates.
func (v vpx) vpxArgs(codec videoCodec, speed string, threads int, extra, rates []string) []string {
	pace := vpxSpeeds[speed]
	args := []string{"-c:v", codec.encoder, "-deadline", pace[0], "-cpu-used", pace[1]}
	args = append(args, extra...)
	args = append(args, "-profile:v", v.profile, "-pix_fmt", codec.pixelFormat(v.spec))
	args = append(args, rates...)
	args = append(args, v.keyframeArgs(v.spec.GOP)...)
	return append(args, "-threads", strconv.Itoa(v.threads(threads)))
}

// cappedArgs hold a limit, with a target or below the quality of an automatic rate.
// The variable rate of libvpx heeds neither -maxrate nor -bufsize; its constant rate holds
// both at the same quality, or stops at a quality by the quantizer.
func (v vpx) cappedArgs(target, limit, buffer media.BitRate) []string {
	if target > 0 {
		return constantRate(target, buffer)
	}
	return append([]string{"-qmin:v", strconv.Itoa(v.quality)}, constantRate(limit, buffer)...)
}

// qualityArgs are an automatic rate up to a ceiling, 0 for none.
func (v vpx) qualityArgs(ceiling media.BitRate) []string {
	return []string{"-crf", strconv.Itoa(v.quality), "-b:v", kilobits(ceiling)}
}

// constantRate names the stream in each option: libvorbis heeds them too.
func constantRate(rate, buffer media.BitRate) []string {
	args := []string{"-b:v", kilobits(rate), "-minrate:v", kilobits(rate), "-maxrate:v", kilobits(rate)}
	if buffer > 0 {
		args = append(args, "-bufsize:v", kilobits(min(buffer, maxBufferKilobits)))
	}
	return args
}
