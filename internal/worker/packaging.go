package worker

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/object"
	"github.com/reelastic/reelastic/internal/transcode"
)

// packMedia lists output i's media and writes its own playlists: once for each
// format that it is for.
func (a *attempt) packMedia(ctx context.Context, i int, p *parcel) error {
	if err := a.mendMedia(ctx, i); err != nil {
		return err
	}
	switch out := a.spec.Outputs[i]; {
	case !out.Segmented():
		o := a.media(i, a.spec.MediaKey(out), a.plan.Outputs[i].File)
		size, err := a.bytes(a.plan.Outputs[i].File)
		p.add(o, o.seal.size(size))
		return err
	case out.Preset.Container == transcode.TS && out.For(transcode.HLSv4):
		return a.packRanges(ctx, i, p)
	case out.Preset.Container == transcode.TS:
		return a.packSegments(ctx, i, p)
	case out.For(transcode.Smooth):
		return a.packSmooth(ctx, i, p)
	case out.Preset.Container == transcode.FMP4:
		return a.packFragments(ctx, i, p)
	default:
		return fmt.Errorf("output %s: no packaging of %s", out.ID, out.Preset.Container)
	}
}

// manifestFile is one file of a master playlist.
type manifestFile struct {
	key  string
	text []byte
}

// masters are the files of a playlist whose outputs are all published, in the order
// in which they are put.
func (a *attempt) masters(spec transcode.PlaylistSpec, parcels []*parcel) ([]manifestFile, error) {
	switch spec.Format {
	case transcode.HLSv3:
		return a.masterV3(spec, parcels), nil
	case transcode.HLSv4:
		return a.masterV4(spec, parcels), nil
	case transcode.DASH:
		return a.masterDASH(spec, parcels)
	case transcode.Smooth:
		return a.masterSmooth(spec, parcels)
	default:
		return nil, fmt.Errorf("playlist %q: no manifest of %s", spec.Name, spec.Format)
	}
}

// publishPlaylists writes and puts the master playlists whose outputs are all
// published; the others depend on what failed.
func (a *attempt) publishPlaylists(ctx context.Context, parcels []*parcel) error {
	for i, spec := range a.spec.Playlists {
		if !a.allComplete(spec.Outputs) {
			continue
		}
		err := a.checkAligned(spec, parcels)
		var files []manifestFile
		if err == nil {
			files, err = a.masters(spec, parcels)
		}
		if err == nil {
			err = a.publishMasters(ctx, i, files)
		}
		if f := transcode.AsFailure(storageFailure(err)); f != nil {
			a.failPlaylist(i, f)
			continue
		}
		if err != nil {
			return err
		}
		a.playlists[i].Status = transcode.Complete
	}
	return nil
}

// segmentTolerance is how far apart the starts of the same segment of two renditions
// may be: a frame at the lowest rate. Players notice no less.
const segmentTolerance = 100 * time.Millisecond

// soundTolerance is the same for sound beside pictures: it can only be cut between two
// blocks, which have up to 2048 samples at 16000 Hz.
const soundTolerance = segmentTolerance + 128*time.Millisecond

// checkAligned refuses a playlist of outputs whose segments begin at other instants
// (4015), since players could not change between them. Only outputs with video must
// also have the same number of segments: sound may end before or after pictures.
func (a *attempt) checkAligned(spec transcode.PlaylistSpec, parcels []*parcel) error {
	first := spec.Outputs[0]
	for _, i := range spec.Outputs[1:] {
		x, y := parcels[first].segments, parcels[i].segments
		tolerance := segmentTolerance
		if a.plan.Outputs[first].Video == nil || a.plan.Outputs[i].Video == nil {
			tolerance = soundTolerance
		}
		if n, differ := manifest.Misaligned(x, y, tolerance); differ {
			return transcode.SegmentsDiffer(fmt.Sprintf("The segments %d of '%s' and '%s' do not begin at the same time.",
				n, a.spec.Outputs[first].Key, a.spec.Outputs[i].Key))
		}
		if len(x) != len(y) && a.plan.Outputs[first].Video != nil && a.plan.Outputs[i].Video != nil {
			return transcode.SegmentsDiffer(fmt.Sprintf("'%s' has %d segments, '%s' has %d.", a.spec.Outputs[first].Key, len(x), a.spec.Outputs[i].Key, len(y)))
		}
	}
	return nil
}

// publishMasters puts the files of playlist i, when nothing is in their way.
func (a *attempt) publishMasters(ctx context.Context, i int, files []manifestFile) error {
	var objects []newObject
	for n, f := range files {
		o := newObject{at: object.Key{Bucket: a.contentBucket(), Key: f.key}}
		taken, err := a.taken(ctx, o.at)
		if err != nil {
			return err
		}
		if taken {
			return transcode.OutputExists(o.at)
		}
		name := "master" + strconv.Itoa(i) + "_" + strconv.Itoa(n)
		o.path = filepath.Join(a.dir, name)
		if err := a.write(name, f.text); err != nil {
			return err
		}
		objects = append(objects, o)
	}
	for _, o := range objects {
		if err := a.put(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

func (a *attempt) allComplete(outputs []int) bool {
	for _, i := range outputs {
		if a.outputs[i].Status != transcode.Complete {
			return false
		}
	}
	return true
}

// writeLists writes the playlists of all outputs, when everything is known that they say:
// all playlists that a master playlist names have one target duration.
func (a *attempt) writeLists(parcels []*parcel) error {
	targets := a.targets(parcels)
	for i, p := range parcels {
		if p == nil {
			continue
		}
		p.target = targets[i]
		for n, l := range p.lists {
			name := fmt.Sprintf("variant%d_%d.m3u8", i, n)
			if err := a.write(name, l.text(p.target)); err != nil {
				return err
			}
			p.variants = append(p.variants, a.content(i, l.key, name))
		}
	}
	return nil
}

// targets are the target durations by output: each that of the longest segment of all
// outputs that it shares a master playlist with, directly or by way of others.
func (a *attempt) targets(parcels []*parcel) []int64 {
	targets := make([]int64, len(parcels))
	for i, p := range parcels {
		if p != nil {
			targets[i] = manifest.TargetSeconds(p.segments, p.pictures)
		}
	}
	for changed := true; changed; {
		changed = false
		for _, l := range a.spec.Playlists {
			if !l.Format.HLS() {
				continue
			}
			longest := int64(0)
			for _, i := range l.Outputs {
				longest = max(longest, targets[i])
			}
			for _, i := range l.Outputs {
				changed = changed || targets[i] != longest
				targets[i] = longest
			}
		}
	}
	return targets
}

// content is a file of output i that is published as it is, media one that is
// encrypted as the output is.
func (a *attempt) content(i int, key, name string) newObject {
	return newObject{at: object.Key{Bucket: a.contentBucket(), Key: key},
		path: filepath.Join(a.dir, name), kind: string(a.spec.Outputs[i].Preset.Container), encryption: a.spec.Outputs[i].Encryption}
}

func (a *attempt) media(i int, key, name string) newObject {
	o := a.content(i, key, name)
	o.seal = a.seals[i].media
	return o
}

// bytes is how long a file of the attempt's folder is.
func (a *attempt) bytes(name string) (int64, error) {
	info, err := os.Stat(filepath.Join(a.dir, name))
	if err != nil {
		return 0, fmt.Errorf("result: %w", err)
	}
	return info.Size(), nil
}

// write makes a file in the attempt's folder.
func (a *attempt) write(name string, text []byte) error {
	if err := os.WriteFile(filepath.Join(a.dir, name), text, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// variant is what a master playlist of HLS says of output i in any version: its
// rates, codecs and size.
func (a *attempt) variant(i int, p *parcel) manifest.Variant {
	want := a.plan.Outputs[i]
	m := manifest.Variant{Bandwidth: manifest.Bandwidth(p.segments, p.target), Average: manifest.AverageBandwidth(p.segments)}
	if want.Audio != nil {
		m.Audio = want.Audio.RFC6381()
	}
	if want.Video != nil {
		m.Size, m.FrameRate, m.Profile, m.Level = want.Video.Size, want.Video.FrameRate, want.Video.Profile, want.Video.Level
	}
	if p.fragments != nil {
		m.Video, m.Audio = p.fragments.video, p.fragments.audio
	}
	return m
}

// framesDuration is how long a number of frames lasts at a constant rate.
func framesDuration(frames int64, rate media.Rational) time.Duration {
	if rate.IsZero() {
		return 0
	}
	return time.Duration(media.NewRational(frames, 1).Div(rate).Mul(media.NewRational(int64(time.Second), 1)).RoundHalfUp())
}
