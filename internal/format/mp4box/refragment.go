package mp4box

import (
	"encoding/binary"
	"io"
	"iter"
	"math"
	"time"
)

// Refragment writes the file again to w with a fragment for each multiple of length,
// which is above 0: the first begins with the file, every other one with the first
// sample that is presented at its multiple or later. Where time is missing between
// two fragments, another one begins. What the file has of a segment
// index, of times in fragments and of Smooth Streaming's it has again.
//
// It is for files of one track whose samples all decode alone, in the order in which
// they are presented: audio, whose fragments a muxer ends when they are long enough,
// so that they begin ever later than those of frames. Another file is
// [ErrMalformed], one of more fragments than an index can have [ErrNoRoom]. It reads
// the fragments' headers twice, and holds one's at a time.
func (f *File) Refragment(w io.Writer, length time.Duration) error {
	if len(f.Movie.Tracks) != 1 {
		return malformed("%d tracks to divide anew", len(f.Movie.Tracks))
	}
	track := &f.Movie.Tracks[0]
	if _, err := io.Copy(w, io.NewSectionReader(f.r, 0, f.HeaderEnd)); err != nil {
		return err
	}
	at := f.HeaderEnd
	if len(f.Indexes) > 0 {
		index, err := f.indexOfRuns(track, length)
		if err != nil {
			return err
		}
		text := AppendIndex(nil, index, 0)
		if _, err := w.Write(text); err != nil {
			return err
		}
		at += int64(len(text))
	}
	var points []AccessPoint
	for run, err := range f.runs(track, length) {
		if err != nil {
			return err
		}
		points = append(points, AccessPoint{Time: run.start, Moof: uint64(at)})
		size, err := run.writeTo(w, f.r, track, uint32(len(points)))
		if err != nil {
			return err
		}
		at += size
	}
	_, err := w.Write(appendAccess(nil, track.ID, points))
	return err
}

// indexOfRuns is the index of the fragments that Refragment writes.
func (f *File) indexOfRuns(track *Track, length time.Duration) (Index, error) {
	index := Index{TrackID: track.ID, Timescale: track.Timescale}
	for run, err := range f.runs(track, length) {
		if err != nil {
			return index, err
		}
		shown := max(int64(run.start)-track.Start, 0)
		if len(index.References) == 0 {
			index.Earliest = uint64(shown)
		}
		head := run.appendHeader(nil, track, 0)
		index.References = append(index.References, Reference{Size: uint32(int64(len(head)) + run.bytes),
			Duration: uint32(max(int64(run.start+run.duration)-track.Start-shown, 0)), StartsWithSAP: true, SAPType: 1})
	}
	if len(index.References) > math.MaxUint16 {
		return index, ErrNoRoom
	}
	return index, nil
}

// audioRun is what becomes one fragment.
type audioRun struct {
	start    uint64 // decode time of the first sample
	duration uint64
	smooth   bool // the time is stated as Smooth Streaming does
	samples  []Sample
	bytes    int64
}

// runs yields the samples of the track, divided at multiples of length. It ends after
// the first error.
func (f *File) runs(track *Track, length time.Duration) iter.Seq2[audioRun, error] {
	return func(yield func(audioRun, error) bool) {
		var open audioRun
		var next time.Duration
		for fragment, err := range f.Fragments() {
			var clock uint64
			if err == nil {
				clock, err = fragment.audioTime()
			}
			if err != nil {
				yield(audioRun{}, err)
				return
			}
			for _, s := range fragment.Tracks[0].Samples {
				at := InTime(max(int64(clock)-track.Start, 0), track.Timescale)
				if len(open.samples) == 0 || at >= next || clock != open.start+open.duration {
					if len(open.samples) > 0 && !yield(open, nil) {
						return
					}
					open = audioRun{start: clock, smooth: fragment.Tracks[0].Time != nil}
					next = at - at%length + length
				}
				if open.bytes += int64(s.Size); open.bytes > mostRun {
					yield(audioRun{}, malformed("more than %d bytes in %s", mostRun, length))
					return
				}
				open.samples = append(open.samples, s)
				open.duration += uint64(s.Duration)
				clock += uint64(s.Duration)
			}
		}
		if len(open.samples) > 0 {
			yield(open, nil)
		}
	}
}

// mostRun bounds a fragment so that all of its sizes have 31 bits.
const mostRun = 1 << 30

// audioTime is when the fragment's only track goes on. It is an error where there are
// others, or a sample that needs others or is shown at another time than decoded.
func (f *Fragment) audioTime() (start uint64, err error) {
	if len(f.Tracks) != 1 {
		return 0, malformed("the fragment at %d has %d tracks", f.Moof.Offset, len(f.Tracks))
	}
	t := &f.Tracks[0]
	for _, s := range t.Samples {
		if !s.Sync() || s.Composition != 0 {
			return 0, malformed("a sample of the fragment at %d needs others", f.Moof.Offset)
		}
	}
	start = t.DecodeTime
	if t.Time != nil {
		start = t.Time.Start
	}
	if start > farthest || !t.HasDecodeTime && t.Time == nil {
		return 0, malformed("the fragment at %d has no time", f.Moof.Offset)
	}
	return start, nil
}

// writeTo writes the fragment, whose samples are read from r, and returns its size.
func (u *audioRun) writeTo(w io.Writer, r io.ReaderAt, track *Track, sequence uint32) (int64, error) {
	head := u.appendHeader(nil, track, sequence)
	if _, err := w.Write(head); err != nil {
		return 0, err
	}
	for rest := u.samples; len(rest) > 0; {
		from, to := rest[0].Offset, rest[0].Offset
		for len(rest) > 0 && rest[0].Offset == to {
			to, rest = to+int64(rest[0].Size), rest[1:]
		}
		n, err := io.Copy(w, io.NewSectionReader(r, from, to-from))
		if err == nil && n < to-from {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return 0, err
		}
	}
	return int64(len(head)) + u.bytes, nil
}

// appendHeader writes all of the fragment but its samples.
func (u *audioRun) appendHeader(dst []byte, track *Track, sequence uint32) []byte {
	at, place := len(dst), 0
	dst = Append(dst, "moof", func(b []byte) []byte {
		b = AppendFull(b, "mfhd", 0, 0, func(b []byte) []byte { return binary.BigEndian.AppendUint32(b, sequence) })
		return Append(b, "traf", func(b []byte) []byte {
			const baseIsFragment, flagsOfAll = 0x020000, 0x20
			b = AppendFull(b, "tfhd", 0, baseIsFragment|flagsOfAll, func(b []byte) []byte {
				return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, track.ID), u.samples[0].Flags)
			})
			if !u.smooth {
				b = AppendFull(b, "tfdt", 1, 0, func(b []byte) []byte {
					return binary.BigEndian.AppendUint64(b,
						u.start)
				})
			}
			const offsetDurationSize = 0x301
			b = AppendFull(b, "trun", 0, offsetDurationSize, func(b []byte) []byte {
				b = binary.BigEndian.AppendUint32(b, uint32(len(u.samples)))
				place = len(b)
				b = zeros(b, 4)
				for _, s := range u.samples {
					b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, s.Duration), s.Size)
				}
				return b
			})
			if !u.smooth {
				return b
			}
			return AppendUUID(b, FragmentTimes, 1, 0, func(b []byte) []byte {
				return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, u.start), u.duration)
			})
		})
	})
	binary.BigEndian.PutUint32(dst[place:], uint32(len(dst)-at+8))
	return append(binary.BigEndian.AppendUint32(dst, uint32(8+u.bytes)), "mdat"...)
}
