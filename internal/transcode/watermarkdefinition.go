package transcode

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

// smallestMark is the least width or height of a watermark in pixels (API model).
const smallestMark = 16

// watermarks reads the places that a preset defines for watermarks: at most four,
// each with an id of its own, lengths within the video's limit.
func watermarks(r *reader, marks []api.PresetWatermark, limit media.Size) (places []Watermark) {
	if len(marks) > maxWatermarks {
		r.fail(invalid("Video:Watermarks", fmt.Sprintf("%d watermarks", len(marks)), "there are at most "+strconv.Itoa(maxWatermarks)))
	}
	seen := map[string]bool{}
	for _, m := range marks {
		id := text(m.Id)
		switch {
		case id == "":
			r.fail(missing("Video:Watermarks:Id"))
		case seen[id]:
			r.fail(invalid("Video:Watermarks:Id", id, "each watermark has an Id of its own"))
		}
		seen[id] = true
		checkWatermark(r, m, limit)
		places = append(places, watermark(m))
	}
	return places
}

func checkWatermark(r *reader, m api.PresetWatermark, limit media.Size) {
	const member = "Video:Watermarks:"
	r.oneOf(member+"SizingPolicy", m.SizingPolicy, watermarkSizings...)
	r.oneOf(member+"HorizontalAlign", m.HorizontalAlign, "Left", "Right", "Center")
	r.oneOf(member+"VerticalAlign", m.VerticalAlign, "Top", "Bottom", "Center")
	r.oneOf(member+"Target", m.Target, "Content", "Frame")
	checkLength(r, member+"MaxWidth", m.MaxWidth, smallestMark, limit.Width)
	checkLength(r, member+"MaxHeight", m.MaxHeight, smallestMark, limit.Height)
	checkLength(r, member+"HorizontalOffset", m.HorizontalOffset, 0, limit.Width)
	checkLength(r, member+"VerticalOffset", m.VerticalOffset, 0, limit.Height)
	checkOffset(r, member+"Horizontal", m.HorizontalAlign, m.HorizontalOffset)
	checkOffset(r, member+"Vertical", m.VerticalAlign, m.VerticalOffset)
	if opacity := text(m.Opacity); opacity != "" && !isPercent(opacity) {
		r.fail(invalid(member+"Opacity", opacity, "it is a number from 0 to 100"))
	}
}

// checkOffset refuses a distance from a side where no side is meant (API model,
// HorizontalOffset and VerticalOffset); none is none in either unit.
func checkOffset(r *reader, member string, align, offset *string) {
	if s := text(offset); text(align) == "Center" && strings.Trim(s, "0.px%") != "" {
		r.fail(invalid(member+"Offset", s, "with "+strings.TrimPrefix(member, "Video:Watermarks:")+"Align Center it is 0"))
	}
}

// checkLength checks pixels ("16px") against the bounds, and percent ("7.5%")
// against 0 to 100.
func checkLength(r *reader, member string, value *string, low, high int) {
	s := text(value)
	if s == "" {
		return
	}
	if percent, ok := strings.CutSuffix(s, "%"); ok && isPercent(percent) {
		return
	}
	if pixels, ok := strings.CutSuffix(s, "px"); ok {
		if n, err := strconv.ParseUint(pixels, 10, 31); err == nil && int(n) >= low && int(n) <= high {
			return
		}
	}
	r.fail(invalid(member, s, fmt.Sprintf("it is from %dpx to %dpx or from 0%% to 100%%", low, high)))
}

// isPercent tells a decimal number from 0 to 100, in digits with at most one point.
func isPercent(s string) bool {
	if strings.Trim(s, "0123456789.") != "" {
		return false
	}
	n, err := strconv.ParseFloat(s, 64)
	return err == nil && n <= 100
}
