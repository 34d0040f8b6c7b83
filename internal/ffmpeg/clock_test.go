package ffmpeg

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/format/mpegts"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
)

// recording is what a transport stream holds of video (stream 0) and audio (stream 1):
// packets of a tenth of a second.
type recording struct {
	contents
	pos int
}

// add adds packets of a stream up to a time, in the file's clock.
func (r *recording) add(stream int64, from, to float64) *recording {
	for at := from; at < to-0.01; at += 0.1 {
		r.pos++
		p := packet{Stream: stream, PTS: number(fmt.Sprintf("%.3f", at)), Duration: "0.1",
			Pos: number(fmt.Sprint(188 * r.pos))}
		p.DTS = p.PTS
		r.packets++
		spanOf(r.spans, stream).runs.add(p, r.packets)
	}
	return r
}

// TestResets: what is added to the times of a file whose clock is set anew.
func TestResets(t *testing.T) {
	t.Parallel()
	begin := func() *recording {
		return &recording{contents: contents{answer: answer{Streams: []stream{{Index: "0", ID: "0x100"},
			{Index: "1", ID: "0x101"}}}, spans: map[int64]*span{}}}
	}
	both := media.Probe{Demuxer: "mpegts", Video: []media.VideoStream{{Index: 0}},
		Audio: []media.AudioStream{{Index: 1}}}
	for name, c := range map[string]struct {
		file   *recording
		want   string
		pauses bool
	}{
		"none":            {begin().add(0, 1, 4).add(1, 1, 4), "", false},
		"a pause of both": {begin().add(0, 1, 2).add(1, 1, 2).add(0, 8, 9).add(1, 8, 9), "", false},
		"back": {begin().add(0, 10, 12).add(1, 10, 12).add(0, 9, 11).add(1, 9, 11),
			"0:41:3s 256:41:3s 257:61:3s", false},
		"audio first": {begin().add(0, 10, 12).add(1, 10, 12).add(1, 9, 11).add(0, 9, 11),
			"0:41:3s 257:41:3s 256:61:3s", false},
		"what was before": {begin().add(0, 10, 11.9).add(1, 10, 12).add(1, 9, 9.5).add(0, 11.9, 12).add(0, 9,
			11).add(1, 9.5, 11), "0:40:3s 257:40:3s 256:46:3s", false},
		"far on": {begin().add(0, 1, 2).add(1, 1, 2).add(0, 58, 59).add(1, 58, 59),
			"0:21:-56s 256:21:-56s 257:31:-56s", false},
		"twice": {begin().add(0, 1, 2).add(1, 1, 2).add(0, 1, 2).add(1, 1, 2).add(0, 1, 2).add(1, 1, 2),
			"0:21:1s 256:21:1s 257:31:1s 0:41:2s 256:41:2s 257:51:2s", false},
		"video stands still": {begin().add(0, 1, 2).add(1, 1, 30).add(0, 25, 26), "", true},
		"audio outlasts": {begin().add(0, 10, 11).add(1, 10, 13).add(0, 1, 2).add(1, 1, 2),
			"0:41:12s 256:41:12s 257:51:12s", false},
		"audio laps over": {begin().add(0, 10, 11).add(1, 10, 11.1).add(0, 1, 2).add(1, 1, 2),
			"0:22:10s 256:22:10s 257:32:10s", false},
		"a part without video": {begin().add(0, 10, 11).add(1, 10, 11).add(1, 1, 2).add(0, 3, 4).add(1, 3, 4),
			"0:21:10s 257:21:10s 256:31:10s", false},
	} {
		resets, pauses := c.file.resets(both)
		var all []string
		for _, r := range resets {
			all = append(all, fmt.Sprintf("%d:%d:%s", r.ID, r.Pos/188, r.Shift))
		}
		if got := strings.Join(all, " "); got != c.want || pauses != c.pauses {
			t.Errorf("%s: %q, %t, want %q", name, got, pauses, c.want)
		}
	}
}

// TestClockGoesOn: a transport stream and a program stream of parts with clocks of their own
// are as long as these together once their times are mended.
func TestClockGoesOn(t *testing.T) {
	t.Parallel()
	r := realRunner(t)
	transport := []string{"-c:v", "libx264", "-bf", "0", "-c:a", "aac", "-f", "mpegts", "-muxdelay", "0", "-muxpreload",
		"0", "-output_ts_offset"}
	program := []string{"-c:v", "mpeg2video", "-bf", "2", "-c:a", "ac3", "-f", "vob", "-output_ts_offset"}
	for name, c := range map[string]struct {
		args   []string
		clocks []string
	}{
		"back by less than a part": {transport, []string{"10", "9"}},
		"back and far on":          {transport, []string{"100", "5", "40000"}},
		"over the end of 33 bits":  {transport, []string{"95442", "95440"}},
		"a disc":                   {program, []string{"0", "0", "0"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var file []byte
			for _, clock := range c.clocks {
				part := madePart(t, r, dir, append(slices.Clone(c.args), clock))
				file = append(file, part...)
			}
			after, want := mended(t, r, dir, file), time.Duration(len(c.clocks))*1600*time.Millisecond
			if len(after.Resets) > 0 || (after.VideoEnd()-want).Abs() > 80*time.Millisecond ||
				(after.AudioEnd()-want).Abs() > 80*time.Millisecond {
				t.Errorf("video to %s, audio to %s, want %s; %d resets", after.VideoEnd(), after.AudioEnd(), want,
					len(after.Resets))
			}
			// of some frames only the time for decoding is known
			if v, _ := after.MainVideo(); v.LongestGap > 100*time.Millisecond {
				t.Errorf("frames are %s apart", v.LongestGap)
			}
		})
	}
}

// mended writes a file as in0, with a clock that goes on, and returns its probe.
func mended(t *testing.T, r *Runner, dir string, file []byte) media.Probe {
	t.Helper()
	before := rewritten(t, r, dir, file)
	if len(before.Resets) == 0 {
		t.Fatal("nothing to mend was found")
	}
	var mended bytes.Buffer
	if err := mpegts.GoOn(&mended, bytes.NewReader(file), before.Resets); err != nil {
		t.Fatal(err)
	}
	return rewritten(t, r, dir, mended.Bytes())
}

// rewritten writes a file as in0 and returns its probe.
func rewritten(t *testing.T, r *Runner, dir string, file []byte) media.Probe {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "in0"), file, 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := r.Probe(t.Context(), dir, "in0", media.Hint{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// madePart encodes 1.6 s of video and audio, of which a second from 0.3 s on is heard, and
// returns the file.
func madePart(t *testing.T, r *Runner, dir string, args []string) []byte {
	t.Helper()
	step := plan.Step{Name: "part", Args: slices.Concat([]string{"-y",
		"-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=1.6",
		"-f", "lavfi", "-i", "aevalsrc=0.5*sin(2*PI*880*t)*between(t\\,0.3\\,1.3):s=48000:d=1.6",
		"-pix_fmt", "yuv420p", "-preset", "ultrafast"}, args, []string{"part"})}
	if err := r.Run(t.Context(), dir, step, nil); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "part"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestFramesReorderedMidway: behind frames that are shown as they come, those of an encoder that
// reorders them are decoded earlier than the last ones end. What is heard stays where it is.
func TestFramesReorderedMidway(t *testing.T) {
	t.Parallel()
	r := realRunner(t)
	for name, clock := range map[string]string{"the clock goes on": "11.8", "the clock is set anew": "5"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			part := func(clock, between string) []byte {
				const nine = "fps=5,tpad=stop=2:stop_mode=clone,trim=end_frame=9"
				return madePart(t, r, dir, []string{"-vf", nine, "-c:v", "libx264", "-bf", between, "-c:a", "aac",
					"-f", "mpegts", "-muxdelay", "0", "-muxpreload", "0", "-output_ts_offset", clock})
			}
			p := mended(t, r, dir, slices.Concat(part("10", "0"), part(clock, "3")))
			// At 5 frames a second a part has 1.8 s of video.
			if from, to := heard(t, r, dir, p); math.Abs(from-0.3) > 0.03 || math.Abs(to-3.1) > 0.03 {
				t.Errorf("heard from %.3f to %.3f s, want 0.3 to 3.1", from, to)
			}
		})
	}
}

// TestFarBehindInTheFile: audio that lies 14 s behind the video in the file, with times of one
// clock, is heard when it is.
func TestFarBehindInTheFile(t *testing.T) {
	t.Parallel()
	r, dir := realRunner(t), t.TempDir()
	step := plan.Step{Name: "behind", Args: []string{"-f", "lavfi", "-i", "testsrc2=s=64x36:r=5:d=20",
		"-f", "lavfi", "-i", "aevalsrc=0.5*sin(2*PI*880*t)*between(t\\,15\\,16):s=48000:d=20", "-map", "0", "-map", "1",
		"-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-f", "mpegts", "-muxrate", "400k", "in0"}}
	if err := r.Run(t.Context(), dir, step, nil); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "in0"))
	if err != nil {
		t.Fatal(err)
	}
	const audio = 0x101
	p := rewritten(t, r, dir, held(b, audio, len(b)*14/20))
	if from, to := heard(t, r, dir, p); math.Abs(from-15) > 0.03 || math.Abs(to-16) > 0.03 {
		t.Errorf("heard from %.3f to %.3f s", from, to)
	}
}

// held is a transport stream of which a stream comes so many bytes later.
func held(file []byte, stream, bytes int) (later []byte) {
	var waiting [][]byte
	for packet := range slices.Chunk(file, mpegts.PacketBytes) {
		if int(packet[1]&0x1f)<<8|int(packet[2]) == stream {
			waiting = append(waiting, packet)
			continue
		}
		later = append(later, packet...)
		if len(later) > bytes && len(waiting) > 0 {
			later, waiting = append(later, waiting[0]...), waiting[1:]
		}
	}
	return append(later, slices.Concat(waiting...)...)
}
