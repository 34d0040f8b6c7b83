package worker

import (
	"bufio"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // what watermarks and album art may be
	"image/png"
	"os"
	"path/filepath"
	"strings"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// stageGraphics brings the pictures of the job into its folder as g0.png, g1.png,
// …, each decoded whole: ffmpeg takes a cut-off one without a word. One that can't
// be used fails the outputs that use it.
func (a *attempt) stageGraphics(ctx context.Context) error {
	for i, spec := range a.spec.Graphics {
		source := object.Key{Bucket: *a.claim.Pipeline.InputBucket, Key: spec.Key}
		fetched := filepath.Join(a.dir, fmt.Sprintf("g%d.in", i))
		g := plan.Graphic{}
		info, err := a.fetch(ctx, source.Key, spec.Encryption, fetched)
		switch {
		case err == nil && info.SizeBytes > graphicBytes:
			g.Failure = transcode.LargeObject(graphicKind(spec), source, info.SizeBytes, graphicBytes)
		case err == nil:
			g.Size, g.Failure, err = convertGraphic(fetched, filepath.Join(a.dir, fmt.Sprintf("g%d.png", i)), source, spec.Artwork)
		default:
			if f := transcode.AsFailure(storageFailure(err)); f != nil {
				g.Failure, err = f, nil
			}
		}
		if err != nil {
			return err
		}
		a.graphics = append(a.graphics, g)
	}
	return nil
}

func graphicKind(spec transcode.GraphicSpec) string {
	if spec.Artwork {
		return "album art"
	}
	return "watermark"
}

// convertGraphic makes a PNG file of a picture. Album art gets a white ground,
// since players show transparency as they like.
func convertGraphic(from, to string, source object.Key, artwork bool) (media.Size, *transcode.Failure, error) {
	picture, failure, err := readGraphic(from, source, artwork)
	if failure != nil || err != nil {
		return media.Size{}, failure, err
	}
	bounds := picture.Bounds()
	if artwork {
		ground := image.NewNRGBA(bounds)
		draw.Draw(ground, bounds, image.NewUniform(color.White), image.Point{}, draw.Src)
		draw.Draw(ground, bounds, picture, bounds.Min, draw.Over)
		picture = ground
	}
	if err := writePNG(to, picture); err != nil {
		return media.Size{}, nil, fmt.Errorf("write graphic: %w", err)
	}
	return media.Size{Width: bounds.Dx(), Height: bounds.Dy()}, nil, nil
}

// readGraphic decodes a picture whose header says that it is of a size that is allowed.
func readGraphic(path string, source object.Key, artwork bool) (image.Image, *transcode.Failure, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read graphic: %w", err)
	}
	defer file.Close()
	bad := func(err error) *transcode.Failure {
		return transcode.BadGraphic(source, artwork, strings.TrimPrefix(err.Error(), "image: "))
	}
	header, _, err := image.DecodeConfig(bufio.NewReader(file))
	if err != nil {
		return nil, bad(err), nil
	}
	if int64(header.Width)*int64(header.Height) > transcode.GraphicPixels {
		return nil, transcode.LargeGraphic(source, artwork, header.Width, header.Height), nil
	}
	if _, err := file.Seek(0, 0); err != nil {
		return nil, nil, fmt.Errorf("read graphic: %w", err)
	}
	picture, _, err := image.Decode(bufio.NewReader(file))
	if err != nil {
		return nil, bad(err), nil
	}
	return picture, nil, nil
}

func writePNG(path string, picture image.Image) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(file, picture); err != nil {
		_ = file.Close() // the first error says why
		return err
	}
	return file.Close()
}
