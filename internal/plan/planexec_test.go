package plan

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

var auto = transcode.InputSpec{Interlaced: "auto"}

// moving is a generated clip with sound.
func moving(size string, rate string, length int) []string {
	return []string{"-f", "lavfi", "-i", fmt.Sprintf("testsrc2=s=%s:r=%s:d=%d", size, rate, length),
		"-f", "lavfi", "-i", fmt.Sprintf("sine=f=440:r=48000:d=%d", length),
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-f", "mp4"}
}

func TestLadder(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, moving("640x360", "30000/1001", 9)...)
	first, second, film := hlsOutput(media.Size{Width: 480, Height: 320}, 3, 472), hlsOutput(media.Size{Width: 400, Height: 288}, 1, 272), mp4Output(media.Size{Width: 1280, Height: 720})
	first.SegmentDuration, second.SegmentDuration = 4*time.Second, 4*time.Second
	second.Preset.Video.Profile, second.Preset.Video.Level = "baseline", "3"
	second.Preset.Video.GOP = transcode.GOP{MaxFrames: 45, Fixed: true}
	film.ThumbnailPattern, film.Preset.Thumbnails.Interval = "{count}", 3*time.Second
	p := execute(t, dir, probe, auto, first, second, film)

	wantTimes := [][]int{{0, 90, 120, 210, 240}, {0, 45, 90, 120, 165, 210, 240}}
	for i, want := range wantTimes {
		if got := keyframes(t, dir, p.Outputs[i]); !slices.Equal(got, want) {
			t.Errorf("output %d: keyframes at frames %v, want %v", i, got, want)
		}
		if got := segments(t, dir, p.Outputs[i]); len(got) != 3 {
			t.Errorf("output %d: segments %v, want 3", i, got)
		}
		if pts := firstPTS(t, dir, fmt.Sprintf(p.Outputs[i].File, 0)); pts != "900000" {
			t.Errorf("output %d: first PTS %s, want 900000", i, pts)
		}
	}
	for i, want := range []int{3, 1, 3} {
		if got := referenceFrames(t, dir, p.Outputs[i]); got != want {
			t.Errorf("output %d: %d reference frames, want %d", i, got, want)
		}
	}
	pictures, err := filepath.Glob(filepath.Join(dir, "t3_*.png"))
	if err != nil || len(pictures) != 3 {
		t.Errorf("thumbnails %v, want 3", pictures)
	}
	for _, picture := range pictures {
		if got := probeFile(t, dir, filepath.Base(picture)).Video[0].Coded; got != p.Outputs[2].Thumbnails.Size {
			t.Errorf("thumbnail of %s, want %s", got, p.Outputs[2].Thumbnails.Size)
		}
	}
}

// keyframes are the numbers of the frames that decode alone.
func keyframes(t *testing.T, dir string, out Output) (at []int) {
	t.Helper()
	name := out.File
	if out.List != "" {
		name = out.List
	}
	text := call(t, dir, "ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time,flags", "-of", "csv=p=0", name)
	var zero time.Duration = -1
	for _, line := range strings.Fields(text) {
		time, flags, _ := strings.Cut(line, ",")
		if zero < 0 {
			zero = seconds(time)
		}
		if strings.HasPrefix(flags, "K") {
			at = append(at, int(frames(seconds(time)-zero, out.Video.FrameRate)))
		}
	}
	return at
}

// frames is how many frames a length holds at a rate.
func frames(length time.Duration, rate media.Rational) int64 {
	return rate.Mul(media.NewRational(int64(length), int64(time.Second))).RoundHalfUp()
}

// segments are the files named in the list.
func segments(t *testing.T, dir string, out Output) (names []string) {
	t.Helper()
	list, err := os.ReadFile(filepath.Join(dir, out.List))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Fields(string(list)) {
		if !strings.HasPrefix(line, "#") {
			names = append(names, line)
		}
	}
	return names
}

func firstPTS(t *testing.T, dir, name string) string {
	t.Helper()
	text := call(t, dir, "ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts", "-of", "csv=p=0", "-read_intervals", "%+#1", name)
	return strings.Trim(strings.Fields(text)[0], ",")
}

// referenceFrames reads max_num_ref_frames of the sequence parameter set.
func referenceFrames(t *testing.T, dir string, out Output) (n int) {
	t.Helper()
	name := out.File
	if out.List != "" {
		name = fmt.Sprintf(out.File, 0)
	}
	script := fmt.Sprintf("ffmpeg -nostdin -v trace -i %s -map 0:v -c copy -bsf:v trace_headers -frames:v 1 -f null - 2>&1 | grep -m1 num_ref_frames", name)
	line := strings.Fields(call(t, dir, "sh", "-c", script))
	if _, err := fmt.Sscan(line[len(line)-1], &n); err != nil {
		t.Fatalf("%v: %v", line, err)
	}
	return n
}
