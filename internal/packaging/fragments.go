package packaging

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/format/mp4box"
	"github.com/reelastic/reelastic/internal/media"
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

// packFragments lists the one file of fragments of an output, encrypted where that is
// asked for, whose index then names its segments. It does so once, for the first format.
func (p *packer) packFragments(ctx context.Context, o *output) error {
	if o.fragments != nil {
		return nil
	}
	steps := []func(context.Context, *output) error{p.cutAudio, p.shortenLead, p.protect, p.indexSegments}
	for _, step := range steps {
		if err := step(ctx, o); err != nil {
			return err
		}
	}
	return p.addWhole(o)
}

// cutAudio makes an output that is audio alone begin its fragments when the video of
// other outputs begins theirs.
func (p *packer) cutAudio(ctx context.Context, o *output) error {
	if o.hasVideo() {
		return nil
	}
	err := p.Folder.Replace(ctx, o.Plan.File, func(dst *os.File, old *folder.File) error {
		file, err := mp4box.Read(old, old.Size())
		if err != nil {
			return err
		}
		w := bufio.NewWriter(dst)
		return errors.Join(file.Refragment(w, o.spec.SegmentDuration), w.Flush())
	})
	if err != nil {
		return fmt.Errorf("cut audio: %w", err)
	}
	return nil
}

// shortenLead makes the frames of an output be decoded as early as those of all others
// of the job, where that is no whole number of its frames.
func (p *packer) shortenLead(ctx context.Context, o *output) error {
	excess := o.Plan.LeadExcess()
	if excess == 0 {
		return nil
	}
	return p.editFragments(ctx, o, func(file *folder.File, boxes *mp4box.File) error {
		if err := boxes.DecodeLater(file, excess); err != nil {
			return fmt.Errorf("decode later: %w", err)
		}
		return nil
	})
}

// indexSegments divides an output's file into segments and writes the index of these
// into it, in place of the one of single fragments.
func (p *packer) indexSegments(ctx context.Context, o *output) error {
	return p.editFragments(ctx, o, func(file *folder.File, boxes *mp4box.File) error {
		segments, err := boxes.Segments(o.spec.SegmentDuration)
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
		o.fragments = describe(boxes, segments)
		o.segments, o.keyframes = fragmentRanges(boxes, segments, path.Base(p.Spec.MediaKey(o.spec)))
		return nil
	})
}

// editFragments hands over the file of fragments of an output, for reading and writing.
func (p *packer) editFragments(ctx context.Context, o *output, edit func(*folder.File, *mp4box.File) error) error {
	file, err := p.Folder.Edit(ctx, o.Plan.File)
	if err != nil {
		return err
	}
	boxes, err := mp4box.Read(file, file.Size())
	if err != nil {
		return errors.Join(fmt.Errorf("read fragments: %w", err), file.Close())
	}
	return errors.Join(edit(file, boxes), file.Close())
}

// describe reads from a file's header what manifests say of it. Segments has one
// segment or more.
func describe(boxes *mp4box.File, segments []mp4box.Segment) *fragments {
	f := &fragments{
		header: boxes.HeaderEnd,
		index:  mp4box.IndexSize(len(segments)) * int64(len(boxes.Movie.Tracks)),
	}
	last := segments[len(segments)-1]
	for t, track := range boxes.Movie.Tracks {
		f.end = max(f.end, mp4box.InTime(last.Spans[t].Start+last.Spans[t].Duration, track.Timescale))
	}
	if video := boxes.Movie.Handled("vide"); video != nil {
		entry := video.Entries[0]
		f.video, f.pixelAspect = entry.Codec(), media.NewRational(1, 1)
		if entry.HSpacing > 0 && entry.VSpacing > 0 {
			f.pixelAspect = media.NewRational(int64(entry.HSpacing), int64(entry.VSpacing))
		}
	}
	if audio := boxes.Movie.Handled("soun"); audio != nil {
		f.audio = audio.Entries[0].Codec()
	}
	return f
}

// fragmentRanges are the segments as playlists name them, and the key frames, each with
// the time until the next.
func fragmentRanges(boxes *mp4box.File, cut []mp4box.Segment, name string) (segments, keyframes []manifest.Segment) {
	lead := boxes.Movie.Lead()
	scale := boxes.Movie.Tracks[lead].Timescale
	// A difference of rounded times, so that sums of durations do not drift.
	between := func(start, end int64) time.Duration {
		return mp4box.InTime(end, scale) - mp4box.InTime(start, scale)
	}
	var begins []int64
	for _, s := range cut {
		span := s.Spans[lead]
		segments = append(segments, manifest.Segment{
			Name: name, Offset: s.Offset, SizeBytes: s.Size, Duration: between(span.Start, span.Start+span.Duration),
		})
		for _, k := range s.Keyframes {
			begins = append(begins, k.Start)
			keyframes = append(keyframes, manifest.Segment{Name: name, Offset: k.Offset, SizeBytes: k.Size})
		}
	}
	last := cut[len(cut)-1].Spans[lead]
	begins = append(begins, last.Start+last.Duration)
	for n := range keyframes {
		keyframes[n].Duration = between(begins[n], begins[n+1])
	}
	return segments, keyframes
}
