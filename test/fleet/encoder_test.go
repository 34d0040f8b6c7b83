package fleet_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
)

// length is how long every input, and so every output, is.
const length = 2 * time.Second

// encoder stands for ffmpeg in one node: it writes the files that a step is
// expected to write, when it is told to.
type encoder struct {
	wire *wire
	// cued makes every run wait for finish; others end after takes.
	cued  bool
	takes time.Duration
	// poison is a job whose run kills the process.
	poison string
	// runs knows the runs of all nodes.
	runs *runs

	// free is closed when cued runs need not wait any more.
	free chan struct{}

	mu   sync.Mutex
	cues map[string]chan struct{} // by job
}

func newEncoder(w *wire, r *runs) *encoder {
	return &encoder{wire: w, runs: r, cues: map[string]chan struct{}{}, free: make(chan struct{})}
}

func (e *encoder) cue(job string) chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cues[job] == nil {
		e.cues[job] = make(chan struct{}, 1)
	}
	return e.cues[job]
}

// finish ends the job's run, or the next one.
func (e *encoder) finish(job string) { e.cue(job) <- struct{}{} }

// release ends all runs, now and later.
func (e *encoder) release() { close(e.free) }

func (e *encoder) Ready(context.Context) error { return nil }

func (e *encoder) Caps(context.Context) (media.Caps, error) {
	return media.Caps{Version: "on cue", Encoders: map[string]bool{"libx264": true, "aac": true}}, nil
}

func (e *encoder) Probe(context.Context, string, string, media.Hint) (media.Probe, error) {
	return media.Probe{Demuxer: "mov", Score: 100, Duration: length, SizeBytes: 1000,
		Video: []media.VideoStream{{Codec: "h264", PixFmt: "yuv420p", Coded: media.Size{Width: 1280, Height: 720},
			SAR: media.NewRational(1, 1), FrameRate: media.NewRational(25, 1), Duration: length}},
		Audio: []media.AudioStream{{Index: 1, Codec: "aac", SampleRate: 44100, Channels: 2, Layout: "stereo",
			Duration: length}},
	}, nil
}

// Run encodes. The folder's name tells the job and the attempt.
func (e *encoder) Run(ctx context.Context, dir string, step plan.Step, progress func(plan.Progress)) error {
	job, attempt := splitLast(filepath.Base(dir))
	defer e.runs.begin(job, e.wire.node)()
	e.wire.journal.add(entry{Node: e.wire.node, What: "run", Job: job, Attempt: attempt})
	if job == e.poison {
		return syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	progress(plan.Progress{OutTime: length / 2, Speed: 1, Frames: 25})
	cue := make(<-chan struct{})
	var passed <-chan time.Time
	if e.cued {
		cue = e.cue(job)
	} else {
		passed = time.After(e.takes)
	}
	select {
	case <-cue:
	case <-e.free:
	case <-passed:
	case <-ctx.Done():
		return ctx.Err()
	}
	progress(plan.Progress{OutTime: length, Speed: 1, Frames: 50, Done: true})
	err := encode(dir, slices.Concat(step.Args, step.Within), fmt.Sprintf("%s/%d", job, attempt), attempt)
	e.wire.journal.add(entry{Node: e.wire.node, What: "ran", Job: job, Attempt: attempt, Err: err})
	return err
}

// encode writes the files that the arguments name; each says who made it. The
// first attempt cuts one segment more than later ones.
func encode(dir string, args []string, owner string, attempt int) error {
	write := func(name, text string) error {
		return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)
	}
	for i, arg := range args {
		switch {
		case strings.HasPrefix(arg, "["): // files that are written together, whose names follow
		case strings.HasSuffix(arg, ".mp4"):
			if err := write(arg, owner+" "+arg+"\n"); err != nil {
				return err
			}
		case strings.HasSuffix(arg, ".m3u8"):
			seconds := 2
			if attempt == 1 {
				seconds = 3
			}
			list := fmt.Sprintf("#EXTM3U\n#EXTINF:%d.0,\n%s\n", seconds, args[i-1])
			content, err := transportStream(seconds)
			if err != nil {
				return err
			}
			if err := write(args[i-1], content); err != nil {
				return err
			}
			if err := write(arg, list+"#EXT-X-ENDLIST\n"); err != nil {
				return err
			}
		}
	}
	return nil
}

var (
	streamsMu sync.Mutex
	streams   = map[int]string{}
)

// transportStream is a stream of so many seconds with a keyframe in each, as ffmpeg writes
// those of segmented outputs.
func transportStream(seconds int) (string, error) {
	streamsMu.Lock()
	defer streamsMu.Unlock()
	if ts, ok := streams[seconds]; ok {
		return ts, nil
	}
	cmd := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi",
		"-i", fmt.Sprintf("testsrc2=s=64x36:r=25:d=%d", seconds),
		"-f", "lavfi", "-i", fmt.Sprintf("sine=r=44100:d=%d", seconds), "-c:v", "libx264", "-preset", "ultrafast",
		"-pix_fmt", "yuv420p", "-g", "25",
		"-c:a", "aac", "-f", "mpegts", "-output_ts_offset", "10", "-muxdelay", "0", "-muxpreload", "0", "pipe:1")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("make a transport stream: %w", err)
	}
	streams[seconds] = string(out)
	return streams[seconds], nil
}

// Inspect finds what was planned.
func (e *encoder) Inspect(_ context.Context, _ string, out plan.Output) (media.Inspection, error) {
	var got media.Inspection
	if v := out.Video; v != nil {
		got.Probe.Video = []media.VideoStream{{Codec: "h264", Coded: v.Size, FrameRate: v.FrameRate,
			Space: "bt709", Primaries: "bt709", Transfer: "bt709", Range: "tv"}}
		got.VideoFrames, got.VideoDuration = int64(math.Round(length.Seconds()*v.FrameRate.Float())), length
	}
	if a := out.Audio; a != nil {
		got.Probe.Audio = []media.AudioStream{{Codec: "aac", SampleRate: a.SampleRate, Channels: a.Channels}}
		got.Audio = []media.Track{{Packets: 86, Duration: length, Covered: length}}
	}
	return got, nil
}

// InPlace is false: what is read is what was fetched.
func (e *encoder) InPlace(context.Context) bool { return false }

// Arrives is never called.
func (e *encoder) Arrives(string, string, *folder.Arriving) func() { return func() {} }

// GreyShare finds none.
func (e *encoder) GreyShare(context.Context, string, plan.Step) (float64, error) { return 0, nil }

// CEA finds nothing.
func (e *encoder) CEA(context.Context, string, string, media.Probe) ([]caption.Frame, error) {
	return nil, nil
}

// InspectLists finds what was planned.
func (e *encoder) InspectLists(ctx context.Context, dir string, outs []plan.Output) ([]media.Inspection, error) {
	found := make([]media.Inspection, len(outs))
	for i, out := range outs {
		found[i], _ = e.Inspect(ctx, dir, out)
	}
	return found, nil
}

// runs sees to it that no job is encoded twice at the same time.
type runs struct {
	mu      sync.Mutex
	live    map[string][]string // nodes, by job
	doubled []string
}

func newRuns() *runs { return &runs{live: map[string][]string{}} }

// begin notes a run; the result ends it.
func (r *runs) begin(job, node string) (end func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.live[job]) > 0 {
		r.doubled = append(r.doubled, fmt.Sprintf("job %s began on %s and still ran on %v", job, node, r.live[job]))
	}
	r.live[job] = append(r.live[job], node)
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		for i, n := range r.live[job] {
			if n == node {
				r.live[job] = append(r.live[job][:i], r.live[job][i+1:]...)
				return
			}
		}
	}
}

// running counts the runs of a job.
func (r *runs) running(job string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.live[job])
}

func (r *runs) twice() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.doubled
}

// sp// splitLast splits "<text>-<number>".
func splitLast(s string) (string, int) {
	i := strings.LastIndex(s, "-")
	n, _ := strconv.Atoi(s[i+1:])
	return s[:max(i, 0)], n
}
