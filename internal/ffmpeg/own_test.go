package ffmpeg

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// ownArgs are of the forms of MP4 that jobs make, with colours and captions.
var ownArgs = map[string]string{
	"plain.mp4": "-map 0:v -map 1:a -c:v libx264 -bf 2 -c:a aac -movflags +faststart",
	"wide.mp4":  "-map 0:v -map 1:a -c:v libx264 -profile:v high -vf scale=426:240,setsar=4/3 -c:a aac -ac 1 -ar 22050",
	"base.mp4":  "-map 0:v -c:v libx264 -profile:v baseline -level 3 -r 29.97",
	"audio.mp4": "-map 1:a -c:a aac -ac 6",
	"text.mp4":  "-map 0:v -map 1:a -map 2:s -map 2:s -c:v libx264 -c:a aac -c:s mov_text",
	"dash.mp4":  "-map 0:v -map 1:a -c:v libx264 -c:a aac -f mp4 -movflags +dash+frag_keyframe+delay_moov+global_sidx",
	"frag.mp4":  "-map 1:a -c:a aac -f mp4 -movflags +dash+delay_moov+global_sidx -frag_duration 1000000",
	"smooth.mp4": `-map 0:v -map 1:a -c:v libx264 -bf 0 -c:a aac -bsf:a noise=drop=lt(pts\,0) -f ismv ` +
		`-movflags +frag_keyframe`,
}

// makeOwn makes the files in a folder.
func makeOwn(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	realRunner(t)
	dir = t.TempDir()
	captions := []byte("1\n00:00:00,500 --> 00:00:01,500\nword\n")
	if err := os.WriteFile(filepath.Join(dir, "c.srt"), captions, 0o600); err != nil {
		t.Fatal(err)
	}
	args := strings.Fields("-nostdin -v error -f lavfi -i testsrc2=s=320x180:r=25:d=2 -f lavfi -i sine=r=48000:d=2 " +
		"-i c.srt")
	for name, more := range files {
		args = append(append(args, strings.Fields(more)...), strings.Fields("-pix_fmt yuv420p -preset ultrafast "+
			"-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv")...)
		args = append(args, name)
	}
	cmd := exec.CommandContext(t.Context(), "ffmpeg", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %v: %v: %s", args, err, out)
	}
	return dir
}

// ownOutput is what a plan would say of the file.
func ownOutput(name string) plan.Output {
	return plan.Output{File: name, Video: &plan.Video{Codec: transcode.H264},
		Audio: &plan.Audio{Codec: transcode.AAC, Profile: plan.AACLC}}
}

// TestInspectOwn holds what is found in outputs without a program against what ffprobe finds.
func TestInspectOwn(t *testing.T) {
	t.Parallel()
	dir := makeOwn(t, ownArgs)
	for name := range ownArgs {
		own, ok := ownInspection(t.Context(), dir, ownOutput(name))
		if !ok {
			t.Errorf("%s is not read", name)
			continue
		}
		want, err := realRunner(t).inspect(t.Context(), dir, ownOutput(name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, own, aboutEqual...); diff != "" {
			t.Errorf("%s (-ffprobe +own):\n%s", name, diff)
		}
	}
}

// aboutEqual leaves out what no check looks at: claims of headers, bit rates, and how sure
// ffprobe is. Blocks of audio may be a block longer or shorter at their ends, depending on the
// version.
var aboutEqual = cmp.Options{
	cmpopts.IgnoreFields(media.Probe{}, "Score", "Start", "Duration", "BitRate"),
	cmpopts.IgnoreFields(media.VideoStream{}, "BitRate", "Frames", "Duration", "Start", "Constant"),
	cmpopts.IgnoreFields(media.AudioStream{}, "BitRate", "Duration", "Start"),
	cmpopts.IgnoreFields(media.Track{}, "Covered"),
	cmp.Comparer(func(a, b time.Duration) bool { return (a - b).Abs() <= 25*time.Millisecond }),
}

// TestInspectOwnLeaves lets ffprobe judge what is not as jobs make it.
func TestInspectOwnLeaves(t *testing.T) {
	t.Parallel()
	const plain = "-map 0:v -map 1:a -c:v libx264 -c:a aac "
	dir := makeOwn(t, map[string]string{
		"fields.mp4": plain + "-flags +ildct+ilme -x264-params tff=1",
		"mpeg4.mp4":  "-map 0:v -c:v mpeg4",
		"mp3.mp4":    "-map 1:a -c:a libmp3lame", "good.mp4": plain,
	})
	good, err := os.ReadFile(filepath.Join(dir, "good.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	mirrored, matrix := bytes.Clone(good), bytes.Index(good, []byte("tkhd"))+44
	mirrored[matrix], mirrored[matrix+1] = 0xff, 0xff
	clear(good[len(good)/4 : len(good)/2]) // within the frames, which come first
	for name, content := range map[string][]byte{"turned.mp4": mirrored, "holes.mp4": good,
		"short.mp4": good[:len(good)/2], "empty.mp4": nil} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"fields.mp4", "turned.mp4", "mpeg4.mp4", "mp3.mp4", "holes.mp4", "short.mp4",
		"empty.mp4", "none.mp4"} {
		if _, ok := ownInspection(t.Context(), dir, ownOutput(name)); ok {
			t.Errorf("%s was read without ffprobe", name)
		}
	}
}
