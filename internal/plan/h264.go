package plan

import (
	"fmt"
	"strconv"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// profileIDC are the profiles of the API with their profile_idc.
var profileIDC = map[string]int{"baseline": 66, "main": 77, "high": 100}

// profileTools are the tools that make a stream one of its profile. The fastest
// presets leave them out, and x264 then writes a lower profile than playlists say.
var profileTools = map[string][]string{
	"main": {"-coder", "cabac"},
	"high": {"-coder", "cabac", "-8x8dct", "1"},
}

// h264 is an H.264 stream with every choice made.
type h264 struct {
	scene
	spec    transcode.VideoSpec
	profile string
	level   transcode.H264Level
	// refs is the number of reference frames, -1 for the encoder's own choice.
	refs int
	// rows is the height in macroblocks.
	rows int
}

// newH264 settles profile, level and reference frames for a picture size and rate.
func newH264(spec transcode.VideoSpec, s scene) h264 {
	h := h264{scene: s, spec: spec, profile: spec.Profile, refs: spec.ReferenceFrames, rows: (s.size.Height + 15) / 16}
	if profileIDC[h.profile] == 0 {
		h.profile = "main"
	}
	macroblocks := ((s.size.Width + 15) / 16) * h.rows
	h.level = pickLevel(spec, h.profile, macroblocks, s.rate)
	if h.refs > 0 {
		h.refs = max(1, min(h.refs, h.level.BufferMacroblocks/macroblocks))
	}
	return h
}

// pickLevel is the preset's level, however small (the encoder warns and goes
// on, as the original did), or else the lowest one that holds the stream.
func pickLevel(spec transcode.VideoSpec, profile string, macroblocks int, rate media.Rational) transcode.H264Level {
	for _, l := range transcode.H264Levels {
		if l.Name == spec.Level {
			return l
		}
	}
	samples := int64(macroblocks) * 256
	bits := max(spec.BitRate, spec.MaxBitRate)
	frames := max(spec.ReferenceFrames, 1)
	for _, l := range transcode.H264Levels {
		fits := samples <= l.LumaSamples && float64(samples)*rate.Float() <= float64(l.LumaPerSecond) &&
			bits <= l.Limit(profile) && frames*macroblocks <= l.BufferMacroblocks
		if fits && l.Name != "1b" {
			return l
		}
	}
	return transcode.H264Levels[len(transcode.H264Levels)-1]
}

// levelIDC is the number in the stream: 1b is 9 for high, and 11 with a
// constraint flag for the other profiles (ITU-T H.264 A.3.4).
func (h h264) levelIDC() int {
	if h.level.Name == "1b" && h.profile == "high" {
		return 9
	}
	return h.level.IDC
}

// alone tells that x264 shares a run with others: it works in threads of its own.
func (h h264) alone() bool { return false }

// lookahead is how many frames x264 looks ahead at a preset.
func (h h264) lookahead(speed string) int {
	switch speed {
	case "ultrafast", "superfast":
		return 0
	case "veryfast":
		return 10
	case "faster":
		return 20
	case "fast":
		return 30
	case "slow":
		return 50
	case "slower", "veryslow", "placebo":
		return 60
	}
	return 40
}

// args are the encoder's arguments. -a53cc 0 keeps the source's captions out.
func (h h264) args(speed string, threads int) []string {
	args := []string{"-c:v", "libx264", "-preset", speed, "-profile:v", h.profile, "-level:v", h.level.Name}
	args = append(args, profileTools[h.profile]...)
	args = append(args, h.referenceArgs()...)
	args = append(args, "-pix_fmt", "yuv420p", "-a53cc", "0")
	args = append(args, h.rateArgs()...)
	args = append(args, h.keyframeArgs()...)
	return append(args, "-threads", strconv.Itoa(h.threads(threads)))
}

// threads is the share of the step's threads that the picture has rows for: more
// than one for two rows of macroblocks only wait for each other (x264's own rule).
func (h h264) threads(most int) int { return max(1, min(most, h.rows/2)) }

// referenceArgs hold the number of reference frames: a B-pyramid alone would
// raise it to 4, B-frames to 2.
func (h h264) referenceArgs() []string {
	switch {
	case h.refs < 0:
		return nil
	case h.refs <= 1:
		return []string{"-refs", "1", "-bf", "0"}
	}
	return []string{"-refs", strconv.Itoa(h.refs), "-b-pyramid", "none"}
}

const (
	// maxBufferKilobits is the most that fits the encoder's 32-bit count of bits.
	maxBufferKilobits media.BitRate = 2147483
	// constantQuality is the rate factor of an automatic bit rate.
	constantQuality = 23
)

// rateArgs are a target bit rate, or constant quality below a cap when the
// rate is automatic: the preset's MaxBitRate, else the source's rate, and never
// above the level's limit.
func (h h264) rateArgs() []string {
	limit, buffer := h.spec.MaxBitRate, h.spec.BufferSize
	var args []string
	if h.spec.BitRate > 0 {
		args = []string{"-b:v", kilobits(h.spec.BitRate)}
	} else {
		args = []string{"-crf", strconv.Itoa(constantQuality)}
		if limit == 0 {
			limit = h.level.Limit(h.profile)
			if h.sourceRate > 0 {
				limit = min(limit, h.sourceRate)
			}
			buffer = 2 * limit
		}
	}
	if limit == 0 {
		return args
	}
	if buffer == 0 {
		buffer = 10 * limit // API model, VideoParameters:CodecOptions
	}
	return append(args, "-maxrate", kilobits(min(limit, maxBufferKilobits)), "-bufsize", kilobits(min(buffer, maxBufferKilobits)))
}

// keyframeArgs place the keyframes. A segmented output has one at each multiple
// of the segment's length, whatever its GOP, so that every rendition of a
// ladder cuts at the same instants; the microsecond absorbs the rounding of
// frame times.
func (h h264) keyframeArgs() []string {
	frames := strconv.Itoa(max(h.spec.GOP.MaxFrames, 1))
	args := []string{"-g", frames}
	if h.spec.GOP.Fixed {
		args = append(args, "-keyint_min", frames, "-sc_threshold", "0")
	}
	if h.segmentSeconds != "" {
		args = append(args, "-force_key_frames", fmt.Sprintf("expr:gte(t+0.000001,n_forced*%s)", h.segmentSeconds))
	}
	return args
}

func kilobits(r media.BitRate) string { return strconv.Itoa(int(r)) + "k" }
