package worker

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"time"

	"github.com/reelastic/reelastic/internal/manifest"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// variant is what a master playlist says of a segmented output.
type variant struct {
	key      string
	segments []manifest.Segment // under their final names
}

// packSegments reads ffmpeg's segment list and writes the output's own playlist
// under the segments' final names.
func (a *attempt) packSegments(i int, p *parcel, content, sealed func(key, name string) object) error {
	out := a.spec.Outputs[i]
	list, err := os.ReadFile(filepath.Join(a.dir, a.plan.Outputs[i].List))
	if err != nil {
		return fmt.Errorf("output %s: %w", out.ID, err)
	}
	p.variant = &variant{key: a.spec.VariantKey(out)}
	segments, err := manifest.ParseSegments(list)
	if err != nil {
		return fmt.Errorf("output %s: %w", out.ID, err)
	}
	for n, s := range segments {
		key := a.spec.SegmentKey(out, n)
		file, err := os.Stat(filepath.Join(a.dir, filepath.Base(s.Name)))
		if err != nil {
			return fmt.Errorf("output %s: %w", out.ID, err)
		}
		p.media = append(p.media, sealed(key, file.Name()))
		p.variant.segments = append(p.variant.segments,
			manifest.Segment{Name: path.Base(key), Duration: s.Duration, SizeBytes: a.seals[i].media.size(file.Size())})
	}
	name := "variant" + strconv.Itoa(i) + ".m3u8"
	if err := a.write(name, manifest.MediaV3(p.variant.segments)); err != nil {
		return err
	}
	p.variants = append(p.variants, content(p.variant.key, name))
	return nil
}

// publishPlaylists writes and puts the master playlists whose outputs are all
// published; the others depend on what failed.
func (a *attempt) publishPlaylists(ctx context.Context, parcels []*parcel) error {
	for i, spec := range a.spec.Playlists {
		if !a.allComplete(spec.Outputs) {
			continue
		}
		name := "master" + strconv.Itoa(i) + ".m3u8"
		key := transcode.ObjectKey{Bucket: a.contentBucket(), Key: a.spec.MasterKey(spec)}
		if err := a.write(name, manifest.MasterV3(a.variants(spec, key.Key, parcels))); err != nil {
			return err
		}
		if err := a.publishPlaylist(ctx, i, object{ObjectKey: key, path: filepath.Join(a.dir, name)}); err != nil {
			return err
		}
	}
	return nil
}

func (a *attempt) publishPlaylist(ctx context.Context, i int, o object) error {
	taken, err := a.taken(ctx, o.ObjectKey)
	switch {
	case err != nil:
	case taken:
		err = transcode.OutputExists(o.ObjectKey)
	default:
		err = a.put(ctx, o)
	}
	if f := transcode.AsFailure(storageFailure(err)); f != nil {
		a.failPlaylist(i, f)
		return nil
	}
	if err == nil {
		a.playlists[i].Status = transcode.Complete
	}
	return err
}

func (a *attempt) allComplete(outputs []int) bool {
	for _, i := range outputs {
		if a.outputs[i].Status != transcode.Complete {
			return false
		}
	}
	return true
}

// variants are the renditions of a playlist, in its order.
func (a *attempt) variants(spec transcode.PlaylistSpec, master string, parcels []*parcel) []manifest.Variant {
	var all []manifest.Variant
	for _, i := range spec.Outputs {
		v, want := parcels[i].variant, a.plan.Outputs[i]
		m := manifest.Variant{URI: manifest.RelativeURI(master, v.key),
			Bandwidth: manifest.Bandwidth(v.segments)}
		if want.Audio != nil {
			m.Audio = want.Audio.RFC6381()
		}
		if want.Video != nil {
			m.Size, m.Profile, m.Level = want.Video.Size, want.Video.Profile, want.Video.Level
		}
		all = append(all, m)
	}
	return all
}

// write makes a file in the attempt's folder.
func (a *attempt) write(name string, text []byte) error {
	if err := os.WriteFile(filepath.Join(a.dir, name), text, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// framesDuration is how long a number of frames lasts at a constant rate.
func framesDuration(frames int64, rate media.Rational) time.Duration {
	if rate.IsZero() {
		return 0
	}
	return time.Duration(media.NewRational(frames, 1).Div(rate).Mul(media.NewRational(int64(time.Second), 1)).RoundHalfUp())
}
