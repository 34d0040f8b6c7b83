package plan

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// TestClipIsExact cuts parts out of a clip whose frames all differ, in containers
// that are read from the middle and in ones that are read from the start, and
// compares each frame with the same one of the whole: it begins with the first frame
// from the clip's start on, wherever between two that is.
func TestClipIsExact(t *testing.T) {
	t.Parallel()
	const rate = 30000. / 1001
	const h264, mpeg2 = "libx264 -bf 2", "mpeg2video -bf 2"
	for format, codecs := range map[string]string{"mp4": h264 + " -c:a aac", "mov": h264 + " -c:a aac",
		"3gp": h264 + " -c:a aac", "matroska": h264 + " -c:a mp2",
		"webm": "libvpx -deadline realtime -c:a libvorbis", "mpegts": h264 + " -c:a mp2", "vob": mpeg2 + " -c:a mp2", "avi": h264 + " -c:a mp2",
		"flv": "flv1 -c:a libmp3lame -ar 44100", "mxf": mpeg2 + " -c:a pcm_s16le", "asf": "wmv2 -c:a wmav2"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			args := []string{"-f", "lavfi", "-i", "testsrc2=s=160x120:r=30000/1001:d=6", "-f", "lavfi", "-i",
				"sine=r=48000:d=6", "-g", "100", "-f", format, "-c:v"}
			dir, probe := generate(t, append(args, strings.Fields(codecs)...)...)
			whole := frameHashes(t, dir, probe, transcode.Clip{})
			if len(whole) < 179 {
				t.Fatalf("the whole has %d frames", len(whole))
			}
			first := probe.Video[0].Start - probe.Start
			for _, c := range []transcode.Clip{
				{Start: 500 * time.Millisecond, Duration: time.Second}, // a frame's own time, nearly
				{Start: 510 * time.Millisecond, Duration: 2 * time.Second},
				{Start: 2990 * time.Millisecond, Duration: 10 * time.Millisecond},
				{Start: 4 * time.Second},
				{Duration: 1480 * time.Millisecond},
			} {
				from, to := 0, len(whole)
				if c.Start > 0 { // the whole shows its first frame until that is due
					from = int(math.Ceil((c.Start-first).Seconds()*rate-0.001*rate)) + int(math.Round(first.Seconds()*rate))
				}
				if c.Duration > 0 {
					to = from + max(1, int(math.Round(c.Duration.Seconds()*rate)))
				}
				got := frameHashes(t, dir, probe, c)
				if want := whole[from:to]; strings.Join(got, "\n") != strings.Join(want, "\n") {
					t.Errorf("%v: %d frames, %d wanted, the first that differs is %d", c, len(got), len(want),
						firstDifference(got, want))
				}
			}
		})
	}
}

// TestInterlacedClip cuts a part out of interlaced frames. The first one has no
// field before it to be made progressive with; all others are those of the whole.
func TestInterlacedClip(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, strings.Fields("-f lavfi -i testsrc2=s=160x120:r=60000/1001:d=3 -f lavfi -i sine=d=3 -vf interlace -c:v mpeg2video -flags +ildct+ilme -q:v 2 -bf 2 -f matroska")...)
	if order := probe.Video[0].FieldOrder; order != "tt" && order != "tb" {
		t.Fatalf("fields %q", order)
	}
	whole := frameHashes(t, dir, probe, transcode.Clip{})
	const first, count = 10, 12 // the first frame at or after 0.330 s stands at 0.334
	got := frameHashes(t, dir, probe, transcode.Clip{Start: 330 * time.Millisecond, Duration: 400 * time.Millisecond})
	if want := whole[first : first+count]; len(got) != count || firstDifference(got[1:], want[1:]) != count-1 {
		t.Errorf("%d pictures, %d wanted, the first that differs is %d", len(got), count,
			1+firstDifference(got[1:], want[1:]))
	}
}

// frameHashes are those of the frames that reach an encoder.
func frameHashes(t *testing.T, dir string, probe media.Probe, c transcode.Clip) (hashes []string) {
	t.Helper()
	out := mp4Output(size(160, 120))
	out.Preset.Video.FrameRate = media.Rational{Num: 30000, Den: 1001}
	p, err := New(Request{Job: job(transcode.InputSpec{Interlaced: "auto", Clip: c}, out), Probes: []media.Probe{probe},
		Caps: testCaps, Threads: 1, Speed: "ultrafast"})
	if err != nil {
		t.Fatal(err)
	}
	args := p.Steps[0].Args
	upTo := strings.Index(strings.Join(args, "\x00"), "\x00-map\x00")
	read := strings.Split(strings.Join(args, "\x00")[:upTo], "\x00")
	text := call(t, dir, "ffmpeg", append(append([]string{"-nostdin", "-v", "error"}, read...),
		"-map", "[v1]", "-f", "framemd5", "-", "-map", "[a1]", "-f", "null", "-")...)
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) == 6 && fields[0] == "0," {
			hashes = append(hashes, fields[5])
		}
	}
	return hashes
}

func firstDifference(a, b []string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// TestFrameAt finds the first frame at or after a time.
func TestFrameAt(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	even := media.VideoStream{FrameRate: whole(25), Constant: true}
	late, uneven := even, even
	late.Start, uneven.Constant = 200*ms, false
	for _, c := range []struct {
		video    media.VideoStream
		at, want time.Duration
	}{
		{even, 0, 0}, {even, 520 * ms, 520 * ms}, {even, 522 * ms, 560 * ms}, {even, 559 * ms, 560 * ms},
		{even, 520*ms + 900*time.Microsecond, 520 * ms},
		{late, 100 * ms, 0}, {late, 200 * ms, 0}, {late, 300 * ms, 320 * ms}, {uneven, 521 * ms, 0},
	} {
		probe := media.Probe{Video: []media.VideoStream{c.video}}
		if got, _ := frameAt(probe, c.at); got != c.want {
			t.Errorf("%v of a video from %v on: %v, want %v", c.at, c.video.Start, got, c.want)
		}
	}
	if got, _ := frameAt(media.Probe{Audio: []media.AudioStream{{}}}, time.Second); got != 0 {
		t.Errorf("sound has a picture at %v", got)
	}
}

// TestClipLengths cuts frames and audio together, to the end and beyond it.
func TestClipLengths(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, moving("320x240", "30000/1001", 6)...)
	for _, c := range []struct {
		clip    transcode.Clip
		seconds float64
		warned  bool
	}{
		{transcode.Clip{Start: time.Second, Duration: 2 * time.Second}, 2, false},
		{transcode.Clip{Start: 5 * time.Second}, 1, false},
		{transcode.Clip{Start: 5 * time.Second, Duration: 10 * time.Second}, 1, true},
	} {
		in := transcode.InputSpec{Interlaced: "auto", Clip: c.clip}
		p := execute(t, dir, probe, in, mp4Output(size(320, 240)), hlsOutput(size(160, 120), 1, 100))
		for _, out := range p.Outputs {
			got := inspect(t, dir, out)
			for name, length := range map[string]time.Duration{"video": got.VideoDuration, "audio": got.AudioDuration()} {
				if off := (length.Seconds() - c.seconds); off > 0.1 || off < -0.1 {
					t.Errorf("%v: output %d has %v of %s", c.clip, out.Index, length, name)
				}
			}
			if (out.Warning == clipShortened) != c.warned {
				t.Errorf("%v: warning %q", c.clip, out.Warning)
			}
		}
	}
}

// TestClipBeyondTheEnd is refused where the length is known.
func TestClipBeyondTheEnd(t *testing.T) {
	t.Parallel()
	req := request(mp4Output(size(640, 480)))
	req.Probes[0].Duration = 10 * time.Second
	req.Job.Inputs[0].Clip.Start = 10 * time.Second
	p, err := New(req)
	if err != nil {
		t.Fatal(err)
	}
	want := "4014: The starting time of the clip is after the end of the input file. The clip starts at 10 s; the input is 10 s long."
	if got := fmt.Sprint(p.Outputs[0].Failure); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestClipsOfOutputs reads each part of the source in a run of its own.
func TestClipsOfOutputs(t *testing.T) {
	t.Parallel()
	first, second, third := mp4Output(size(640, 480)), mp4Output(size(320, 240)), mp4Output(size(160, 120))
	second.Clip = transcode.Clip{Start: 3 * time.Second, Duration: 4 * time.Second}
	third.Clip = second.Clip
	p, err := New(request(first, second, third))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Steps) != 2 || len(p.Steps[1].Outputs) != 2 {
		t.Fatalf("%+v", p.Steps)
	}
	if args := strings.Join(p.Steps[1].Args, " "); !strings.Contains(args, "-ss 3 -t 6 -reinit_filter 0 -i file:in0") {
		t.Errorf("the second run: %s", args)
	}
}
