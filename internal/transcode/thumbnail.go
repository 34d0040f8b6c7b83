package transcode

import (
	"strings"
	"time"

	"github.com/reelastic/reelastic/api"
)

// ThumbnailSpec says how thumbnails are made.
type ThumbnailSpec struct {
	// Format is "jpg" or "png".
	Format string
	// Interval is the time between thumbnails, a whole number of seconds above 0.
	Interval time.Duration
	Sizing   Sizing
}

func thumbnailSpec(r *reader, t *api.Thumbnails, v *api.VideoParameters) *ThumbnailSpec {
	spec := &ThumbnailSpec{Format: "png"}
	if format := r.oneOf("Thumbnails:Format", t.Format, "jpg", "png"); format != "" {
		spec.Format = format
	}
	spec.Interval = time.Duration(r.whole("Thumbnails:Interval", t.Interval, 1, 99999, 60)) * time.Second
	spec.Sizing = thumbnailSizing(r, t)
	if v != nil && t.Resolution != nil && v.Resolution != nil && *v.Resolution != "auto" {
		checkThumbnailFits(r, t, v)
	}
	return spec
}

func checkThumbnailPattern(r *reader, o OutputSpec) {
	const member = "ThumbnailPattern"
	switch pattern := o.ThumbnailPattern; {
	case pattern == "" || r.err != nil:
	case !strings.Contains(pattern, "{count}"):
		r.fail(invalid(member, pattern, "it must be empty or contains {count}"))
	case o.Preset.Video == nil:
		r.fail(invalid(member, pattern, "the preset "+o.Preset.ID+" has no Video to take thumbnails from"))
	case o.Preset.Thumbnails == nil:
		r.fail(invalid(member, pattern, "the preset "+o.Preset.ID+" has no Thumbnails"))
	}
}

// thumbnailEncryption reads what is only for outputs with thumbnails.
func thumbnailEncryption(r *reader, o *api.JobOutput) EncryptionSpec {
	spec := resultEncryption(r, "ThumbnailEncryption", o.ThumbnailEncryption)
	if spec.Mode != "" && text(o.ThumbnailPattern) == "" {
		r.fail(invalid("ThumbnailEncryption:Mode", spec.Mode, "the output has no ThumbnailPattern"))
	}
	return spec
}
