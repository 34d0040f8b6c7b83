package transcode

import (
	"fmt"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

// H264Level is a row of the table of limits (API model; ITU-T H.264 table A-1,
// whose figures stand where the model's documents misprint or lack them).
type H264Level struct {
	// Name is the level in the API's spelling ("3.1", "1b"), IDC its level_idc.
	Name string
	IDC  int
	// BufferMacroblocks is the size of the decoded picture buffer.
	BufferMacroblocks int
	// MaxBitRate is the highest bit rate of baseline and main (see [H264Level.Limit]).
	MaxBitRate media.BitRate
	// LumaPerSecond and LumaSamples bound the luma samples of a second and of a picture.
	LumaPerSecond, LumaSamples int64
}

// H264Levels are all levels, the lowest first. The API knows those up to 4.1; the
// others are for a preset that leaves the level open.
var H264Levels = []H264Level{
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

// highestAPILevel is the last level that a preset can name (API model, CodecOptions).
const highestAPILevel = "4.1"

// Limit is the highest bit rate of the level for a profile: high has a quarter more.
func (l H264Level) Limit(profile string) media.BitRate {
	if profile == "high" {
		return l.MaxBitRate * 5 / 4
	}
	return l.MaxBitRate
}

// levelNames are the levels that a preset can name.
func levelNames() (names []string) {
	for _, level := range H264Levels {
		names = append(names, level.Name)
		if level.Name == highestAPILevel {
			break
		}
	}
	return names
}

// levelWarnings are sentences about settings of asked, whose spec is v, that are valid
// and go beyond the preset's level, each with the recommended value. What is automatic
// is only known with an input: as in the model, which recommends sizes and rates to
// those who set them, no such setting is warned about.
func levelWarnings(asked *api.VideoParameters, v *VideoSpec) []string {
	if v == nil {
		return nil
	}
	for _, level := range H264Levels {
		if level.Name == v.Level {
			return level.warnings(v, sizeIsSet(asked))
		}
	}
	return nil
}

// sizeIsSet reports whether a preset says both width and height.
func sizeIsSet(v *api.VideoParameters) bool {
	isAuto := func(s *string) bool { return text(s) == "" || text(s) == "auto" }
	return !isAuto(v.Resolution) || !isAuto(v.MaxWidth) && !isAuto(v.MaxHeight)
}

// macroblock is the luma samples of a macroblock: 16 rows of 16.
const macroblock = 256

func (l H264Level) warnings(v *VideoSpec, sized bool) (list []string) {
	warn := func(member string, value any, what string, recommended any) {
		list = append(list, fmt.Sprintf("The value of %s, %v, is greater than the %s that is recommended for level "+
			"%s: %v.",
			member, value, what, l.Name, recommended))
	}
	size := v.Sizing.Max
	if v.Sizing.KeepSource {
		size = autoSize
	}
	frame := macroblocks(size, v.Scan)
	if most := l.LumaSamples / macroblock; sized && frame > most {
		value := fmt.Sprintf("%s (%d macroblocks of 16x16 pixels)", size, frame)
		warn("MaxWidth x MaxHeight or Resolution", value, "number of macroblocks", most)
	}
	if frames := l.referenceFrames(frame); int64(v.ReferenceFrames) > frames {
		warn("MaxReferenceFrames", v.ReferenceFrames, "number", frames)
	}
	rate := l.Limit(v.Profile)
	if v.BitRate > rate {
		warn("BitRate", v.BitRate, "bit rate in kilobits per second", rate)
	}
	if v.MaxBitRate > rate && v.MaxBitRate != v.BitRate {
		warn("MaxBitRate", v.MaxBitRate, "bit rate in kilobits per second", rate)
	}
	if fastest := media.NewRational(l.LumaPerSecond/macroblock, frame); sized && v.FrameRate.Cmp(fastest) > 0 {
		value, recommended := fmt.Sprintf("%.4g", v.FrameRate.Float()), fmt.Sprintf("%.4g", fastest.Float())
		warn("FrameRate", value, "number of frames per second at this size", recommended)
	}
	if v.Scan.Interlaced() && !l.fields() {
		list = append(list, fmt.Sprintf("An InterlacedMode other than Progressive is not recommended for level %s.",
			l.Name))
	}
	return list
}

// referenceFrames is how many frames of so many macroblocks are recommended to refer
// to: what the buffer of the level holds, at most 16, and 1 where it does not hold a whole
// one: that the size is beyond the level is another warning, where there is a size.
func (l H264Level) referenceFrames(macroblocks int64) int64 {
	return max(1, min(int64(l.BufferMacroblocks)/macroblocks, 16))
}

// macroblocks are those of a frame, begun ones included; fields are whole rows of
// them. The standard bounds them; the documentation's formulas in pixels mean the
// same for sizes that are multiples of 16, and pass somewhat more for others.
func macroblocks(s media.Size, scan Scan) int64 {
	rows := (s.Height + 15) / 16
	if scan.Interlaced() {
		rows = 2 * ((s.Height + 31) / 32)
	}
	return int64((s.Width+15)/16) * int64(rows)
}

// fields reports whether the level has interlaced frames (H.264, table A-4,
// frame_mbs_only_flag).
func (l H264Level) fields() bool { return l.IDC >= 21 && l.IDC <= 41 }
