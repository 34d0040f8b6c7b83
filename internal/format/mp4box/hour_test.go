package mp4box

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// BenchmarkHour cuts and indexes an hour of frames at 25 frames a second, with a
// fragment each two seconds, made by joining one encoded minute sixty times.
func BenchmarkHour(b *testing.B) {
	const minute = "-nostdin -v error -f lavfi -i testsrc2=s=320x180:r=25:d=60 -c:v libx264 -preset ultrafast -g 50 " +
		"-keyint_min 50 -sc_threshold 0 minute.mp4"
	const hour = "-nostdin -v error -stream_loop 59 -i minute.mp4 -c copy -f mp4 -movflags " +
		"+dash+frag_keyframe+delay_moov+global_sidx hour.mp4"
	dir := made(b)
	for _, line := range []string{minute, hour} {
		run(b, dir, "ffmpeg", strings.Fields(line)...)
	}
	file, err := os.Open(filepath.Join(dir, "hour.mp4"))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	b.ReportAllocs()
	var held runtime.MemStats
	for b.Loop() {
		f, err := Read(file, info.Size())
		if err != nil {
			b.Fatal(err)
		}
		segments, err := f.Segments(4 * time.Second)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := f.Reindex(segments); err != nil || len(segments) != 900 {
			b.Fatalf("%d segments: %v", len(segments), err)
		}
		runtime.GC()
		runtime.ReadMemStats(&held)
		b.ReportMetric(float64(held.HeapInuse)/1e6, "MB-held")
		runtime.KeepAlive(segments)
	}
}
