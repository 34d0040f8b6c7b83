package mp4box

import "io"

// File is what stands before the first fragment of a fragmented file.
type File struct {
	// Brands are the major brand and the compatible ones.
	Brands []string
	// HeaderEnd is the offset of the first byte after the movie header: what
	// precedes it is the initialization segment.
	HeaderEnd int64
	Movie     Movie
	// Indexes are in the file's order: one for each track that has one.
	Indexes []Index

	r          io.ReaderAt
	size       int64
	firstAfter int64 // offset of the first box after the movie header
}

// Limits of what is read into memory at once: far more than an hour of any
// track needs, and nothing to a machine.
const (
	mostFileType = 1 << 12
	mostMovie    = 16 << 20
	mostIndex    = 1 << 20
	mostFragment = 16 << 20
	mostSamples  = 1 << 20
)

// Read reads a file of size bytes up to its first fragment. A file without
// a movie header before that is an error.
func Read(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r, size: size}
	for b, err := range Boxes(r, 0, size) {
		if err != nil {
			return nil, err
		}
		switch b.Type {
		case "ftyp":
			err = f.readType(b)
		case "moov":
			err = f.readMovie(b)
		case "sidx":
			err = f.readIndex(b)
		case "moof", "mdat":
			return f, f.needMovie()
		}
		if err != nil {
			return nil, err
		}
	}
	return f, f.needMovie()
}

func (f *File) needMovie() error {
	if f.HeaderEnd == 0 {
		return malformed("there is no movie header before the media")
	}
	return nil
}

func (f *File) readType(b Box) error {
	body, err := ReadBody(f.r, b, mostFileType)
	if err != nil {
		return err
	}
	c := cursor{rest: body}
	f.Brands = append(f.Brands[:0], c.fourCC())
	c.skip(4)
	for len(c.rest) >= 4 {
		f.Brands = append(f.Brands, c.fourCC())
	}
	return c.err()
}

func (f *File) readMovie(b Box) error {
	if f.HeaderEnd != 0 {
		return malformed("a second movie header at %d", b.Offset)
	}
	body, err := ReadBody(f.r, b, mostMovie)
	if err != nil {
		return err
	}
	f.HeaderEnd, f.firstAfter = b.End(), b.End()
	f.Movie, err = ParseMovie(body)
	return err
}

func (f *File) readIndex(b Box) error {
	body, err := ReadBody(f.r, b, mostIndex)
	if err != nil {
		return err
	}
	index, err := ParseIndex(b, body)
	f.Indexes = append(f.Indexes, index)
	return err
}

// IndexOf is the index of a track; nil without one.
func (f *File) IndexOf(track uint32) *Index {
	for i := range f.Indexes {
		if f.Indexes[i].TrackID == track {
			return &f.Indexes[i]
		}
	}
	return nil
}
