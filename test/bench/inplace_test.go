package bench

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

const (
	// linkRate is what the link to the S3 server lets through, in bytes a second.
	linkRate = 50_000_000
	// inPlaceMiB is the size of the input, unless the environment variable says another.
	inPlaceMiB     = 2048
	inPlaceMiBName = "REELASTIC_BENCH_MIB"
)

// BenchmarkInPlace is a large input on S3 behind a slow link, read while it arrives, against
// one that is fetched first, and against the same job on folders.
func BenchmarkInPlace(b *testing.B) {
	load(b)
	source := largeFilm(b)
	info, err := os.Stat(source)
	if err != nil {
		b.Fatal(err)
	}
	transfer := time.Duration(float64(info.Size()) / linkRate * float64(time.Second))
	begin := func(s *reelastictest.Server) (cost, time.Duration) {
		s.Put("in", "clip.mp4", source)
		var first time.Duration
		request := &api.CreateJobRequest{PipelineId: new(pipeline(b, s)), Input: &api.JobInput{Key: new("clip.mp4")},
			Output: &api.CreateJobOutput{Key: new("720p.mp4"), PresetId: new(mp4Preset)}}
		return runJob(b, s, request, "once/", func() { first = firstResult(b, s) }), first
	}
	throttle := func() *link { return &link{free: time.Now()} }
	local, _ := begin(reelastictest.Start(b, "--workers", "1"))
	fetched, late := begin(reelastictest.StartS3Behind(b, throttle().front, "--workers", "1", "--in-place-bytes", "0"))
	inPlace, early := begin(reelastictest.StartS3Behind(b, throttle().front, "--workers", "1"))
	longest := max(transfer, local.wall)
	b.Logf("input of %d MB: transfer %s, job on folders %s; fetched first %s, first frame after %s; in place %s, "+
		"first frame after %s", info.Size()/1_000_000, transfer, local, fetched, late, inPlace, early)
	results.below(b, "first frame of an input in place", early.Seconds(), 3, "s")
	results.below(b, "first frame, in place / fetched first", early.Seconds()/late.Seconds(), 1, "")
	results.below(b, "wall time, in place / longer of transfer and job on folders",
		inPlace.wall.Seconds()/longest.Seconds(), 1.05, "")
	results.below(b, "wall time, in place / fetched first", inPlace.wall.Seconds()/fetched.wall.Seconds(), 1, "")
}

// largeFilm makes a film of a size that the environment may name, of 60 Mb/s.
func largeFilm(b *testing.B) string {
	b.Helper()
	size := inPlaceMiB
	if text := os.Getenv(inPlaceMiBName); text != "" {
		var err error
		if size, err = strconv.Atoi(text); err != nil {
			b.Fatalf("%s: %v", inPlaceMiBName, err)
		}
	}
	const seconds, perSecond = 4, 7 // MiB
	dir := b.TempDir()
	for _, args := range [][]string{
		{"-f", "lavfi", "-i", fmt.Sprintf("testsrc2=size=1280x720:rate=30:duration=%d,noise=alls=40:allf=t", seconds),
			"-f", "lavfi", "-i", fmt.Sprintf("sine=sample_rate=48000:duration=%d", seconds), "-c:v", "libx264",
			"-preset", "ultrafast", "-b:v", "60M", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2", "part.mp4"},
		{"-stream_loop", strconv.Itoa(size/seconds/perSecond - 1), "-i", "part.mp4", "-c", "copy", "-movflags",
			"+faststart", "film.mp4"},
	} {
		cmd := exec.Command("ffmpeg", append([]string{"-nostdin", "-v", "error"}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("make the film: %v\n%s", err, out)
		}
	}
	return filepath.Join(dir, "film.mp4")
}

// firstResult is how long it takes until the encoder has written the begin of its result,
// which it does when it has the first frame.
func firstResult(b *testing.B, s *reelastictest.Server) time.Duration {
	b.Helper()
	began := time.Now()
	for tick := time.NewTicker(10 * time.Millisecond); ; <-tick.C {
		made, err := filepath.Glob(filepath.Join(s.Data, "scratch", "*", "*", ".steps", "*", "out", "*"))
		if err != nil {
			b.Fatal(err)
		}
		if len(made) > 0 {
			return time.Since(began)
		}
		if time.Since(began) > 10*time.Minute {
			b.Fatal("no result is begun")
		}
	}
}

// link lets answers through at a rate, all of them together.
type link struct {
	mu   sync.Mutex
	free time.Time
}

func (l *link) front(w http.ResponseWriter, r *http.Request, pass http.Handler) {
	pass.ServeHTTP(&held{w, l}, r)
}

// held is an answer that goes through a link.
type held struct {
	http.ResponseWriter
	link *link
}

// Write takes as long as the link needs for it.
func (h *held) Write(p []byte) (int, error) {
	h.link.mu.Lock()
	begin := h.link.free
	if now := time.Now(); begin.Before(now) {
		begin = now
	}
	h.link.free = begin.Add(time.Duration(float64(len(p)) / linkRate * float64(time.Second)))
	until := h.link.free
	h.link.mu.Unlock()
	time.Sleep(time.Until(until))
	return h.ResponseWriter.Write(p)
}
