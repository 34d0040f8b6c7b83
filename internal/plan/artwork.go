package plan

import (
	"strconv"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// artwork is an image that an audio file carries: one of the input's, copied, or one of
// the job's, made anew.
type artwork struct {
	// stream is the number of the input's image; when it is negative, image is the job's.
	stream  int
	image   int
	filters string
	// encoder are the arguments, without the number of the stream.
	encoder []artworkOption
}

// artworkOption is an option of a stream's encoder.
type artworkOption struct{ name, value string }

// artworkFormats are the formats of the API, by the pixel format and the encoder.
var artworkFormats = map[string]struct {
	pixels  string
	encoder []artworkOption
}{
	"png": {"rgb24", []artworkOption{{"-c:v", "png"}}},
	"jpg": {"yuvj420p", []artworkOption{{"-c:v", "mjpeg"}, {"-q:v", "2"}}},
}

// made reports whether artwork is made of an image of the job.
func (a artwork) made() bool { return a.stream < 0 }

// args are the encoder's of image i, and what marks it as artwork.
func (a artwork) args(i int) (args []string) {
	n := ":" + strconv.Itoa(i)
	for _, option := range a.encoder {
		args = append(args, option.name+n, option.value)
	}
	return append(args, "-disposition:v"+n, "attached_pic", "-metadata:s:v"+n, "comment=Cover (front)")
}

// newArtwork settles an output's artwork in its order (API model, JobAlbumArt). The input's
// is that of the first; apart tells that it comes from the source, where the file that was
// made of it has none.
func newArtwork(req Request, art transcode.AlbumArt) (all []artwork, apart bool, failure *transcode.Failure) {
	if art.Policy == "" {
		return nil, false, nil
	}
	own, failure := sourceArtwork(req.Probes[0], art.Policy)
	if failure != nil {
		return nil, false, failure
	}
	added, failure := addedArtwork(req, art.Artwork)
	if failure != nil {
		return nil, false, failure
	}
	switch {
	case art.Policy == "Prepend":
		all = append(added, own...)
	case art.Policy == "Append":
		all = append(own, added...)
	case art.Policy == "Fallback" && len(own) > 0:
		all = own
	default:
		all = added
	}
	if len(all) > transcode.MaxArtwork {
		return nil, false, transcode.TooMuchArtwork(len(all))
	}
	return all, len(own) > 0 && req.Probes[0].File != "", nil
}

// sourceArtwork is an input's own, which must be readable where it may be kept.
func sourceArtwork(p media.Probe, policy string) (own []artwork, failure *transcode.Failure) {
	for _, image := range p.Artwork {
		if f := readable(image); f != nil && policy != "Replace" {
			return nil, f
		}
		own = append(own, artwork{stream: image.Index, encoder: []artworkOption{{"-c:v", "copy"}}})
	}
	return own, nil
}

// readable tells what is wrong with an image of the input that would be kept.
func readable(p media.Artwork) *transcode.Failure {
	switch {
	case p.Codec != "mjpeg" && p.Codec != "png" || p.Size == media.Size{}:
		return transcode.BadEmbeddedArt(p.Codec)
	case pixels(p.Size) > transcode.ImagePixels:
		return transcode.LargeEmbeddedArt(p.Size.Width, p.Size.Height)
	}
	return nil
}

// addedArtwork is made of images of the job.
func addedArtwork(req Request, specs []transcode.ArtworkSpec) (added []artwork, failure *transcode.Failure) {
	for _, spec := range specs {
		image := req.Images[spec.Image]
		if image.Failure != nil {
			return nil, image.Failure
		}
		format := artworkFormats[spec.Format]
		g := fit(whole(image.Size.Width), whole(image.Size.Height), spec.Sizing, 2)
		added = append(added, artwork{
			stream:  -1,
			image:   spec.Image,
			filters: "format=rgb24," + g.barred("white", image.Size, "", format.pixels, media.Rational{}),
			encoder: format.encoder,
		})
	}
	return added, nil
}
