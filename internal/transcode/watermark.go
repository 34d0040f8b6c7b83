package transcode

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

// Watermark is a place for an image that a preset defines.
type Watermark struct {
	ID string
	// MaxWidth and MaxHeight bound the image; a percentage is of the target.
	MaxWidth, MaxHeight Length
	// Policy is [Fit], [Stretch] or [ShrinkToFit].
	Policy SizingPolicy
	// Horizontal is "Left", "Right" or "Center", Vertical "Top", "Bottom" or "Center".
	Horizontal, Vertical string
	// X and Y are how far the image is from the edge that it is aligned to; they
	// mean nothing at the centre.
	X, Y Length
	// Opacity is 0 to 1, and multiplies the image's own.
	Opacity media.Rational
	// Frame reports that the target is the whole frame, with its bars; else it is the
	// picture without them.
	Frame bool
}

// Length is a number of pixels, or a part of a side when Part is not zero.
type Length struct {
	Pixels int
	// Part is of the whole: 1/10 is "10%".
	Part media.Rational
}

// Of is the length in pixels, not yet rounded, along a side.
func (l Length) Of(side int) media.Rational {
	if l.Part.IsZero() {
		return media.NewRational(int64(l.Pixels), 1)
	}
	return l.Part.Mul(media.NewRational(int64(side), 1))
}

// watermark reads a definition that [checkWatermark] has passed. What it leaves
// out is as in every system preset, but in the corner and at its own size.
func watermark(m api.PresetWatermark) Watermark {
	w := Watermark{
		ID: text(m.Id), MaxWidth: length(m.MaxWidth, "100%"), MaxHeight: length(m.MaxHeight, "100%"),
		Policy: ShrinkToFit, Horizontal: "Left", Vertical: "Top",
		X: length(m.HorizontalOffset, "0px"), Y: length(m.VerticalOffset, "0px"),
		Opacity: media.NewRational(1, 1), Frame: text(m.Target) == "Frame",
	}
	if policy := text(m.SizingPolicy); policy != "" {
		w.Policy = SizingPolicy(policy)
	}
	if align := text(m.HorizontalAlign); align != "" {
		w.Horizontal = align
	}
	if align := text(m.VerticalAlign); align != "" {
		w.Vertical = align
	}
	if opacity := text(m.Opacity); opacity != "" {
		w.Opacity = rational(opacity).Div(media.NewRational(100, 1))
	}
	return w
}

func length(value *string, otherwise string) Length {
	s := text(value)
	if s == "" {
		s = otherwise
	}
	if percent, ok := strings.CutSuffix(s, "%"); ok {
		if part := rational(percent); !part.IsZero() {
			return Length{Part: part.Div(media.NewRational(100, 1))}
		}
		return Length{}
	}
	return Length{Pixels: int(rational(strings.TrimSuffix(s, "px")).Num)}
}

// OutputWatermark is an image in its place.
type OutputWatermark struct {
	Watermark
	// Image is an index into JobSpec.Images.
	Image int
}

// outputWatermarks reads which images stand in which places of the preset.
func outputWatermarks(r *reader, marks []api.JobWatermark, preset PresetSpec,
	images *imageList) (all []OutputWatermark) {
	const member = "Watermarks"
	if len(marks) > maxWatermarks {
		r.fail(invalid(member, fmt.Sprintf("%d watermarks", len(marks)), "there may be at most "+
			strconv.Itoa(maxWatermarks)))
	}
	if len(marks) > 0 && preset.Video == nil && r.err == nil {
		r.fail(invalidf("Watermarks require a preset with video; the preset %s has none.", preset.ID))
	}
	if r.err != nil {
		return nil
	}
	for _, m := range marks {
		id := text(m.PresetWatermarkId)
		at := slices.IndexFunc(preset.Video.Watermarks, func(w Watermark) bool { return w.ID == id })
		switch {
		case id == "":
			r.fail(missing(member + ":PresetWatermarkId"))
		case at < 0:
			r.fail(invalid(member+":PresetWatermarkId", id, "the preset "+preset.ID+" defines "+
				definedIDs(preset.Video.Watermarks)))
		case text(m.InputKey) == "":
			r.fail(missing(member + ":InputKey"))
		}
		if r.err != nil {
			return nil
		}
		image := ImageSpec{Key: *m.InputKey, Encryption: sourceEncryption(r, member+":Encryption", m.Encryption)}
		all = append(all, OutputWatermark{preset.Video.Watermarks[at], images.index(image)})
	}
	return all
}

func definedIDs(places []Watermark) string {
	if len(places) == 0 {
		return "no watermarks"
	}
	var ids []string
	for _, w := range places {
		ids = append(ids, w.ID)
	}
	return andList(ids)
}

// smallestWatermark is the least width or height of a watermark in pixels (API model).
const smallestWatermark = 16

// watermarks reads the places that a preset defines for watermarks: at most four,
// each with an id of its own, lengths within the video's limit.
func watermarks(r *reader, marks []api.PresetWatermark, limit media.Size) (places []Watermark) {
	if len(marks) > maxWatermarks {
		r.fail(invalid("Video:Watermarks", fmt.Sprintf("%d watermarks", len(marks)), "there may be at most "+
			strconv.Itoa(maxWatermarks)))
	}
	seen := map[string]bool{}
	for _, m := range marks {
		id := text(m.Id)
		switch {
		case id == "":
			r.fail(missing("Video:Watermarks:Id"))
		case seen[id]:
			r.fail(invalid("Video:Watermarks:Id", id, "each watermark must have an Id of its own"))
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
	checkLength(r, member+"MaxWidth", m.MaxWidth, smallestWatermark, limit.Width)
	checkLength(r, member+"MaxHeight", m.MaxHeight, smallestWatermark, limit.Height)
	checkLength(r, member+"HorizontalOffset", m.HorizontalOffset, 0, limit.Width)
	checkLength(r, member+"VerticalOffset", m.VerticalOffset, 0, limit.Height)
	checkOffset(r, member+"Horizontal", m.HorizontalAlign, m.HorizontalOffset)
	checkOffset(r, member+"Vertical", m.VerticalAlign, m.VerticalOffset)
	if opacity := text(m.Opacity); opacity != "" && !isPercent(opacity) {
		r.fail(invalid(member+"Opacity", opacity, "it must be a number from 0 to 100"))
	}
}

// checkOffset refuses a distance from a side where no side is meant (API model,
// HorizontalOffset and VerticalOffset); none is none in either unit.
func checkOffset(r *reader, member string, align, offset *string) {
	if s := text(offset); text(align) == "Center" && strings.Trim(s, "0.px%") != "" {
		r.fail(invalid(member+"Offset", s, "with "+strings.TrimPrefix(member, "Video:Watermarks:")+
			"Align Center it must be 0"))
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
	r.fail(invalid(member, s, fmt.Sprintf("it must be from %dpx to %dpx or from 0%% to 100%%", low, high)))
}

// isPercent reports whether a text is a decimal number from 0 to 100, in digits with at most one point.
func isPercent(s string) bool {
	if strings.Trim(s, "0123456789.") != "" {
		return false
	}
	n, err := strconv.ParseFloat(s, 64)
	return err == nil && n <= 100
}
