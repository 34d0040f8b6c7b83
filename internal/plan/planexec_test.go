package plan

import (
	"bytes"
	"encoding/binary"
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

// moving is a generated clip with audio.
func moving(size string, rate string, length int) []string {
	return []string{"-f", "lavfi", "-i", fmt.Sprintf("testsrc2=s=%s:r=%s:d=%d", size, rate, length),
		"-f", "lavfi", "-i", fmt.Sprintf("sine=f=440:r=48000:d=%d", length),
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-f", "mp4"}
}

func TestLadder(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, moving("640x360", "30000/1001", 9)...)
	first, second, film := hlsOutput(media.Size{Width: 480, Height: 320}, 3,
		472), hlsOutput(media.Size{Width: 400, Height: 288}, 1, 272), mp4Output(media.Size{Width: 1280, Height: 720})
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
		if got := segments(t, dir, p.Outputs[i]); !slices.Equal(got, []string{p.Outputs[i].File}) {
			t.Errorf("output %d: the list names %v", i, got)
		}
		if pts := firstPTS(t, dir, p.Outputs[i].File); pts != "900000" {
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
	return keyframesOf(ffprobe(t, dir, out.playable(), "-select_streams", "v:0", "-show_packets"), out.Video.FrameRate)
}

func keyframesOf(all ffprobeOutput, rate media.Rational) (at []int) {
	packets := all.Packets
	for _, p := range packets {
		if strings.HasPrefix(p.Flags, "K") {
			at = append(at, int(frames(seconds(p.Time)-seconds(packets[0].Time), rate)))
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
	text := call(t, dir, "ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts", "-of",
		"csv=p=0", "-read_intervals", "%+#1", name)
	return strings.Trim(strings.Fields(text)[0], ",")
}

// referenceFrames reads max_num_ref_frames of the sequence parameter set.
func referenceFrames(t *testing.T, dir string, out Output) (n int) {
	t.Helper()
	script := fmt.Sprintf("ffmpeg -nostdin -v trace -i %s -map 0:v -c copy -bsf:v trace_headers -frames:v 1 -f null - 2>&1 | grep -m1 num_ref_frames", out.File)
	line := strings.Fields(call(t, dir, "sh", "-c", script))
	if _, err := fmt.Sscan(line[len(line)-1], &n); err != nil {
		t.Fatalf("%v: %v", line, err)
	}
	return n
}

// TestTurns draws a white corner into a source with each of the eight display
// matrices and looks where it is afterwards.
func TestTurns(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	plain := t.TempDir()
	call(t, plain, "ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "color=black:s=64x32:r=25:d=0.2",
		"-vf", "drawbox=w=32:h=16:c=white:t=fill", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-f", "mp4", "plain")
	file, err := os.ReadFile(filepath.Join(plain, "plain"))
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]struct {
		a, b, c, d int32 // x' = ax + cy, y' = bx + dy
		corner     int   // where the left upper corner is shown: 0 left upper, 1 right upper, 2 right lower, 3 left lower
		mirrored   bool
	}{
		"upright": {a: 1, d: 1, corner: 0}, "quarter": {b: 1, c: -1, corner: 1},
		"half": {a: -1, d: -1, corner: 2}, "three quarters": {b: -1, c: 1, corner: 3},
		"flipped": {a: 1, d: -1, corner: 3, mirrored: true}, "mirrored": {a: -1, d: 1, corner: 1, mirrored: true},
		"transposed": {b: 1, c: 1, corner: 0, mirrored: true}, "transposed the other way": {b: -1, c: -1, corner: 2,
			mirrored: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "in0"), withMatrix(t, file, m.a, m.b, m.c, m.d), 0o600); err != nil {
				t.Fatal(err)
			}
			probe := probeFile(t, dir, "in0")
			probe.Video[0].Mirrored = m.mirrored
			var outputs []transcode.OutputSpec
			for _, rotate := range []int{-1, 0, 90, 180, 270} {
				out := mp4Output(size(64, 64))
				out.Rotate = rotate
				outputs = append(outputs, out)
			}
			run(t, dir, probe, auto, outputs...)
			if got, want := whiteCorners(t, dir, len(outputs)), []int{m.corner, 0, 1, 2, 3}; !slices.Equal(got, want) {
				t.Errorf("the white corners are at %v, want %v", got, want)
			}
		})
	}
}

// withMatrix writes a display matrix into the track header of an mp4 file
// (ISO/IEC 14496-12, 8.3.2).
func withMatrix(t *testing.T, file []byte, a, b, c, d int32) []byte {
	t.Helper()
	at := bytes.Index(file, []byte("tkhd"))
	if at < 0 {
		t.Fatal("no track header")
	}
	turned := bytes.Clone(file)
	for i, v := range []int32{a, b, 0, c, d, 0} {
		binary.BigEndian.PutUint32(turned[at+44+4*i:], uint32(v<<16))
	}
	return turned
}

// whiteCorners are the quarters of the first frames of o1.mp4 to on.mp4 that
// are white, clockwise from the left upper one.
func whiteCorners(t *testing.T, dir string, n int) (corners []int) {
	t.Helper()
	args, graph := []string{"-nostdin", "-v", "error"}, ""
	for i := range n {
		args = append(args, "-i", fmt.Sprintf("o%d.mp4", i+1))
		graph += fmt.Sprintf("[%[1]d]scale=2:2:flags=area[p%[1]d];", i)
	}
	for i := range n {
		graph += fmt.Sprintf("[p%d]", i)
	}
	graph += fmt.Sprintf("vstack=%d", n)
	gray := call(t, dir, "ffmpeg", append(args, "-filter_complex", graph, "-frames:v", "1", "-pix_fmt", "gray", "-f",
		"rawvideo", "-")...)
	for i := range n {
		for corner, at := range []int{0, 1, 3, 2} {
			if gray[4*i+at] > 150 {
				corners = append(corners, corner)
			}
		}
	}
	return corners
}
