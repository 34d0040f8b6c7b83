package packaging

import (
	"context"
	"fmt"

	"github.com/reelastic/reelastic/internal/parallel"
)

// Make packages the results of a job. An error is a fault of the files or the folder;
// playlists whose outputs don't fit together are told in the result.
func Make(ctx context.Context, job Job) (*Package, error) {
	p := &packer{Job: job, outputs: make([]*output, len(job.Outputs)),
		captionSizes: map[string]int64{}, captionBytesLeft: mostCaptionBytes}
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
