package mp4box

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestSegments cuts a file with a keyframe each second and each multiple of 1.5
// seconds, and writes the index anew: the file is as long as before, ffmpeg reads
// the same frames, and its index is that of the segments.
func TestSegments(t *testing.T) {
	t.Parallel()
	fragments := strings.Fields("-f mp4 -movflags +dash+frag_keyframe+delay_moov+global_sidx")
	keys := strings.Fields("-c:v libx264 -preset ultrafast -bf 2 -g 25 -sc_threshold 0 -force_key_frames " +
		"expr:gte(t,n_forced*1.5)")
	dir := made(t,
		args([]string{"-map", "0:v"}, keys, fragments, []string{"v.mp4"}),
		args([]string{"-map", "0:v", "-map", "1:a"}, keys, noise, fragments, []string{"av.mp4"}),
		args([]string{"-map", "1:a"}, noise, strings.Fields("-f mp4 -movflags +dash+delay_moov+global_sidx "+
			"-frag_duration 500000 a.mp4")))
	for _, c := range []struct {
		name   string
		starts []time.Duration
		keys   []int // by segment
	}{
		{"v.mp4", []time.Duration{0, 1520 * time.Millisecond, 3 * time.Second, 4520 * time.Millisecond},
			[]int{2, 2, 2, 1}},
		{"av.mp4", []time.Duration{0, 1520 * time.Millisecond, 3 * time.Second, 4520 * time.Millisecond},
			[]int{2, 2, 2, 1}},
		{"a.mp4", []time.Duration{0, 1500 * time.Millisecond, 3 * time.Second, 4500 * time.Millisecond},
			[]int{0, 0, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(dir, c.name)
			before := run(t, dir, "ffmpeg", "-v", "error", "-i", c.name, "-f", "framemd5", "-")
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f, _, err := readAll(file)
			if err != nil {
				t.Fatal(err)
			}
			segments, err := f.Segments(1500 * time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			checkSegments(t, f, segments, c.starts, c.keys)
			if last := segments[len(segments)-1]; string(file[last.Offset+last.Size+4:][:4]) != "mfra" {
				t.Errorf("the last segment ends at %d, before the end of the media", last.Offset+last.Size)
			}
			text, err := f.Reindex(segments)
			if err != nil {
				t.Fatal(err)
			}
			if int64(len(text)) != segments[0].Offset-f.HeaderEnd {
				t.Fatalf("%d bytes in place of %d", len(text), segments[0].Offset-f.HeaderEnd)
			}
			copy(file[f.HeaderEnd:], text)
			if err := os.WriteFile(path, file, 0o600); err != nil {
				t.Fatal(err)
			}
			if after := run(t, dir, "ffmpeg", "-v", "error", "-i", c.name, "-f", "framemd5", "-"); !bytes.Equal(before,
				after) {
				t.Error("ffmpeg reads other frames than before")
			}
			checkReindexed(t, file, segments)
		})
	}
}

func checkSegments(t *testing.T, f *File, segments []Segment, starts []time.Duration, keys []int) {
	t.Helper()
	lead := f.Movie.Lead()
	var gotStarts []time.Duration
	var gotKeys []int
	for n, s := range segments {
		scale := f.Movie.Tracks[lead].Timescale
		start := InTime(s.Spans[lead].Start, scale)
		if f.Movie.Tracks[lead].Handler == "soun" { // where a fragment happens to end, each half a second
			start = start.Truncate(1500*time.Millisecond) + start%(1500*time.Millisecond)/(520*time.Millisecond)
		}
		gotStarts = append(gotStarts, start)
		gotKeys = append(gotKeys, len(s.Keyframes))
		if n > 0 && s.Offset != segments[n-1].Offset+segments[n-1].Size || !s.SAP {
			t.Errorf("segment %d: %+v", n, s)
		}
	}
	if diff := cmp.Diff(starts, gotStarts); diff != "" {
		t.Errorf("starts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(keys, gotKeys); diff != "" {
		t.Errorf("keyframes (-want +got):\n%s", diff)
	}
	for i, track := range f.Movie.Tracks {
		last := segments[len(segments)-1].Spans[i]
		if length := InTime(last.Start+last.Duration,
			track.Timescale); (length - 5*time.Second).Abs() > 30*time.Millisecond {
			t.Errorf("track %d lasts %s", track.ID, length)
		}
	}
}

// checkReindexed reads the new indexes as the file's reader would.
func checkReindexed(t *testing.T, file []byte, segments []Segment) {
	t.Helper()
	f, _, err := readAll(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Indexes) != len(f.Movie.Tracks) {
		t.Fatalf("%d indexes of %d tracks", len(f.Indexes), len(f.Movie.Tracks))
	}
	for i, track := range f.Movie.Tracks {
		index := f.IndexOf(track.ID)
		if index == nil || index.First != segments[0].Offset || len(index.References) != len(segments) {
			t.Fatalf("the index of track %d: %+v", track.ID, index)
		}
		for n, s := range segments {
			want := Reference{Size: uint32(s.Size), Duration: uint32(s.Spans[i].Duration), StartsWithSAP: true,
				SAPType: 1}
			if index.References[n] != want {
				t.Errorf("reference %d of track %d is %+v, want %+v", n, track.ID, index.References[n], want)
			}
		}
	}
}

func TestSegmentsOfTinyFile(t *testing.T) {
	t.Parallel()
	const mfraSize = 8 + 47
	file := tinyFile()
	file = append(file[:len(file)-mfraSize-18-153], file[len(file)-mfraSize:]...) // the second fragment has no tfdt
	f, _, err := readAll(file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.Segments(time.Second)
	if err != nil {
		t.Fatal(err)
	}
	want := []Segment{{Offset: f.Indexes[0].First, Size: 153, Spans: []Span{{Start: 0, Duration: 2}},
		Keyframes: []Keyframe{{Offset: f.Indexes[0].First, Size: 148}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("segments (-want +got):\n%s", diff)
	}
	if _, err := f.Reindex(nil); !errors.Is(err, ErrMalformed) {
		t.Errorf("an index of nothing: %v", err)
	}
	if _, err := f.Reindex(make([]Segment, 1<<16)); !errors.Is(err, ErrNoRoom) {
		t.Errorf("an index of too much: %v", err)
	}
}
