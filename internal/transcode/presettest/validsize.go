package presettest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/reelastic/reelastic/api"
)

var aspectRatios = []string{"auto", "1:1", "4:3", "3:2", "16:9"}

// sizes draws the size of video in the newer form, the older, or neither.
func (d draw) sizes(v *api.VideoParameters) {
	form := d.one("form of size", "limits", "limits", "Resolution", "none")
	v.AspectRatio = d.maybe("AspectRatio", aspectRatios...)
	width, height := widest(v, d.limit.Width), d.limit.Height
	switch form {
	case "limits":
		v.SizingPolicy, v.PaddingPolicy = d.policies(&v.MaxWidth, &v.MaxHeight, 128, width, 96, height, rows(v))
		v.DisplayAspectRatio = d.maybe("DisplayAspectRatio", ratios(*v.Codec)...)
	case "Resolution":
		v.Resolution = new(d.one("Resolution", "auto", d.side("width", 128, width, 2)+"x"+
			d.side("height", 96, height, rows(v))))
	}
}

// ratios are those that a codec can tell players.
func ratios(codec string) []string {
	switch codec {
	case "mpeg2":
		return []string{"auto", "4:3", "16:9"}
	case "gif":
		return []string{"auto"}
	}
	return aspectRatios
}

// policies draws the newer form into the limits and returns its policies. A
// limit may be auto, 1920x1080, where that is allowed or nothing is enlarged.
func (d draw) policies(maxWidth, maxHeight **string, low, width, lowHeight, height, rows int) (sizing,
	padding *string) {
	sizing = d.maybe("SizingPolicy", "Fit", "Fill", "Stretch", "Keep", "ShrinkToFit", "ShrinkToFill")
	padding = d.maybe("PaddingPolicy", "Pad", "NoPad")
	*maxWidth, *maxHeight = new(d.side("MaxWidth", low, width, 2)), new(d.side("MaxHeight", lowHeight, height, rows))
	shrinks := sizing == nil || *sizing == "Keep" || strings.HasPrefix(*sizing, "Shrink")
	if d.limit == largest || shrinks && (padding == nil || *padding == "NoPad") {
		*maxWidth, *maxHeight = d.maybe("MaxWidth", "auto", **maxWidth), d.maybe("MaxHeight", "auto", **maxHeight)
	}
	return sizing, padding
}

// thumbnails draws them for a preset with video.
func (d draw) thumbnails(v *api.VideoParameters) *api.Thumbnails {
	t := &api.Thumbnails{Format: d.maybe("Format", "jpg", "png"),
		Interval:    d.maybe("Interval", "1", "60", "99999", d.whole("Interval", 1, 99999)),
		AspectRatio: d.maybe("Thumbnails:AspectRatio", aspectRatios...)}
	width, height := d.limit.Width, d.limit.Height
	switch d.one("form of thumbnails", "limits", "Resolution", "none") {
	case "limits":
		t.SizingPolicy, t.PaddingPolicy = d.policies(&t.MaxWidth, &t.MaxHeight, 32, width, 32, height, 2)
	case "Resolution":
		if v.Resolution != nil && *v.Resolution != "auto" {
			width, height = sides(*v.Resolution)
		}
		t.Resolution = new(d.side("width", 32, width, 2) + "x" + d.side("height", 32, height, 2))
	}
	return t
}

// sides are the two numbers of a resolution that was drawn.
func sides(resolution string) (width, height int) {
	if _, err := fmt.Sscanf(resolution, "%dx%d", &width, &height); err != nil {
		panic(fmt.Sprintf("resolution %s: %v", resolution, err))
	}
	return width, height
}

// watermarks draws up to four places.
func (d draw) watermarks(v *api.VideoParameters) {
	width, height := frame(v)
	for i := range 4 {
		if !d.yes("Watermarks") {
			return
		}
		m := api.PresetWatermark{Id: new(fmt.Sprintf("place %d", i)),
			SizingPolicy:    d.maybe("SizingPolicy", "Fit", "Stretch", "ShrinkToFit"),
			HorizontalAlign: d.maybe("HorizontalAlign", "Left", "Right", "Center"),
			VerticalAlign:   d.maybe("VerticalAlign", "Top", "Bottom", "Center"),
			Opacity:         d.maybe("Opacity", "0", "55.5", "100"), Target: d.maybe("Target", "Content", "Frame"),
			MaxWidth:  d.maybe("MaxWidth", "10%", "7.5%", d.whole("MaxWidth", 16, width)+"px"),
			MaxHeight: d.maybe("MaxHeight", "100%", d.whole("MaxHeight", 16, height)+"px")}
		m.HorizontalOffset, m.VerticalOffset = d.offset("HorizontalOffset", m.HorizontalAlign, width),
			d.offset("VerticalOffset", m.VerticalAlign, height)
		v.Watermarks = append(v.Watermarks, m)
	}
}

func (d draw) offset(member string, align *string, side int) *string {
	if align != nil && *align == "Center" {
		return d.maybe(member, "0px", "0%")
	}
	return d.maybe(member, "0px", "10%", "0.5%", d.whole(member, 0, side)+"px")
}

// frame is the limit of the video's size, auto being 1920x1080; a resolution of
// auto is at least that.
func frame(v *api.VideoParameters) (width, height int) {
	if v.Resolution != nil && *v.Resolution != "auto" {
		return sides(*v.Resolution)
	}
	side := func(limit *string, auto int) int {
		if limit == nil || *limit == "auto" {
			return auto
		}
		n, err := strconv.Atoi(*limit)
		if err != nil {
			panic(fmt.Sprintf("side %s: %v", *limit, err))
		}
		return n
	}
	return side(v.MaxWidth, 1920), side(v.MaxHeight, 1080)
}
