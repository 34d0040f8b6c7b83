package mp4box

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRefragment divides audio anew: fragments begin with the first block of audio at
// or after each multiple, and ffmpeg reads the same blocks at the same times.
func TestRefragment(t *testing.T) {
	t.Parallel()
	dir := made(t,
		args([]string{"-map", "1:a"}, noise, strings.Fields("-f mp4 -movflags +dash+delay_moov+global_sidx "+
			"-frag_duration 2000000 a.mp4")),
		args([]string{"-map", "1:a"}, noise, strings.Fields("-bsf:a noise=drop='lt(pts\\,0)' -f ismv -frag_duration "+
			"1000000 s.ismv")))
	for _, name := range []string{"a.mp4", "s.ismv"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			packets := func(name string) string {
				return string(run(t, dir, "ffprobe", "-v", "error", "-show_entries",
					"packet=pts,dts,duration,size,flags,data_hash", "-show_data_hash", "md5", "-of", "csv", name))
			}
			before := packets(name)
			file, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			f, _, err := readAll(file)
			if err != nil {
				t.Fatal(err)
			}
			const length = 750 * time.Millisecond
			var out bytes.Buffer
			if err := f.Refragment(&out, length); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "new-"+name), out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(before, "\n"), strings.Split(packets("new-"+name), "\n")); diff != "" {
				t.Errorf("packets (-before +after):\n%s", diff)
			}
			checkRefragmented(t, out.Bytes(), f, length)
		})
	}
}

func checkRefragmented(t *testing.T, file []byte, before *File, length time.Duration) {
	t.Helper()
	f, fragments, err := readAll(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := 7; len(fragments) != want { // 5 s and the encoder's priming
		t.Errorf("%d fragments, want %d", len(fragments), want)
	}
	track := f.Movie.Tracks[0]
	points, err := f.AccessPoints()
	if err != nil || len(points[track.ID]) != len(fragments) {
		t.Fatalf("access points %v: %v", points, err)
	}
	for n, fragment := range fragments {
		part := fragment.Tracks[0]
		start := part.DecodeTime
		if part.Time != nil {
			start = part.Time.Start
			if part.HasDecodeTime || part.Time.Duration != part.Duration() {
				t.Errorf("fragment %d: time %+v, duration %d", n, part.Time, part.Duration())
			}
		}
		block := InTime(int64(part.Samples[0].Duration), track.Timescale)
		if late := InTime(max(int64(start)-track.Start, 0), track.Timescale) - time.Duration(n)*length; late < 0 ||
			late >= block {
			t.Errorf("fragment %d begins %s after its multiple, blocks have %s", n, late, block)
		}
		if want := (AccessPoint{Time: start, Moof: uint64(fragment.Moof.Offset)}); points[track.ID][n] != want {
			t.Errorf("access point %d is %+v, want %+v", n, points[track.ID][n], want)
		}
		if fragment.Sequence != uint32(n+1) {
			t.Errorf("fragment %d has the sequence number %d", n, fragment.Sequence)
		}
	}
	if len(before.Indexes) == 0 {
		return
	}
	segments, err := f.Segments(length)
	if err != nil {
		t.Fatal(err)
	}
	if len(segments) != len(fragments) {
		t.Fatalf("%d segments of %d fragments", len(segments), len(fragments))
	}
	checkReindexed(t, file, segments)
}

// TestRefragmentGap takes half a second out between two fragments: what follows keeps
// its time.
func TestRefragmentGap(t *testing.T) {
	t.Parallel()
	dir := made(t, args([]string{"-map", "1:a"}, noise,
		strings.Fields("-f mp4 -movflags +dash+delay_moov+global_sidx -frag_duration 2000000 a.mp4")))
	file, err := os.ReadFile(filepath.Join(dir, "a.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	_, before, err := readAll(file)
	if err != nil {
		t.Fatal(err)
	}
	const gap = 22050 // half a second
	at, until := before[1].Moof.Offset, before[2].Mdat.End()
	for rest := file[at:until]; ; { // the times of all fragments from the second on
		n := bytes.Index(rest, []byte("tfdt"))
		if n < 0 {
			break
		}
		rest = rest[n+8:]
		binary.BigEndian.PutUint64(rest, binary.BigEndian.Uint64(rest)+gap)
	}
	f, _, err := readAll(file)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Refragment(&out, 10*time.Second); err != nil {
		t.Fatal(err)
	}
	_, after, err := readAll(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if want := before[1].Tracks[0].DecodeTime + gap; len(after) != 2 || after[1].Tracks[0].DecodeTime != want {
		t.Errorf("%d fragments, the last at %d, want 2 and %d", len(after), after[len(after)-1].Tracks[0].DecodeTime,
			want)
	}
}

func TestRefragmentRefuses(t *testing.T) {
	t.Parallel()
	f, _, err := readAll(tinyFile()) // frames that need others
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Refragment(&bytes.Buffer{}, time.Second); !errors.Is(err, ErrMalformed) {
		t.Errorf("frames: %v", err)
	}
	f.Movie.Tracks = append(f.Movie.Tracks, Track{})
	if err := f.Refragment(&bytes.Buffer{}, time.Second); !errors.Is(err, ErrMalformed) {
		t.Errorf("two tracks: %v", err)
	}
}

// checkFuzzedRefragment is part of [FuzzRead]: what is written can be read, and has as
// much audio as before.
func checkFuzzedRefragment(t *testing.T, f *File, before []Fragment) {
	t.Helper()
	var out bytes.Buffer
	if err := f.Refragment(&out, time.Second); err != nil {
		return
	}
	_, after, err := readAll(out.Bytes())
	if err != nil {
		t.Fatalf("what was written: %v", err)
	}
	count := func(all []Fragment) (samples, bytes int) {
		for _, fragment := range all {
			for _, s := range fragment.Tracks[0].Samples {
				samples, bytes = samples+1, bytes+int(s.Size)
			}
		}
		return samples, bytes
	}
	samples, size := count(before)
	if gotSamples, gotSize := count(after); gotSamples != samples || gotSize != size {
		t.Errorf("%d samples of %d bytes became %d of %d", samples, size, gotSamples, gotSize)
	}
}
