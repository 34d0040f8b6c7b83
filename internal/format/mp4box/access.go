package mp4box

import (
	"encoding/binary"
	"fmt"
)

// AccessPoint is a sample that decodes alone, as "tfra" lists them.
type AccessPoint struct {
	// Time is in the track's timescale.
	Time uint64
	// Moof is the offset in the file of the fragment's header.
	Moof uint64
}

// AccessPoints reads the list at the end of the file ("mfra") by track id; empty
// without one.
func (f *File) AccessPoints() (map[uint32][]AccessPoint, error) {
	all := map[uint32][]AccessPoint{}
	for b, err := range Boxes(f.r, f.firstAfter, f.size) {
		if err != nil {
			return nil, err
		}
		if b.Type != "mfra" {
			continue
		}
		body, err := ReadBody(f.r, b, mostMovie)
		if err == nil {
			err = parseAccess(body, all)
		}
		if err != nil {
			return nil, fmt.Errorf("the access points at %d: %w", b.Offset, err)
		}
	}
	return all, nil
}

func parseAccess(body []byte, all map[uint32][]AccessPoint) error {
	return eachPart(body, map[string]func([]byte) error{"tfra": func(b []byte) error {
		c := cursor{rest: b}
		version, _ := c.full()
		track := c.u32()
		sizes := c.u32()
		numbers := int(sizes>>4&3) + int(sizes>>2&3) + int(sizes&3) + 3 // of traf, trun and sample
		for range c.u32() {
			p := AccessPoint{Time: c.wide(version), Moof: c.wide(version)}
			c.skip(numbers)
			if c.short {
				break
			}
			all[track] = append(all[track], p)
		}
		return c.err()
	}})
}

// appendAccess writes the list at the end of a file of one track. Every fragment has
// one run, and its first sample decodes alone.
func appendAccess(dst []byte, track uint32, points []AccessPoint) []byte {
	at := len(dst)
	dst = Append(dst, "mfra", func(b []byte) []byte {
		b = AppendFull(b, "tfra", 1, 0, func(b []byte) []byte {
			b = binary.BigEndian.AppendUint32(b, track)
			b = binary.BigEndian.AppendUint32(b, 0) // numbers of one byte each
			b = binary.BigEndian.AppendUint32(b, uint32(len(points)))
			for _, p := range points {
				b = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, p.Time), p.Moof)
				b = append(b, 1, 1, 1)
			}
			return b
		})
		return AppendFull(b, "mfro", 0, 0, func(b []byte) []byte { return binary.BigEndian.AppendUint32(b, 0) })
	})
	binary.BigEndian.PutUint32(dst[len(dst)-4:], uint32(len(dst)-at))
	return dst
}
