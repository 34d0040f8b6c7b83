package players

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"testing"
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
		content := slices.Concat(f.header, f.media)
		// The handlers of the tracks tell what there is.
		if bytes.Contains(f.header, []byte("vide")) {
			for _, at := range flashes(t, content, key...) {
				all.flashes = append(all.flashes, at+f.offset)
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
