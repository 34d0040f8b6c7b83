package transcode

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

// gallery gathers the pictures that the outputs of a job use.
type gallery struct{ graphics []GraphicSpec }

// index is the place of a picture, which is added at its first use.
func (g *gallery) index(spec GraphicSpec) int {
	if at := slices.Index(g.graphics, spec); at >= 0 {
		return at
	}
	g.graphics = append(g.graphics, spec)
	return len(g.graphics) - 1
}

// outputWatermarks reads which graphics stand in which places of the preset.
func outputWatermarks(r *reader, marks []api.JobWatermark, preset PresetSpec, g *gallery) (all []OutputWatermark) {
	const member = "Watermarks"
	if len(marks) > maxWatermarks {
		r.fail(invalid(member, fmt.Sprintf("%d watermarks", len(marks)), "there are at most "+strconv.Itoa(maxWatermarks)))
	}
	if len(marks) > 0 && preset.Video == nil && r.err == nil {
		r.fail(invalidf("Watermarks are for outputs with video, and the preset %s has none.", preset.ID))
	}
	if r.err != nil {
		return nil
	}
	for _, m := range marks {
		id := text(m.PresetWatermarkId)
		at := slices.IndexFunc(preset.Video.Watermarks, func(w Watermark) bool { return w.ID == id })
		switch {
		case id == "":
			r.fail(missing(member + ":PresetWatermarkId"))
		case at < 0:
			r.fail(invalid(member+":PresetWatermarkId", id, "the preset "+preset.ID+" defines "+definedIDs(preset.Video.Watermarks)))
		case text(m.InputKey) == "":
			r.fail(missing(member + ":InputKey"))
		}
		if r.err != nil {
			return nil
		}
		picture := GraphicSpec{Key: *m.InputKey, Encryption: sourceEncryption(r, member+":Encryption", m.Encryption)}
		all = append(all, OutputWatermark{preset.Video.Watermarks[at], g.index(picture)})
	}
	return all
}

func definedIDs(places []Watermark) string {
	if len(places) == 0 {
		return "no watermarks"
	}
	var ids []string
	for _, w := range places {
		ids = append(ids, w.ID)
	}
	return andList(ids)
}

// MaxArtwork is how many pictures a file may carry (API model, JobAlbumArt).
const MaxArtwork = 20

// autoArtworkSize is what auto means for album art (API model, Artwork).
var autoArtworkSize = media.Size{Width: 600, Height: 600}

// albumArt reads an output's artwork (API model, JobAlbumArt; behaviour 4.8).
// Without a list there is none.
func albumArt(r *reader, a *api.JobAlbumArt, preset PresetSpec, g *gallery) (art AlbumArt) {
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
		r.fail(invalidf("AlbumArt is for outputs without video in the containers mp3, mp4 and flac, and the preset %s is for another.", preset.ID))
	}
	if len(a.Artwork) > MaxArtwork {
		r.fail(invalid(member+"Artwork", fmt.Sprintf("%d pictures", len(a.Artwork)), "there are at most "+strconv.Itoa(MaxArtwork)))
	}
	for i := range a.Artwork {
		art.Pictures = append(art.Pictures, artwork(r, &a.Artwork[i], g))
	}
	return art
}

func artwork(r *reader, a *api.Artwork, g *gallery) (spec ArtworkSpec) {
	const member = "AlbumArt:Artwork:"
	if text(a.InputKey) == "" {
		r.fail(missing(member + "InputKey"))
		return spec
	}
	encryption := sourceEncryption(r, member+"Encryption", a.Encryption)
	spec.Graphic = g.index(GraphicSpec{Key: *a.InputKey, Artwork: true, Encryption: encryption})
	m := sizingMembers{part: "AlbumArt:Artwork", maxWidth: a.MaxWidth, maxHeight: a.MaxHeight,
		sizingPolicy: a.SizingPolicy, paddingPolicy: a.PaddingPolicy, smallest: smallestPicture, largest: largestSize, rows: 2}
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
