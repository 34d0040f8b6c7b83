package job

import (
	"bufio"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // what watermarks and album art may be
	"image/png"
	"io"
	"strings"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// imageBytes bounds the files of watermarks and album art.
const imageBytes = 64 << 20

// stageImages brings the watermarks and the album art of the job into its folder as
// g0.png, g1.png, …, each decoded whole: ffmpeg takes a cut-off one without a word. One
// that can't be used fails the outputs that use it.
func (j *Job) stageImages(ctx context.Context) error {
	for i, spec := range j.Spec.Images {
		image, err := j.stageImage(ctx, i, spec)
		if err != nil {
			image.Failure = FailureOf(err)
			if image.Failure == nil {
				return err
			}
		}
		j.images = append(j.images, image)
	}
	return nil
}

// stageImage fetches and converts one image. What the client has to mend is a
// [*transcode.Failure] or a [*object.Error].
func (j *Job) stageImage(ctx context.Context, i int, spec transcode.ImageSpec) (g plan.Image, err error) {
	source := imageSource{
		source: source{
			object: j.object(spec.Key), encryption: spec.Encryption, name: fmt.Sprintf("g%d.in", i),
			kind: "watermark", mostBytes: imageBytes,
		},
		artwork: spec.Artwork,
	}
	if source.artwork {
		source.kind = "album art"
	}
	if _, err := j.fetch(ctx, source.source); err != nil {
		return g, err
	}
	decoded, err := j.readImage(ctx, source)
	if err != nil {
		return g, err
	}
	if spec.Artwork {
		decoded = onWhite(decoded)
	}
	bounds := decoded.Bounds()
	g.Size = media.Size{Width: bounds.Dx(), Height: bounds.Dy()}
	return g, j.writePNG(fmt.Sprintf("g%d.png", i), decoded)
}

// imageSource is a fetched image.
type imageSource struct {
	source
	artwork bool
}

// readImage decodes an image whose header says that it is of a size that is allowed.
func (j *Job) readImage(ctx context.Context, source imageSource) (image.Image, error) {
	file, err := j.Folder.Open(ctx, source.name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	bad := func(err error) error {
		return transcode.BadImage(source.object, source.artwork, strings.TrimPrefix(err.Error(), "image: "))
	}
	content := io.NewSectionReader(file, 0, file.Size())
	header, _, err := image.DecodeConfig(bufio.NewReader(content))
	if err != nil {
		return nil, bad(err)
	}
	if int64(header.Width)*int64(header.Height) > transcode.ImagePixels {
		return nil, transcode.LargeImage(source.object, source.artwork, header.Width, header.Height)
	}
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	decoded, _, err := image.Decode(bufio.NewReader(content))
	if err != nil {
		return nil, bad(err)
	}
	return decoded, nil
}

// onWhite is an image on a white ground. Album art gets one, since players show
// transparency as they like.
func onWhite(decoded image.Image) image.Image {
	bounds := decoded.Bounds()
	ground := image.NewNRGBA(bounds)
	draw.Draw(ground, bounds, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(ground, bounds, decoded, bounds.Min, draw.Over)
	return ground
}

func (j *Job) writePNG(name string, decoded image.Image) error {
	file, err := j.Folder.Create(name)
	if err != nil {
		return fmt.Errorf("write an image: %w", err)
	}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(file, decoded); err != nil {
		_ = file.Close() // the first error says why
		return fmt.Errorf("write an image: %w", err)
	}
	return file.Close()
}
