package worker

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/parallel"
	"github.com/reelastic/reelastic/internal/transcode"
)

// preflight refuses, before any work, what can't be published: buckets that do
// not exist, and keys whose objects are known by now and exist already.
func (p *publisher) preflight(ctx context.Context) error {
	for _, bucket := range []string{*p.claim.Pipeline.InputBucket, p.contentBucket(), p.thumbnailBucket()} {
		ok, err := p.objects.BucketExists(ctx, bucket)
		if err != nil {
			return err
		}
		if !ok {
			return transcode.BucketMissing(bucket)
		}
	}
	var all []wanted
	for i, out := range p.spec.Outputs {
		for _, key := range p.knownObjects(i, out) {
			all = append(all, wanted{i, key})
		}
	}
	return p.refuseTaken(ctx, all)
}

// knownObjects are those that an output is sure to write, as far as their names
// are known before any work: the first of a row stands for all.
func (p *publisher) knownObjects(i int, out transcode.OutputSpec) (objects []object.Key) {
	var keys []string
	for _, k := range p.spec.FixedKeys(out) {
		keys = append(keys, k.Key)
	}
	if playlist, ok := p.spec.ProtectionOf(i); ok && playlist.Protection.StoreKey {
		keys = append(keys, p.spec.DataKeyKey(playlist))
	}
	for _, key := range append(keys, p.captionKeys(out)...) {
		objects = append(objects, object.Key{Bucket: p.contentBucket(), Key: key})
	}
	if out.ThumbnailPattern != "" && !strings.Contains(out.ThumbnailPattern, "{resolution}") {
		key := p.spec.ThumbnailKey(out, 1, media.Size{})
		objects = append(objects, object.Key{Bucket: p.thumbnailBucket(), Key: key})
	}
	return objects
}

// captionKeys are the keys of caption files that are known before any work: of each
// language that the request names.
func (p *publisher) captionKeys(out transcode.OutputSpec) (keys []string) {
	for _, f := range out.CaptionFormats {
		if f.Format.Embedded() {
			continue
		}
		for i := range p.spec.Inputs {
			for _, s := range p.spec.CaptionsOf(out, i).Sources {
				keys = append(keys, p.spec.CaptionKey(out, f, s.Language, 0))
			}
		}
	}
	return keys
}

// wanted is an object that an output is going to be.
type wanted struct {
	output int
	key    object.Key
}

// looksAtOnce is how many objects are looked for at the same time: it is waiting for
// the store.
const looksAtOnce = 16

// refuseTaken fails the outputs one of whose objects exists and is not the job's own,
// or can't be looked for, with the first of these.
func (p *publisher) refuseTaken(ctx context.Context, all []wanted) error {
	found := make([]error, len(all))
	err := parallel.Each(ctx, looksAtOnce, len(all), func(ctx context.Context, n int) error {
		found[n] = p.refuseKey(ctx, all[n].key)
		if job.FailureOf(found[n]) != nil {
			return nil // it fails the output below, not the look at the others
		}
		return found[n]
	})
	if err != nil {
		return err
	}
	for n, w := range all {
		if !p.outcome.Open(w.output) {
			continue
		}
		if err := p.outcome.FailFor(ctx, w.output, found[n]); err != nil {
			return err
		}
	}
	return nil
}

// refuseKey is a failure (3002) when an object is in the way of the job.
func (p *publisher) refuseKey(ctx context.Context, key object.Key) error {
	if p.spec.Overwrite {
		return nil
	}
	info, err := p.objects.Stat(ctx, key.Bucket, key.Key)
	if refused, ok := errors.AsType[*object.Error](err); ok && refused.Problem == object.NoObject {
		return nil
	}
	if err == nil && info.Owner.Job != p.spec.ID && !slices.Contains(p.claim.Retried, info.Owner.Job) {
		return transcode.OutputExists(key)
	}
	return err
}
