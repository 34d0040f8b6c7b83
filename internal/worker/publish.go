package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// object is a local file, or content in memory, and the object that it will be.
type newObject struct {
	at   object.Key
	path string
	// content is put in place of a file where it is not nil.
	content []byte
	// kind is the container, for the content type of a key without extension.
	kind string
	seal *seal // nil for a file that is published as it is
	// encryption is what was asked for; the store may have a part in it.
	encryption transcode.EncryptionSpec
	thumbnail  bool // kept as the ThumbnailConfig says, not the ContentConfig
}

// parcel is all that one output publishes: its media and thumbnails first, then
// what names them.
type parcel struct {
	media, variants []newObject
	lists           []list             // what the variants are made of
	target          int64              // the target duration of the lists, in seconds
	segments        []manifest.Segment // where the media is cut; none without segments
	pictures        []manifest.Segment // the key frames, for HLSv4
	fragments       *fragments         // of fragmented mp4
	smooth          []smoothTrack      // the tracks of a file for Smooth Streaming
	subtitles       []subtitles        // with playlists of HLS
	texts           []subtitles        // whole files, for MPEG-DASH
	sizeBytes       int64
}

// add lists a media file that will have so many bytes.
func (p *parcel) add(o newObject, sizeBytes int64) {
	p.media = append(p.media, o)
	p.sizeBytes += sizeBytes
}

// list is a playlist of HLS that is written when its target duration is known.
type list struct {
	key  string
	text func(target int64) []byte
}

func (p *parcel) list(key string, text func(target int64) []byte) {
	p.lists = append(p.lists, list{key, text})
}

func (p *parcel) objects() []newObject {
	return append(append([]newObject(nil), p.media...), p.variants...)
}

// preflight refuses, before any work, what can't be published: buckets that do
// not exist, and keys whose objects are known by now and exist already.
func (a *attempt) preflight(ctx context.Context) error {
	for _, bucket := range []string{*a.claim.Pipeline.InputBucket, a.contentBucket(), a.thumbnailBucket()} {
		ok, err := a.objects.BucketExists(ctx, bucket)
		if err != nil {
			return err
		}
		if !ok {
			return transcode.BucketMissing(bucket)
		}
	}
	var all []wanted
	for i, out := range a.spec.Outputs {
		for _, key := range a.knownObjects(i, out) {
			all = append(all, wanted{i, key})
		}
	}
	return a.refuseTaken(ctx, all)
}

// knownObjects are those that an output is sure to write, as far as their names
// are known before any work: the first of a row stands for all.
func (a *attempt) knownObjects(i int, out transcode.OutputSpec) (objects []object.Key) {
	var keys []string
	for _, k := range a.spec.FixedKeys(out) {
		keys = append(keys, k.Key)
	}
	if p, ok := a.spec.ProtectionOf(i); ok && p.Protection.StoreKey {
		keys = append(keys, a.spec.DataKeyKey(p))
	}
	for _, key := range append(keys, a.captionKeys(out)...) {
		objects = append(objects, object.Key{Bucket: a.contentBucket(), Key: key})
	}
	if out.ThumbnailPattern != "" && !strings.Contains(out.ThumbnailPattern, "{resolution}") {
		objects = append(objects, object.Key{Bucket: a.thumbnailBucket(), Key: a.spec.ThumbnailKey(out, 1, media.Size{})})
	}
	return objects
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
func (a *attempt) refuseTaken(ctx context.Context, all []wanted) error {
	found := make([]error, len(all))
	err := eachOf(ctx, looksAtOnce, len(all), func(ctx context.Context, n int) error {
		taken, err := a.taken(ctx, all[n].key)
		if err == nil && taken {
			err = transcode.OutputExists(all[n].key)
		}
		found[n] = err
		if transcode.AsFailure(storageFailure(err)) != nil {
			return nil //nolint:nilerr // it fails the output below, not the look at the others
		}
		return err
	})
	for n, w := range all {
		if err == nil && a.outputs[w.output].Status == transcode.Progressing {
			err = a.orFail(w.output, found[n])
		}
	}
	return err
}

// taken tells whether an object is in the way of the job.
func (a *attempt) taken(ctx context.Context, o object.Key) (bool, error) {
	if a.spec.Overwrite {
		return false, nil
	}
	info, err := a.objects.Stat(ctx, o.Bucket, o.Key)
	if refused, ok := errors.AsType[*object.Error](err); ok && refused.Problem == object.NoObject {
		return false, nil
	}
	return err == nil && info.Owner.Job != a.spec.ID, err
}

// orFail makes a store's refusal, or any other failure, the output's result and
// passes on what is a fault of our own.
func (a *attempt) orFail(output int, err error) error {
	if err == nil {
		return nil
	}
	if f := transcode.AsFailure(storageFailure(err)); f != nil {
		a.fail(output, f)
		return nil
	}
	return err
}

// publish makes the results visible: keys and media first, then variant playlists, the
// master playlists last, so that no playlist names a missing file.
func (a *attempt) publish(ctx context.Context) error {
	parcels := make([]*parcel, len(a.spec.Outputs))
	var keys []object.Key
	for i := range a.spec.Outputs {
		if a.outputs[i].Status != transcode.Progressing {
			continue
		}
		p, err := a.pack(ctx, i)
		if err != nil {
			return err
		}
		parcels[i] = p
	}
	if err := a.writeLists(parcels); err != nil {
		return err
	}
	for _, p := range parcels {
		if p == nil {
			continue
		}
		for _, o := range p.objects() {
			keys = append(keys, o.at)
		}
	}
	for key := range a.dataKeys() {
		keys = append(keys, key)
	}
	for _, p := range a.spec.Playlists {
		for _, key := range a.spec.MasterKeys(p) {
			keys = append(keys, object.Key{Bucket: a.contentBucket(), Key: key})
		}
	}
	if err := a.announce(ctx, parcels, keys); err != nil {
		return err
	}
	if err := a.publishKeys(ctx); err != nil {
		return err
	}
	for i, p := range parcels {
		if err := a.publishOutput(ctx, i, p); err != nil {
			return err
		}
	}
	return a.publishPlaylists(ctx, parcels)
}

// announce checks every key, stores the list, and makes sure that the attempt
// still holds its task, before the first object becomes visible.
func (a *attempt) announce(ctx context.Context, parcels []*parcel, keys []object.Key) error {
	var all []wanted
	for i, p := range parcels {
		if p == nil {
			continue
		}
		for _, o := range p.objects() {
			all = append(all, wanted{i, o.at})
		}
	}
	if err := a.refuseTaken(ctx, all); err != nil {
		return err
	}
	err := patiently(ctx, func(ctx context.Context) error {
		if a.untold != nil {
			if err := a.w.store.UpdateJob(ctx, a.claim, a.outputs, a.untold); err != nil {
				return err
			}
			a.untold = nil
		}
		return a.w.store.SetPublishing(ctx, a.claim, keys)
	})
	if err != nil {
		return err
	}
	return a.lease.fresh()
}

// publishOutput puts one output's objects and completes its figures.
func (a *attempt) publishOutput(ctx context.Context, i int, p *parcel) error {
	if p == nil || a.outputs[i].Status != transcode.Progressing {
		return nil
	}
	for _, objects := range [][]newObject{p.media, p.variants} {
		err := eachOf(ctx, putsAtOnce, len(objects), func(ctx context.Context, n int) error { return a.put(ctx, objects[n]) })
		if err := a.orFail(i, err); err != nil {
			return err
		}
		if a.outputs[i].Status != transcode.Progressing {
			return nil
		}
	}
	a.complete(i, p)
	return nil
}

// putsAtOnce is how many objects of an output are put at the same time. Most of
// a put is waiting for the disk, which syncs several files as fast as one.
const putsAtOnce = 4

func (a *attempt) put(ctx context.Context, o newObject) error {
	if err := a.lease.fresh(); err != nil {
		return err
	}
	path := o.path
	if o.seal != nil {
		var err error
		if path, err = o.seal.encrypt(ctx, o.path); err != nil {
			return err
		}
	}
	config := a.claim.Pipeline.ContentConfig
	if o.thumbnail {
		config = a.claim.Pipeline.ThumbnailConfig
	}
	storage := transcode.StorageOf(config)
	storage.Encryption = o.encryption.ByStore(a.keyARN())
	opts := object.PutOptions{
		ContentType: a.objects.ContentType(o.at.Key, o.kind),
		Owner:       object.Owner{Job: a.spec.ID, Attempt: a.claim.Attempt},
		TaskID:      a.claim.TaskID,
		ReplaceJob:  a.spec.ID,
		Overwrite:   a.spec.Overwrite,
		Storage:     storage,
	}
	if o.content != nil {
		return a.objects.PutContent(ctx, o.at.Bucket, o.at.Key, o.content, opts)
	}
	return a.objects.Put(ctx, o.at.Bucket, o.at.Key, path, opts)
}

// complete fills in the figures of an output that is published.
func (a *attempt) complete(i int, p *parcel) {
	want, got, o := a.plan.Outputs[i], a.inspected[i], &a.outputs[i]
	o.Status, o.Detail, o.FileSizeBytes = transcode.Complete, plan.Remark(want, got), p.sizeBytes
	o.Duration = audioDuration(want, got)
	if want.Video != nil {
		o.Size, o.FrameRate = want.Video.Size, want.Video.FrameRate
		o.Duration = framesDuration(got.VideoFrames, want.Video.FrameRate)
		o.ColorSpaceConversion = string(want.Video.Conversion)
	}
}

// audioDuration is how long the audio of an output is: as long as the inputs' where the
// result holds that and the last block.
func audioDuration(want plan.Output, got media.Inspection) time.Duration {
	const block = 100 * time.Millisecond
	if have := got.AudioDuration(); want.Audio == nil || want.Audio.Duration <= 0 || (have-want.Audio.Duration).Abs() > block {
		return have
	}
	return want.Audio.Duration
}

// pack lists what output i publishes.
func (a *attempt) pack(ctx context.Context, i int) (*parcel, error) {
	want, p := a.plan.Outputs[i], &parcel{}
	if err := a.packMedia(ctx, i, p); err != nil {
		return nil, err
	}
	p.media = append(p.media, a.thumbnails(i, want.Thumbnails)...)
	return p, a.packCaptions(i, p)
}

// thumbnails lists the pictures that ffmpeg wrote, which are numbered from 1
// without a gap.
func (a *attempt) thumbnails(i int, want *plan.Thumbnails) (all []newObject) {
	if want == nil {
		return nil
	}
	for n := 1; ; n++ {
		path := filepath.Join(a.dir, fmt.Sprintf(want.File, n))
		if _, err := os.Lstat(path); err != nil {
			return all
		}
		all = append(all, newObject{path: path, kind: want.Format, seal: a.seals[i].thumbnails, thumbnail: true,
			encryption: a.spec.Outputs[i].ThumbnailEncryption, at: object.Key{
				Bucket: a.thumbnailBucket(), Key: a.spec.ThumbnailKey(a.spec.Outputs[i], n, want.Size)}})
	}
}

func (a *attempt) contentBucket() string   { return *a.claim.Pipeline.ContentConfig.Bucket }
func (a *attempt) thumbnailBucket() string { return *a.claim.Pipeline.ThumbnailConfig.Bucket }
