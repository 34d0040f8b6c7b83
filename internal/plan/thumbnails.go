package plan

import (
	"fmt"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// thumbnailFormat is how images of a format are made.
type thumbnailFormat struct {
	// encoder are ffmpeg's arguments, pixels is the pixel format that it takes.
	encoder []string
	pixels  string
	// scaler are options of the scaler for the format's colours.
	scaler string
}

// thumbnailFormats are those of the API, each with the suffix of its files. JFIF knows no
// other matrix than that of BT.601.
var thumbnailFormats = map[string]thumbnailFormat{
	"png": {[]string{"-c:v", "png"}, "rgb24", ""},
	"jpg": {[]string{"-c:v", "mjpeg", "-q:v", "3"}, "yuvj420p", ":out_color_matrix=bt601"},
}

// Thumbnails are the expected images.
type Thumbnails struct {
	// File is the pattern of the files, numbered from 1 ("t1_%05d.png").
	File string
	Size media.Size
	// Format is "jpg" or "png".
	Format string
	// filters pick and size the frames.
	filters string
}

// newThumbnails picks the first frame and then the first one in each interval of
// frames of a size and rate, and gives it its size. Whole numbers of frames keep the
// choice free of drift and rounding. The matrix is that of the frames.
func newThumbnails(spec transcode.ThumbnailSpec, from media.Size, rate, dar media.Rational, matrix string) *Thumbnails {
	var sar media.Rational
	if !dar.IsZero() {
		sar = dar.Mul(media.NewRational(int64(from.Height), int64(from.Width)))
	}
	w, h := displaySize(from, sar)
	g := fit(w, h, spec.Sizing, 2)
	format := thumbnailFormats[spec.Format]
	colour := exactly + ":in_color_matrix=" + scalerMatrix(matrix) + format.scaler
	seconds := int64(spec.Interval / time.Second)
	pick := fmt.Sprintf(`select=eq(n\,0)+gt(floor(n*%[1]d/%[2]d)\,floor((n-1)*%[1]d/%[2]d))`, rate.Den, rate.Num*seconds)
	if name := nameless(matrix, ""); name != "" {
		pick += "," + name
	}
	return &Thumbnails{
		Size:    g.Frame,
		Format:  spec.Format,
		filters: pick + "," + g.filters(from, colour, format.pixels, media.Rational{}),
	}
}

// args are the arguments of the images' files.
func (t *Thumbnails) args() []string {
	args := append([]string{"-fps_mode", "passthrough"}, thumbnailFormats[t.Format].encoder...)
	args = append(args, "-threads", "1")
	args = append(args, bareArgs...)
	return append(args, "-f", "image2", "-start_number", "1", t.File)
}
