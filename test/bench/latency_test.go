package bench

import (
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// shortJobs is how many jobs are submitted, each when the one before has ended.
const shortJobs = 120

// audioPreset is "Audio AAC - 128k".
const audioPreset = "1351620000001-100130"

// BenchmarkLatency is the time from sending CreateJob to the start of the job's
// first process, the probe, and of its encoding, on an idle server. The kernel
// tells when the files of ffprobe and ffmpeg are opened to run them, so that all
// of the sandbox's cost is within.
func BenchmarkLatency(b *testing.B) {
	load(b)
	tools := copyTools(b)
	watched := watch(b, filepath.Join(tools, "ffprobe"), filepath.Join(tools, "ffmpeg"))
	s := reelastictest.Start(b, "--workers", "1", "--ffmpeg", filepath.Join(tools, "ffmpeg"))
	s.Put("in", "clip.mp4", reelastictest.Clip{Width: 64, Height: 64, Rate: 10, Seconds: 1}.Make(b))
	c, id := newClient(s, 1), pipeline(b, s)

	var toProbe, toEncode []time.Duration
	for n := range shortJobs + 1 {
		began := time.Now()
		job := c.submit(b, &api.CreateJobRequest{PipelineId: &id, Input: &api.JobInput{Key: new("clip.mp4")},
			Output: &api.CreateJobOutput{Key: new(strconv.Itoa(n) + ".m4a"), PresetId: new(audioPreset)}})
		c.await(b, job, 20*time.Millisecond)
		probe, encode := starts(b, watched)
		if n == 0 { // finds out, once, what ffmpeg can do
			results.note(b, "first job after a start, to its probe", number(milliseconds(probe.from.Sub(began)), "ms"))
			continue
		}
		toProbe = append(toProbe, probe.from.Sub(began))
		toEncode = append(toEncode, encode.from.Sub(began)-probe.to.Sub(probe.from))
	}
	results.below(b, "submit to probe, p50", milliseconds(quantile(toProbe, 0.50)), 50, "ms")
	results.below(b, "submit to probe, p99", milliseconds(quantile(toProbe, 0.99)), 50, "ms")
	results.below(b, "submit to encode without the probe, p50", milliseconds(quantile(toEncode, 0.50)), 200, "ms")
	results.below(b, "submit to encode without the probe, p99", milliseconds(quantile(toEncode, 0.99)), 200, "ms")
}

// copyTools copies ffmpeg and ffprobe into a folder of the benchmark's own, so
// that nobody else on the machine runs them.
func copyTools(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	for _, name := range []string{"ffmpeg", "ffprobe"} {
		path, err := exec.LookPath(name)
		if err != nil {
			reelastictest.Missing(b, err.Error())
		}
		program, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), program, 0o755)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// use is one opening or closing of a watched file.
type use struct {
	file   int // index among the watched
	closed bool
	at     time.Time
}

// watch tells when files are opened and closed, from any mount namespace.
func watch(b *testing.B, files ...string) <-chan use {
	b.Helper()
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK)
	if err != nil {
		b.Fatal(err)
	}
	index := map[int32]int{}
	for i, file := range files {
		wd, err := syscall.InotifyAddWatch(fd, file, syscall.IN_OPEN|syscall.IN_CLOSE_NOWRITE)
		if err != nil {
			b.Fatal(err)
		}
		index[int32(wd)] = i
	}
	notify := os.NewFile(uintptr(fd), "inotify")
	uses := make(chan use, 1024)
	go readUses(notify, index, uses)
	b.Cleanup(func() { notify.Close() })
	return uses
}

// readUses sends what the kernel tells until the file is closed.
func readUses(notify io.Reader, index map[int32]int, uses chan<- use) {
	defer close(uses)
	buffer := make([]byte, 1<<16)
	for {
		n, err := notify.Read(buffer)
		if err != nil {
			return
		}
		at := time.Now()
		for left := buffer[:n]; len(left) >= syscall.SizeofInotifyEvent; {
			wd := int32(binary.NativeEndian.Uint32(left))
			mask := binary.NativeEndian.Uint32(left[4:])
			name := binary.NativeEndian.Uint32(left[12:])
			uses <- use{index[wd], mask&syscall.IN_CLOSE_NOWRITE != 0, at}
			left = left[syscall.SizeofInotifyEvent+name:]
		}
	}
}

// span is one run of a program.
type span struct{ from, to time.Time }

// starts picks the probe and the encoding from what a job has run: the last
// ffmpeg, and the last ffprobe before it.
func starts(b *testing.B, uses <-chan use) (probe, encode span) {
	b.Helper()
	var runs [2]span
	for {
		select {
		case u := <-uses:
			switch {
			case u.closed:
				runs[u.file].to = u.at
			default:
				runs[u.file] = span{from: u.at}
			}
			if u.file == 1 && !u.closed {
				probe, encode = runs[0], runs[1]
			}
		default:
			if encode.from.IsZero() || probe.to.Before(probe.from) {
				b.Fatal("the job has not run ffprobe and ffmpeg")
			}
			return probe, encode
		}
	}
}
