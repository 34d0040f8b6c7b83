package transcode

import (
	"fmt"

	"github.com/reelastic/reelastic/internal/media"
)

// h264Level is one row of the API model's table of limits (behaviour 3.3).
// Rates are for the profiles baseline and main, and for high.
type h264Level struct {
	name            string
	macroblocks     int // decoded picture buffer
	mainRate        media.BitRate
	highRate        media.BitRate
	lumaPerSecond   int64
	pixelsOfPicture int
}

// Rates of 2.1 and 2.2 and the figures that the documents misprint are those of
// the standard (H.264, table A-1).
var levelTable = []h264Level{
	{"1", 396, 64, 80, 380160, 25344},
	{"1b", 396, 128, 160, 380160, 25344},
	{"1.1", 900, 192, 240, 768000, 101376},
	{"1.2", 2376, 384, 480, 1536000, 101376},
	{"1.3", 2376, 768, 960, 3041280, 101376},
	{"2", 2376, 2000, 2500, 3041280, 101376},
	{"2.1", 4752, 4000, 5000, 5068800, 202752},
	{"2.2", 8100, 4000, 5000, 5184000, 414720},
	{"3", 8100, 10000, 12500, 10368000, 414720},
	{"3.1", 18000, 14000, 17500, 27648000, 921600},
	{"3.2", 20480, 20000, 25000, 55296000, 1310720},
	{"4", 32768, 20000, 25000, 62914560, 2097152},
	{"4.1", 32768, 50000, 62500, 62914560, 2097152},
}

func h264Levels() []string {
	names := make([]string, len(levelTable))
	for i, level := range levelTable {
		names[i] = level.name
	}
	return names
}

// levelWarnings are sentences about settings that are valid and go beyond the
// preset's level, each with the recommended value. The size is taken to be the
// limit of the preset, as the model does.
func levelWarnings(v *VideoSpec) []string {
	if v == nil {
		return nil
	}
	for _, level := range levelTable {
		if level.name == v.Level {
			return level.warnings(v)
		}
	}
	return nil
}

func (l h264Level) warnings(v *VideoSpec) (list []string) {
	warn := func(member string, value any, what string, recommended any) {
		list = append(list, fmt.Sprintf("The value of %s, %v, is greater than the %s that is recommended for level %s: %v.",
			member, value, what, l.name, recommended))
	}
	size := v.Sizing.Max
	if v.Sizing.KeepSource {
		size = autoSize
	}
	pixels := size.Width * size.Height
	if pixels > l.pixelsOfPicture {
		warn("MaxWidth x MaxHeight or Resolution", size, "number of pixels", l.pixelsOfPicture)
	}
	if frames := min(l.macroblocks*256/pixels, 16); v.ReferenceFrames > frames {
		warn("MaxReferenceFrames", v.ReferenceFrames, "number", frames)
	}
	rate := l.mainRate
	if v.Profile == "high" {
		rate = l.highRate
	}
	if v.BitRate > rate {
		warn("BitRate", v.BitRate, "bit rate in kilobits per second", rate)
	}
	if v.MaxBitRate > rate && v.MaxBitRate != v.BitRate {
		warn("MaxBitRate", v.MaxBitRate, "bit rate in kilobits per second", rate)
	}
	if fastest := media.NewRational(l.lumaPerSecond, int64(pixels)); v.FrameRate.Cmp(fastest) > 0 {
		warn("FrameRate", fmt.Sprintf("%.4g", v.FrameRate.Float()), "number of frames per second at this size", fmt.Sprintf("%.4g", fastest.Float()))
	}
	return list
}
