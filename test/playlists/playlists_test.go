package playlists

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(m) }

const (
	hlsMuxed = "1351620000001-200050"
	hlsVideo = "1351620000001-200055"
	hlsSound = "1351620000001-200060"
)

// bench is a server with a pipeline, whose results are served over HTTP. It has a
// worker for each core, so that encoders have one thread: with several, x264 may make
// of the same pictures different bytes each time, and the tests compare encodes.
type bench struct {
	*reelastictest.Server
	client   *client.Client
	pipeline string
	site     *httptest.Server
}

func newBench(t *testing.T) *bench {
	t.Helper()
	reelastictest.Need(t, "", "ffmpeg", "-version")
	s := reelastictest.Start(t, "--workers", strconv.Itoa(runtime.NumCPU()))
	site := httptest.NewServer(http.FileServer(http.Dir(s.Bucket("out"))))
	t.Cleanup(site.Close)
	return &bench{s, s.GoClient(), s.Pipeline(t, s.Client()), site}
}

// film makes an input of moving pictures at 29.97 frames a second and a tone, so that
// frames do not fall on whole seconds.
func (b *bench) film(t *testing.T, key string, seconds string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "made.mp4")
	run(t, "ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=384x216:r=30000/1001:d="+seconds,
		"-f", "lavfi", "-i", "sine=r=48000:d="+seconds, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", path)
	b.Put("in", key, path)
}

func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	var messages strings.Builder
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, messages.String())
	}
	if program == "ffmpeg" && messages.Len() > 0 {
		t.Errorf("%s %s:\n%s", program, strings.Join(args, " "), messages.String())
	}
	return string(out)
}

// preset makes a copy of a system preset with changes.
func (b *bench) preset(t *testing.T, id string, change func(*api.CreatePresetRequest)) string {
	t.Helper()
	read, err := b.client.ReadPreset(t.Context(), &api.ReadPresetRequest{Id: &id})
	if err != nil {
		t.Fatal(err)
	}
	p := read.Preset
	req := &api.CreatePresetRequest{Name: new("copy"), Container: p.Container, Video: p.Video, Audio: p.Audio, Thumbnails: p.Thumbnails}
	change(req)
	created, err := b.client.CreatePreset(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return *created.Preset.Id
}

// sized makes a preset of another size, with a keyframe each two seconds at 30 frames.
func (b *bench) sized(t *testing.T, id, width, height string) string {
	t.Helper()
	return b.preset(t, id, func(req *api.CreatePresetRequest) {
		v := req.Video
		v.MaxWidth, v.MaxHeight, v.KeyframesMaxDist = &width, &height, new("60")
	})
}

// do submits a job and waits for its end, whichever that is.
func (b *bench) do(t *testing.T, req *api.CreateJobRequest) *api.Job {
	t.Helper()
	req.PipelineId = &b.pipeline
	return reelastictest.Do(t, b.client, req)
}

// complete is do for a job that succeeds.
func (b *bench) complete(t *testing.T, req *api.CreateJobRequest) *api.Job {
	t.Helper()
	job := b.do(t, req)
	for _, o := range job.Outputs {
		if *o.Status != "Complete" {
			t.Fatalf("output %s is %s: %s", *o.Key, *o.Status, told(o.StatusDetail))
		}
	}
	for _, p := range job.Playlists {
		if *p.Status != "Complete" {
			t.Fatalf("playlist %s is %s: %s", *p.Name, *p.Status, told(p.StatusDetail))
		}
	}
	return job
}

func told(detail *string) string {
	if detail == nil {
		return "null"
	}
	return *detail
}

func output(key, preset string) api.CreateJobOutput {
	return api.CreateJobOutput{Key: &key, PresetId: &preset, SegmentDuration: new("4")}
}

func playlist(name, format string, keys ...string) api.CreateJobPlaylist {
	return api.CreateJobPlaylist{Name: &name, Format: &format, OutputKeys: keys}
}

// read is the content of an object.
func (b *bench) read(t *testing.T, key string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(b.Bucket("out"), filepath.FromSlash(key)))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// frames are the hashes of all frames that ffmpeg decodes of a stream ("0:v:0"), as a
// player reads it over HTTP. Any error that ffmpeg tells fails the test.
func frames(t *testing.T, url, stream string) []string {
	t.Helper()
	args := []string{"-nostdin", "-v", "error", "-protocol_whitelist", "http,tcp,crypto,data,file"}
	if strings.HasSuffix(url, ".m3u8") {
		args = append(args, "-allowed_extensions", "ALL", "-extension_picky", "0", "-allowed_segment_extensions", "ALL") // keys may have none
	}
	args = append(args, "-i", url, "-map", stream, "-f", "framehash", "-hash", "md5", "-fps_mode", "passthrough", "-")
	if strings.HasSuffix(url, ".m3u8") { // what ffmpeg 9 has no use for it cuts off in the middle, and complains
		args = append(args, "-map", "0", "-c", "copy", "-f", "null", "-")
	}
	list := run(t, "ffmpeg", args...)
	var hashes []string
	for line := range strings.Lines(list) {
		if fields := strings.Split(line, ","); len(fields) == 6 && !strings.HasPrefix(line, "#") {
			hashes = append(hashes, strings.TrimSpace(fields[5]))
		}
	}
	return hashes
}
