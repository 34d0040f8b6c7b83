package mp4box

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"runtime"
	"testing"
	"time"
)

// The reading of a crafted file may allocate so many bytes, and so many for each of its own:
// it is read eight times, and each sample, track or fragment becomes a structure.
const (
	mostCrafted    = 4 << 20
	craftedPerByte = 200
)

// numbers are 32 bits each.
func numbers(all ...uint32) (b []byte) {
	for _, n := range all {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

// boxOf is a box of a type with contents that follow each other.
func boxOf(kind string, contents ...[]byte) []byte {
	return Append(nil, kind, func(b []byte) []byte { return append(b, bytes.Join(contents, nil)...) })
}

// claiming is a box that says it has a size.
func claiming(size uint32, kind string, content []byte) []byte {
	return append(append(numbers(size), kind...), content...)
}

// nestedBoxes are boxes of one type in each other.
func nestedBoxes(kind string, depth int) []byte {
	var all []byte
	for i := range depth {
		all = append(append(all, numbers(uint32(8*(depth-i)))...), kind...)
	}
	return all
}

// craftedFragments follow the movie header of the tiny file, whose track 7 has samples of 5
// bytes by default.
func craftedFragments() map[string][]byte {
	const billions = math.MaxUint32
	tfhd := func(flags uint32, rest ...uint32) []byte { return boxOf("tfhd", numbers(flags, 7), numbers(rest...)) }
	trun := func(all ...uint32) []byte { return boxOf("trun", numbers(all...)) }
	tfdt := boxOf("tfdt", numbers(0, 0))
	moof := func(boxes ...[]byte) []byte { return boxOf("moof", boxOf("traf", boxes...)) }
	mdat := boxOf("mdat", make([]byte, 64))
	run := func(boxes ...[]byte) []byte { return append(moof(boxes...), mdat...) }
	noSize := tfhd(0x10, 0) // samples of no bytes
	return map[string][]byte{
		"a run of billions":                moof(tfhd(0), tfdt, trun(0, billions)),
		"a run of billions of no bytes":    moof(noSize, tfdt, trun(0, billions)),
		"a run of as many as there may be": run(noSize, tfdt, trun(0x01, mostSamples, 0)),
		"runs that come to more":           moof(noSize, tfdt, trun(0, mostSamples), trun(0, 1)),
		"tracks that come to more": boxOf("moof",
			bytes.Repeat(boxOf("traf", noSize, tfdt, trun(0, mostSamples/2)), 8)),
		"sizes of gigabytes":              run(tfhd(0), tfdt, trun(0x201, 2, 0, billions, billions)),
		"samples that lie on each other":  run(tfhd(0), tfdt, bytes.Repeat(trun(0x01, 1, 100), 1000)),
		"media far away":                  run(tfhd(1, math.MaxInt32, 0), tfdt, trun(0, 1)),
		"composition offsets of billions": run(tfhd(0), tfdt, trun(0xa01, 1, 100, 1, billions)),
		"durations of billions":           run(tfhd(0x08, billions), tfdt, trun(0x201, 3, 100, 1, 1, 1)),
		"the latest time": run(tfhd(0), boxOf("tfdt", numbers(1<<24, billions, billions)),
			trun(0x01, 1, 100)),
		"fragments in fragments":            nestedBoxes("moof", 100_000),
		"tracks in tracks":                  boxOf("moof", nestedBoxes("traf", 100_000)),
		"a box without a size in a box":     boxOf("moof", claiming(0, "traf", nil)),
		"a box that is larger than its own": boxOf("moof", claiming(1000, "traf", nil)),
		"a header of exabytes":              append(claiming(1, "moof", numbers(0x7fffffff, billions)), mdat...),
		"very many headers without media":   bytes.Repeat(boxOf("moof"), 100_000),
		"very many empty fragments":         bytes.Repeat(append(boxOf("moof"), boxOf("mdat")...), 50_000),
		"very many empty boxes":             bytes.Repeat(boxOf("free"), 100_000),
		"access points of billions":         boxOf("mfra", boxOf("tfra", numbers(0, 7, 0, billions))),
		"access points of nothing":          boxOf("mfra", bytes.Repeat(boxOf("tfra", numbers(0, 7, 0, 0)), 10_000)),
		"next times that are not there": boxOf("moof", boxOf("traf", tfhd(0),
			AppendUUID(nil, NextFragmentTimes, 1, 0, func(b []byte) []byte { return append(b, 255) }))),
	}
}

// craftedMovies are bodies of movie headers.
func craftedMovies() map[string][]byte {
	const billions = math.MaxUint32
	tkhd := boxOf("tkhd", numbers(0, 0, 0, 7))
	table := func(boxes ...[]byte) []byte {
		return boxOf("trak", tkhd, boxOf("mdia", boxOf("mdhd", numbers(0, 0, 0, 25, 0, 0)),
			boxOf("hdlr", numbers(0, 0), []byte("vide")), boxOf("minf", boxOf("stbl", boxes...))))
	}
	all := map[string][]byte{
		"edits of billions":        boxOf("trak", tkhd, boxOf("edts", boxOf("elst", numbers(0, billions)))),
		"tracks in tracks":         nestedBoxes("trak", 100_000),
		"movies in movies":         nestedBoxes("moov", 100_000),
		"defaults of many tracks":  boxOf("mvex", bytes.Repeat(boxOf("trex", numbers(0, 7, 1, 1, 1, 1)), 10_000)),
		"a description of nothing": table(boxOf("stsd", numbers(0, billions))),
		"parameter sets that are not there": table(boxOf("stsd", numbers(0, 1), boxOf("avc1", make([]byte, 78),
			boxOf("avcC", []byte{1, 100, 0, 31, 0xff, 0xff, 0xff, 0xff})))),
	}
	described := boxOf("stsd", numbers(0, 1), boxOf("avc1", make([]byte, 78)))
	for _, kind := range []string{"stsz", "stz2", "stsc", "stco", "co64", "ctts", "stts", "stss"} {
		all["a table of billions, "+kind] = table(described, boxOf(kind, numbers(0, billions, billions, billions)))
	}
	all["very many tracks"] = bytes.Repeat(table(described), 50_000)
	return all
}

// TestCraftedFiles reads files whose tables claim what is not there, or name the same bytes
// again and again, with all that reads them: an error or not, at a bounded cost.
func TestCraftedFiles(t *testing.T) {
	tiny, _, err := readAll(tinyFile())
	if err != nil {
		t.Fatal(err)
	}
	header := tinyFile()[:tiny.HeaderEnd]
	files := map[string][]byte{}
	for name, fragments := range craftedFragments() {
		files[name] = append(bytes.Clone(header), fragments...)
	}
	for name, body := range craftedMovies() {
		files["movie: "+name] = append(boxOf("moov", body), tinyFile()[tiny.HeaderEnd:]...)
	}
	sidx := numbers(0, 7, 25, 0, 0, math.MaxUint16) // of so many references
	files["index: references that are not there"] = append(bytes.Clone(header), boxOf("sidx", sidx)...)
	many := bytes.Repeat(boxOf("sidx", sidx[:20], numbers(0)), 10_000)
	files["index: very many"] = append(bytes.Clone(header), many...)
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			all := useAll(file)
			runtime.ReadMemStats(&after)
			for _, err := range all {
				told := errors.Is(err, ErrMalformed) || errors.Is(err, ErrNoRoom) || errors.Is(err, ErrNoSpare) ||
					errors.Is(err, ErrUnlisted)
				if err != nil && !told {
					t.Errorf("error %v", err)
				}
			}
			t.Logf("%d bytes: %d KiB, %v", len(file), (after.TotalAlloc-before.TotalAlloc)>>10, all)
			took := after.TotalAlloc - before.TotalAlloc
			if most := uint64(mostCrafted + craftedPerByte*len(file)); took > most {
				t.Errorf("%d bytes cost %d bytes of memory, more than %d", len(file), took, most)
			}
		})
	}
}

// useAll does with a file what packaging does, and returns the errors.
func useAll(file []byte) []error {
	_, _, packets := ReadStreams(bytes.NewReader(file), int64(len(file)))
	f, err := Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return []error{err, packets}
	}
	segments, err := f.Segments(time.Second)
	if err == nil {
		_, err = f.Reindex(segments)
	}
	_, access := f.AccessPoints()
	scratch := discarded{}
	return []error{err, packets, access, f.Refragment(io.Discard, time.Second), f.PresentFirst(scratch),
		f.DecodeLater(scratch, time.Millisecond), f.StateDuration(scratch)}
}

// discarded takes what is written anywhere.
type discarded struct{}

func (discarded) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }
