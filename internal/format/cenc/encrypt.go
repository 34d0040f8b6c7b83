package cenc

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/reelastic/reelastic/internal/format/mp4box"
)

// Scheme is the set of boxes that tells players of the encryption.
type Scheme string

// The schemes; both have a vector of [VectorBytes] for each sample.
const (
	Common Scheme = "cenc"
	PIFF   Scheme = "piff"
)

// KeyBytes and VectorBytes are the lengths of a key and of a sample's vector.
const (
	KeyBytes    = 16
	VectorBytes = 8
)

// ErrUnfit is wrapped by errors about a file that can't be encrypted.
var ErrUnfit = errors.New("the file can't be encrypted")

func unfit(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrUnfit}, args...)...)
}

// Protection is how a file is encrypted, all its tracks with one key.
type Protection struct {
	Scheme Scheme
	// Key has [KeyBytes] bytes.
	Key   []byte
	KeyID [KeyBytes]byte
	// Vector is that of the first sample of the first track. It is one more for each
	// sample that follows, and [TrackVectors] more for each track.
	Vector uint64
	// Systems are what the movie header tells the players of DRM systems.
	Systems []System
}

// TrackVectors is how many samples a track may have so that no vector of its own is
// another track's: two samples under one key and vector would reveal each other.
// [FileVectors] keeps files under one key apart in the same way.
const (
	TrackVectors = 1 << 36
	FileVectors  = 1 << 40
)

// Encrypt writes the encrypted form of a fragmented file of size bytes to dst, from
// offset 0, and returns its length. It keeps one fragment in memory. A file that it
// does not know how to encrypt (see [ErrUnfit]) or to read is an error.
func Encrypt(dst io.WriterAt, src io.ReaderAt, size int64, p Protection) (int64, error) {
	if len(p.Key) != KeyBytes {
		return 0, fmt.Errorf("cenc: the key has %d bytes, not %d", len(p.Key), KeyBytes)
	}
	block, err := aes.NewCipher(p.Key)
	if err != nil {
		return 0, fmt.Errorf("cenc: %w", err)
	}
	file, err := mp4box.Read(src, size)
	if err != nil {
		return 0, fmt.Errorf("cenc: %w", err)
	}
	e := encrypter{Protection: p, dst: dst, src: src, block: block, places: map[int64]int64{}}
	if err := e.openTracks(file); err != nil {
		return 0, fmt.Errorf("cenc: %w", err)
	}
	if err := e.copy(file, size); err != nil {
		return 0, fmt.Errorf("cenc: %w", err)
	}
	return e.at, nil
}

// encrypter copies a file box by box.
type encrypter struct {
	Protection
	dst    io.WriterAt
	src    io.ReaderAt
	block  cipher.Block
	tracks map[uint32]*track
	at     int64 // how much has been written
	// places are the offsets of boxes by the ones that they had.
	places  map[int64]int64
	indexes []mp4box.Box // segment indexes, whose sizes are known at the end only
}

// track is the state of a track's encryption.
type track struct {
	vector uint64
	nal    int // bytes of the length before each NAL unit; 0 encrypts whole samples
}

func (e *encrypter) openTracks(file *mp4box.File) error {
	if len(file.Movie.Tracks) == 0 {
		return unfit("it has no tracks")
	}
	e.tracks = map[uint32]*track{}
	for i, t := range file.Movie.Tracks {
		own := &track{vector: e.Vector + uint64(i)*TrackVectors}
		for _, entry := range t.Entries {
			switch {
			case entry.AVC != nil && entry.Format == "avc1":
				own.nal = entry.AVC.LengthSize
			case entry.Format != "mp4a":
				return unfit("track %d is neither avc1 nor mp4a, but %q", t.ID, entry.Format)
			}
		}
		e.tracks[t.ID] = own
	}
	return nil
}

// plainHeader is the length of the header of a box without an extended type.
const plainHeader = 8

// longestPassed bounds the boxes that are copied as they are.
const longestPassed = 16 << 20

func (e *encrypter) copy(file *mp4box.File, size int64) error {
	next, stop := iter.Pull2(file.Fragments())
	defer stop()
	done := int64(0) // what lies before has been dealt with
	for b, err := range mp4box.Boxes(e.src, 0, size) {
		switch {
		case err != nil:
		case b.Offset < done:
			continue
		case b.Type == "moof":
			f, err, ok := next()
			if err == nil && !ok {
				err = unfit("the fragment at %d has no media", b.Offset)
			}
			if err == nil {
				err = e.fragment(f)
			}
			if err != nil {
				return err
			}
			done = f.Mdat.End()
		case b.Type == "mdat":
			err = unfit("there is media at %d that belongs to no fragment", b.Offset)
		default:
			err = e.pass(b)
		}
		if err != nil {
			return err
		}
	}
	e.places[size] = e.at
	return e.fixIndexes()
}

// pass copies a box that is no fragment, changed where it speaks of them.
func (e *encrypter) pass(b mp4box.Box) error {
	body, err := mp4box.ReadBody(e.src, b, longestPassed)
	if err != nil {
		return err
	}
	e.places[b.Offset] = e.at
	switch b.Type {
	case "moov":
		body, err = e.movie(body)
	case "mfra":
		err = e.moveAccessPoints(body)
	case "sidx":
		if b.Header != plainHeader {
			err = unfit("its length has 64 bits")
		}
		e.indexes = append(e.indexes, b)
	case "uuid":
		body = append(append([]byte(nil), b.UUID[:]...), body...)
	}
	if err != nil {
		return fmt.Errorf("box %q at %d: %w", b.Type, b.Offset, err)
	}
	return e.write(mp4box.Append(nil, b.Type, func(dst []byte) []byte { return append(dst, body...) }))
}

func (e *encrypter) write(b []byte) error {
	n, err := e.dst.WriteAt(b, e.at)
	e.at += int64(n)
	return err
}
