package cenc

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"math"

	"github.com/reelastic/reelastic/internal/format/mp4box"
)

// list says how the samples that a fragment has of a track are encrypted.
type list struct {
	scheme Scheme
	// vector is the first sample's; those after it count on.
	vector uint64
	// sizes are the lengths of the samples' entries.
	sizes []byte
	// parts are of each sample; nil where samples are encrypted whole.
	parts [][]part
	count int
}

// part is a piece of a sample: bytes that stay clear, and then encrypted ones.
type part struct {
	clear     uint16
	encrypted uint32
}

const (
	partBytes      = 6
	partCountBytes = 2
)

// encryptTrack encrypts the samples of a track in the media of their fragment, which
// begins at the offset, in place.
func (e *encrypter) encryptTrack(t mp4box.TrackFragment, media []byte, offset int64) (list, error) {
	own := e.tracks[t.TrackID]
	l := list{scheme: e.Scheme, vector: own.vector, count: len(t.Samples)}
	for _, s := range t.Samples {
		sample := media[s.Offset-offset:][:s.Size]
		parts := []part{{encrypted: s.Size}}
		if own.nal > 0 {
			var err error
			if parts, err = divide(sample, own.nal); err != nil {
				return l, err
			}
			size := VectorBytes + partCountBytes + partBytes*len(parts)
			if size > math.MaxUint8 {
				return l, unfit("a frame has %d parts to encrypt", len(parts))
			}
			l.sizes, l.parts = append(l.sizes, byte(size)), append(l.parts, parts)
		}
		e.encryptSample(sample, parts, own.vector)
		own.vector++
	}
	return l, nil
}

// encryptSample encrypts the parts of a sample with one key stream (ISO/IEC 23001-7,
// 9.5), which begins with the sample's vector and a count of blocks from 0.
func (e *encrypter) encryptSample(sample []byte, parts []part, vector uint64) {
	counter := binary.BigEndian.AppendUint64(make([]byte, 0, aes.BlockSize), vector)
	stream := cipher.NewCTR(e.block, counter[:aes.BlockSize])
	for _, p := range parts {
		sample = sample[p.clear:]
		stream.XORKeyStream(sample[:p.encrypted], sample[:p.encrypted])
		sample = sample[p.encrypted:]
	}
}

// Types of NAL units that hold a slice of a frame.
const (
	slice    = 1
	sliceIDR = 5
)

// clearSlice is how much of a slice stays clear at least, its length and header
// included: players read what a slice's header says before they decrypt. Such a
// header has a few bytes, or some tens with weights for the prediction.
const clearSlice = 64

// divide tells which parts of a frame are encrypted: of each slice, as many whole
// blocks as lie behind its beginning.
func divide(sample []byte, lengthBytes int) ([]part, error) {
	var parts []part
	clear := 0
	flush := func(encrypted int) {
		for clear > math.MaxUint16 {
			parts = append(parts, part{clear: math.MaxUint16})
			clear -= math.MaxUint16
		}
		parts = append(parts, part{clear: uint16(clear), encrypted: uint32(encrypted)})
		clear = 0
	}
	for len(sample) > 0 {
		if len(sample) < lengthBytes {
			return nil, unfit("a frame ends within a length")
		}
		length := 0
		for _, b := range sample[:lengthBytes] {
			length = length<<8 | int(b)
		}
		unit := lengthBytes + length
		if length == 0 || unit > len(sample) {
			return nil, unfit("a NAL unit claims %d bytes of %d", length, len(sample)-lengthBytes)
		}
		kind, encrypted := sample[lengthBytes]&31, 0
		if kind >= slice && kind <= sliceIDR && unit > clearSlice {
			encrypted = (unit - clearSlice) / aes.BlockSize * aes.BlockSize
		}
		clear += unit - encrypted
		if encrypted > 0 {
			flush(encrypted)
		}
		sample = sample[unit:]
	}
	if clear > 0 || parts == nil {
		flush(0)
	}
	return parts, nil
}

// flagParts is the flag of a list that tells the parts of samples.
const flagParts = 2

// appendBoxes writes the list to dst, which begins with the fragment: sizes, place and
// vectors; in PIFF the vectors alone.
func (l list) appendBoxes(dst []byte) []byte {
	if l.scheme == PIFF {
		return mp4box.AppendUUID(dst, mp4box.SampleEncryption, 0, l.flags(), l.appendEntries)
	}
	dst = mp4box.AppendFull(dst, "saiz", 0, 0, func(dst []byte) []byte {
		if l.parts == nil {
			return binary.BigEndian.AppendUint32(append(dst, VectorBytes), uint32(l.count))
		}
		dst = binary.BigEndian.AppendUint32(append(dst, 0), uint32(l.count))
		return append(dst, l.sizes...)
	})
	const placeBytes, listHead = 12 + 4 + 4, 12 + 4 // of "saio", and of "senc" before the first entry
	first := len(dst) + placeBytes + listHead
	dst = mp4box.AppendFull(dst, "saio", 0, 0, func(dst []byte) []byte {
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(dst, 1), uint32(first))
	})
	return mp4box.AppendFull(dst, "senc", 0, l.flags(), l.appendEntries)
}

func (l list) flags() uint32 {
	if l.parts == nil {
		return 0
	}
	return flagParts
}

func (l list) appendEntries(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(l.count))
	for i := range l.count {
		dst = binary.BigEndian.AppendUint64(dst, l.vector+uint64(i))
		if l.parts == nil {
			continue
		}
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(l.parts[i])))
		for _, p := range l.parts[i] {
			dst = binary.BigEndian.AppendUint16(dst, p.clear)
			dst = binary.BigEndian.AppendUint32(dst, p.encrypted)
		}
	}
	return dst
}
