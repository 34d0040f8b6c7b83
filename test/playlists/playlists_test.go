package playlists

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(m) }

// bench is a server with a pipeline, whose results are served over HTTP. It has a
// worker for each core, so that encoders have one thread: with several, x264 may make
// of the same pictures different bytes each time, and the tests compare encodes.
type bench struct {
	*reelastictest.Fixture
	site *httptest.Server
}

func newBench(t *testing.T) *bench {
	t.Helper()
	f := reelastictest.New(t, "--workers", strconv.Itoa(runtime.NumCPU()))
	site := httptest.NewServer(http.FileServer(http.Dir(f.Bucket("out"))))
	t.Cleanup(site.Close)
	return &bench{f, site}
}

// film makes an input of moving pictures at 29.97 frames a second and a tone, so that
// frames do not fall on whole seconds.
func (b *bench) film(t *testing.T, key string, seconds string) {
	t.Helper()
	b.PutMade(t, key, "-f", "lavfi", "-i", "testsrc2=s=384x216:r=30000/1001:d="+seconds,
		"-f", "lavfi", "-i", "sine=r=48000:d="+seconds,
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
}

// sized makes a preset of another size, with a keyframe each two seconds at 30 frames.
func (b *bench) sized(t *testing.T, id, width, height string) string {
	t.Helper()
	return b.CopyPreset(t, id, func(req *api.CreatePresetRequest) {
		v := req.Video
		v.MaxWidth, v.MaxHeight, v.KeyframesMaxDist = &width, &height, new("60")
	})
}

func output(key, preset string) api.CreateJobOutput { return reelastictest.Output(key, preset, "4") }

func playlist(name, format string, keys ...string) api.CreateJobPlaylist {
	return api.CreateJobPlaylist{Name: &name, Format: &format, OutputKeys: keys}
}

// frames are the hashes of all frames that ffmpeg decodes of a stream ("0:v:0"), as a
// player reads it over HTTP. Any error that ffmpeg tells fails the test.
func frames(t *testing.T, url, stream string) []string {
	t.Helper()
	args := []string{"-protocol_whitelist", "http,tcp,crypto,data,file"}
	if strings.HasSuffix(url, ".m3u8") {
		// keys may have none
		args = append(args, "-allowed_extensions", "ALL", "-extension_picky", "0", "-allowed_segment_extensions", "ALL")
	}
	args = append(args, "-i", url, "-map", stream, "-f", "framehash", "-hash", "md5", "-fps_mode", "passthrough", "-")
	if strings.HasSuffix(url, ".m3u8") { // what ffmpeg 9 has no use for it cuts off in the middle, and complains
		args = append(args, "-map", "0", "-c", "copy", "-f", "null", "-")
	}
	return hashesOf(reelastictest.FFmpeg(t, args...))
}

// hashesOf are the hashes of a list that ffmpeg has written as a "framehash".
func hashesOf(list string) (hashes []string) {
	for line := range strings.Lines(list) {
		if fields := strings.Split(line, ","); len(fields) == 6 && !strings.HasPrefix(line, "#") {
			hashes = append(hashes, strings.TrimSpace(fields[5]))
		}
	}
	return hashes
}
