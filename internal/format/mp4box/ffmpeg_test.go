package mp4box

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// made holds files that ffmpeg wrote; needs it, and skips without, which in CI is
// a failure.
func made(t testing.TB, files ...[]string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short runs no ffmpeg")
	}
	for _, tool := range []string{"ffmpeg", "ffprobe"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is not installed", tool)
			}
			t.Skipf("%s is not installed", tool)
		}
	}
	dir := t.TempDir()
	args := []string{"-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=5", "-f", "lavfi", "-i",
		"sine=r=44100:d=5"}
	for _, f := range files {
		args = append(args, f...)
	}
	if len(files) == 0 {
		return dir
	}
	run(t, dir, "ffmpeg", args...)
	return dir
}

func run(t testing.TB, dir, tool string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool, args...)
	cmd.Dir = dir
	var messages bytes.Buffer
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", tool, strings.Join(args, " "), err, messages.String())
	}
	return out
}

var (
	frames = strings.Fields("-c:v libx264 -preset ultrafast -profile:v main -level 3 -bf 2 -g 25 -keyint_min 25 " +
		"-sc_threshold 0 -force_key_frames expr:gte(t,n_forced*2)")
	noise     = strings.Fields("-c:a aac -b:a 64k")
	dashFlags = strings.Fields("-f mp4 -movflags +dash+frag_keyframe+delay_moov+global_sidx -min_frag_duration 2000000")
)

func args(lists ...[]string) (all []string) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// packet is what ffprobe says of a sample.
type packet struct {
	Stream   int `json:"stream_index"`
	PTS, DTS int64
	Duration int64
	Size     string
	Pos      string
	Flags    string
}

func TestReadWhatFFmpegWrites(t *testing.T) {
	t.Parallel()
	dir := made(t,
		args([]string{"-map", "0:v"}, frames, dashFlags, []string{"v.mp4"}),
		args([]string{"-map", "1:a"}, noise, strings.Fields("-f mp4 -movflags +dash+delay_moov+global_sidx "+
			"-frag_duration 2000000 a.mp4")),
		args([]string{"-map", "0:v", "-map", "1:a"}, frames, noise, dashFlags, []string{"av.mp4"}),
		args([]string{"-map", "0:v", "-map", "1:a"}, frames, noise,
			strings.Fields("-bsf:a noise=drop='eq(n\\,0)' -f ismv s.ismv")))
	for _, c := range []struct {
		name    string
		codecs  []string
		indexes int
		starts  []int64 // of the tracks, in their timescales
	}{
		{"v.mp4", []string{"avc1.4d401e"}, 1, []int64{1024}},
		{"a.mp4", []string{"mp4a.40.2"}, 1, []int64{1024}},
		{"av.mp4", []string{"avc1.4d401e", "mp4a.40.2"}, 2, []int64{1024, 1024}},
		{"s.ismv", []string{"avc1.4d401e", "mp4a.40.2"}, 0, []int64{0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file, err := os.ReadFile(filepath.Join(dir, c.name))
			if err != nil {
				t.Fatal(err)
			}
			f, fragments, err := readAll(file)
			if err != nil {
				t.Fatal(err)
			}
			var codecs []string
			var starts []int64
			for _, track := range f.Movie.Tracks {
				codecs, starts = append(codecs, track.Entries[0].Codec()), append(starts, track.Start)
			}
			if diff := cmp.Diff(c.codecs, codecs); diff != "" {
				t.Errorf("codecs (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.starts, starts); diff != "" {
				t.Errorf("starts (-want +got):\n%s", diff)
			}
			if len(f.Indexes) != c.indexes {
				t.Errorf("%d indexes", len(f.Indexes))
			}
			compareSamples(t, dir, c.name, f, fragments)
			compareIndexes(t, f, fragments)
			compareTimes(t, f, fragments)
		})
	}
}

// compareSamples holds every sample against ffprobe's packets.
func compareSamples(t *testing.T, dir, name string, f *File, fragments []Fragment) {
	t.Helper()
	var probed struct{ Packets []packet }
	if err := json.Unmarshal(run(t, dir, "ffprobe", "-v", "error", "-of", "json", "-show_packets", name),
		&probed); err != nil {
		t.Fatal(err)
	}
	got := map[int][]packet{}
	for i, track := range f.Movie.Tracks {
		var clock int64
		for _, fragment := range fragments {
			for _, part := range fragment.Tracks {
				if part.TrackID != track.ID {
					continue
				}
				if part.HasDecodeTime && int64(part.DecodeTime) != clock {
					t.Errorf("track %d: a fragment begins at %d, the one before ended at %d", track.ID, part.DecodeTime,
						clock)
				}
				for _, s := range part.Samples {
					p := packet{Stream: i, DTS: clock - track.Start, Duration: int64(s.Duration),
						Size: strconv.Itoa(int(s.Size)), Pos: strconv.Itoa(int(s.Offset)), Flags: "__"}
					p.PTS = p.DTS + s.Composition
					if s.Sync() {
						p.Flags = "K_"
					}
					got[i] = append(got[i], p)
					clock += int64(s.Duration)
				}
			}
		}
	}
	want := map[int][]packet{}
	for _, p := range probed.Packets {
		p.Flags = p.Flags[:2] // newer versions have more of them
		want[p.Stream] = append(want[p.Stream], p)
	}
	for i, track := range f.Movie.Tracks {
		comparable(track, want[i])
		comparable(track, got[i])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("samples (-ffprobe +own):\n%.3000s", diff)
	}
}

// comparable leaves out what ffprobe makes up: lengths of audio at both ends, and
// when the first frame is shown where times of presentation are negative.
func comparable(track Track, packets []packet) {
	first := packets[0].PTS
	for i := range packets {
		if track.Handler == "soun" {
			packets[i].Duration = 0
		} else if track.Start == 0 {
			packets[i].PTS -= first
		}
	}
}

// compareIndexes holds the indexes against the fragments.
func compareIndexes(t *testing.T, f *File, fragments []Fragment) {
	t.Helper()
	for _, index := range f.Indexes {
		at := index.First
		if len(index.References) != len(fragments) {
			t.Fatalf("%d references to %d fragments", len(index.References), len(fragments))
		}
		for n, r := range index.References {
			fragment := fragments[n]
			if fragment.Moof.Offset != at || fragment.Size() != int64(r.Size) || r.ToIndex || !r.StartsWithSAP {
				t.Errorf("reference %d, %+v: at %d is a fragment of %d bytes", n, r, fragment.Moof.Offset,
					fragment.Size())
			}
			at += int64(r.Size)
		}
		if index.Earliest != 0 || (index.Duration()-5*time.Second).Abs() > 30*time.Millisecond {
			t.Errorf("the index of track %d: from %d for %s", index.TrackID, index.Earliest, index.Duration())
		}
	}
}

// compareTimes holds the boxes of Smooth Streaming and the access points against
// the samples.
func compareTimes(t *testing.T, f *File, fragments []Fragment) {
	t.Helper()
	points, err := f.AccessPoints()
	if err != nil {
		t.Fatal(err)
	}
	n, clock := map[uint32]int{}, map[uint32]uint64{}
	for _, fragment := range fragments {
		for _, part := range fragment.Tracks {
			if i := n[part.TrackID]; i >= len(points[part.TrackID]) ||
				points[part.TrackID][i].Moof != uint64(fragment.Moof.Offset) {
				t.Errorf("access point %d of track %d is not at %d", i, part.TrackID, fragment.Moof.Offset)
			}
			n[part.TrackID]++
			if part.Time != nil && (part.Time.Duration != part.Duration() ||
				clock[part.TrackID] != 0 && part.Time.Start != clock[part.TrackID]) {
				t.Errorf("track %d: %+v after %d", part.TrackID, *part.Time, clock[part.TrackID])
			}
			if part.Time != nil {
				clock[part.TrackID] = part.Time.Start + part.Time.Duration
			} else if !part.HasDecodeTime {
				t.Errorf("track %d has a fragment without a time", part.TrackID)
			}
		}
	}
}
