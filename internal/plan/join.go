package plan

import "fmt"

// placement is where inputs that only one rendition needs are among those of a run, by their
// numbers; each counts only where the rendition has such inputs.
type placement struct {
	// watermarks, artwork and captions are the first of several.
	watermarks, artwork, captions int
	// source has the input's own artwork.
	source int
	// audio is what an external encoder has made, palette what a first pass has found.
	audio, palette int
}

// joinPieces adds the pieces of a rendition to a graph, one after the other where there are
// several, and returns where the output goes on. The watermarks are inputs from first on.
func joinPieces(g *graph, r *rendition, first int, video, audio bool) stream {
	if len(r.pieces) == 1 {
		return onePiece(g, r, first, video, audio)
	}
	n, pads := r.number(), ""
	for i := range r.pieces {
		p := &r.pieces[i]
		if video {
			label := fmt.Sprintf("x%d_%d", n, i+1)
			g.add("split", p.video, watermarked(g, r, i, first), label)
			pads += bracket(label)
		}
		if audio {
			label := fmt.Sprintf("y%d_%d", n, i+1)
			g.add("asplit", p.audio, p.audioStages, label)
			pads += bracket(label)
		}
	}
	all, ends := stream{}, ""
	streams := map[bool]int{true: 1}
	if video {
		all.video = bracket(fmt.Sprintf("x%d", n))
		all.videoStages = regular(r.video.rate, countOf(r.pieces))
		ends += all.video
	}
	if audio {
		all.audio, all.audioStages = bracket(fmt.Sprintf("y%d", n)), []string{"anull"}
		ends += all.audio
	}
	g.also(pads + fmt.Sprintf("concat=n=%d:v=%d:a=%d", len(r.pieces), streams[video], streams[audio]) + ends)
	return all
}

func onePiece(g *graph, r *rendition, first int, video, audio bool) stream {
	p := &r.pieces[0]
	all := stream{audioStages: p.audioStages}
	if video {
		all.video, all.videoStages = p.video, watermarked(g, r, 0, first)
	}
	if audio {
		all.audio = p.audio
	}
	return all
}

// watermarked adds the watermarks of a rendition, which are inputs from first on, to a graph
// for its piece k, and returns the stages of the piece's frames with them.
func watermarked(g *graph, r *rendition, k, first int) []string {
	p, format := &r.pieces[k], r.video.pixelFormat
	stages := p.videoStages[:len(p.videoStages):len(p.videoStages)]
	for i, w := range p.watermarks {
		label := fmt.Sprintf("w%d_%d_%d", r.number(), k+1, i+1)
		filters := w.filters(r.video.colours.matrix, overlays[format].watermark)
		g.add("split", bracket(fmt.Sprintf("%d:0", first+i)), []string{filters}, label)
		stages = append(stages, w.overlay(label, format))
	}
	if len(p.watermarks) > 0 {
		stages = append(stages, "format="+format)
	}
	return stages
}

// join adds the chains of a rendition to a graph: those of the streams that it has an
// encoder of its own for, and of all that it makes beside them.
func join(g *graph, r *rendition, at placement, own streams) {
	video := r.Video != nil && own.video
	audio := r.audio != nil && own.audio && !r.preparesAudio()
	all := joinPieces(g, r, at.watermarks, video || r.Thumbnails != nil, audio)
	joinArtwork(g, r, at.artwork)
	if video {
		joinVideo(g, r, all, at)
	}
	if r.Thumbnails != nil {
		g.add("split", all.video, all.shown(r.Thumbnails.filters), thumbnailLabel(r))
	}
	if all.audio != "" {
		r.audio.join(g, all, r.number())
	}
}

// joinArtwork adds what is made of images, which are inputs from first on.
func joinArtwork(g *graph, r *rendition, first int) {
	for i, a := range r.artwork {
		if a.made() {
			g.add("split", bracket(fmt.Sprintf("%d:0", first)), []string{a.filters}, artworkLabel(r, i))
			first++
		}
	}
}

func joinVideo(g *graph, r *rendition, all stream, at placement) {
	switch {
	case r.video.encoder.palette() == paletteInOnePass:
		joinPalette(g, r, all)
	case r.video.encoder.palette() == paletteInTwoPasses:
		g.add("split", all.video, append(all.shown(r.video.finish), usePalette(at.palette)), videoLabel(r))
	case r.Carrier != nil:
		joinCarrier(g, r, all, at.captions)
	default:
		g.add("split", all.video, all.shown(r.video.finish), videoLabel(r))
	}
}

// joinCarrier lays the frames that are ready over those of the carrier, which is
// the first of the two: the filter keeps what comes with its frames, and only that.
func joinCarrier(g *graph, r *rendition, all stream, carrier int) {
	n := r.number()
	g.add("split", all.video, all.shown(r.video.finish), fmt.Sprintf("u%d", n))
	chain := fmt.Sprintf("[%[2]d:0]%[3]s[g%[1]d];[g%[1]d][u%[1]d]overlay=shortest=1", n, carrier, r.video.ground)
	if text := said(append(fieldMark(r.Video.Scan), r.video.colours.tags()...)...); text != "" {
		chain += "," + text
	}
	g.also(chain + bracket(videoLabel(r)))
}

// joinPalette adds the stages that find and use a palette in one pass.
func joinPalette(g *graph, r *rendition, all stream) {
	palette := paletteLabel(r)
	g.add("split", all.video, append(all.shown(r.video.finish), "palettegen"), palette)
	g.add("split", all.video, append(all.shown(r.video.finish), bracket(palette)+usePaletteFilter), videoLabel(r))
}

// usePaletteFilter spreads errors of colours as Floyd and Steinberg did: files are up to
// a seventh smaller than with the filter's default, and look as well. A pattern in
// their place saves more in some frames, and costs more and shows in others
// (docs/decisions/0031).
const usePaletteFilter = "paletteuse=dither=floyd_steinberg"

// usePalette maps a frame to the palette in an input of its own.
func usePalette(input int) string { return fmt.Sprintf("[%d:0]", input) + usePaletteFilter }

// The labels under which the chains of a rendition end.
func videoLabel(r *rendition) string     { return fmt.Sprintf("v%d", r.number()) }
func thumbnailLabel(r *rendition) string { return fmt.Sprintf("t%d", r.number()) }
func paletteLabel(r *rendition) string   { return fmt.Sprintf("p%d", r.number()) }

func artworkLabel(r *rendition, i int) string { return fmt.Sprintf("c%d_%d", r.number(), i+1) }
