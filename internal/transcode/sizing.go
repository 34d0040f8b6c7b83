package transcode

import (
	"fmt"
	"strings"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

// SizingPolicy is how a frame meets its limits (API model, SizingPolicy).
type SizingPolicy string

// The sizing policies of the API model.
const (
	Fit          SizingPolicy = "Fit"
	Fill         SizingPolicy = "Fill"
	Stretch      SizingPolicy = "Stretch"
	Keep         SizingPolicy = "Keep"
	ShrinkToFit  SizingPolicy = "ShrinkToFit"
	ShrinkToFill SizingPolicy = "ShrinkToFill"
)

// Sizing is what a preset says about the size of video or thumbnails, either
// in the MaxWidth form or in the older Resolution form, which is mapped onto
// the same members.
type Sizing struct {
	// Max is the limit; "auto" is already 1920x1080 (600x600 for album art).
	Max    media.Size
	Policy SizingPolicy
	// Pad adds bars up to exactly Max where the policy leaves room.
	Pad bool
	// KeepSource is Resolution "auto": the source's own size, at most Max.
	KeepSource bool
	// Aspect is the older form's AspectRatio when it is not "auto": the picture
	// is letterboxed or pillarboxed to this shape. Zero otherwise.
	Aspect media.Rational
}

// The sizes of the API model, in pixels.
var (
	autoSize       = media.Size{Width: 1920, Height: 1080}
	largestSize    = media.Size{Width: 4096, Height: 3072}
	smallestVideo  = media.Size{Width: 128, Height: 96}
	smallestFrame  = media.Size{Width: 32, Height: 32}
	sizingPolicies = []string{string(Fit), string(Fill), string(Stretch), string(Keep), string(ShrinkToFit),
		string(ShrinkToFill)}
)

// sizingMembers are the members that size video or thumbnails, in both forms.
type sizingMembers struct {
	part, besides                                    string // "Video" or "Thumbnails"; what Resolution can be besides a size
	resolution, aspectRatio                          *string
	maxWidth, maxHeight, sizingPolicy, paddingPolicy *string
	displayAspectRatio                               *string
	smallest, largest                                media.Size
	// rows is what heights are a multiple of, at least 2; where it is more, why
	// says the reason, with a space behind it.
	rows int
	why  string
}

// videoSizing reads the size of video. Interlaced frames with colour in every
// other row have rows for two fields of two: x264 refuses other heights.
func videoSizing(r *reader, v *api.VideoParameters, spec *VideoSpec) Sizing {
	m := sizingMembers{"Video", "auto or ", v.Resolution, v.AspectRatio,
		v.MaxWidth, v.MaxHeight, v.SizingPolicy, v.PaddingPolicy, v.DisplayAspectRatio, smallestVideo, spec.Codec.rules().largest, 0, ""}
	if spec.Scan.Interlaced() && spec.Chroma != YUV422 {
		m.rows, m.why = 4, "with InterlacedMode "+v.CodecOptions["InterlacedMode"]+" "
	}
	return sizing(r, m)
}

func thumbnailSizing(r *reader, t *api.Thumbnails) Sizing {
	return sizing(r, sizingMembers{"Thumbnails", "", t.Resolution, t.AspectRatio,
		t.MaxWidth, t.MaxHeight, t.SizingPolicy, t.PaddingPolicy, nil, smallestFrame, largestSize, 0, ""})
}

// sizing reads either form. AspectRatio has its effect in both: the original's
// own preset 1351620000001-000001 has it beside MaxWidth.
func sizing(r *reader, m sizingMembers) Sizing {
	aspect := r.aspectRatio(m.part+":AspectRatio", m.aspectRatio)
	limited := m.limited()
	if m.resolution == nil && (limited != "" || aspect.IsZero()) {
		return m.limits(r, aspect)
	}
	if limited != "" {
		r.fail(invalidf("[%s:Resolution and %s:%s are mutually exclusive.]", m.part, m.part, limited))
		return Sizing{}
	}
	return m.fixed(r, aspect)
}

// limited names the first member of the newer form that is given.
func (m sizingMembers) limited() string {
	for _, newer := range []struct {
		member string
		value  *string
	}{
		{"MaxWidth", m.maxWidth},
		{"MaxHeight", m.maxHeight},
		{"SizingPolicy", m.sizingPolicy},
		{"PaddingPolicy", m.paddingPolicy},
		{"DisplayAspectRatio", m.displayAspectRatio},
	} {
		if text(newer.value) != "" {
			return newer.member
		}
	}
	return ""
}

// limits reads the newer form. What is not given is as in every system preset
// that is not for broadcast: auto, ShrinkToFit, NoPad.
func (m sizingMembers) limits(r *reader, aspect media.Rational) Sizing {
	s := Sizing{Max: autoSize, Policy: ShrinkToFit, Aspect: aspect}
	s.Max.Width = m.side(r, "MaxWidth", m.maxWidth, m.smallest.Width, m.largest.Width, 2, autoSize.Width)
	s.Max.Height = m.side(r, "MaxHeight", m.maxHeight, m.smallest.Height, m.largest.Height, max(m.rows, 2),
		autoSize.Height)
	if policy := r.oneOf(m.part+":SizingPolicy", m.sizingPolicy, sizingPolicies...); policy != "" {
		s.Policy = SizingPolicy(policy)
	}
	s.Pad = r.oneOf(m.part+":PaddingPolicy", m.paddingPolicy, "Pad", "NoPad") == "Pad"
	return s
}

func (m sizingMembers) side(r *reader, member string, value *string, low, high, step, auto int) int {
	if text(value) == "auto" || text(value) == "" {
		return auto
	}
	n, ok := wholeNumber(*value, low, high)
	if !ok || n%step != 0 {
		kind := "it is auto or an even number"
		if step != 2 {
			kind = fmt.Sprintf("%sit is auto or a multiple of %d", m.why, step)
		}
		r.fail(invalid(m.part+":"+member, *value, fmt.Sprintf("%s from %d to %d", kind, low, high)))
	}
	return n
}

// fixed reads the older form: the picture is scaled up or down to Resolution,
// with bars where AspectRatio asks for another shape than the input's.
func (m sizingMembers) fixed(r *reader, aspect media.Rational) Sizing {
	resolution := text(m.resolution)
	if resolution == "auto" || resolution == "" {
		return Sizing{Max: m.largest, Policy: ShrinkToFit, KeepSource: true, Aspect: aspect}
	}
	size, ok := parseSize(resolution, m.smallest, m.largest)
	switch {
	case !ok:
		r.fail(invalid(m.part+":Resolution", resolution,
			fmt.Sprintf("it is %stwo even numbers, from %s to %s", m.besides, m.smallest, m.largest)))
	case size.Height%max(m.rows, 2) != 0:
		r.fail(invalid(m.part+":Resolution", resolution, fmt.Sprintf("%sits height is a multiple of %d", m.why, m.rows)))
	}
	return Sizing{Max: size, Policy: Fit, Pad: !aspect.IsZero(), Aspect: aspect}
}

// checkThumbnailFits holds the older form's rule that thumbnails are not larger
// than the video (API model, Thumbnails:Resolution).
func checkThumbnailFits(r *reader, t *api.Thumbnails, v *api.VideoParameters) {
	small, okSmall := parseSize(*t.Resolution, smallestFrame, largestSize)
	large, okLarge := parseSize(*v.Resolution, smallestVideo, largestSize)
	if okSmall && okLarge && (small.Width > large.Width || small.Height > large.Height) {
		r.fail(invalid("Thumbnails:Resolution", *t.Resolution, "it is at most Video:Resolution, "+*v.Resolution))
	}
}

// parseSize reads WIDTHxHEIGHT, both even and within the bounds.
func parseSize(s string, low, high media.Size) (media.Size, bool) {
	w, h, _ := strings.Cut(s, "x")
	width, okWidth := evenNumber(w, low.Width, high.Width)
	height, okHeight := evenNumber(h, low.Height, high.Height)
	return media.Size{Width: width, Height: height}, okWidth && okHeight
}

func evenNumber(s string, low, high int) (int, bool) {
	n, ok := wholeNumber(s, low, high)
	return n, ok && n%2 == 0
}
