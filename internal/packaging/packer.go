package packaging

import (
	"fmt"

	"github.com/reelastic/reelastic/internal/transcode"
)

// packer packages one job.
type packer struct {
	Job
	outputs []*output // by output, nil for what was not made
	// captionSizes are those of caption files, by their keys; those of their playlists are
	// 0. Outputs of a playlist share them.
	captionSizes map[string]int64
	// captionBytesLeft is how much may still be written of captions.
	captionBytesLeft int64
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
		key := p.Spec.ThumbnailKey(o.spec, n, want.Size)
		o.files.Media = append(o.files.Media, Object{
			Key: key, File: name, Container: transcode.Container(want.Format),
			Thumbnail: true, Encryption: o.spec.ThumbnailEncryption, cipher: o.Encryption.Thumbnails.of(key),
		})
	}
}
