package mp4box

import (
	"math"
	"time"
)

// Index is a segment index ("sidx"): the lengths and sizes of a track's fragments.
type Index struct {
	Box       Box
	TrackID   uint32
	Timescale uint32 // above 0
	// Earliest is the presentation time of the first sample, edits applied.
	Earliest uint64
	// First is the offset in the file of the first byte that is referred to.
	First      int64
	References []Reference
}

// Reference is one fragment, or several together.
type Reference struct {
	// ToIndex is set when another index is referred to, not media.
	ToIndex  bool
	Size     uint32 // in bytes
	Duration uint32 // in the index's timescale
	// StartsWithSAP is set when the first sample is a stream access point, of
	// the type SAPType (1 to 6, 0 is not known).
	StartsWithSAP bool
	SAPType       uint8
}

// ParseIndex reads the body of a segment index; the box is its place in the file.
func ParseIndex(box Box, body []byte) (Index, error) {
	c := cursor{rest: body}
	version, _ := c.full()
	i := Index{Box: box, TrackID: c.u32(), Timescale: c.u32(), Earliest: c.wide(version)}
	first := c.wide(version)
	c.skip(2)
	count := int(c.u16())
	if c.short || i.Timescale == 0 || first > math.MaxInt64/2 {
		return i, malformed("the segment index at %d", box.Offset)
	}
	i.First = box.End() + int64(first)
	for range count {
		size := c.u32()
		r := Reference{ToIndex: size>>31 != 0, Size: size &^ (1 << 31), Duration: c.u32()}
		sap := c.u32()
		r.StartsWithSAP, r.SAPType = sap>>31 != 0, uint8(sap>>28&7)
		if c.short {
			return i, malformed("the segment index at %d ends early", box.Offset)
		}
		i.References = append(i.References, r)
	}
	return i, nil
}

// Duration is that of all references together.
func (i *Index) Duration() time.Duration {
	var sum uint64
	for _, r := range i.References {
		sum += uint64(r.Duration)
	}
	return InTime(int64(sum), i.Timescale)
}

// InTime is a number of units of a timescale above 0 as a duration, to the next
// nanosecond. It saturates.
func InTime(units int64, timescale uint32) time.Duration {
	scale := int64(timescale)
	whole, rest := units/scale, units%scale
	if whole > math.MaxInt64/int64(time.Second)-1 || whole < math.MinInt64/int64(time.Second)+1 {
		if units < 0 {
			return math.MinInt64
		}
		return math.MaxInt64
	}
	half := scale / 2
	if rest < 0 {
		half = -half
	}
	return time.Duration(whole)*time.Second + time.Duration((rest*int64(time.Second)+half)/scale)
}
