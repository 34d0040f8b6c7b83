package mp4box

import (
	"encoding/binary"
	"fmt"
	"math"
)

// sample is an entry of a track's tables, on the media's own timeline.
type sample struct {
	decoded int64
	// composition is how much later than decoded it is shown.
	composition int64
	offset      int64
	size        uint32
	key         bool
}

// shown is when the sample is shown, before edits.
func (s sample) shown() int64 { return s.decoded + s.composition }

// sampleTable are the tables of a track ("stbl") as they stand in the movie header.
type sampleTable struct {
	durations    []repeated
	compositions []repeated
	// size is that of every sample, 0 where sizes has it of each.
	size    uint32
	sizes   []byte // of 4 bytes each
	samples int
	chunks  []chunkRun
	// offsets are those of the chunks, of 4 or 8 bytes each.
	offsets     []byte
	offsetBytes int
	// keys are the numbers of the samples that decode alone, from 1; all do where there is
	// no such table.
	keys    [][]byte
	hasKeys bool
}

// repeated is a value that as many samples have, one after the other.
type repeated struct {
	count uint32
	value int64
}

// chunkRun tells how many samples the chunks have from the first on, which is counted from 1.
type chunkRun struct{ first, samples uint32 }

// parseTables reads the tables of every track in the body of a movie header, in its order.
func parseTables(movie []byte) (all []sampleTable, err error) {
	err = eachPart(movie, map[string]func([]byte) error{"trak": func(b []byte) error {
		var t sampleTable
		err := within(b, t.parse, "mdia", "minf", "stbl")
		all = append(all, t)
		return err
	}})
	return all, err
}

// within calls a reader for the bodies of the boxes at the end of a path.
func within(body []byte, read func([]byte) error, path ...string) error {
	if len(path) == 0 {
		return read(body)
	}
	return eachPart(body, map[string]func([]byte) error{path[0]: func(b []byte) error {
		return within(b, read, path[1:]...)
	}})
}

func (t *sampleTable) parse(body []byte) error {
	return eachPart(body, map[string]func([]byte) error{
		"stts": func(b []byte) (err error) { t.durations, err = parseRepeated(b, false); return err },
		"ctts": func(b []byte) (err error) { t.compositions, err = parseRepeated(b, true); return err },
		"stsz": t.parseSizes,
		"stsc": t.parseChunks,
		"stco": func(b []byte) error { return t.parseOffsets(b, 4) },
		"co64": func(b []byte) error { return t.parseOffsets(b, 8) },
		"stss": t.parseKeys,
		"stps": t.parseKeys, // of QuickTime: those that decode alone, but for frames that are shown before them
	})
}

func (t *sampleTable) parseKeys(body []byte) error {
	keys, err := fixed(body, 4)
	t.keys, t.hasKeys = append(t.keys, keys), true
	return err
}

// fixed are the entries of a table, of so many bytes each, after version, flags and count.
func fixed(body []byte, width int) ([]byte, error) {
	c := cursor{rest: body}
	c.full()
	count := int64(c.u32())
	if count*int64(width) > int64(len(c.rest)) {
		return nil, malformed("%d entries in %d bytes", count, len(c.rest))
	}
	return c.bytes(int(count) * width), c.err()
}

func parseRepeated(body []byte, signed bool) (all []repeated, err error) {
	const width = 8
	entries, err := fixed(body, width)
	for ; len(entries) > 0; entries = entries[width:] {
		value := binary.BigEndian.Uint32(entries[4:])
		r := repeated{count: binary.BigEndian.Uint32(entries), value: int64(value)}
		if signed { // programs have written negative ones in version 0, too
			r.value = int64(int32(value))
		}
		all = append(all, r)
	}
	return all, err
}

func (t *sampleTable) parseSizes(body []byte) error {
	c := cursor{rest: body}
	c.full()
	t.size = c.u32()
	count := c.u32()
	if count > mostPackets {
		return ErrUnlisted
	}
	t.samples = int(count)
	if t.size == 0 {
		t.sizes = c.bytes(4 * t.samples)
	}
	return c.err()
}

func (t *sampleTable) parseChunks(body []byte) error {
	const width = 12
	entries, err := fixed(body, width)
	for ; len(entries) > 0; entries = entries[width:] {
		run := chunkRun{binary.BigEndian.Uint32(entries), binary.BigEndian.Uint32(entries[4:])}
		if n := len(t.chunks); run.first == 0 || n > 0 && run.first <= t.chunks[n-1].first {
			return malformed("chunks are out of order")
		}
		t.chunks = append(t.chunks, run)
	}
	return err
}

func (t *sampleTable) parseOffsets(body []byte, width int) (err error) {
	t.offsets, err = fixed(body, width)
	t.offsetBytes = width
	return err
}

// offset is where a chunk begins, counted from 0.
func (t *sampleTable) offset(chunk int) (int64, error) {
	entry := t.offsets[chunk*t.offsetBytes:]
	if t.offsetBytes == 4 {
		return int64(binary.BigEndian.Uint32(entry)), nil
	}
	at := binary.BigEndian.Uint64(entry)
	if at > math.MaxInt64/2 {
		return 0, malformed("a chunk at %d", at)
	}
	return int64(at), nil
}

// list makes the samples of the tables, which lie in a file of so many bytes.
func (t *sampleTable) list(size int64) ([]sample, error) {
	all, err := t.place(size)
	if err == nil {
		err = t.time(all)
	}
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].key = !t.hasKeys
	}
	for _, keys := range t.keys {
		for ; len(keys) > 0; keys = keys[4:] {
			if number := binary.BigEndian.Uint32(keys); 0 < number && number <= uint32(len(all)) {
				all[number-1].key = true
			}
		}
	}
	return all, nil
}

// place makes the samples with their places in a file of so many bytes.
func (t *sampleTable) place(size int64) ([]sample, error) {
	all := make([]sample, 0, t.samples)
	chunks := 0
	if t.offsetBytes > 0 {
		chunks = len(t.offsets) / t.offsetBytes
	}
	run := -1
	for chunk := 0; chunk < chunks && len(all) < t.samples; chunk++ {
		for run+1 < len(t.chunks) && t.chunks[run+1].first == uint32(chunk+1) {
			run++
		}
		if run < 0 {
			return nil, malformed("no number of samples for chunk %d", chunk+1)
		}
		at, err := t.offset(chunk)
		if err != nil {
			return nil, err
		}
		for range min(int64(t.chunks[run].samples), int64(t.samples-len(all))) {
			s := sample{offset: at, size: t.size}
			if t.size == 0 {
				s.size = binary.BigEndian.Uint32(t.sizes[4*len(all):])
			}
			if at += int64(s.size); at > size {
				return nil, malformed("sample %d ends at %d of %d bytes", len(all)+1, at, size)
			}
			all = append(all, s)
		}
	}
	if len(all) < t.samples {
		return nil, malformed("%d of %d samples have a place", len(all), t.samples)
	}
	return all, nil
}

// time sets when the samples are decoded and shown.
func (t *sampleTable) time(all []sample) error {
	n, clock := 0, int64(0)
	for _, d := range t.durations {
		for range min(int64(d.count), int64(len(all)-n)) {
			all[n].decoded = clock
			clock += d.value
			n++
		}
	}
	if n < len(all) {
		return malformed("%d of %d samples have a duration", n, len(all))
	}
	if clock > farthest {
		return malformed("the samples last for %d", clock)
	}
	n = 0
	for _, c := range t.compositions {
		for range min(int64(c.count), int64(len(all)-n)) {
			all[n].composition = c.value
			n++
		}
	}
	return nil
}

// lasts is the duration of the last sample.
func (t *sampleTable) lasts() int64 {
	left := int64(t.samples)
	for _, d := range t.durations {
		if left -= int64(d.count); left <= 0 {
			return d.value
		}
	}
	return 0
}

// unlisted reports whether the tables of a track of audio count samples of sound, of which
// a reader makes packets as it likes.
func (t *sampleTable) unlisted() bool {
	return len(t.durations) == 1 && t.durations[0].value == 1
}

// tableError tells whose tables can't be read.
func tableError(track uint32, err error) error {
	return fmt.Errorf("the samples of track %d: %w", track, err)
}
