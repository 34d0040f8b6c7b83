package worker

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"slices"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/packaging"
	"github.com/reelastic/reelastic/internal/parallel"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

// publisher makes the results of one attempt visible.
type publisher struct {
	claim   *task.Claim
	spec    transcode.JobSpec
	objects Objects
	outcome *job.Outcome
	log     *slog.Logger

	made   *packaging.Package
	folder folder.Folder
	// held is nil as long as nobody else can have the task.
	held func() error
}

func newPublisher(claim *task.Claim, spec transcode.JobSpec, objects Objects, outcome *job.Outcome,
	log *slog.Logger) *publisher {
	return &publisher{claim: claim, spec: spec, objects: objects, outcome: outcome, log: log}
}

// take takes over the files that are to be published, and refuses those whose keys are
// taken by now.
func (p *publisher) take(ctx context.Context, made *packaging.Package, files folder.Folder) error {
	p.made, p.folder = made, files
	var all []wanted
	for i, f := range made.Outputs {
		for _, o := range f.All() {
			all = append(all, wanted{i, p.key(o)})
		}
	}
	return p.refuseTaken(ctx, all)
}

// keys are those of all objects that may be published.
func (p *publisher) keys() (all []object.Key) {
	add := func(objects []packaging.Object) {
		for _, o := range objects {
			all = append(all, p.key(o))
		}
	}
	for _, f := range p.made.Outputs {
		add(f.All())
	}
	for _, k := range p.made.DataKeys {
		add([]packaging.Object{k.Object})
	}
	for _, playlist := range p.made.Playlists {
		add(playlist.Objects)
	}
	return all
}

// publish puts keys and media first, then the outputs' own playlists, master playlists
// last, so that no playlist names a missing file. Before each object held must return nil.
// Of an output or a playlist that fails on the way nothing stays.
func (p *publisher) publish(ctx context.Context, held func() error) error {
	p.held = held
	for _, k := range p.made.DataKeys {
		if err := p.publishKey(ctx, k); err != nil {
			return err
		}
	}
	for i, files := range p.made.Outputs {
		if err := p.publishOutput(ctx, i, files); err != nil {
			return err
		}
	}
	for i, playlist := range p.made.Playlists {
		if err := p.publishPlaylist(ctx, i, playlist); err != nil {
			return err
		}
	}
	for _, k := range p.made.DataKeys {
		if !slices.ContainsFunc(k.Outputs, p.outcome.IsComplete) {
			p.withdraw(ctx, k.Object)
		}
	}
	return nil
}

// withdraw removes what has been put of a part that failed, as far as it is there and the
// job's own. What can't be removed stays, and is told.
func (p *publisher) withdraw(ctx context.Context, objects ...packaging.Object) {
	for _, o := range objects {
		key := p.key(o)
		if err := retractObject(ctx, p.objects, p.spec.ID, key); err != nil {
			p.log.WarnContext(ctx, "an object of a failed output is left", "bucket", key.Bucket, "key", key.Key,
				"err", err)
		}
	}
}

// publishKey puts a key before the first playlist that names it. It is in no file but the
// object.
func (p *publisher) publishKey(ctx context.Context, k packaging.DataKey) error {
	err := p.put(ctx, k.Object)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("publish the key of a playlist: %w", err)
	for _, i := range k.Outputs {
		if err := p.outcome.FailFor(ctx, i, err); err != nil {
			return err
		}
	}
	return nil
}

// publishOutput puts the objects of an output that has not failed, which is then complete.
func (p *publisher) publishOutput(ctx context.Context, i int, files packaging.Files) error {
	if !p.outcome.Open(i) {
		return nil
	}
	for _, objects := range [][]packaging.Object{files.Media, files.Playlists} {
		if err := p.putAll(ctx, objects); err != nil {
			if err := p.outcome.FailFor(ctx, i, err); err != nil {
				return err
			}
			p.withdraw(ctx, files.All()...)
			return nil
		}
	}
	p.outcome.Complete(i)
	return nil
}

// publishPlaylist puts the files of a playlist whose outputs are all published, when
// nothing is in their way; the others depend on what failed.
func (p *publisher) publishPlaylist(ctx context.Context, i int, playlist packaging.Playlist) error {
	if playlist.Failure != nil || !p.outcome.AllComplete(p.spec.Playlists[i].Outputs) {
		return nil
	}
	put, err := p.putMasters(ctx, playlist.Objects)
	if f := job.FailureOf(err); f != nil {
		p.outcome.FailPlaylist(i, f)
		p.withdraw(ctx, put...)
		return nil
	}
	if err != nil {
		return err
	}
	p.outcome.CompletePlaylist(i)
	return nil
}

// putMasters puts the files of a playlist, and returns those that it has put.
func (p *publisher) putMasters(ctx context.Context, objects []packaging.Object) ([]packaging.Object, error) {
	for _, o := range objects {
		if err := p.refuseKey(ctx, p.key(o)); err != nil {
			return nil, err
		}
	}
	for n, o := range objects {
		if err := p.put(ctx, o); err != nil {
			return objects[:n], err
		}
	}
	return objects, nil
}

// putsAtOnce is how many objects of an output are put at the same time. Most of
// a put is waiting for the disk, which syncs several files as fast as one.
const putsAtOnce = 4

func (p *publisher) putAll(ctx context.Context, objects []packaging.Object) error {
	return parallel.Each(ctx, putsAtOnce, len(objects), func(ctx context.Context, n int) error {
		return p.put(ctx, objects[n])
	})
}

func (p *publisher) put(ctx context.Context, o packaging.Object) error {
	if err := p.held(); err != nil {
		return err
	}
	config := p.claim.Pipeline.ContentConfig
	if o.Thumbnail {
		config = p.claim.Pipeline.ThumbnailConfig
	}
	storage := transcode.StorageOf(config)
	storage.Encryption = o.Encryption.ByStore(keyARN(p.claim))
	key := p.key(o)
	opts := object.PutOptions{
		ContentType: p.objects.ContentType(o.Key, string(o.Container)),
		Owner:       object.Owner{Job: p.spec.ID, Attempt: p.claim.Attempt},
		TaskID:      p.claim.Task.ID,
		ReplaceJob:  p.spec.ID,
		Overwrite:   p.spec.Overwrite,
		Vector:      base64.StdEncoding.EncodeToString(o.Vector()),
		Storage:     storage,

		ReplaceRetried: p.claim.Retried,
	}
	if o.Content != nil {
		return p.objects.PutContent(ctx, key.Bucket, key.Key, o.Content, opts)
	}
	return p.objects.Put(ctx, key.Bucket, key.Key, p.folder.Path(o.File), opts)
}

// key names the object that a file becomes.
func (p *publisher) key(o packaging.Object) object.Key {
	bucket := p.contentBucket()
	if o.Thumbnail {
		bucket = p.thumbnailBucket()
	}
	return object.Key{Bucket: bucket, Key: o.Key}
}

func (p *publisher) contentBucket() string   { return *p.claim.Pipeline.ContentConfig.Bucket }
func (p *publisher) thumbnailBucket() string { return *p.claim.Pipeline.ThumbnailConfig.Bucket }
