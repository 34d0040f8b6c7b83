package plan

import (
	"fmt"
	"strconv"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// cover is a picture that an audio file carries: one of the input's, copied, or a
// graphic of the job, made anew.
type cover struct {
	// stream is the number of the input's picture; graphic counts when it is negative.
	stream  int
	graphic int
	filters string
	format  string // "jpg" or "png"
}

// decideCovers settles an output's artwork in its order (API model, JobAlbumArt).
// The input's is that of the first.
func (r *rendition) decideCovers(req Request, spec transcode.OutputSpec) *transcode.Failure {
	art := spec.AlbumArt
	if art.Policy == "" {
		return nil
	}
	var own, added []cover
	for _, picture := range req.Probes[0].Pictures {
		if f := readable(picture); f != nil && art.Policy != "Replace" {
			return f
		}
		own = append(own, cover{stream: picture.Index})
		if req.Probes[0].File != "" { // the file that was made has none
			r.coverSource = []string{"-i", "file:in0"}
		}
	}
	for _, a := range art.Artwork {
		graphic := req.Images[a.Image]
		if graphic.Failure != nil {
			return graphic.Failure
		}
		added = append(added, newCover(a, graphic.Size))
	}
	switch {
	case art.Policy == "Prepend":
		r.covers = append(added, own...)
	case art.Policy == "Append":
		r.covers = append(own, added...)
	case art.Policy == "Fallback" && len(own) > 0:
		r.covers = own
	default:
		r.covers = added
	}
	if r.Covers = len(r.covers); r.Covers > transcode.MaxArtwork {
		return transcode.TooMuchArtwork(len(r.covers))
	}
	return nil
}

// readable tells what is wrong with a picture of the input that would be kept.
func readable(p media.Picture) *transcode.Failure {
	switch {
	case p.Codec != "mjpeg" && p.Codec != "png" || p.Size == media.Size{}:
		return transcode.BadEmbeddedArt(p.Codec)
	case pixels(p.Size) > transcode.ImagePixels:
		return transcode.LargeEmbeddedArt(p.Size.Width, p.Size.Height)
	}
	return nil
}

func newCover(a transcode.ArtworkSpec, size media.Size) cover {
	g := fit(whole(size.Width), whole(size.Height), a.Sizing, 2)
	format := "rgb24"
	if a.Format == "jpg" {
		format = "yuvj420p"
	}
	return cover{stream: -1, graphic: a.Image, format: a.Format,
		filters: "format=rgb24," + g.barred("white", size, "", format, media.Rational{})}
}

// joinCovers adds what is made of graphics, which are inputs from first on, to a
// graph. An output has covers or watermarks, never both.
func (r *rendition) joinCovers(g *graph, first int) {
	for i, c := range r.covers {
		if c.stream < 0 {
			g.add("split", bracket(fmt.Sprintf("%d:0", first)), []string{c.filters}, r.coverLabel(i))
			first++
		}
	}
}

func (r *rendition) coverLabel(i int) string { return fmt.Sprintf("c%d_%d", r.Index+1, i+1) }

// coverInputs are the inputs that [rendition.joinCovers] refers to.
func (r *rendition) coverInputs() (args []string) {
	for _, c := range r.covers {
		if c.stream < 0 {
			args = append(args, imageArgs(c.graphic)...)
		}
	}
	if len(r.coverSource) > 0 {
		args = append(append(args, SafetyArgs()...), r.coverSource...)
	}
	return args
}

// coverMaps are the output's pictures, after its sound.
func (r *rendition) coverMaps() (args []string) {
	source := 0
	if len(r.coverSource) > 0 {
		source = r.firstImage + r.graphics() - 1
	}
	for i, c := range r.covers {
		if c.stream < 0 {
			args = append(args, "-map", bracket(r.coverLabel(i)))
		} else {
			args = append(args, "-map", fmt.Sprintf("%d:%d", source, c.stream))
		}
	}
	return args
}

// coverArgs are the encoders of the output's pictures, and what marks them as such.
func (r *rendition) coverArgs() (args []string) {
	for i, c := range r.covers {
		n := strconv.Itoa(i)
		switch {
		case c.stream >= 0:
			args = append(args, "-c:v:"+n, "copy")
		case c.format == "png":
			args = append(args, "-c:v:"+n, "png")
		default:
			args = append(args, "-c:v:"+n, "mjpeg", "-q:v:"+n, "2")
		}
		args = append(args, "-disposition:v:"+n, "attached_pic", "-metadata:s:v:"+n, "comment=Cover (front)")
	}
	return args
}

// graphics is how many inputs the output's marks and covers are.
func (r *rendition) graphics() int {
	n := len(r.pieces[0].marks)
	for _, c := range r.covers {
		if c.stream < 0 {
			n++
		}
	}
	if len(r.coverSource) > 0 {
		n++
	}
	return n
}
