package bench

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// vp9Preset is "WebM VP9 720p".
const vp9Preset = "1351620000001-100250"

// BenchmarkFFmpeg is a ladder, a film in VP9 and the twelve families, each as one job
// of the ffmpeg under test (REELASTIC_TEST_FFMPEG, or the machine's): what it takes,
// how large the results are, and how near to the source.
func BenchmarkFFmpeg(b *testing.B) {
	load(b)
	adoptOrphans(b)
	source := makeClip(b, familySeconds)
	s, id := serve(b, source)
	system, err := s.GoClient().System(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	results.note(b, "ffmpeg", system.FFmpeg.Version)
	for _, job := range []struct {
		name    string
		request *api.CreateJobRequest
		judged  []string // files whose pictures are the source's in another size
	}{
		{"ladder", ladder(id, true), []string{"720p.mp4", "hls1.m3u8", "hls5.m3u8"}},
		{"VP9", &api.CreateJobRequest{PipelineId: &id, Input: &api.JobInput{Key: new("clip.mp4")},
			Output: &api.CreateJobOutput{Key: new("film.webm"), PresetId: new(vp9Preset)}}, []string{"film.webm"}},
		{"families", familyJob(id), []string{"generic.mp4", "hls.ts", "vp8.webm", "vp9.webm"}},
	} {
		took := runJob(b, s, job.request, job.name+"/", func() {})
		folder := filepath.Join(s.Bucket("out"), job.name)
		results.note(b, job.name+", time and processor time", took.String())
		results.note(b, job.name+", all files", number(float64(bytesIn(b, folder))/1e6, "MB"))
		for _, file := range job.judged {
			results.note(b, job.name+", SSIM of "+file,
				fmt.Sprintf("%.4f", ssim(b, filepath.Join(folder, file), source)))
		}
	}
}

// bytesIn is the size of all files in a folder.
func bytesIn(b *testing.B, folder string) (sum int64) {
	b.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		b.Fatal(err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			b.Fatal(err)
		}
		sum += info.Size()
	}
	return sum
}

var ssimLine = regexp.MustCompile(`SSIM .*All:([0-9.]+)`)

// ssim is how like a film is to its source at the film's size and rate, from 0 to 1.
func ssim(b *testing.B, film, source string) (value float64) {
	b.Helper()
	v := reelastictest.Probe(b, film).Only(b, "video")
	graph := fmt.Sprintf("[1:v]fps=%s:start_time=0,scale=%d:%d:flags=bicubic,format=yuv420p,settb=1/1000,setpts=N[s];"+
		"[0:v]format=yuv420p,settb=1/1000,setpts=N[f];[f][s]ssim=shortest=1", v.Rate, v.Width, v.Height)
	out, err := exec.CommandContext(b.Context(), "ffmpeg", "-nostdin", "-hide_banner", "-i", film, "-i", source,
		"-filter_complex", graph, "-an", "-f", "null", "-").CombinedOutput()
	found := ssimLine.FindAllStringSubmatch(string(out), -1)
	if err != nil || len(found) == 0 {
		b.Fatalf("ssim: %v\n%s", err, out)
	}
	if _, err := fmt.Sscan(found[len(found)-1][1], &value); err != nil || math.IsNaN(value) {
		b.Fatalf("ssim: %v in %q", err, found)
	}
	return value
}
