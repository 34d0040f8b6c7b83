package packaging

import (
	"fmt"

	"github.com/reelastic/reelastic/internal/transcode"
)

// packer packages one job.
type packer struct {
	Job
	outputs []*output // by output, nil for what was not made
	// captionKeys are those of caption files and their playlists that are written:
	// outputs of a playlist share them.
	captionKeys map[string]bool
}

// addWhole lists the one media file of an output.
func (p *packer) addWhole(o *output) error {
	size, err := p.Folder.Size(o.Plan.File)
	if err != nil {
		return err
	}
	media := o.media(p.Spec.MediaKey(o.spec), o.Plan.File)
	o.add(media, media.cipher.size(size))
	return nil
}

// addThumbnails lists the pictures that ffmpeg wrote, which are numbered from 1
// without a gap.
func (p *packer) addThumbnails(o *output) {
	want := o.Plan.Thumbnails
	if want == nil {
		return
	}
	for n := 1; ; n++ {
		name := fmt.Sprintf(want.File, n)
		if !p.Folder.Exists(name) {
			return
		}
		o.files.Media = append(o.files.Media, Object{
			Key: p.Spec.ThumbnailKey(o.spec, n, want.Size), File: name, Container: transcode.Container(want.Format),
			Thumbnail: true, Encryption: o.spec.ThumbnailEncryption, cipher: o.Encryption.Thumbnails,
		})
	}
}
