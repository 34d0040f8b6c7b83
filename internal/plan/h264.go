package plan

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/reelastic/reelastic/internal/transcode"
)

// h264Codec is what H.264 can do.
var h264Codec = videoCodec{encoder: "libx264", probed: "h264", pixelFormat: fixedFormat("yuv420p"), settle: newH264}

// profileIDC are the profiles of the API with their profile_idc.
var profileIDC = map[string]int{"baseline": 66, "main": 77, "high": 100}

// profileNames are ffprobe's names of the streams of a profile.
var profileNames = map[string][]string{
	"baseline": {"Constrained Baseline", "Baseline"},
	"main":     {"Main"},
	"high":     {"High"},
}

// profileTools are the tools that make a stream one of its profile. The fastest
// presets leave them out, and x264 then writes a lower profile than playlists say.
var profileTools = map[string][]string{
	"main": {"-coder", "cabac"},
	"high": {"-coder", "cabac", "-8x8dct", "1"},
}

// h264 is an H.264 stream with every choice made.
type h264 struct {
	videoScene
	spec    transcode.VideoSpec
	profile string
	level   transcode.H264Level
	// refs is the number of reference frames, -1 for the encoder's own choice.
	refs int
	// rows is the height in macroblocks.
	rows int
}

// newH264 settles profile, level and reference frames for a frame size and rate.
func newH264(spec transcode.VideoSpec, s videoScene) videoEncoder {
	h := h264{videoScene: s, spec: spec, profile: cmp.Or(spec.Profile, "main"), refs: spec.ReferenceFrames}
	h.rows = (s.size.Height + 15) / 16
	if s.scan.Interlaced() {
		h.rows += h.rows % 2 // macroblocks come in pairs, one for each field
	}
	macroblocks := ((s.size.Width + 15) / 16) * h.rows
	h.level = pickLevel(spec, h.profile, macroblocks, s)
	if h.refs > 0 {
		h.refs = max(1, min(h.refs, h.level.BufferMacroblocks/macroblocks))
	}
	return h
}

// pickLevel is the preset's level, however small (the encoder warns and goes
// on, as the original did), or else the lowest one that holds the stream.
func pickLevel(spec transcode.VideoSpec, profile string, macroblocks int, s videoScene) transcode.H264Level {
	for _, l := range transcode.H264Levels {
		if l.Name == spec.Level {
			return l
		}
	}
	samples := int64(macroblocks) * 256
	bits := max(spec.BitRate, spec.MaxBitRate)
	frames := max(spec.ReferenceFrames, 1)
	for _, l := range transcode.H264Levels {
		fits := samples <= l.LumaSamples && float64(samples)*s.rate.Float() <= float64(l.LumaPerSecond) &&
			bits <= l.Limit(profile) && frames*macroblocks <= l.BufferMacroblocks
		// Outside of 2.1 to 4.1 there are no fields (ITU-T H.264, table A-1, frame_mbs_only_flag).
		if s.scan.Interlaced() && (l.IDC < 21 || l.IDC > 41) {
			continue
		}
		if fits && l.Name != "1b" {
			return l
		}
	}
	return transcode.H264Levels[len(transcode.H264Levels)-1]
}

// a53cc is whether captions that come with the frames go into the stream.
var a53cc = map[bool]string{false: "0", true: "1"}

// levelIDC is the number in the stream: 1b is 9 for high, and 11 with a
// constraint flag for the other profiles (ITU-T H.264 A.3.4).
func (h h264) levelIDC() int {
	if h.level.Name == "1b" && h.profile == "high" {
		return 9
	}
	return h.level.IDC
}

func (h h264) expect(v *Video) {
	v.Profile, v.Level = profileIDC[h.profile], h.levelIDC()
	v.probed, v.profiles = h264Codec.probed, profileNames[h.profile]
	v.RFC6381 = fmt.Sprintf("avc1.%02x00%02x", v.Profile, v.Level)
}

// alone reports whether x264 needs a run of its own. It does not: it works in its own threads.
func (h h264) alone() bool { return false }

func (h h264) effort(speed string) float64 { return 18 * slower(speed) }

// memory is 24 frames, the look-ahead and two for each thread, at three bytes a
// pixel: the frame, its half-size copy and its costs. Measured ladders needed
// half to nine tenths of it.
func (h h264) memory(speed string, threads int) int64 {
	const frames = 24
	return pixels(h.size) * int64(frames+h.lookahead(speed)+2*threads) * frameBytes
}

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
	args = append(args, "-pix_fmt", h264Codec.pixelFormat(h.spec), "-a53cc", a53cc[h.captions])
	args = append(args, h.fieldArgs()...)
	args = append(args, h.rateArgs()...)
	args = append(args, h.keyframeArgs(h.spec.GOP, "-sc_threshold", "0")...)
	return append(args, "-threads", strconv.Itoa(h.threads(threads)))
}

// threads is the share of the step's threads that the frame has rows for: more
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

// fieldArgs make frames of two fields. x264 writes the order of the fields twice,
// and ffmpeg gives it one (pic_struct) by its own parameters only, the other (the
// order counts) by the frames' marks. Weighted prediction has no interlaced form there.
func (h h264) fieldArgs() []string {
	order, ok := map[transcode.Scan]string{transcode.TopFirst: "tff=1", transcode.BottomFirst: "bff=1"}[h.scan]
	if !ok {
		return nil
	}
	return []string{"-flags", "+ildct+ilme", "-x264-params", order, "-weightp", "none"}
}

// constantQuality is the rate factor of an automatic bit rate.
const constantQuality = 23

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
	limit, buffer = min(limit, maxBufferKilobits), min(buffer, maxBufferKilobits)
	return append(args, "-maxrate", kilobits(limit), "-bufsize", kilobits(buffer))
}

// reordered is how many frames ahead x264 decodes: one where there are B-frames, two
// where other frames refer to some of them.
func (h h264) reordered(speed string) int {
	switch {
	case h.profile == "baseline", h.refs == 0, h.refs == 1, speed == "ultrafast", h.spec.GOP.MaxFrames <= 1:
		return 0
	case h.refs > 1, h.spec.GOP.MaxFrames == 2: // see referenceArgs
		return 1
	}
	return 2
}
