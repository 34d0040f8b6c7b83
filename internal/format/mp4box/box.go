package mp4box

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
)

// ErrMalformed is wrapped by every error about a file's content; errors without
// it come from the reader.
var ErrMalformed = errors.New("malformed media file")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
}

// UUID is the extended type of a box of type "uuid".
type UUID [16]byte

func (u UUID) String() string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// Box is the place of a box in a file.
type Box struct {
	// Type has four bytes, as in "moov".
	Type string
	// UUID is zero unless Type is "uuid".
	UUID UUID
	// Offset is that of the first byte of the box in the file.
	Offset int64
	// Header is the size of what precedes the body: 8 to 32 bytes.
	Header int64
	// Size is that of the whole box, header included.
	Size int64
}

// Body is the offset of the first byte after the header.
func (b Box) Body() int64 { return b.Offset + b.Header }

// End is the offset of the first byte after the box.
func (b Box) End() int64 { return b.Offset + b.Size }

// longestHeader is that of a box with a 64-bit size and an extended type.
const longestHeader = 32

// parseHeader reads the header of a box from its first bytes, of which there are
// longestHeader where the room allows it. Room is how large the box may be;
// lastSize is what a size of zero means, 0 where that is not allowed.
func parseHeader(head []byte, offset, room, lastSize int64) (Box, error) {
	if len(head) < 8 {
		return Box{}, malformed("%d bytes at %d are no box", len(head), offset)
	}
	b := Box{Type: string(head[4:8]), Offset: offset, Header: 8, Size: int64(binary.BigEndian.Uint32(head))}
	switch {
	case b.Size == 1 && len(head) >= 16:
		b.Header = 16
		size := binary.BigEndian.Uint64(head[8:])
		if size > uint64(room) {
			return Box{}, malformed("box %q at %d claims %d bytes of %d", b.Type, offset, size, room)
		}
		b.Size = int64(size)
	case b.Size == 0:
		b.Size = lastSize
	}
	if b.Type == "uuid" && int64(len(head)) >= b.Header+16 {
		copy(b.UUID[:], head[b.Header:])
		b.Header += 16
	} else if b.Type == "uuid" {
		return Box{}, malformed("box at %d has no extended type", offset)
	}
	if b.Size < b.Header || b.Size > room {
		return Box{}, malformed("box %q at %d claims %d bytes of %d", b.Type, offset, b.Size, room)
	}
	return b, nil
}

// Boxes yields the boxes of a file that lie between two offsets, one after the
// other, without their contents. It ends after the first error. A box without a
// size reaches to the end.
func Boxes(r io.ReaderAt, from, to int64) iter.Seq2[Box, error] {
	return func(yield func(Box, error) bool) {
		head := make([]byte, longestHeader)
		for from < to {
			n, err := r.ReadAt(head[:min(longestHeader, to-from)], from)
			if err != nil && (!errors.Is(err, io.EOF) || n < 8) {
				yield(Box{}, fmt.Errorf("read at %d: %w", from, err))
				return
			}
			b, err := parseHeader(head[:n], from, to-from, to-from)
			if !yield(b, err) || err != nil {
				return
			}
			from = b.End()
		}
	}
}

// ReadBody returns the body of a box of no more than most bytes.
func ReadBody(r io.ReaderAt, b Box, most int64) ([]byte, error) {
	size := b.Size - b.Header
	if size > most {
		return nil, malformed("box %q at %d has %d bytes, more than %d", b.Type, b.Offset, size, most)
	}
	body := make([]byte, size)
	if n, err := r.ReadAt(body, b.Body()); n < len(body) {
		return nil, fmt.Errorf("read box %q at %d: %w", b.Type, b.Offset, err)
	}
	return body, nil
}

// Part is a box in memory.
type Part struct {
	Type string
	// UUID is zero unless Type is "uuid".
	UUID UUID
	// Whole is the box with its header, Body what follows the header; both share
	// the memory of what was read.
	Whole, Body []byte
}

// terminator ends some bodies of QuickTime files.
const terminator = "\x00\x00\x00\x00"

// Parts yields the boxes that fill a body, one after the other. It ends after the
// first error.
func Parts(body []byte) iter.Seq2[Part, error] {
	return func(yield func(Part, error) bool) {
		for len(body) > 0 && string(body) != terminator {
			b, err := parseHeader(body[:min(longestHeader, len(body))], 0, int64(len(body)), 0)
			if err != nil {
				yield(Part{}, err)
				return
			}
			if !yield(Part{Type: b.Type, UUID: b.UUID, Whole: body[:b.Size], Body: body[b.Header:b.Size]}, nil) {
				return
			}
			body = body[b.Size:]
		}
	}
}

// eachPart calls a reader for every part of a body that it has one for.
func eachPart(body []byte, readers map[string]func([]byte) error) error {
	for p, err := range Parts(body) {
		if err != nil {
			return err
		}
		if read, ok := readers[p.Type]; ok {
			if err := read(p.Body); err != nil {
				return fmt.Errorf("box %q: %w", p.Type, err)
			}
		}
	}
	return nil
}
