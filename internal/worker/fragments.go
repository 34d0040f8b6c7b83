package worker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/format/mp4box"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// fragments is what manifests say of a file of fragments, as the file itself says it.
type fragments struct {
	// header and index are the numbers of bytes of the initialization segment, which
	// stands first, and of the segment index after it.
	header, index int64
	// video and audio are the codecs' names of RFC 6381, "" without.
	video, audio string
	// pixelAspect is zero without video.
	pixelAspect media.Rational
	// end is when the last of its tracks ends.
	end time.Duration
}

// codecs are the names of all tracks.
func (f *fragments) codecs() string {
	return strings.TrimPrefix(strings.TrimSuffix(f.video+","+f.audio, ","), ",")
}

// packFragments encrypts the one file of fragments of output i where that is asked
// for, and lists it, whose index then names its segments. For HLS it writes the
// playlists that name ranges of it.
func (a *attempt) packFragments(ctx context.Context, i int, p *parcel) error {
	if err := a.cutSound(ctx, i); err != nil {
		return err
	}
	if err := a.shortenLead(i); err != nil {
		return err
	}
	if err := a.protectMedia(ctx, i); err != nil {
		return err
	}
	out := a.spec.Outputs[i]
	if err := a.cutFragments(i, p); err != nil {
		return fmt.Errorf("output %s: %w", out.ID, err)
	}
	size, err := a.bytes(a.plan.Outputs[i].File)
	if err != nil {
		return err
	}
	o := a.media(i, a.spec.MediaKey(out), a.plan.Outputs[i].File)
	p.add(o, o.seal.size(size))
	if !out.For(transcode.HLSv4) {
		return nil
	}
	header := manifest.Segment{Name: path.Base(o.at.Key), SizeBytes: p.fragments.header}
	p.list(a.spec.VariantV4Key(out), func(target int64) []byte { return manifest.MediaV7(p.segments, target, header) })
	if len(p.pictures) > 0 {
		p.list(a.spec.IFramesKey(out), func(target int64) []byte { return manifest.IFramesV7(p.pictures, target, header) })
	}
	return nil
}

// cutSound makes output i, where it is sound alone, begin its fragments when the
// pictures of other outputs begin theirs.
func (a *attempt) cutSound(ctx context.Context, i int) error {
	out, name := a.spec.Outputs[i], a.plan.Outputs[i].File
	if a.plan.Outputs[i].Video != nil {
		return nil
	}
	err := a.replace(name, func(dst, old *os.File, size int64) error {
		file, err := mp4box.Read(interruptibleAt{ctx, old}, size)
		if err != nil {
			return err
		}
		w := bufio.NewWriter(dst)
		return errors.Join(file.Refragment(w, out.SegmentDuration), w.Flush())
	})
	if err != nil {
		return fmt.Errorf("output %s: cut sound: %w", out.ID, err)
	}
	return nil
}

// shortenLead makes the pictures of output i be decoded as early as those of all others
// of the job, where that is no whole number of its frames.
func (a *attempt) shortenLead(i int) error {
	excess := a.plan.Outputs[i].LeadExcess()
	if excess == 0 {
		return nil
	}
	file, boxes, err := openFragments(filepath.Join(a.dir, a.plan.Outputs[i].File))
	if err != nil {
		return fmt.Errorf("output %s: %w", a.spec.Outputs[i].ID, err)
	}
	if err := errors.Join(boxes.DecodeLater(file, excess), file.Close()); err != nil {
		return fmt.Errorf("output %s: decode later: %w", a.spec.Outputs[i].ID, err)
	}
	return nil
}

// replace writes a file of the attempt's folder anew, from what it was.
func (a *attempt) replace(name string, write func(dst, old *os.File, size int64) error) error {
	path := filepath.Join(a.dir, name)
	old, err := os.Open(path)
	if err != nil {
		return err
	}
	defer old.Close()
	info, err := old.Stat()
	if err != nil {
		return err
	}
	dst, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(write(dst, old, info.Size()), dst.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// interruptibleAt is a file that ends with its context.
type interruptibleAt struct {
	ctx context.Context
	*os.File
}

func (r interruptibleAt) ReadAt(b []byte, at int64) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.File.ReadAt(b, at)
}

// cutFragments divides output i's file into segments and writes the index of these
// into it, in place of the one of single fragments.
func (a *attempt) cutFragments(i int, p *parcel) error {
	out := a.spec.Outputs[i]
	file, boxes, err := openFragments(filepath.Join(a.dir, a.plan.Outputs[i].File))
	if err != nil {
		return err
	}
	defer file.Close()
	segments, err := boxes.Segments(out.SegmentDuration)
	if err != nil {
		return fmt.Errorf("cut: %w", err)
	}
	index, err := boxes.Reindex(segments)
	if err != nil {
		return fmt.Errorf("cut: %w", err)
	}
	if _, err := file.WriteAt(index, boxes.HeaderEnd); err != nil {
		return fmt.Errorf("cut: %w", err)
	}
	p.fragments = a.describe(boxes, segments)
	p.segments, p.pictures = ranges(boxes, segments, path.Base(a.spec.MediaKey(out)))
	return nil
}

// openFragments opens a file of fragments, for reading and writing; the caller closes it.
func openFragments(path string) (*os.File, *mp4box.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("read fragments: %w", err)
	}
	file, err := readFragments(f)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("read fragments: %w", err), f.Close())
	}
	return f, file, nil
}

// readFragments reads the header of a file of fragments.
func readFragments(f interface {
	io.ReaderAt
	Stat() (os.FileInfo, error)
}) (*mp4box.File, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return mp4box.Read(f, info.Size())
}

// describe reads from a file's header what manifests say of it. Segments has one
// segment or more.
func (a *attempt) describe(boxes *mp4box.File, segments []mp4box.Segment) *fragments {
	f := &fragments{header: boxes.HeaderEnd, index: mp4box.IndexSize(len(segments)) * int64(len(boxes.Movie.Tracks))}
	last := segments[len(segments)-1]
	for t, track := range boxes.Movie.Tracks {
		f.end = max(f.end, mp4box.InTime(last.Spans[t].Start+last.Spans[t].Duration, track.Timescale))
	}
	if v := boxes.Movie.Handled("vide"); v != nil {
		f.video, f.pixelAspect = v.Entries[0].Codec(), media.NewRational(1, 1)
		if e := v.Entries[0]; e.HSpacing > 0 && e.VSpacing > 0 {
			f.pixelAspect = media.NewRational(int64(e.HSpacing), int64(e.VSpacing))
		}
	}
	if s := boxes.Movie.Handled("soun"); s != nil {
		f.audio = s.Entries[0].Codec()
	}
	return f
}

// ranges are the segments as playlists name them, and the key frames, each with the
// time until the next.
func ranges(boxes *mp4box.File, cut []mp4box.Segment, name string) (segments, pictures []manifest.Segment) {
	lead := boxes.Movie.Lead()
	scale := boxes.Movie.Tracks[lead].Timescale
	var starts []int64
	for _, s := range cut {
		span := s.Spans[lead]
		// A difference of rounded times, so that sums of durations do not drift.
		length := mp4box.InTime(span.Start+span.Duration, scale) - mp4box.InTime(span.Start, scale)
		segments = append(segments, manifest.Segment{Name: name, Offset: s.Offset, SizeBytes: s.Size, Duration: length})
		for _, k := range s.Keyframes {
			starts = append(starts, k.Start)
			pictures = append(pictures, manifest.Segment{Name: name, Offset: k.Offset, SizeBytes: k.Size})
		}
	}
	if len(pictures) == 0 {
		return segments, nil
	}
	last := cut[len(cut)-1].Spans[lead]
	starts = append(starts, last.Start+last.Duration)
	for n := range pictures {
		pictures[n].Duration = mp4box.InTime(starts[n+1], scale) - mp4box.InTime(starts[n], scale)
	}
	return segments, pictures
}
