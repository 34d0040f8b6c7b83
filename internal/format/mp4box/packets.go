package mp4box

import (
	"bytes"
	"errors"
	"io"
)

// ErrUnlisted is returned for a file whose packets its tables do not tell: uncompressed
// audio, which a reader divides as it likes, audio that is cut by metadata, and more packets
// than are held in memory.
var ErrUnlisted = errors.New("the packets are not listed")

// Limits of what [ReadStreams] holds in memory, less than 100 MB: four hours of video and audio.
const (
	mostHeader  = 32 << 20
	mostPackets = 1 << 20
	mostEdits   = 1000
)

// gapless names the metadata in which some audio files tell how much decoders drop of them,
// in a form of their own.
const gapless = "iTunSMPB"

// Packet is a sample as ffmpeg's demuxer gives it out, on the timeline of the presentation
// in the track's timescale.
type Packet struct {
	// DTS and PTS are when it is decoded and shown. PTS is before 0 for what an encoder puts
	// before the first instant.
	DTS, PTS int64
	// Duration is that of the tables.
	Duration int64
	// Offset is where it begins in the file; Size in bytes. It lies in the file.
	Offset int64
	Size   uint32
	// Key reports that it decodes without others.
	Key bool
	// Discard reports that it is decoded and not shown, since the edits leave it out.
	Discard bool
}

// Stream is a track with its packets in the order of decoding.
type Stream struct {
	*Track
	Packets []Packet
	// Skip is how much of the begin decoders drop of audio, in the track's timescale, the
	// packets included that are not shown.
	Skip int64
}

// ReadStreams lists the packets of every track of a file of size bytes, in the movie
// header's order, by its sample tables and fragments. Of the media nothing is read. An
// error that is neither [ErrMalformed] nor [ErrUnlisted] is that of r.
func ReadStreams(r io.ReaderAt, size int64) (*File, []Stream, error) {
	f, body, err := readHeader(r, size)
	if err != nil {
		return nil, nil, err
	}
	if bytes.Contains(body, []byte(gapless)) {
		return nil, nil, ErrUnlisted
	}
	tables, err := parseTables(body)
	if err != nil {
		return nil, nil, err
	}
	streams, left := make([]Stream, len(f.Movie.Tracks)), mostPackets
	for i := range streams {
		streams[i].Track = &f.Movie.Tracks[i]
		if left, err = streams[i].list(f, &tables[i], left); err != nil {
			return nil, nil, tableError(streams[i].ID, err)
		}
	}
	return f, streams, f.listFragments(streams, left)
}

// readHeader finds the movie header, be it before the media or after them.
func readHeader(r io.ReaderAt, size int64) (f *File, body []byte, err error) {
	f = &File{r: r, size: size}
	for b, err := range Boxes(r, 0, size) {
		if err == nil && b.Type == "ftyp" {
			err = f.readType(b)
		}
		if err == nil && b.Type == "moov" && body == nil {
			body, err = ReadBody(r, b, mostHeader)
			f.HeaderEnd, f.firstAfter = b.End(), b.End()
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if body == nil {
		return nil, nil, malformed("there is no movie header")
	}
	f.Movie, err = ParseMovie(body)
	return f, body, err
}

// list makes the packets of a track's tables, of which so many may be.
func (s *Stream) list(f *File, t *sampleTable, most int) (left int, err error) {
	switch {
	case t.samples == 0:
		return most, nil
	case t.samples > most, s.Handler == "soun" && t.unlisted(), len(s.Edits) > mostEdits:
		return 0, ErrUnlisted
	}
	samples, err := t.list(f.size)
	if err != nil {
		return 0, err
	}
	e := editor{audio: s.Handler == "soun", samples: samples, lasts: t.lasts(), most: most}
	for _, sample := range samples {
		e.shift = max(e.shift, -sample.composition)
	}
	if len(s.Edits) == 0 {
		e.whole()
	} else if err := e.edit(s.Edits, int64(f.Movie.Timescale), int64(s.Timescale)); err != nil {
		return 0, err
	}
	s.Packets, s.Skip = e.made, e.skip
	return most - len(e.made), nil
}

// listFragments adds the packets of the file's fragments, of which so many may be.
func (f *File) listFragments(streams []Stream, most int) error {
	ends := make([]int64, len(streams)) // of what has been seen of each
	for fragment, err := range f.Fragments() {
		if err != nil {
			return err
		}
		for _, part := range fragment.Tracks {
			if most -= len(part.Samples); most < 0 {
				return ErrUnlisted
			}
			i := f.Movie.number(part.TrackID)
			clock := ends[i]
			if part.HasDecodeTime {
				clock = int64(min(part.DecodeTime, farthest))
			}
			ends[i] = streams[i].addFragment(part, clock)
		}
	}
	return nil
}

// addFragment adds the packets of a fragment that begins at a time, and returns when it ends.
func (s *Stream) addFragment(part TrackFragment, clock int64) (end int64) {
	for _, sample := range part.Samples {
		s.Packets = append(s.Packets, Packet{
			DTS: clock - s.Start, PTS: clock - s.Start + sample.Composition, Duration: int64(sample.Duration),
			Offset: sample.Offset, Size: sample.Size, Key: s.Handler != "vide" || sample.decodesAlone(),
		})
		clock += int64(sample.Duration)
	}
	return clock
}

// dependent is the flag of a sample that depends on others (sample_depends_on).
const dependent = 0x1000000

// decodesAlone is [Sample.Sync] of files that tell it by either of two flags.
func (s Sample) decodesAlone() bool { return s.Flags&(notSync|dependent) == 0 }

// number is the place of a track among those of the movie.
func (m *Movie) number(id uint32) int {
	for i := range m.Tracks {
		if m.Tracks[i].ID == id {
			return i
		}
	}
	return m.Lead() // [parseFragment] has refused unknown tracks
}
