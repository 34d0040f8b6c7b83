package bench

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// clipCommand is what somebody who knows ffmpeg writes for the last two minutes of
// a film of six with the system preset "Generic 480p 16:9".
const (
	clipCommand = "-y -ss 240 -i in0 -t 120 -vf fps=30000/1001,scale=854:480,format=yuv420p -c:v libx264 -preset " +
		"veryfast -profile:v baseline " +
		"-level 3.1 -refs 3 -b:v 1200k -g 90 -c:a aac -b:a 128k -ar 44100 -ac 2 -movflags +faststart clip.mp4"
	clipPreset = "1351620000001-000020"
)

// BenchmarkClip is two minutes from the end of a film of six minutes, in turns with
// the command that seeks there.
func BenchmarkClip(b *testing.B) {
	load(b)
	adoptOrphans(b)
	source := reelastictest.SampleMedia(b, "video/long-6min-1080p-lowbitrate.mp4")
	s, id := serve(b, source)
	request := &api.CreateJobRequest{PipelineId: &id,
		Inputs: []api.JobInput{{Key: new("clip.mp4"), TimeSpan: &api.TimeSpan{StartTime: new("240"),
			Duration: new("120")}}},
		Output: &api.CreateJobOutput{Key: new("clip.mp4"), PresetId: new(clipPreset)}}
	var wall, cpu []float64
	for round := range rounds {
		hand := byHand(b, source, strings.Fields(clipCommand))
		job := runJob(b, s, request, fmt.Sprintf("round%d/", round), func() {})
		b.Logf("round %d: job %s, ffmpeg -ss %s", round+1, job, hand)
		wall = append(wall, job.wall.Seconds()/hand.wall.Seconds())
		cpu = append(cpu, job.cpu.Seconds()/hand.cpu.Seconds())
	}
	results.below(b, "wall time, job / ffmpeg -ss by hand", median(wall), 1.10, "")
	results.below(b, "CPU time, job / ffmpeg -ss by hand", median(cpu), 1.10, "")
}

// BenchmarkStitch joins fifty clips and shows the most memory that it took.
func BenchmarkStitch(b *testing.B) {
	const clips = 50
	load(b)
	source := makeClip(b, 2)
	s, id := serve(b, source)
	request := &api.CreateJobRequest{PipelineId: &id, Output: &api.CreateJobOutput{Key: new("joined.mp4"),
		PresetId: new(mp4Preset)}}
	for i := range clips {
		key := "clip" + strconv.Itoa(i) + ".mp4"
		s.Put("in", key, source)
		request.Inputs = append(request.Inputs, api.JobInput{Key: &key})
	}
	memory := reelastictest.WatchMemory(b, s)
	job := runJob(b, s, request, "fifty/", func() {})
	server, child := memory.Peak()
	b.Logf("job %s", job)
	joined := reelastictest.Probe(b, filepath.Join(s.Bucket("out"), "fifty", "joined.mp4")).Only(b, "video")
	if joined.Seconds() < 2*clips-1 {
		b.Errorf("the film lasts %.2f s", joined.Seconds())
	}
	results.below(b, "peak memory of the server", float64(server)/(1<<20), 1000, "MB")
	results.below(b, "peak memory of an ffmpeg, fifty clips of 1280x720", float64(child)/(1<<20), 1000, "MB")
}
