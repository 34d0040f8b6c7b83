package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// filmMinutes is how often the encoded minute is repeated.
const filmMinutes = 60

// sixRungs are the presets of the ladder that is packaged: the five of hlsPresets and
// HLS Video 2M.
var sixRungs = append(slices.Clone(hlsPresets), "1351620000001-200015")

// BenchmarkPackaging is all that a job costs beside its encode, for an hour of six
// renditions in an HLSv4 playlist: staging, probing, reading the results back,
// packaging and publishing. The encode itself is done once, of a minute by hand; the
// server's ffmpeg is a program that puts sixty times that minute in the place of what
// it was asked to encode.
func BenchmarkPackaging(b *testing.B) {
	load(b)
	dir := b.TempDir()
	minute := makeClip(b, clipSeconds)
	p := planned(b, rungs("plan"), minute)
	if len(p.Steps) != 1 {
		b.Fatalf("the ladder takes %d runs of ffmpeg, not one", len(p.Steps))
	}
	encode := byHandInto(b, dir, minute, p.Steps[0].Args)
	film := filepath.Join(dir, "film.mp4")
	repeat(b, minute, "-f", "mp4", film)
	for i := range sixRungs {
		name := fmt.Sprintf("o%d", i+1)
		repeat(b, filepath.Join(dir, name+".ts"), "-f", "hls", "-hls_time", "0.001", "-hls_list_size", "0",
			"-hls_playlist_type", "vod",
			"-output_ts_offset", "10", "-muxdelay", "0", "-hls_flags", "single_file",
			"-hls_segment_filename", filepath.Join(dir, "film", name+".ts"), filepath.Join(dir, "film", name+".m3u8"))
	}
	s := reelastictest.Start(b, "--workers", "1", "--speed", speed, "--sandbox", "off",
		"--ffmpeg", standIn(b, filepath.Join(dir, "film")))
	s.Put("in", "clip.mp4", film)
	id := pipeline(b, s)
	before := reelastictest.PeakMemory(s.PID())
	job := runJob(b, s, rungs(id), "packaged/", func() {})
	after := reelastictest.PeakMemory(s.PID())
	results.note(b, "encode of a minute, six renditions", number(encode.wall.Seconds(), "s"))
	results.below(b, "packaging of an hour / sixty times the encode of a minute",
		job.wall.Seconds()/(filmMinutes*encode.wall.Seconds()), 0.01, "")
	results.below(b, "memory of the packaging", float64(after-before)/(1<<20), 100, "MiB")
}

// rungs is the job.
func rungs(pipeline string) *api.CreateJobRequest {
	req := &api.CreateJobRequest{PipelineId: &pipeline, Input: &api.JobInput{Key: new("clip.mp4")}}
	var keys []string
	for i, preset := range sixRungs {
		key := "rung" + strconv.Itoa(i+1)
		keys = append(keys, key)
		req.Outputs = append(req.Outputs, api.CreateJobOutput{Key: &key, PresetId: &preset, SegmentDuration: new("6")})
	}
	req.Playlists = []api.CreateJobPlaylist{{Name: new("master"), Format: new("HLSv4"), OutputKeys: keys}}
	return req
}

// repeat writes a file of sixty times another one, without encoding.
func repeat(b *testing.B, file string, args ...string) {
	b.Helper()
	if err := os.MkdirAll(filepath.Dir(args[len(args)-1]), 0o750); err != nil {
		b.Fatal(err)
	}
	list := filepath.Join(b.TempDir(), "list")
	if err := os.WriteFile(list,
		[]byte(strings.Repeat(fmt.Sprintf("file '%s'\nduration %d\n", file, clipSeconds), filmMinutes)),
		0o600); err != nil {
		b.Fatal(err)
	}
	out, err := exec.Command("ffmpeg",
		append([]string{"-nostdin", "-v", "error", "-f", "concat", "-safe", "0", "-i", list, "-map", "0", "-c", "copy"},
			args...)...).CombinedOutput()
	if err != nil {
		b.Fatalf("repeat %s: %v\n%s", file, err, out)
	}
}

// standIn is a program that is ffmpeg, but for encoding: then it gives the files of a
// folder as results.
func standIn(b *testing.B, results string) string {
	b.Helper()
	dir := b.TempDir()
	program := map[string]string{}
	for _, name := range []string{"ffmpeg", "ffprobe"} {
		path, err := exec.LookPath(name)
		if err != nil {
			b.Fatal(err)
		}
		program[name] = path
	}
	if err := os.Symlink(program["ffprobe"], filepath.Join(dir, "ffprobe")); err != nil {
		b.Fatal(err)
	}
	script := fmt.Sprintf(
		"#!/bin/sh\ncase \"$*\" in\n*-filter_complex*) /bin/ln %s/* . && echo progress=end ;;\n*) exec %s \"$@\" "+
			";;\nesac\n", results, program["ffmpeg"])
	path := filepath.Join(dir, "ffmpeg")
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil { //nolint:gosec // it is run
		b.Fatal(err)
	}
	return path
}
