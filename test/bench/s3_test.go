package bench

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// BenchmarkS3 is the ladder with its files in an S3 server on loopback, in turns
// with the same job on folders.
func BenchmarkS3(b *testing.B) {
	load(b)
	adoptOrphans(b)
	source := makeClip(b, 30)
	folders, s3 := reelastictest.Start(b, "--workers", "1"), reelastictest.StartS3(b, "--workers", "1")
	ids := map[*reelastictest.Server]string{}
	for _, s := range []*reelastictest.Server{folders, s3} {
		s.Put("in", "clip.mp4", source)
		ids[s] = pipeline(b, s)
		warmUp(b, s, ids[s])
	}
	var wall []float64
	for round := range rounds {
		run := func(s *reelastictest.Server) cost {
			return runJob(b, s, ladder(ids[s], true), fmt.Sprintf("round%d/", round), func() {})
		}
		local, remote := run(folders), run(s3)
		b.Logf("round %d: on folders %s, on S3 %s", round+1, local, remote)
		wall = append(wall, remote.wall.Seconds()/local.wall.Seconds())
	}
	results.below(b, "wall time, job on S3 / on folders", median(wall), 1.10, "")
}

// BenchmarkS3Memory gives the server an input of 10 MB and the same one padded to
// 1 GB, and shows the most memory that it took.
func BenchmarkS3Memory(b *testing.B) {
	load(b)
	source := reelastictest.Clip{Width: 1280, Height: 720, Rate: 30, Seconds: 2}.Make(b) // smaller than the 10 MB
	peak := func(size int64) float64 {
		s := reelastictest.StartS3(b, "--workers", "1")
		id := pipeline(b, s)
		pad(b, source, size)
		s.Put("in", "clip.mp4", source)
		runJob(b, s, &api.CreateJobRequest{PipelineId: &id, Input: &api.JobInput{Key: new("clip.mp4")},
			Output: &api.CreateJobOutput{Key: new("720p.mp4"), PresetId: new(mp4Preset)}}, "padded/", func() {})
		return float64(reelastictest.PeakMemory(s.PID())) / (1 << 20)
	}
	small, large := peak(10<<20), peak(1<<30)
	b.Logf("peak memory of the server: %.0f MB with 10 MB, %.0f MB with 1 GB", small, large)
	results.below(b, "peak memory of the server, input of 1 GB / of 10 MB", large/small, 1.15, "")
}

// pad lengthens an mp4 file with a box that readers skip (ISO/IEC 14496-12, free).
func pad(b *testing.B, path string, size int64) {
	b.Helper()
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		b.Fatal(err)
	}
	header := binary.BigEndian.AppendUint32(nil, 1) // a length of 64 bits follows the type
	header = binary.BigEndian.AppendUint64(append(header, "free"...), uint64(size-info.Size()))
	_, err = f.Write(header)
	if err := errors.Join(err, f.Close(), os.Truncate(path, size)); err != nil {
		b.Fatal(err)
	}
}
