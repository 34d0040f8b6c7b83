package mp4box

import (
	"encoding/binary"
	"errors"
	"math"
)

// ErrNoRoom is returned where an index does not fit into a file.
var ErrNoRoom = errors.New("the segment index has no room")

// Reindex makes indexes of segments in place of those of single fragments. What it
// returns is as long as what stands between the movie header and the first
// segment, and belongs at the offset HeaderEnd. The file is to have an index of
// each track there.
func (f *File) Reindex(segments []Segment) ([]byte, error) {
	switch {
	case len(segments) == 0:
		return nil, malformed("there is nothing to index")
	case len(segments) > math.MaxUint16:
		return nil, ErrNoRoom
	}
	room := segments[0].Offset - f.HeaderEnd
	size := IndexSize(len(segments))
	tracks := f.Movie.Tracks
	rest := room - size*int64(len(tracks))
	if rest < 0 || 0 < rest && rest < 8 || rest > math.MaxUint32 {
		return nil, ErrNoRoom
	}
	var text []byte
	for i, t := range tracks {
		index := Index{TrackID: t.ID, Timescale: t.Timescale, Earliest: uint64(segments[0].Spans[i].Start)}
		for _, s := range segments {
			if s.Size > math.MaxInt32 || s.Spans[i].Duration > math.MaxUint32 || s.Spans[i].Duration < 0 {
				return nil, malformed("the segment at %d is too long for an index", s.Offset)
			}
			r := Reference{Size: uint32(s.Size), Duration: uint32(s.Spans[i].Duration), StartsWithSAP: true, SAPType: 1}
			if i == f.Movie.Lead() && !s.SAP {
				r.StartsWithSAP, r.SAPType = false, 0
			}
			index.References = append(index.References, r)
		}
		text = AppendIndex(text, index, uint64(room-size*int64(i+1)))
	}
	if rest > 0 {
		text = Append(text, "free", func(b []byte) []byte { return append(b, make([]byte, rest-8)...) })
	}
	return text, nil
}

// Sizes of an index: its header with the members of 64 bits, and each reference.
const (
	indexHead     = 8 + 4 + 4 + 4 + 8 + 8 + 4
	referenceSize = 12
)

// IndexSize is the size in bytes of an index of so many references.
func IndexSize(references int) int64 { return int64(indexHead + referenceSize*references) }

// AppendIndex writes a segment index after dst. First is how many bytes lie between
// its end and what it refers to; the index's Box and First are not looked at.
func AppendIndex(dst []byte, i Index, first uint64) []byte {
	return AppendFull(dst, "sidx", 1, 0, func(b []byte) []byte {
		b = binary.BigEndian.AppendUint32(b, i.TrackID)
		b = binary.BigEndian.AppendUint32(b, i.Timescale)
		b = binary.BigEndian.AppendUint64(b, i.Earliest)
		b = binary.BigEndian.AppendUint64(b, first)
		b = binary.BigEndian.AppendUint32(b, uint32(len(i.References)))
		for _, r := range i.References {
			b = binary.BigEndian.AppendUint32(b, bit(r.ToIndex)|r.Size)
			b = binary.BigEndian.AppendUint32(b, r.Duration)
			b = binary.BigEndian.AppendUint32(b, bit(r.StartsWithSAP)|uint32(r.SAPType)<<28)
		}
		return b
	})
}

// bit is the highest of 32.
func bit(set bool) uint32 {
	if set {
		return 1 << 31
	}
	return 0
}
