package plan

import (
	"fmt"
	"strings"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// frame is the source's frame after turning: what the sizing starts from.
type frame struct {
	coded media.Size
	sar   media.Rational
	rate  media.Rational
	// stages name a matrix that the scaler does not know, make opaque, deinterlace and turn.
	stages []string
}

// newFrame applies the job's overrides to what was found. A rotate of -1 is
// "auto". The scan is that of the output.
func newFrame(
	v media.VideoStream, in transcode.InputSpec, rotate int, scan transcode.Scan, caps media.Caps,
) frame {
	p := frame{coded: v.Coded, sar: v.SAR, rate: v.FrameRate}
	switch {
	case !in.FrameRate.IsZero():
		p.rate = in.FrameRate
	case !v.BaseRate.IsZero():
		p.rate = v.BaseRate
	}
	if !in.AspectRatio.IsZero() {
		p.sar = in.AspectRatio.Mul(media.NewRational(int64(v.Coded.Height), int64(v.Coded.Width)))
	}
	stages := []string{overBlack(v, caps), deinterlace(v, in.Interlaced, scan)}
	turn := v.Rotation
	if rotate >= 0 {
		turn = rotate
		stages = append(stages, turnFilters(v, rotate)...)
	}
	if strings.Join(stages, "") != "" {
		p.stages = append([]string{steady}, stages...)
	}
	p.stages = append([]string{nameless(v.Space, v.PixFmt)}, p.stages...)
	if turn%180 == 90 {
		p.coded, p.sar = p.coded.Turned(), p.sar.Inv()
	}
	return p
}

// steady gives frames the size and format of the first where these change midway: filters
// that are not built anew for it would read beyond them. It leaves others as they are.
const steady = "scale=flags=bicubic"

// turnFilters bring the frame to a clockwise turn relative to the coded one.
// ffmpeg has already turned it as the metadata says: switching that off would
// copy the display matrix into the result, and players would turn it again. A
// reflection is undone by itself, a turn by the rest of the circle.
func turnFilters(v media.VideoStream, rotate int) []string {
	if !v.Mirrored {
		return []string{turnFilter(rotate - v.Rotation)}
	}
	undo := map[int]string{0: "vflip", 90: "transpose=cclock_flip", 180: "hflip", 270: "transpose=clock_flip"}
	return []string{undo[v.Rotation], turnFilter(rotate)}
}

func turnFilter(degrees int) string {
	switch (degrees%360 + 360) % 360 {
	case 90:
		return "transpose=clock"
	case 180:
		return "hflip,vflip"
	case 270:
		return "transpose=cclock"
	}
	return ""
}

// rateFilter makes a constant rate that begins at 0, whatever the timestamps do.
func rateFilter(rate media.Rational) string { return fmt.Sprintf("fps=fps=%s:start_time=0", rate) }

// fit is the geometry of the output for a preset. Every second line of an
// interlaced frame is a field, and of 4:2:0 a field has whole pairs of lines.
func (p frame) fit(v transcode.VideoSpec) geometry {
	w, h := displaySize(p.coded, p.sar)
	rows := 2
	if v.Scan.Interlaced() && v.Chroma != transcode.YUV422 {
		rows = 4
	}
	sizing := v.Sizing
	if widest := videoCodecs[v.Codec].widest; widest > 0 {
		sizing.Max.Width = min(sizing.Max.Width, widest)
	}
	return fit(w, h, sizing, rows)
}

// filters render a geometry for a frame of a size; colour is options of the
// scaler after its flags, format the pixel format to end with, and dar a display aspect ratio to
// write, zero for square pixels. Bars are black.
func (g geometry) filters(from media.Size, colour, format string, dar media.Rational) string {
	return g.barred("black", from, colour, format, dar)
}

// barred is filters with bars of a colour.
func (g geometry) barred(bars string, from media.Size, colour, format string, dar media.Rational) string {
	var parts []string
	if part := g.part(from); part != from {
		parts = append(parts, fmt.Sprintf("crop=%d:%d", part.Width, part.Height))
		g, from = g.ofPart(from, part), part
	}
	if before := halfway(from, g.Scaled); before != from {
		parts = append(parts, fmt.Sprintf("scale=%d:%d:flags=area", before.Width, before.Height))
	}
	parts = append(parts, fmt.Sprintf("scale=%d:%d:flags=bicubic%s", g.Scaled.Width, g.Scaled.Height, colour))
	if g.Crop != g.Scaled {
		parts = append(parts, fmt.Sprintf("crop=%d:%d:%d:%d", g.Crop.Width, g.Crop.Height, g.CropX, g.CropY))
	}
	if g.Frame != g.Crop {
		parts = append(parts, fmt.Sprintf("pad=%d:%d:%d:%d:%s", g.Frame.Width, g.Frame.Height, g.PadX, g.PadY, bars))
	}
	if dar.IsZero() {
		parts = append(parts, "setsar=1")
	} else {
		parts = append(parts, "setdar="+dar.String())
	}
	return strings.Join(append(parts, "format="+format), ",")
}
