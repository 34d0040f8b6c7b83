package mp4box

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// memory is a file in memory, which does not grow.
type memory []byte

func (m memory) ReadAt(b []byte, at int64) (int, error) {
	if n := copy(b, m[min(at, int64(len(m))):]); n < len(b) {
		return n, io.EOF
	}
	return len(b), nil
}

func (m memory) WriteAt(b []byte, at int64) (int, error) { return copy(m[at:], b), nil }

// presented is a copy of a file after PresentFirst.
func presented(file []byte) (memory, error) {
	m := memory(slices.Clone(file))
	f, err := Read(m, int64(len(m)))
	if err == nil {
		err = f.PresentFirst(m)
	}
	return m, err
}

func TestPresentFirst(t *testing.T) {
	t.Parallel()
	unsigned := replaced(t, "trun", 0, 0, 0)
	copy(unsigned[strings.Index(string(unsigned), "trun")+4+12+2*16-4:], "\x00\x00\x00\x01") // the second sample's
	for name, c := range map[string]struct {
		file []byte
		want []int64
	}{
		"signed":   {tinyFile(), []int64{0, -3, -2}},
		"unsigned": {unsigned, []int64{0, -1, -2}},
	} {
		file, err := presented(c.file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, fragments, err := readAll(file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, before, _ := readAll(c.file)
		for i := range before[0].Tracks[0].Samples {
			before[0].Tracks[0].Samples[i].Composition = c.want[i]
		}
		if diff := cmp.Diff(before, fragments); diff != "" {
			t.Errorf("%s: fragments (-want +got):\n%s", name, diff)
		}
		if again, err := presented(file); err != nil || !slices.Equal(again, file) {
			t.Errorf("%s: a second time changes something, or %v", name, err)
		}
	}
}

func TestPresentFirstRefuses(t *testing.T) {
	t.Parallel()
	for name, file := range map[string][]byte{
		"an offset beyond 31 bits": replaced(t, "trun", 0, 12+16+12, 0x80, 0, 0, 0),
		"media that is not there":  replaced(t, "mdat", 1, -4, 'f', 'r', 'e', 'e'),
	} {
		if _, err := presented(file); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What ffmpeg makes for Smooth Streaming is then presented one frame after the
// other from each fragment's time.
func TestPresentFirstOfFFmpeg(t *testing.T) {
	t.Parallel()
	dir := made(t, args([]string{"-map", "0:v", "-map", "1:a"}, frames, noise,
		strings.Fields("-bsf:a noise=drop='eq(n\\,0)' -f ismv s.ismv")))
	file, err := os.ReadFile(filepath.Join(dir, "s.ismv"))
	if err != nil {
		t.Fatal(err)
	}
	if file, err = presented(file); err != nil {
		t.Fatal(err)
	}
	f, fragments, err := readAll(file)
	if err != nil {
		t.Fatal(err)
	}
	reordered := false
	for _, fragment := range fragments {
		part := fragment.Tracks[0]
		if f.Movie.Track(part.TrackID).Handler != "vide" {
			continue
		}
		var got, want []uint64
		decoded := part.Time.Start
		for n, s := range part.Samples {
			reordered = reordered || s.Composition < 0
			got = append(got, uint64(int64(decoded)+s.Composition))
			want = append(want, part.Time.Start+uint64(n)*SmoothTimescale/25)
			decoded += uint64(s.Duration)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the fragment at %d presents (-want +got):\n%s", part.Time.Start, diff)
		}
	}
	if !reordered {
		t.Error("no frame is presented in another order than decoded")
	}
}

func FuzzPresentFirst(f *testing.F) {
	f.Add(tinyFile())
	f.Add(smoothText("eng", []TextFragment{{FragmentTime{0, SmoothTimescale}, []byte("<tt/>")}}))
	f.Fuzz(func(t *testing.T, file []byte) {
		_, before, err := readAll(file)
		if err != nil {
			return
		}
		now, err := presented(file)
		if errors.Is(err, ErrMalformed) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		_, after, err := readAll(now)
		if err != nil {
			t.Fatal(err)
		}
		for _, fragment := range before {
			for _, track := range fragment.Tracks {
				for n := len(track.Samples) - 1; n >= 0; n-- {
					track.Samples[n].Composition -= track.Samples[0].Composition
				}
			}
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("fragments (-want +got):\n%s", diff)
		}
	})
}

// TestDecodeLater keeps when frames are presented, and makes the first one be decoded
// later.
func TestDecodeLater(t *testing.T) {
	t.Parallel()
	dir := made(t, args([]string{"-map", "0:v", "-map", "1:a"}, frames, noise,
		[]string{"-bsf:v", "setts=pts=PTS:dts=DTS-3*(NEXT_DTS-DTS)*gt(NEXT_DTS\\,DTS)"}, dashFlags, []string{"v.mp4"}))
	before, err := os.ReadFile(filepath.Join(dir, "v.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	file := memory(slices.Clone(before))
	f, err := Read(file, int64(len(file)))
	if err == nil {
		err = f.DecodeLater(file, 30*time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	const units = 12800 * 3 / 100
	old, was, err := readAll(before)
	if err != nil {
		t.Fatal(err)
	}
	now, is, err := readAll(file)
	if err != nil || now.Movie.Tracks[0].Start != old.Movie.Tracks[0].Start-units ||
		f.Movie.Tracks[0].Start != now.Movie.Tracks[0].Start {
		t.Errorf("the presentation begins at %d, and at %d before: %v", now.Movie.Tracks[0].Start,
			old.Movie.Tracks[0].Start, err)
	}
	for n := range was {
		for i := range was[n].Tracks[0].Samples {
			was[n].Tracks[0].Samples[i].Composition -= units
		}
	}
	if diff := cmp.Diff(was, is); diff != "" {
		t.Errorf("fragments (-want +got):\n%s", diff)
	}
	if err := f.DecodeLater(file, time.Second); !errors.Is(err, ErrMalformed) {
		t.Errorf("later than the edit list allows: %v", err)
	}
}
