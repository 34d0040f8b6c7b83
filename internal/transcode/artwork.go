package transcode

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

// AlbumArt is the artwork that an audio file carries. The zero value is none.
type AlbumArt struct {
	// Policy is what happens to artwork of the input: "Replace", "Prepend",
	// "Append" or "Fallback"; "" strips it, as Replace without pictures does.
	Policy string
	// Artwork is added to it, or put in its place.
	Artwork []ArtworkSpec
}

// ArtworkSpec is one image to add.
type ArtworkSpec struct {
	// Image is an index into JobSpec.Images.
	Image  int
	Sizing Sizing
	// Format is "jpg" or "png".
	Format string
}

// MaxArtwork is how many images a file may carry (API model, JobAlbumArt).
const MaxArtwork = 20

// autoArtworkSize is what auto means for album art (API model, Artwork).
var autoArtworkSize = media.Size{Width: 600, Height: 600}

// albumArt reads an output's artwork (API model, JobAlbumArt; original.md 4.8).
// Without a list there is none.
func albumArt(r *reader, a *api.JobAlbumArt, preset PresetSpec, images *imageList) (art AlbumArt) {
	const member = "AlbumArt:"
	if a == nil || a.Artwork == nil {
		return art
	}
	art.Policy = r.oneOf(member+"MergePolicy", a.MergePolicy, "Replace", "Prepend", "Append", "Fallback")
	if art.Policy == "" {
		r.fail(missing(member + "MergePolicy"))
	}
	if len(a.Artwork) == 0 && art.Policy == "Replace" {
		return AlbumArt{}
	}
	if preset.Video != nil || !slices.Contains([]Container{MP3, MP4, FLAC}, preset.Container) {
		r.fail(invalidf("AlbumArt requires a preset without video whose container is mp3, mp4 or flac; the preset "+
			"%s is not one.", preset.ID))
	}
	if len(a.Artwork) > MaxArtwork {
		r.fail(invalid(member+"Artwork", fmt.Sprintf("%d pictures", len(a.Artwork)),
			"there may be at most "+strconv.Itoa(MaxArtwork)))
	}
	for i := range a.Artwork {
		art.Artwork = append(art.Artwork, artwork(r, &a.Artwork[i], images))
	}
	return art
}

func artwork(r *reader, a *api.Artwork, images *imageList) (spec ArtworkSpec) {
	const member = "AlbumArt:Artwork:"
	if text(a.InputKey) == "" {
		r.fail(missing(member + "InputKey"))
		return spec
	}
	encryption := sourceEncryption(r, member+"Encryption", a.Encryption)
	spec.Image = images.index(ImageSpec{Key: *a.InputKey, Artwork: true, Encryption: encryption})
	m := sizingMembers{part: "AlbumArt:Artwork", maxWidth: a.MaxWidth, maxHeight: a.MaxHeight,
		sizingPolicy: a.SizingPolicy, paddingPolicy: a.PaddingPolicy, smallest: smallestFrame, largest: largestSize,
		rows: 2}
	spec.Sizing = m.limits(r, media.Rational{})
	if s := text(a.MaxWidth); s == "" || s == "auto" {
		spec.Sizing.Max.Width = autoArtworkSize.Width
	}
	if s := text(a.MaxHeight); s == "" || s == "auto" {
		spec.Sizing.Max.Height = autoArtworkSize.Height
	}
	spec.Format = "jpg"
	if format := r.oneOf(member+"AlbumArtFormat", a.AlbumArtFormat, "jpg", "png"); format != "" {
		spec.Format = format
	}
	return spec
}
