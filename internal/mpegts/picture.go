package mpegts

import (
	"errors"
	"fmt"
	"io"
)

// PacketBytes is the length of a transport packet.
const PacketBytes = 188

// Picture is the first picture of a stream of packets.
type Picture struct {
	// Offset is where the tables that are needed to decode it begin, and SizeBytes
	// reaches from there to the end of its last packet.
	Offset, SizeBytes int64
	// PTS is when it is shown, on a clock of 90 kHz with 33 bits.
	PTS int64
}

// The first packets of a range hold the tables and the key frame's header; a range
// in which these do not come within so many packets is not one of ours.
const searchedPackets = 64

// ErrNoPicture tells that packets do not begin with tables and a picture that
// decodes by itself.
var ErrNoPicture = errors.New("the packets do not begin with tables and a key frame")

// FirstPicture reads packets from the start of a range that begins with a key frame
// until the second picture, or the end: the first picture by itself, with the program
// association and map tables before it. What is not a transport stream, or does not
// begin so, is [ErrNoPicture]; other errors are those of r.
func FirstPicture(r io.Reader) (Picture, error) {
	s := scan{table: -1}
	buffer := make([]byte, PacketBytes)
	for {
		_, err := io.ReadFull(r, buffer)
		if errors.Is(err, io.EOF) {
			return s.end()
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return Picture{}, fmt.Errorf("%w: the last packet is cut off", ErrNoPicture)
		}
		if err != nil {
			return Picture{}, err
		}
		p, ok := parse(buffer)
		if !ok {
			return Picture{}, fmt.Errorf("%w: packet %d has no header", ErrNoPicture, s.packets)
		}
		done, err := s.add(p)
		if done || err != nil {
			return s.picture, err
		}
	}
}

// scan is where a search stands.
type scan struct {
	packets int64
	table   int64 // the first packet of the tables, -1 before it
	tables  tables
	found   bool
	picture Picture
}

// add takes the next packet and tells whether it begins the second picture.
func (s *scan) add(p packet) (done bool, err error) {
	number := s.packets
	s.packets++
	switch {
	case p.pid == patPID:
		if s.table < 0 {
			s.table = number
		}
		s.tables.association(p)
	case s.tables.programs[p.pid]:
		s.tables.program(p)
	case p.pid != s.tables.video || p.pid == patPID:
	case p.start && s.found:
		return true, nil
	case p.start:
		pts, ok := timestamp(p.payload)
		if s.table < 0 || !p.random || !ok {
			return false, ErrNoPicture
		}
		s.found, s.picture = true, Picture{Offset: s.table * PacketBytes, PTS: pts}
		fallthrough
	default:
		if s.found {
			s.picture.SizeBytes = (number+1)*PacketBytes - s.picture.Offset
		}
	}
	if !s.found && s.packets > searchedPackets {
		return false, ErrNoPicture
	}
	return false, nil
}

func (s *scan) end() (Picture, error) {
	if !s.found {
		return Picture{}, ErrNoPicture
	}
	return s.picture, nil
}
