package players

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/bits"
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// part is what one call of SourceBuffer.appendBuffer took.
type part struct {
	// kind is the buffer's MIME type.
	kind string
	// offset is what the buffer adds to the times in the bytes, in seconds.
	offset float64
	bytes  []byte
}

// header is the initialization segment that the part begins with; empty for none.
func (p part) header() []byte {
	end := 0
	for rest := p.bytes; len(rest) > 8; rest = p.bytes[end:] {
		if kind := string(rest[4:8]); kind != "ftyp" && kind != "moov" {
			break
		}
		end = min(end+int(binary.BigEndian.Uint32(rest)), len(p.bytes))
	}
	return p.bytes[:end]
}

// film is what a player appended after one and the same initialization segment, at
// one and the same offset: a fragmented file, some of it perhaps more than once.
type film struct {
	header []byte
	offset float64
	media  []byte
}

// films joins parts to what can be decoded.
func films(parts []part) (all []*film) {
	current := map[string][]byte{} // initialization segments by kind
	for _, p := range parts {
		header := p.header()
		if len(header) > 0 {
			current[p.kind] = header
		}
		media := p.bytes[len(header):]
		if len(media) == 0 {
			continue
		}
		same := func(f *film) bool { return f.offset == p.offset && bytes.Equal(f.header, current[p.kind]) }
		at := slices.IndexFunc(all, same)
		if at < 0 {
			at = len(all)
			all = append(all, &film{header: current[p.kind], offset: p.offset})
		}
		all[at].media = append(all[at].media, media...)
	}
	return all
}

// inOrder are the fragments in the order of their times, each once: ffmpeg leaves out
// sound whose times go back.
func (f *film) inOrder(t *testing.T) []byte {
	t.Helper()
	times := map[string]uint64{}
	var fragments []string
	from, at := 0, uint64(0)
	for _, x := range reelastictest.Boxes(t, f.media, 0) {
		if x.Kind == "moof" {
			at = decodeTime(reelastictest.Inside(t, x.Body, "traf", "tfdt"))
		}
		if x.Kind != "mdat" {
			continue
		}
		fragment := string(f.media[from:x.End()])
		if _, again := times[fragment]; !again {
			fragments = append(fragments, fragment)
		}
		times[fragment], from = at, x.End()
	}
	slices.SortStableFunc(fragments, func(a, b string) int { return cmp.Compare(times[a], times[b]) })
	return []byte(strings.Join(fragments, ""))
}

// decodeTime reads the body of "tfdt".
func decodeTime(body []byte) uint64 {
	if body[0] == 0 {
		return uint64(binary.BigEndian.Uint32(body[4:]))
	}
	return binary.BigEndian.Uint64(body[4:])
}

// delay makes a film with pictures be presented later, by the seconds that it returns,
// where some are presented before they are decoded: ffmpeg does not read these, and
// adds to the times of all pictures what it has seen of such so far.
func (f *film) delay(t *testing.T) (seconds float64) {
	t.Helper()
	var offsets [][]byte
	for _, x := range reelastictest.Boxes(t, f.media, 0) {
		if x.Kind == "moof" {
			offsets = append(offsets, compositions(reelastictest.Inside(t, x.Body, "traf", "trun"))...)
		}
	}
	earliest := int32(0)
	for _, o := range offsets {
		earliest = min(earliest, int32(binary.BigEndian.Uint32(o)))
	}
	for _, o := range offsets {
		binary.BigEndian.PutUint32(o, binary.BigEndian.Uint32(o)-uint32(earliest))
	}
	times := reelastictest.Inside(t, f.header, "moov", "trak", "mdia", "mdhd")
	scale := times[12:]
	if times[0] == 1 {
		scale = times[20:]
	}
	return -float64(earliest) / float64(binary.BigEndian.Uint32(scale))
}

// compositions are the places of the signed composition offsets in the body of a run
// of samples; none where offsets are unsigned, or left out.
func compositions(run []byte) (all [][]byte) {
	flags := binary.BigEndian.Uint32(run) & 0xffffff
	if run[0] == 0 || flags&0x800 == 0 {
		return nil
	}
	at, width := 8+4*bits.OnesCount32(flags&0x05), 4*bits.OnesCount32(flags&0xf00)
	for range binary.BigEndian.Uint32(run[4:]) {
		at += width
		all = append(all, run[at-4:at])
	}
	return all
}

// appended are the flashes and beeps that a player appended, on its timeline;
// encrypted ones are decrypted with the content key first.
func appended(t *testing.T, parts []part, encrypted bool) instants {
	t.Helper()
	var key []string
	if encrypted {
		key = []string{"-decryption_key", hex.EncodeToString(contentKey)}
	}
	var all instants
	for _, f := range films(parts) {
		// The handlers of the tracks tell what there is.
		pictures, late := bytes.Contains(f.header, []byte("vide")), 0.0
		if pictures {
			late = f.delay(t)
		}
		content := slices.Concat(f.header, f.inOrder(t))
		if pictures {
			for _, at := range flashes(t, content, key...) {
				all.flashes = append(all.flashes, at+f.offset-late)
			}
		}
		if bytes.Contains(f.header, []byte("soun")) {
			for _, at := range beeps(t, content, key...) {
				all.beeps = append(all.beeps, at+f.offset)
			}
		}
	}
	slices.Sort(all.flashes)
	slices.Sort(all.beeps)
	return all
}

// farthest is the greatest distance of a beep from a flash of the same second, in
// seconds; below zero where the beep comes first.
func (i instants) farthest() (seconds float64) {
	for _, flash := range i.flashes {
		for _, beep := range i.beeps {
			if d := beep - flash; math.Abs(d) < 0.5 && math.Abs(d) > math.Abs(seconds) {
				seconds = d
			}
		}
	}
	return seconds
}
