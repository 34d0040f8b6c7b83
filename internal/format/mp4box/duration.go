package mp4box

import (
	"encoding/binary"
	"errors"
	"io"
)

// ErrNoSpare is returned where a movie header has nothing that could make room.
var ErrNoSpare = errors.New("the movie header has no room")

// StateDuration writes into the movie header, in its place in w, how long the whole
// file is ("mehd", ISO/IEC 14496-12, 8.8.2): without that, players that read no more than
// the header, or the first fragment, show a wrong length. The room comes from the user
// data that ffmpeg writes, which names the program. A file that says its length already is
// left as it is.
func (f *File) StateDuration(w io.WriterAt) error {
	length, err := f.length()
	if err != nil {
		return err
	}
	return f.editMovie(w, func(body []byte) ([]byte, error) { return withDuration(body, length) })
}

// editMovie writes the body of the movie header anew, in its place in w. Edit returns as
// many bytes as it is given, which it may change.
func (f *File) editMovie(w io.WriterAt, edit func(body []byte) ([]byte, error)) error {
	for b, err := range Boxes(f.r, 0, f.HeaderEnd) {
		if err != nil {
			return err
		}
		if b.Type != "moov" {
			continue
		}
		body, err := ReadBody(f.r, b, mostMovie)
		if err != nil {
			return err
		}
		if body, err = edit(body); err != nil {
			return err
		}
		_, err = w.WriteAt(body, b.Body())
		return err
	}
	return malformed("no movie header")
}

// length is when the last track ends, edits applied, in the movie's timescale, rounded up.
func (f *File) length() (longest uint64, err error) {
	ends := map[uint32]int64{}
	for fragment, err := range f.Fragments() {
		if err != nil {
			return 0, err
		}
		for _, part := range fragment.Tracks {
			clock := int64(part.DecodeTime)
			if part.Time != nil {
				clock = int64(part.Time.Start)
			}
			if clock < 0 || clock > farthest {
				return 0, malformed("the fragment at %d has no time", fragment.Moof.Offset)
			}
			for _, s := range part.Samples {
				ends[part.TrackID] = max(ends[part.TrackID], clock+s.Composition+int64(s.Duration))
				clock += int64(s.Duration)
			}
		}
	}
	for _, t := range f.Movie.Tracks {
		shown := max(ends[t.ID]-t.Start, 0)
		scale := int64(t.Timescale)
		longest = max(longest, uint64((shown/scale)*int64(f.Movie.Timescale)+(shown%scale*int64(f.Movie.Timescale)+
			scale-1)/scale))
	}
	return longest, nil
}

// withDuration is the body of a movie header with a length, as long as it was.
func withDuration(body []byte, length uint64) ([]byte, error) {
	extends := AppendFull(nil, "mehd", 1, 0, func(b []byte) []byte { return binary.BigEndian.AppendUint64(b, length) })
	text, spare := []byte(nil), -1
	for p, err := range Parts(body) {
		switch {
		case err != nil:
			return nil, err
		case p.Type == "mvex":
			for inside, err := range Parts(p.Body) {
				if err != nil || inside.Type == "mehd" {
					return body, err
				}
			}
			text = Append(text, "mvex", func(b []byte) []byte { return append(append(b, extends...), p.Body...) })
		case p.Type == "udta" && spare < 0:
			spare = len(p.Whole) - len(extends)
		default:
			text = append(text, p.Whole...)
		}
	}
	if rest := len(body) - len(text); spare < 8 || rest != spare {
		return nil, ErrNoSpare
	}
	return Append(text, "free", func(b []byte) []byte { return append(b, make([]byte, spare-8)...) }), nil
}
