package ffmpeg

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/format/mpegts"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// made is what ffmpeg makes in a folder of two seconds of synthetic video and audio.
func made(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	source := []string{"-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=30:d=2", "-f", "lavfi",
		"-i", "sine=r=48000:d=2"}
	cmd := exec.CommandContext(t.Context(), "ffmpeg", append(append(source, args...), name)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %v: %v: %s", args, err, out)
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// probed probes content as in0.
func probed(t *testing.T, content []byte, hint media.Hint) (media.Probe, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in0"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return realRunner(t).Probe(t.Context(), dir, "in0", hint)
}

// TestMeasured: the lengths of streams are those of their packets, whatever headers claim
// and wherever clocks are set anew.
func TestMeasured(t *testing.T) {
	t.Parallel()
	ts := []string{"-c:v", "libx264", "-preset", "ultrafast", "-c:a", "mp2", "-muxdelay", "0"}
	first := made(t, "a.ts", append(ts, "-output_ts_offset", "50")...)
	second := made(t, "b.ts", append(ts, "-output_ts_offset", "5000")...)
	webm := made(t, "a.webm", "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus")
	for name, c := range map[string]struct {
		content      []byte
		video, audio time.Duration
		priming      bool
	}{
		"a clock that jumps forward": {append(bytes.Clone(first), second...), 4 * time.Second, 4 * time.Second, false},
		"a clock that jumps back":    {append(bytes.Clone(second), first...), 4 * time.Second, 4 * time.Second, false},
		"priming of opus":            {webm, 2 * time.Second, 2 * time.Second, true},
	} {
		p, err := probed(t, c.content, media.Hint{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		const off = 60 * time.Millisecond
		if !p.Measured || (p.VideoEnd()-c.video).Abs() > off || (p.AudioEnd()-c.audio).Abs() > off ||
			(p.Duration-c.video).Abs() > off {
			t.Errorf("%s: video to %s, audio to %s of %s", name, p.VideoEnd(), p.AudioEnd(), p.Duration)
		}
		// Newer versions of ffmpeg say in the packets what decoders drop, and let the file begin at 0.
		if c.priming && p.Origin() != 0 || !c.priming && p.Priming > 0 {
			t.Errorf("%s: start %s, priming %s", name, p.Start, p.Priming)
		}
	}
}

// TestNamedByExtension: what is before the first frame does not count where name and
// frames agree, and a name alone makes no media.
func TestNamedByExtension(t *testing.T) {
	t.Parallel()
	mp3 := made(t, "a.mp3", "-map", "1", "-c:a", "libmp3lame", "-q:a", "9", "-ac", "1")
	noise := make([]byte, 3000)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	for name, before := range map[string][]byte{"noise": noise, "zeros": make([]byte, 2000),
		"a playlist": []byte("#EXTM3U\n"),
		"a web page": []byte("<html>404</html>"), "the rest of a frame": mp3[300:400]} {
		content := append(bytes.Clone(before), mp3...)
		p, err := probed(t, content, media.Hint{Extension: "mp3"})
		if err != nil || p.Demuxer != "mp3" || (p.AudioEnd()-2*time.Second).Abs() > 150*time.Millisecond {
			t.Errorf("%s before: %s to %s, %v", name, p.Demuxer, p.AudioEnd(), err)
		}
	}
	for name, content := range map[string][]byte{"a playlist": []byte("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"),
		"text": bytes.Repeat([]byte("no media "), 500)} {
		if _, err := probed(t, content, media.Hint{Extension: "mp3"}); failureCode(t, err) != transcode.CodeBadInput {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestProtectedInputs: what is encrypted is said to be.
func TestProtectedInputs(t *testing.T) {
	t.Parallel()
	mp4 := made(t, "a.mp4", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")
	cenc := made(t, "a.mp4", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-encryption_scheme",
		"cenc-aes-ctr",
		"-encryption_key", "00112233445566778899aabbccddeeff", "-encryption_kid", "00112233445566778899aabbccddeeff")
	ts := made(t, "a.ts", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")
	scrambled := bytes.Clone(ts)
	for at := 0; at+188 <= len(scrambled); at += 188 {
		if pid := int(scrambled[at+1]&0x1f)<<8 | int(scrambled[at+2]); pid >= 0x100 {
			scrambled[at+3] |= 0x80
		}
	}
	for name, content := range map[string][]byte{"Common Encryption": cenc, "scrambled packets": scrambled,
		"FairPlay": bytes.Replace(mp4, []byte("mp4a"), []byte("drms"), 1), "an encrypted entry": bytes.Replace(mp4,
			[]byte("avc1\x00\x00\x00\x00\x00\x00\x00\x01"), []byte("encv\x00\x00\x00\x00\x00\x00\x00\x01"), 1)} {
		_, err := probed(t, content, media.Hint{})
		if f := transcode.AsFailure(err); f == nil || f.Code != transcode.CodeBadInput ||
			!bytes.Contains([]byte(f.Advice), []byte("protected by DRM")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, content := range map[string][]byte{"mp4": mp4, "ts": ts} {
		if _, err := probed(t, content, media.Hint{}); err != nil {
			t.Errorf("%s in the clear: %v", name, err)
		}
	}
}

// TestUndecoded: a format of which this ffmpeg decodes nothing, and says nothing, is not
// called damaged.
func TestUndecoded(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join("testdata", "depth32.flac"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in0"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	r := realRunner(t)
	step := plan.Step{Name: "decode", Args: []string{"-i", "file:in0", "-abort_on", "empty_output", "-f", "wav",
		"o1.wav"}}
	if err := r.Run(t.Context(), dir, step, nil); err == nil {
		t.Skip("this ffmpeg decodes FLAC of 32 bits")
	} else if failed := runError(t, err); !failed.Undecoded {
		t.Errorf("%+v", failed)
	}
}

// TestChangedFrames: a step whose input changes midway is ended at once, and what
// [plan.EvenStep] makes of it has each moment once.
func TestChangedFrames(t *testing.T) {
	t.Parallel()
	aac := []string{"-map", "1", "-c:a", "aac", "-ac"}
	content := append(made(t, "a.aac", append(aac, "1")...), made(t, "b.aac", append(aac, "2", "-ar", "32000")...)...)
	p, err := probed(t, content, media.Hint{Container: "aac"})
	if err != nil {
		t.Fatal(err)
	}
	dir, r := t.TempDir(), realRunner(t)
	if err := os.WriteFile(filepath.Join(dir, "in0"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	step := plan.Step{Name: "wav", Args: []string{"-reinit_filter", "0", "-f", "aac", "-i", "file:in0", "-f", "wav",
		"o1.wav"}}
	if failed := runError(t, r.Run(t.Context(), dir, step, nil)); !failed.Changed {
		t.Fatalf("%+v", failed)
	}
	if err := r.Run(t.Context(), dir, plan.EvenStep(p, 0, 1), nil); err != nil {
		t.Fatal(err)
	}
	made, err := r.Probe(t.Context(), dir, plan.EvenFile(p, 0), media.Hint{})
	if err != nil {
		t.Fatal(err)
	}
	even := plan.Even(p, made, plan.EvenFile(p, 0))
	if off := even.AudioEnd() - 4*time.Second; off.Abs() > 150*time.Millisecond || even.Audio[0].SampleRate != 48000 {
		t.Errorf("%+v", even)
	}
}

// TestLateTracks has audio that begins late in a file whose header does not describe it:
// further in than ffmpeg looks, and further in than it is told to look at first.
func TestLateTracks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		video  string
		begins time.Duration
		late   bool
	}{
		"behind 5 MB":  {"testsrc2=s=640x360:r=25:d=24", 22 * time.Second, false},
		"behind 120 s": {"testsrc2=s=64x36:r=5:d=140", 130 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, dir := realRunner(t), t.TempDir()
			step := plan.Step{Name: "late", Args: []string{
				"-f", "lavfi", "-i", c.video, "-itsoffset", fmt.Sprint(c.begins.Seconds()),
				"-f", "lavfi", "-i", "sine=d=2", "-map", "0:v", "-map", "1:a",
				"-c:v", "libx264", "-preset", "ultrafast", "-b:v", "2500k", "-pix_fmt", "yuv420p",
				"-c:a", "aac", "-f", "mpegts", "in0",
			}}
			if err := r.Run(t.Context(), dir, step, nil); err != nil {
				t.Fatal(err)
			}
			p, err := r.Probe(t.Context(), dir, "in0", media.Hint{})
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Audio) != 1 || p.Audio[0].SampleRate != 44100 {
				t.Fatalf("audio %+v", p.Audio)
			}
			if begins := p.Audio[0].Start - p.Origin(); (begins - c.begins).Abs() > 100*time.Millisecond {
				t.Errorf("the audio begins at %s", begins)
			}
			if late := p.LateBytes > 0; late != c.late {
				t.Errorf("late bytes %d", p.LateBytes)
			}
			if !c.late {
				return
			}
			if from, to := heard(t, r, dir, p); math.Abs(from-130) > 0.03 || math.Abs(to-132) > 0.03 {
				t.Errorf("heard from %.3f to %.3f s", from, to)
			}
		})
	}
}

// TestUndecodableTracksAreNotLate: audio of which nothing can be known, however much of the file
// is read, makes no run read as much.
func TestUndecodableTracksAreNotLate(t *testing.T) {
	t.Parallel()
	r, dir := realRunner(t), t.TempDir()
	step := plan.Step{Name: "made", Args: []string{
		"-f", "lavfi", "-i", "testsrc2=s=64x36:r=5:d=4", "-f", "lavfi", "-i", "sine=d=4", "-map", "0", "-map", "1",
		"-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-f", "mpegts", "in0",
	}}
	if err := r.Run(t.Context(), dir, step, nil); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(dir, "in0"))
	if err != nil {
		t.Fatal(err)
	}
	spoil(file, 0x101)
	p := rewritten(t, r, dir, file)
	if len(p.Video) != 1 || len(p.Audio) != 0 || p.LateBytes != 0 {
		t.Errorf("video %d, audio %d, late bytes %d", len(p.Video), len(p.Audio), p.LateBytes)
	}
}

// spoil overwrites what the packets of a stream of a transport stream hold.
func spoil(file []byte, stream int) {
	for packet := range slices.Chunk(file, mpegts.PacketBytes) {
		if int(packet[1]&0x1f)<<8|int(packet[2]) != stream {
			continue
		}
		at := 4
		if packet[3]&0x20 != 0 { // an adaptation field
			at += 1 + int(packet[at])
		}
		if packet[1]&0x40 != 0 { // the header of a PES packet
			at += 9 + int(packet[at+8])
		}
		for i := at; i < len(packet); i++ {
			packet[i] = 0x55
		}
	}
}
