package mp4box

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// table is a full box of numbers.
func table(kind string, all ...uint32) []byte { return boxOf(kind, numbers(0), numbers(all...)) }

// film is a file of one track of five frames of ten bytes, in a timescale of 10 for the track and
// of 100 for the movie, whose sample tables and edits are those given.
func film(edits []byte, tables ...[]byte) []byte {
	media := boxOf("mdat", make([]byte, 50))
	header := boxOf("moov", table("mvhd", 0, 0, 100, 0), boxOf("trak",
		table("tkhd", 0, 0, 1), edits, boxOf("mdia", table("mdhd", 0, 0, 10, 0, 0), boxOf("hdlr", numbers(0, 0),
			[]byte("vide")), boxOf("minf", boxOf("stbl", append(tables,
			boxOf("stsd", numbers(0, 1), boxOf("tmcd", make([]byte, 78))))...)))))
	return append(media, header...)
}

// frameTables are the tables of the five frames: the first and the fourth decode alone, and the
// second is shown after the third.
func frameTables() map[string][]byte {
	return map[string][]byte{
		"stts": table("stts", 1, 5, 2),
		"ctts": table("ctts", 4, 1, 2, 1, 4, 1, 0, 2, 2),
		"stsz": table("stsz", 10, 5), "stsc": table("stsc", 2, 1, 2, 1, 3, 1, 1), "stco": table("stco", 3, 8, 28, 48),
		"stss": table("stss", 2, 1, 4),
	}
}

func listed(tables map[string][]byte) (all [][]byte) {
	for _, b := range tables {
		all = append(all, b)
	}
	return all
}

// TestStreams places frames by their tables and edits.
func TestStreams(t *testing.T) {
	t.Parallel()
	edits := func(all ...uint32) []byte {
		const width = 3
		return boxOf("edts", table("elst", append([]uint32{uint32(len(all) / width)}, all...)...))
	}
	frame := func(n int64, dts, pts int64, discard bool) Packet {
		return Packet{DTS: dts, PTS: pts, Duration: 2, Offset: 8 + 10*n, Size: 10, Key: n == 0 || n == 3,
			Discard: discard}
	}
	const whole, rate = 1000, 1 << 16
	for name, c := range map[string]struct {
		edits []byte
		want  []Packet
	}{
		"no edits": {nil, []Packet{frame(0, 0, 2, false), frame(1, 2, 6, false), frame(2, 4, 4, false),
			frame(3, 6, 8, false), frame(4, 8, 10, false)}},
		"the lead is cut off": {edits(whole, 2, rate), []Packet{frame(0, -2, 0, false), frame(1, 0, 4, false),
			frame(2, 2, 2, false), frame(3, 4, 6, false), frame(4, 6, 8, false)}},
		"it begins a second late": {edits(100, 0xffffffff, rate, whole, 2, rate), []Packet{frame(0, 8, 10, false),
			frame(1, 10, 14, false), frame(2, 12, 12, false), frame(3, 14, 16, false), frame(4, 16, 18, false)}},
		"it begins in the middle": {edits(whole, 8, rate), []Packet{frame(3, -2, 0, false), frame(4, 0, 2, false)}},
		"frames before it are decoded": {edits(whole, 6, rate), []Packet{frame(0, -6, -4, true),
			frame(1, -4, 0, false), frame(2, -2, -2, true), frame(3, 0, 2, false), frame(4, 2, 4, false)}},
		"it ends early": {edits(30, 2, rate), []Packet{frame(0, -2, 0, false), frame(1, 0, 4, true),
			frame(2, 2, 2, false), frame(3, 4, 6, true)}},
	} {
		file := film(c.edits, listed(frameTables())...)
		_, streams, err := ReadStreams(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.want, streams[0].Packets); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestStreamsRefuse gives tables that claim what is not there, or more than memory holds.
func TestStreamsRefuse(t *testing.T) {
	t.Parallel()
	const many = 0xffffffff
	for name, c := range map[string]struct {
		kind string
		body []byte
		want error
	}{
		"durations beyond the table":     {"stts", table("stts", many, 5, 2), ErrMalformed},
		"frames without a duration":      {"stts", table("stts", 1, 4, 2), ErrMalformed},
		"offsets of display beyond it":   {"ctts", table("ctts", 2, 5, 2), ErrMalformed},
		"sizes beyond the table":         {"stsz", table("stsz", 0, 5, 10), ErrMalformed},
		"frames that nobody holds":       {"stsz", table("stsz", 10, many), ErrUnlisted},
		"a frame beyond the file":        {"stsz", table("stsz", 0, 5, 10, 10, 10, 10, many), ErrMalformed},
		"chunks out of order":            {"stsc", table("stsc", 2, 3, 2, 1, 1, 1, 1), ErrMalformed},
		"no chunks":                      {"stsc", table("stsc", 0), ErrMalformed},
		"fewer places than frames":       {"stco", table("stco", 2, 8, 28), ErrMalformed},
		"a place beyond the file":        {"stco", table("stco", 3, 8, 28, many), ErrMalformed},
		"a place beyond all files":       {"stco", table("co64", 3, 0, 8, 0, 28, many, many), ErrMalformed},
		"as many frames in few chunks":   {"stsc", table("stsc", 1, 1, many, 1), nil},
		"keys that are not there":        {"stss", table("stss", 3, 0, 6, many), nil},
		"more keys than the table holds": {"stss", table("stss", many, 1), ErrMalformed},
	} {
		tables := frameTables()
		tables[c.kind] = c.body
		file := film(nil, listed(tables)...)
		_, _, err := ReadStreams(bytes.NewReader(file), int64(len(file)))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStreamsRefuseEdits gives edits that repeat frames for ever, or go beyond all clocks.
func TestStreamsRefuseEdits(t *testing.T) {
	t.Parallel()
	repeated := []uint32{mostEdits + 1}
	for range mostEdits + 1 {
		repeated = append(repeated, 1000, 2, 1<<16)
	}
	for name, c := range map[string]struct {
		list []uint32
		want error
	}{
		"too many":              {repeated, ErrUnlisted},
		"from before the media": {[]uint32{1, 1000, 0xfffffffe, 1 << 16}, ErrMalformed},
	} {
		file := film(boxOf("edts", table("elst", c.list...)), listed(frameTables())...)
		if _, _, err := ReadStreams(bytes.NewReader(file), int64(len(file))); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzReadStreams reads any bytes within bounds.
func FuzzReadStreams(f *testing.F) {
	f.Add(film(nil, listed(frameTables())...))
	f.Fuzz(func(t *testing.T, file []byte) {
		_, streams, err := ReadStreams(bytes.NewReader(file), int64(len(file)))
		for _, s := range streams {
			for _, p := range s.Packets {
				if err == nil && (p.Offset < 0 || p.Offset+int64(p.Size) > int64(len(file))) {
					t.Fatalf("a packet at %d of %d bytes lies outside of the file", p.Offset, p.Size)
				}
			}
		}
	})
}
