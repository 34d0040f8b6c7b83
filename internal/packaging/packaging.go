// Package packaging makes of the encoded results of a job the files that are published:
// media as players and playlists want it, segments, playlists, captions, and all of these
// encrypted where that is asked for. It reads and writes in the job's folder only, and
// knows nothing of where files are published.
package packaging

import (
	"context"
	"fmt"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/parallel"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Job is what is packaged.
type Job struct {
	Spec   transcode.JobSpec
	Folder folder.Folder
	// Outputs has one element for each output of the job, in order.
	Outputs []Output
	// Threads is how many files may be encrypted at the same time.
	Threads int
}

// Output is one encoded output, which has been checked.
type Output struct {
	// Made tells that there is a result; without, the output and every playlist that
	// lists it are left out.
	Made bool
	// Plan is what was made.
	Plan plan.Output
	// Captions are the tracks on the output's own timeline; none without captions.
	Captions []caption.Track
	// Encryption is what its files are encrypted with.
	Encryption Encryption
}

// Package is all that a job publishes.
type Package struct {
	// Outputs has one element for each output of the job, empty for what was not made.
	Outputs []Files
	// DataKeys are the keys that players fetch, which are in no file.
	DataKeys []DataKey
	// Playlists has one element for each playlist of the job.
	Playlists []Playlist
}

// Files is what one output publishes: its media, thumbnails and captions first, then its
// own playlists, which name these.
type Files struct {
	Media, Playlists []Object
	// SizeBytes is that of the media, as it is published.
	SizeBytes int64
}

// All are the objects in the order in which they must be published.
func (f Files) All() []Object { return append(append([]Object(nil), f.Media...), f.Playlists...) }

// Playlist is what one playlist of the job publishes. Without files it was not made,
// since one of its outputs was not; Failure is set where its outputs don't fit together.
type Playlist struct {
	Objects []Object
	Failure *transcode.Failure
}

// DataKey is the key of a protected playlist of HLS, to be published as an object of
// its own before the playlists that name it.
type DataKey struct {
	Object Object
	// Outputs are the indexes of those that are encrypted with it.
	Outputs []int
}

// Object is a file of the folder, or content, that becomes an object.
type Object struct {
	Key string
	// File is the file's name in the folder; "" where Content is all there is.
	File    string
	Content []byte
	// Container decides on the content type of a key without extension.
	Container transcode.Container
	// Encryption is what was asked for; a store may have a part in it.
	Encryption transcode.EncryptionSpec
	// Thumbnail tells that the object is kept as the pipeline's ThumbnailConfig says.
	Thumbnail bool

	cipher *Cipher // nil for a file that is published as it is
}

// Make packages the results of a job. An error is a fault of the files or the folder;
// playlists whose outputs don't fit together are told in the result.
func Make(ctx context.Context, job Job) (*Package, error) {
	p := &packer{Job: job, outputs: make([]*output, len(job.Outputs)), captionKeys: map[string]bool{}}
	for i, made := range job.Outputs {
		if !made.Made {
			continue
		}
		p.outputs[i] = &output{index: i, spec: job.Spec.Outputs[i], Output: made}
		if err := p.pack(ctx, p.outputs[i]); err != nil {
			return nil, fmt.Errorf("output %s: %w", job.Spec.Outputs[i].ID, err)
		}
	}
	if err := p.writeLists(); err != nil {
		return nil, err
	}
	done := &Package{DataKeys: p.dataKeys()}
	for _, o := range p.outputs {
		if o == nil {
			done.Outputs = append(done.Outputs, Files{})
			continue
		}
		if err := p.encrypt(ctx, o.files.Media); err != nil {
			return nil, fmt.Errorf("output %s: %w", o.spec.ID, err)
		}
		done.Outputs = append(done.Outputs, o.files)
	}
	for i := range job.Spec.Playlists {
		playlist, err := p.playlist(i)
		if err != nil {
			return nil, err
		}
		done.Playlists = append(done.Playlists, playlist)
	}
	return done, nil
}

// packer packages one job.
type packer struct {
	Job
	outputs []*output // by output, nil for what was not made
	// captionKeys are those of caption files and their playlists that are written:
	// outputs of a playlist share them.
	captionKeys map[string]bool
}

// pack makes the files of an output, and its own playlists as far as they are known.
func (p *packer) pack(ctx context.Context, o *output) error {
	if err := p.complete(ctx, o); err != nil {
		return fmt.Errorf("complete: %w", err)
	}
	if err := p.packMedia(ctx, o); err != nil {
		return err
	}
	p.addThumbnails(o)
	return p.packCaptions(o)
}

// packMedia lists the media of an output, once for each format of playlist that it is for.
func (p *packer) packMedia(ctx context.Context, o *output) error {
	if !o.spec.Segmented() {
		return p.addWhole(o)
	}
	packed := false
	for _, f := range formats {
		if f.container != o.spec.Preset.Container || !o.spec.For(f.name) {
			continue
		}
		if err := f.format.pack(ctx, p, o); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		packed = true
	}
	if !packed {
		return fmt.Errorf("no packaging of %s", o.spec.Preset.Container)
	}
	return nil
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

// encrypt encrypts files in their places.
func (p *packer) encrypt(ctx context.Context, objects []Object) error {
	return parallel.Each(ctx, p.Threads, len(objects), func(ctx context.Context, n int) error {
		o := objects[n]
		if o.cipher == nil {
			return nil
		}
		return p.Folder.Replace(ctx, o.File, o.cipher.encrypt)
	})
}
