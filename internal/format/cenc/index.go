package cenc

import (
	"encoding/binary"
	"math"

	"github.com/reelastic/reelastic/internal/format/mp4box"
)

// fixIndexes writes the segment indexes, for which there is room, again with the
// sizes that the fragments have now.
func (e *encrypter) fixIndexes() error {
	for _, b := range e.indexes {
		body, err := mp4box.ReadBody(e.src, b, longestPassed)
		if err != nil {
			return err
		}
		index, err := mp4box.ParseIndex(b, body)
		if err != nil {
			return err
		}
		if err := e.fixIndex(index, body); err != nil {
			return err
		}
		if _, err := e.dst.WriteAt(body, e.places[b.Offset]+b.Header); err != nil {
			return err
		}
	}
	return nil
}

// fixIndex changes a segment index in place: the distance to what it refers to, which
// is a number of 64 bits after version 0, and then the sizes.
func (e *encrypter) fixIndex(index mp4box.Index, body []byte) error {
	const beforeTimes, countBytes, referenceBytes = 12, 4, 12
	width := 4
	if body[0] != 0 {
		width = 8
	}
	at := index.First
	from, ok := e.places[at]
	if !ok {
		return unfit("the segment index at %d refers to %d, where no box begins", index.Box.Offset, at)
	}
	first := body[beforeTimes+width:]
	distance := uint64(from - e.places[index.Box.Offset] - index.Box.Size)
	if width == 8 {
		binary.BigEndian.PutUint64(first, distance)
	} else {
		binary.BigEndian.PutUint32(first, uint32(distance))
	}
	references := first[width+countBytes:]
	for i, r := range index.References {
		at += int64(r.Size)
		to, ok := e.places[at]
		if !ok || to-from > math.MaxInt32 {
			return unfit("the segment index at %d refers to %d, where no box begins", index.Box.Offset, at)
		}
		reference := references[referenceBytes*i:]
		kind := binary.BigEndian.Uint32(reference) &^ math.MaxInt32
		binary.BigEndian.PutUint32(reference, kind|uint32(to-from))
		from = to
	}
	return nil
}

// moveAccessPoints changes the places of fragments in the body of "mfra", in place.
func (e *encrypter) moveAccessPoints(body []byte) error {
	for p, err := range mp4box.Parts(body) {
		if err == nil && p.Type == "tfra" {
			err = e.moveAccess(p.Body)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *encrypter) moveAccess(body []byte) error {
	const head = 16 // version and flags, track, widths of numbers, count
	if len(body) < head {
		return unfit("the access points end early")
	}
	widths, count := binary.BigEndian.Uint32(body[8:]), int(binary.BigEndian.Uint32(body[12:]))
	numbers := int(widths>>4&3) + int(widths>>2&3) + int(widths&3) + 3 // of traf, trun and sample
	width := 4
	if body[0] != 0 {
		width = 8
	}
	entry := 2*width + numbers
	if (len(body)-head)/entry < count {
		return unfit("the access points end early")
	}
	for i := range count {
		place := body[head+i*entry+width:]
		was := uint64(binary.BigEndian.Uint32(place))
		if width == 8 {
			was = binary.BigEndian.Uint64(place)
		}
		now, ok := e.places[int64(was)]
		switch {
		case !ok:
			return unfit("an access point refers to %d, where no fragment begins", was)
		case width == 8:
			binary.BigEndian.PutUint64(place, uint64(now))
		case now > math.MaxUint32:
			return unfit("an access point of 32 bits can't refer to %d", now)
		default:
			binary.BigEndian.PutUint32(place, uint32(now))
		}
	}
	return nil
}
