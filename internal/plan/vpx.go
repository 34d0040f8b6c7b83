package plan

import (
	"strconv"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// vpx is a VP8 or VP9 stream with every choice made.
type vpx struct {
	scene
	spec transcode.VideoSpec
	// name is ffmpeg's name of the encoder.
	name string
	// profile is 0 to 3: a variant of the bitstream in VP8, the sampling and depth in VP9.
	profile string
	format  string
	// quality is the quantizer (0 to 63) of an automatic bit rate.
	quality int
	most    int
	extra   []string
}

// vp9Formats are the pixel formats by profile: 1 has no 4:2:0, 2 and 3 have more
// than 8 bits. The encoder ignores a profile that the format does not have.
var vp9Formats = map[string]string{"": "yuv420p", "0": "yuv420p", "1": "yuv444p", "2": "yuv420p10le", "3": "yuv444p10le"}

func newVP8(spec transcode.VideoSpec, s scene) vpx {
	return vpx{scene: s, spec: spec, name: "libvpx", profile: orZero(spec.Profile), format: pixelFormat(spec),
		quality: 10, most: vp8Threads(s.size.Width)}
}

// newVP9 lets rows of blocks be worked on at once, which costs no quality.
func newVP9(spec transcode.VideoSpec, s scene) vpx {
	const blocks = 128 // two rows of blocks keep one thread busy
	return vpx{scene: s, spec: spec, name: "libvpx-vp9", profile: orZero(spec.Profile), format: pixelFormat(spec),
		quality: 31, most: (s.size.Height + blocks - 1) / blocks, extra: []string{"-row-mt", "1", "-tile-columns", "2"}}
}

func orZero(profile string) string {
	if profile == "" {
		return "0"
	}
	return profile
}

// vp8Threads is libvpx's own limit: a row of macroblocks may not come nearer to
// the one above it than some macroblocks, which grow with the width.
func vp8Threads(width int) int {
	apart := 1
	for _, wide := range []struct{ width, apart int }{{640, 4}, {1281, 8}, {2561, 16}} {
		if width >= wide.width {
			apart = wide.apart
		}
	}
	return (width + 15) / 16 / apart
}

func (v vpx) threads(most int) int { return max(1, min(most, v.most)) }

// alone tells that ffmpeg would hold other outputs up while libvpx works.
func (v vpx) alone() bool { return true }

func (v vpx) effort(speed string) float64 {
	if v.spec.Codec == transcode.VP8 {
		return vp8Effort * slower(speed)
	}
	return vp9Effort * slower(speed)
}

// memory is measured: VP8 needs 38 bytes a pixel; VP9 looks 25 pictures ahead, has
// a state for each thread, and needs more for fuller and deeper colours.
func (v vpx) memory(_ string, threads int) int64 {
	if v.spec.Codec == transcode.VP8 {
		return pixels(v.size) * 50
	}
	weight := map[string]int64{"0": 170, "1": 290, "2": 290, "3": 460}
	return 40<<20 + int64(v.threads(threads))<<23 + pixels(v.size)*weight[v.profile]
}

func (v vpx) expect(out *Video) {
	out.pixelFormat = v.format
	if v.spec.Codec == transcode.VP9 {
		out.profiles = []string{"Profile " + v.profile}
	}
}

// vpxSpeeds are libvpx's -deadline and -cpu-used for x264's preset names: about
// the same share of the quality that the encoder has to give (docs/decisions/0019).
var vpxSpeeds = map[string][2]string{
	"ultrafast": {"realtime", "8"}, "superfast": {"good", "5"}, "veryfast": {"good", "4"}, "faster": {"good", "3"},
	"fast": {"good", "3"}, "medium": {"good", "2"}, "slow": {"good", "1"}, "slower": {"good", "0"}, "veryslow": {"good", "0"},
}

func (v vpx) args(speed string, threads int) []string {
	if speed == "ultrafast" && v.spec.Codec == transcode.VP8 {
		speed = "superfast" // its realtime mode is worse and no faster
	}
	pace, ok := vpxSpeeds[speed]
	if !ok {
		pace = vpxSpeeds["medium"]
	}
	args := []string{"-c:v", v.name, "-deadline", pace[0], "-cpu-used", pace[1]}
	args = append(args, v.extra...)
	args = append(args, "-profile:v", v.profile, "-pix_fmt", v.format)
	args = append(args, v.rateArgs()...)
	args = append(args, v.keyframeArgs(v.spec.GOP)...)
	return append(args, "-threads", strconv.Itoa(v.threads(threads)))
}

// rateArgs choose libvpx's way to spend bits. Its variable rate heeds neither
// -maxrate nor -bufsize, and that of VP9 left its target by a factor of four
// after a cut; its constant rate holds both at the same quality. So a limit, and
// any target of VP9, is met by a constant rate; an automatic one below a limit by
// a constant rate whose quantizer stops at the quality.
func (v vpx) rateArgs() []string {
	target, limit, buffer := given(v.spec)
	quality := strconv.Itoa(v.quality)
	switch {
	case limit > 0 && target == 0:
		return append([]string{"-qmin:v", quality}, constantRate(limit, buffer)...)
	case limit > 0 || target > 0 && v.spec.Codec == transcode.VP9:
		return constantRate(target, buffer)
	case target > 0:
		return []string{"-b:v", kilobits(target)}
	}
	return []string{"-crf", quality, "-b:v", kilobits(v.ceiling())}
}

// constantRate names the stream in each option: libvorbis heeds them too.
func constantRate(rate, buffer media.BitRate) []string {
	args := []string{"-b:v", kilobits(rate), "-minrate:v", kilobits(rate), "-maxrate:v", kilobits(rate)}
	if buffer > 0 {
		args = append(args, "-bufsize:v", kilobits(min(buffer, maxBufferKilobits)))
	}
	return args
}

// ceiling is the most that an automatic rate without a limit takes: the source's
// rate. VP8, which can't go without, gets 0.2 bits a pixel where that is not known.
func (v vpx) ceiling() media.BitRate {
	if v.sourceRate > 0 || v.spec.Codec == transcode.VP9 {
		return v.sourceRate
	}
	return max(64, media.BitRate(float64(pixels(v.size))*v.rate.Float()*0.2/1000))
}
