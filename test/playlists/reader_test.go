package playlists

import (
	"math"
	"net/url"
	"path"
	"strconv"
	"strings"
	"testing"
)

// piece is a segment as a player finds it.
type piece struct {
	seconds float64
	key     string // of the object
	bytes   []byte
}

// media is a media playlist as a player reads it.
type media struct {
	lines  []string
	target int
	pieces []piece
}

// media reads a media playlist and its segments: the standard's rules for lines and
// ranges, and nothing else.
func (b *bench) media(t *testing.T, key string) media {
	t.Helper()
	m := media{lines: strings.Split(strings.TrimSuffix(string(b.ReadOutput(t, key)), "\n"), "\n")}
	if m.lines[0] != "#EXTM3U" || m.lines[len(m.lines)-1] != "#EXT-X-ENDLIST" {
		t.Fatalf("%s is not a whole playlist", key)
	}
	var p piece
	length, offset := -1, 0
	for _, line := range m.lines {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "#EXT-X-TARGETDURATION":
			m.target = integer(t, value)
		case "#EXTINF":
			p.seconds = decimal(t, strings.TrimSuffix(value, ","))
		case "#EXT-X-BYTERANGE":
			n, at, _ := strings.Cut(value, "@")
			length, offset = integer(t, n), integer(t, at)
		default:
			if strings.HasPrefix(line, "#") {
				continue
			}
			p.key = resolve(t, key, line)
			p.bytes = b.ReadOutput(t, p.key)
			if length >= 0 {
				p.bytes = p.bytes[offset : offset+length]
			}
			m.pieces, p, length = append(m.pieces, p), piece{}, -1
		}
	}
	return m
}

func resolve(t *testing.T, from, reference string) string {
	t.Helper()
	name, err := url.PathUnescape(reference)
	if err != nil {
		t.Fatal(err)
	}
	return path.Join(path.Dir(from), name)
}

func integer(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func decimal(t *testing.T, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// attributes are those of the lines of a master playlist that begin with a tag, each
// with what follows the line as "uri".
func (b *bench) attributes(t *testing.T, key, tag string) (all []map[string]string) {
	t.Helper()
	lines := strings.Split(string(b.ReadOutput(t, key)), "\n")
	for n, line := range lines {
		rest, ok := strings.CutPrefix(line, tag+":")
		if !ok {
			continue
		}
		found := map[string]string{"uri": lines[n+1]}
		for rest != "" {
			name, value, _ := strings.Cut(rest, "=")
			if quoted, ok := strings.CutPrefix(value, `"`); ok {
				value, rest, _ = strings.Cut(quoted, `"`)
				rest = strings.TrimPrefix(rest, ",")
			} else {
				value, rest, _ = strings.Cut(value, ",")
			}
			found[name] = value
		}
		all = append(all, found)
	}
	return all
}

// peak is the highest rate of any run of segments that lasts between half and one and
// a half of the target duration, in bits per second (RFC 8216 section 4.1).
func (m media) peak() (peak float64) {
	for i := range m.pieces {
		var seconds, bits float64
		for _, p := range m.pieces[i:] {
			seconds, bits = seconds+p.seconds, bits+8*float64(len(p.bytes))
			if seconds > 1.5*float64(m.target) {
				break
			}
			if seconds >= 0.5*float64(m.target) {
				peak = math.Max(peak, bits/seconds)
			}
		}
	}
	return peak
}

// stamp is the first time of a stream in a piece of a transport stream, on a clock of
// 90 kHz, and whether decoding can begin there; kind is the first byte of its stream
// id without the number: 0xe0 for video, 0xc0 for sound. Before it, and first of all,
// come the tables.
func stamp(t *testing.T, ts []byte, kind byte) (pts int64, random bool) {
	t.Helper()
	if len(ts) == 0 || len(ts)%188 != 0 {
		t.Fatalf("%d bytes are not packets", len(ts))
	}
	tables := false
	for ; len(ts) > 0; ts = ts[188:] {
		p := ts[:188]
		if p[0] != 0x47 {
			t.Fatal("a packet without its first byte")
		}
		pid, body := int(p[1]&0x1f)<<8|int(p[2]), p[4:]
		tables = tables || pid == 0
		rai := false
		if p[3]&0x20 != 0 {
			rai = body[0] > 0 && body[1]&0x40 != 0
			body = body[1+body[0]:]
		}
		if p[1]&0x40 == 0 || len(body) < 14 || body[0] != 0 || body[1] != 0 || body[2] != 1 || body[3]&0xe0 != kind {
			continue
		}
		if !tables {
			t.Error("a segment does not begin with its tables")
		}
		return int64(body[9]>>1&7)<<30 | int64(body[10])<<22 | int64(body[11]>>1)<<15 | int64(body[12])<<7 | int64(
			body[13]>>1), rai
	}
	t.Fatalf("no stream %x in a piece", kind)
	return 0, false
}

const (
	pictures = 0xe0
	sound    = 0xc0
)
