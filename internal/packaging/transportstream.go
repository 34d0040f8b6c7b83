package packaging

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/format/mpegts"
	"github.com/reelastic/reelastic/internal/media"
)

// programmeBegin is the time at which the programme begins in ts outputs: 10 s.
const programmeBegin = 10 * mpegts.Clock

// division is how the ts file of an output is divided.
func (p *packer) division(o *output) mpegts.Division {
	d := mpegts.Division{
		Length: o.spec.SegmentDuration, Begin: programmeBegin, Lead: o.Plan.Lead, Rate: o.frameRate(),
	}
	if !o.hasVideo() {
		d.Rate = p.besideRate(o.index)
	}
	if o.Plan.Carrier != nil {
		d.Edit = func(frame []byte) { new(caption.SEIMender).Mend(frame) }
	}
	return d
}

// besideRate is the frame rate of the video with audio that a playlist offers in place
// of an output that is audio alone; zero without any.
func (p *packer) besideRate(index int) media.Rational {
	for _, playlist := range p.Spec.Playlists {
		if !slices.Contains(playlist.Outputs, index) {
			continue
		}
		for _, other := range playlist.Outputs {
			if want := p.Outputs[other].Plan; want.Video != nil && want.Audio != nil {
				return want.Video.FrameRate
			}
		}
	}
	return media.Rational{}
}

// divideInPlace divides the ts file of an output into parts of one file.
func (p *packer) divideInPlace(ctx context.Context, o *output) error {
	return p.Folder.Replace(ctx, o.Plan.File, func(dst *os.File, whole *folder.File) (err error) {
		open := func(int) (io.WriteCloser, error) { return unclosed{dst}, nil }
		o.divided, err = mpegts.Divide(whole, p.division(o), open)
		return err
	})
}

// unclosed is a file that stays open.
type unclosed struct{ io.Writer }

func (unclosed) Close() error { return nil }

// divideIntoFiles makes a file of each segment of an output, and removes the one that
// they are made of.
func (p *packer) divideIntoFiles(ctx context.Context, o *output) error {
	whole, err := p.Folder.Open(ctx, o.Plan.File)
	if err != nil {
		return err
	}
	defer whole.Close()
	o.divided, err = mpegts.Divide(whole, p.division(o), func(n int) (io.WriteCloser, error) {
		return p.Folder.Create(o.segmentFile(n))
	})
	if err != nil {
		return err
	}
	return p.Folder.Remove(o.Plan.File)
}

// copyIntoFiles makes a file of each segment of a file that has been divided in place.
func (p *packer) copyIntoFiles(ctx context.Context, o *output) error {
	for n, s := range o.divided {
		if err := p.Folder.Copy(ctx, o.segmentFile(n), o.Plan.File, s.Offset, s.SizeBytes); err != nil {
			return err
		}
	}
	return nil
}

// segmentFile is the name of the file of a segment.
func (o *output) segmentFile(n int) string { return fmt.Sprintf("o%d_%05d.ts", o.index+1, n) }

// streamSegments are what a division made, under the name of one file that holds them all.
func streamSegments(name string, divided []mpegts.Segment) (all []manifest.Segment) {
	for _, s := range divided {
		all = append(all, manifest.Segment{
			Name: name, Duration: ticksDuration(s.Duration), Offset: s.Offset, SizeBytes: s.SizeBytes,
		})
	}
	return all
}

// streamKeyframes are the key frames of divided segments, as ranges of the published file.
// Encrypted segments keep the places of their bytes, so that a range of them decrypts by
// itself (RFC 8216 section 5.2).
func streamKeyframes(divided []mpegts.Segment, published []manifest.Segment) (frames []manifest.Segment) {
	for n, s := range divided {
		for _, k := range s.Keyframes {
			frames = append(frames, manifest.Segment{
				Name: published[n].Name, Duration: ticksDuration(k.Duration), SizeBytes: k.SizeBytes,
				Offset: k.Offset - s.Offset + published[n].Offset,
			})
		}
	}
	return frames
}

// ticksDuration is a number of ticks of ts to the nearest nanosecond.
func ticksDuration(ticks int64) time.Duration {
	return time.Duration((ticks*int64(time.Second) + mpegts.Clock/2) / mpegts.Clock)
}
