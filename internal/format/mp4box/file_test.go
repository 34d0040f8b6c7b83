package mp4box

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// readAll reads a file and all of its fragments.
func readAll(file []byte) (*File, []Fragment, error) {
	f, err := Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, nil, err
	}
	var all []Fragment
	for fragment, err := range f.Fragments() {
		if err != nil {
			return f, nil, err
		}
		all = append(all, fragment)
	}
	return f, all, nil
}

func TestReadTinyFile(t *testing.T) {
	t.Parallel()
	f, fragments, err := readAll(tinyFile())
	if err != nil {
		t.Fatal(err)
	}
	track := Track{ID: 7, Handler: "vide", Timescale: 25, Language: "eng", Enabled: true,
		Edits: []Edit{{Length: 40, From: -1}, {From: 2}}, Start: 1,
		Entries: []SampleEntry{{Format: "avc1", Width: 640, Height: 360, HSpacing: 4, VSpacing: 3,
			AVC: &AVCConfig{Profile: 77, Compatibility: 0x40, Level: 30, LengthSize: 4}}},
		Defaults: Defaults{Description: 1, Duration: 1, Size: 5, Flags: 0x10000}}
	want := &File{Brands: []string{"iso6", "iso6", "dash"}, HeaderEnd: 389,
		Movie: Movie{Timescale: 1000, Tracks: []Track{track}},
		Indexes: []Index{{TrackID: 7, Timescale: 25, Box: Box{Type: "sidx", Offset: 389, Header: 8, Size: 44},
			First:      433,
			References: []Reference{{Size: 50, Duration: 5, StartsWithSAP: true, SAPType: 1}}}}}
	if diff := cmp.Diff(want, f, cmpopts.IgnoreUnexported(File{})); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
	at := f.Indexes[0].First
	second := at + 136 + 8 + 9
	wantFragments := []Fragment{
		{Moof: Box{Type: "moof", Offset: at, Header: 8, Size: 136}, Mdat: Box{Type: "mdat", Offset: at + 136, Header: 8,
			Size: 17}, Sequence: 1,
			Tracks: []TrackFragment{{TrackID: 7, HasDecodeTime: true, Samples: []Sample{
				{Offset: at + 144, Duration: 1, Size: 4, Composition: 2},
				{Offset: at + 148, Duration: 1, Size: 3, Flags: 0x10000, Composition: -1},
				{Offset: at + 151, Duration: 1, Size: 2, Flags: 0x10000}}}}},
		{Moof: Box{Type: "moof", Offset: second, Header: 8, Size: 153}, Mdat: Box{Type: "mdat", Offset: second + 153,
			Header: 8, Size: 18}, Sequence: 2,
			Tracks: []TrackFragment{{TrackID: 7, Time: &FragmentTime{Start: 3, Duration: 2},
				Next: []FragmentTime{{Start: 5, Duration: 2}}, Samples: []Sample{
					{Offset: second + 161, Duration: 1, Size: 5},
					{Offset: second + 166, Duration: 1, Size: 5, Flags: 0x10000}}}}},
	}
	if diff := cmp.Diff(wantFragments, fragments); diff != "" {
		t.Errorf("fragments (-want +got):\n%s", diff)
	}
	points, err := f.AccessPoints()
	if diff := cmp.Diff(map[uint32][]AccessPoint{7: {{Time: 3, Moof: 500}}}, points); diff != "" || err != nil {
		t.Errorf("access points, %v (-want +got):\n%s", err, diff)
	}
	if f.Movie.Handled("vide") != f.Movie.Track(7) || f.Movie.Handled("soun") != nil || f.IndexOf(7) == nil ||
		f.IndexOf(8) != nil {
		t.Error("a track is not found by its name, or its start")
	}
}

// replaced is the tiny file with some bytes changed after the nth place of a mark.
func replaced(t *testing.T, mark string, nth, after int, with ...byte) []byte {
	t.Helper()
	file := tinyFile()
	at := 0
	for range nth + 1 {
		next := bytes.Index(file[at:], []byte(mark))
		if next < 0 {
			t.Fatalf("no %q", mark)
		}
		at += next + len(mark)
	}
	copy(file[at+after:], with)
	return file
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	tiny := tinyFile()
	for name, file := range map[string][]byte{
		"nothing":                         {},
		"no movie header":                 replaced(t, "moo", 0, 0, 'x'),
		"media first":                     replaced(t, "ftyp", 0, -4, 'm', 'd', 'a', 't'),
		"two movie headers":               append(tinyFile()[:389], tiny[24:389]...),
		"a track without an id":           replaced(t, "tkhd", 0, 12, 0, 0, 0, 0),
		"no timescale":                    replaced(t, "mdhd", 0, 12, 0, 0, 0, 0),
		"no sample entry":                 replaced(t, "stsd", 0, -4, 'f', 'r', 'e', 'e'),
		"edits that are not there":        replaced(t, "elst", 0, 4, 0xff, 0xff, 0xff, 0xff),
		"an entry larger than its list":   replaced(t, "avc1", 0, -6, 0xff),
		"an index without a timescale":    replaced(t, "sidx", 0, 8, 0, 0, 0, 0),
		"an index of more than is there":  replaced(t, "sidx", 0, 20, 0, 0, 0, 2),
		"a fragment without media":        replaced(t, "mdat", 0, -4, 'f', 'r', 'e', 'e'),
		"the last fragment without media": replaced(t, "mdat", 1, -4, 'f', 'r', 'e', 'e'),
		"an unknown track":                replaced(t, "tfhd", 0, 4, 0, 0, 0, 8),
		"a run before its track":          replaced(t, "tfhd", 0, -4, 'f', 'r', 'e', 'e'),
		"more samples than bytes":         replaced(t, "trun", 0, 4, 0, 0, 0, 4),
		"samples without end":             replaced(t, "trun", 1, 4, 0xff, 0xff, 0xff, 0xff),
		"samples before the media":        replaced(t, "trun", 0, 8, 0, 0, 0, 100),
		"samples after the media":         replaced(t, "trun", 0, 8, 0, 0, 1, 0),
		"a file that was cut off":         tiny[:len(tiny)-40],
	} {
		if _, _, err := readAll(file); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(tinyFile())
	f.Add(tinyFile()[:500])
	f.Fuzz(func(t *testing.T, file []byte) {
		read, fragments, err := readAll(file)
		if err != nil {
			return
		}
		for _, fragment := range fragments {
			for _, track := range fragment.Tracks {
				for _, s := range track.Samples {
					if s.Offset < 0 || s.Offset+int64(s.Size) > int64(len(file)) {
						t.Fatalf("a sample at %d of %d bytes lies outside of the file", s.Offset, s.Size)
					}
				}
			}
		}
		if segments, err := read.Segments(time.Second); err == nil {
			_, _ = read.Reindex(segments)
		}
		checkFuzzedRefragment(t, read, fragments)
		for _, track := range read.Movie.Tracks {
			for _, e := range track.Entries {
				_ = e.Codec()
			}
		}
		if _, err := read.AccessPoints(); err != nil && !errors.Is(err, ErrMalformed) {
			t.Error(err)
		}
	})
}
