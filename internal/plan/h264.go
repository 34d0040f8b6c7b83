package plan

import (
	"fmt"
	"strconv"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// h264Level is a row of the level table (behaviour 3.3; ITU-T H.264 table A-1).
type h264Level struct {
	name string
	idc  int
	// dpb is the decoded picture buffer in macroblocks.
	dpb int
	// maxRate is the highest bit rate of baseline and main; high has a quarter more.
	maxRate media.BitRate
	// samplesPerSecond and samples bound the luma samples of a second and of a picture.
	samplesPerSecond, samples int64
}

var h264Levels = []h264Level{
	{"1", 10, 396, 64, 380160, 25344},
	{"1b", 11, 396, 128, 380160, 25344},
	{"1.1", 11, 900, 192, 768000, 101376},
	{"1.2", 12, 2376, 384, 1536000, 101376},
	{"1.3", 13, 2376, 768, 3041280, 101376},
	{"2", 20, 2376, 2000, 3041280, 101376},
	{"2.1", 21, 4752, 4000, 5068800, 202752},
	{"2.2", 22, 8100, 4000, 5184000, 414720},
	{"3", 30, 8100, 10000, 10368000, 414720},
	{"3.1", 31, 18000, 14000, 27648000, 921600},
	{"3.2", 32, 20480, 20000, 55296000, 1310720},
	{"4", 40, 32768, 20000, 62914560, 2097152},
	{"4.1", 41, 32768, 50000, 62914560, 2097152},
	{"4.2", 42, 34816, 50000, 133693440, 2228224},
	{"5", 50, 110400, 135000, 150994944, 5652480},
	{"5.1", 51, 184320, 240000, 251658240, 9437184},
	{"5.2", 52, 184320, 240000, 530841600, 9437184},
}

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
	spec    transcode.VideoSpec
	profile string
	level   h264Level
	// refs is the number of reference frames, -1 for the encoder's own choice.
	refs int
	// sourceRate is the input's video bit rate, 0 when unknown.
	sourceRate media.BitRate
	// segmentSeconds forces a keyframe at each multiple; "" for none.
	segmentSeconds string
	// rows is the height in macroblocks.
	rows int
}

// newH264 settles profile, level and reference frames for a picture size and rate.
func newH264(spec transcode.VideoSpec, size media.Size, rate media.Rational) h264 {
	h := h264{spec: spec, profile: spec.Profile, refs: spec.ReferenceFrames, rows: (size.Height + 15) / 16}
	if profileIDC[h.profile] == 0 {
		h.profile = "main"
	}
	macroblocks := ((size.Width + 15) / 16) * h.rows
	h.level = pickLevel(spec, h.profile, macroblocks, rate)
	if h.refs > 0 {
		h.refs = max(1, min(h.refs, h.level.dpb/macroblocks))
	}
	return h
}

// pickLevel is the preset's level, however small (the encoder warns and goes
// on, as the original did), or else the lowest one that holds the stream.
func pickLevel(spec transcode.VideoSpec, profile string, macroblocks int, rate media.Rational) h264Level {
	for _, l := range h264Levels {
		if l.name == spec.Level {
			return l
		}
	}
	samples := int64(macroblocks) * 256
	bits := max(spec.BitRate, spec.MaxBitRate)
	frames := max(spec.ReferenceFrames, 1)
	for _, l := range h264Levels {
		fits := samples <= l.samples && float64(samples)*rate.Float() <= float64(l.samplesPerSecond) &&
			bits <= l.limit(profile) && frames*macroblocks <= l.dpb
		if fits && l.name != "1b" {
			return l
		}
	}
	return h264Levels[len(h264Levels)-1]
}

// limit is the highest bit rate of the level for a profile.
func (l h264Level) limit(profile string) media.BitRate {
	if profile == "high" {
		return l.maxRate * 5 / 4
	}
	return l.maxRate
}

// levelIDC is the number in the stream: 1b is 9 for high, and 11 with a
// constraint flag for the other profiles (ITU-T H.264 A.3.4).
func (h h264) levelIDC() int {
	if h.level.name == "1b" && h.profile == "high" {
		return 9
	}
	return h.level.idc
}

// args are the encoder's arguments. -a53cc 0 keeps the source's captions out.
func (h h264) args(speed string, threads int) []string {
	args := []string{"-c:v", "libx264", "-preset", speed, "-profile:v", h.profile, "-level:v", h.level.name}
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
			limit = h.level.limit(h.profile)
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
