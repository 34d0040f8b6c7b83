package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/ffmpeg"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
	"github.com/reelastic/reelastic/test/reelastictest"
)

const (
	// speed is the program's default encoder speed.
	speed  = "veryfast"
	rounds = 3
	// pairs is how often a ladder and a short job are measured beside their commands.
	pairs = 5
	// clipSeconds is the length of the ladder's source, 720p at 30 frames a second. What
	// a job costs beside its encode, above all three starts of ffprobe, does not grow
	// with it: about 1.5 s of processor time.
	clipSeconds = 60
)

// hlsPresets are the system presets HLS 2M, 1.5M, 1M, 600k and 400k.
var hlsPresets = []string{"1351620000001-200010", "1351620000001-200020", "1351620000001-200030",
	"1351620000001-200040", "1351620000001-200050"}

// mp4Preset is "Generic 720p".
const mp4Preset = "1351620000001-000010"

// cost is what a run took: time, processor time of all its processes, and the
// most memory that one of them had, in bytes, where that was measured.
type cost struct {
	wall, cpu time.Duration
	peak      int64
}

func (c cost) String() string {
	return fmt.Sprintf("%.2f s (CPU %.2f s)", c.wall.Seconds(), c.cpu.Seconds())
}

// BenchmarkLadder is five HLS renditions with a master playlist, and then with a 720p MP4 and
// thumbnails too, each as one job, in turns with two ways of doing it by hand: the plain
// command that splits the pictures of one decode, and the job's own command without sandbox,
// limits, checks and publishing. At the end it is done with one ffmpeg for each output,
// one after the other.
func BenchmarkLadder(b *testing.B) {
	load(b)
	adoptOrphans(b)
	source := makeClip(b, clipSeconds)
	s, id := serve(b, source)
	for _, v := range []struct {
		name      string
		mp4       bool
		wall, cpu float64 // of the plain command's, at most
	}{{"HLS", false, 0.73, 0.77}, {"HLS, MP4, thumbnails", true, 0.78, 0.80}} {
		request := ladder(id, v.mp4)
		p := planned(b, request, source)
		if len(p.Steps) != 1 {
			b.Fatalf("the ladder takes %d runs of ffmpeg, not one", len(p.Steps))
		}
		own := p.Steps[0].Args
		var wall, cpu, ownWall, ownCPU []float64
		var job cost
		for round := range pairs {
			plain := byHand(b, source, plainSplit(v.mp4))
			job = runJob(b, s, request, fmt.Sprintf("%t%d/", v.mp4, round), func() {})
			same := byHand(b, source, own)
			b.Logf("%s, round %d: job %s, plain command %s, its own command %s", v.name, round+1, job, plain, same)
			wall = append(wall, job.wall.Seconds()/plain.wall.Seconds())
			cpu = append(cpu, job.cpu.Seconds()/plain.cpu.Seconds())
			ownWall = append(ownWall, job.wall.Seconds()/same.wall.Seconds())
			ownCPU = append(ownCPU, job.cpu.Seconds()/same.cpu.Seconds())
		}
		each := byHand(b, source, plainSingle(v.mp4)...)
		b.Logf("%s: one ffmpeg for each output %s", v.name, each)
		results.below(b, v.name+": CPU time, job / plain split command", median(cpu), v.cpu, "")
		results.below(b, v.name+": wall time, job / plain split command", median(wall), v.wall, "")
		results.below(b, v.name+": wall time, last job / one ffmpeg per output",
			job.wall.Seconds()/each.wall.Seconds(), 0.40, "")
		results.below(b, v.name+": CPU time, job / its own command by hand", median(ownCPU), 1.03, "")
		results.below(b, v.name+": wall time, job / its own command by hand", median(ownWall), 1.05, "")
	}
}

// shortCommand is what somebody who knows ffmpeg writes for mp4Preset.
var shortCommand = append([]string{"-y", "-i", "in0", "-vf", plainRate}, strings.Fields(plainMP4)...)

// BenchmarkShort is a clip of five seconds to one MP4: what a job costs beside the encoding.
func BenchmarkShort(b *testing.B) {
	load(b)
	adoptOrphans(b)
	source := makeClip(b, 5)
	s, id := serve(b, source)
	request := &api.CreateJobRequest{PipelineId: &id, Input: &api.JobInput{Key: new("clip.mp4")},
		Output: &api.CreateJobOutput{Key: new("720p.mp4"), PresetId: new(mp4Preset)}}
	var wall, cpu []time.Duration
	for round := range pairs {
		hand := byHand(b, source, shortCommand)
		job := runJob(b, s, request, fmt.Sprintf("short%d/", round), func() {})
		b.Logf("round %d: job %s, command %s", round+1, job, hand)
		wall = append(wall, job.wall-hand.wall)
		cpu = append(cpu, job.cpu-hand.cpu)
	}
	results.below(b, "wall time, job less the bare command", milliseconds(median(wall)), 250, "ms")
	results.below(b, "CPU time, job less the bare command", milliseconds(median(cpu)), 250, "ms")
}

// serve starts a server that is warm, with a source as "clip.mp4" and a pipeline, whose id
// it returns.
func serve(b *testing.B, source string) (s *reelastictest.Server, pipelineID string) {
	b.Helper()
	s = reelastictest.Start(b, "--workers", "1", "--speed", speed)
	s.Put("in", "clip.mp4", source)
	pipelineID = pipeline(b, s)
	warmUp(b, s, pipelineID)
	return s, pipelineID
}

// warmUp runs a short job: the first one after a start finds out what ffmpeg can
// do, which BenchmarkLatency tells.
func warmUp(b *testing.B, s *reelastictest.Server, pipeline string) {
	b.Helper()
	c := newClient(s, 1)
	id := c.submit(b, &api.CreateJobRequest{PipelineId: &pipeline, Input: &api.JobInput{Key: new("clip.mp4")},
		Output: &api.CreateJobOutput{Key: new("warm-up.m4a"), PresetId: new(audioPreset)}})
	c.await(b, id, 200*time.Millisecond)
}

// ladder is the job, with the MP4 and thumbnails if asked for, without a prefix for its keys.
func ladder(pipeline string, mp4 bool) *api.CreateJobRequest {
	req := &api.CreateJobRequest{PipelineId: &pipeline, Input: &api.JobInput{Key: new("clip.mp4")}}
	var keys []string
	for i, preset := range hlsPresets {
		key := "hls" + strconv.Itoa(i+1)
		keys = append(keys, key)
		req.Outputs = append(req.Outputs, api.CreateJobOutput{Key: &key, PresetId: &preset, SegmentDuration: new("6")})
	}
	if mp4 {
		req.Outputs = append(req.Outputs, api.CreateJobOutput{Key: new("720p.mp4"), PresetId: new(mp4Preset),
			ThumbnailPattern: new("thumb-{count}")})
	}
	req.Playlists = []api.CreateJobPlaylist{{Name: new("master"), Format: new("HLSv3"), OutputKeys: keys}}
	return req
}

// makeClip encodes a source with motion and grain, of a length in seconds.
func makeClip(b *testing.B, seconds int) string {
	b.Helper()
	reelastictest.Need(b, "", "ffmpeg", "-version")
	path := filepath.Join(b.TempDir(), "clip.mp4")
	out, err := exec.Command("ffmpeg", "-nostdin", "-v", "error",
		"-f", "lavfi", "-i", fmt.Sprintf("testsrc2=size=1280x720:rate=30:duration=%d,noise=alls=8:allf=t", seconds),
		"-f", "lavfi", "-i", fmt.Sprintf("sine=frequency=440:sample_rate=48000:duration=%d", seconds),
		"-c:v", "libx264", "-preset", "superfast", "-crf", "20", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2",
		path).CombinedOutput()
	if err != nil {
		b.Fatalf("make the clip: %v\n%s", err, out)
	}
	return path
}

// planned is the plan that the server will make for the request.
func planned(b *testing.B, request *api.CreateJobRequest, source string) *plan.Plan {
	b.Helper()
	presets := map[string]*api.Preset{}
	for _, id := range transcode.PresetIDs(request) {
		presets[id], _ = transcode.SystemPreset(id)
	}
	draft, err := transcode.NewJob(request, &api.Pipeline{Id: request.PipelineId}, presets, "plan",
		reelastictest.Region, "000000000000")
	if err != nil {
		b.Fatal(err)
	}
	runner := ffmpeg.New(ffmpeg.Config{Sandbox: ffmpeg.Off})
	caps, err := runner.Caps(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	probe, err := runner.Probe(b.Context(), filepath.Dir(source), filepath.Base(source), media.Hint{})
	if err != nil {
		b.Fatal(err)
	}
	p, err := plan.New(plan.Request{Job: draft.Spec, Probes: []media.Probe{probe}, Caps: caps,
		Threads: runtime.NumCPU(), Speed: speed})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// byHand runs ffmpeg with each list of arguments, one after the other, in a
// folder that has the source as in0.
func byHand(b *testing.B, source string, commands ...[]string) cost {
	b.Helper()
	dir := b.TempDir()
	defer os.RemoveAll(dir) // now, not when the benchmark ends: the ladder is large
	return byHandInto(b, dir, source, commands...)
}

// byHandInto is byHand in a folder that is kept.
func byHandInto(b *testing.B, dir, source string, commands ...[]string) cost {
	b.Helper()
	if err := os.Link(source, filepath.Join(dir, "in0")); err != nil {
		b.Fatal(err)
	}
	var total cost
	for _, args := range commands {
		cmd := exec.Command("ffmpeg", append([]string{"-hide_banner", "-nostdin", "-nostats", "-loglevel", "error"},
			args...)...)
		cmd.Dir = dir
		began := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("ffmpeg by hand: %v\n%s", err, out)
		}
		total.wall += time.Since(began)
		total.cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		if used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			total.peak = max(total.peak, used.Maxrss<<10)
		}
	}
	return total
}

// runJob does the job on the server. Its time is the job's own, from submission
// to finish; its processor time is that of the server and of all processes that
// it has started. The given function looks at it while it runs.
func runJob(b *testing.B, s *reelastictest.Server, request *api.CreateJobRequest, prefix string, look func()) cost {
	b.Helper()
	req := *request
	req.OutputKeyPrefix = &prefix
	c := newClient(s, 1)
	reapOrphans(b, s.PID())
	before := processorTime(b, s.PID())
	id := c.submit(b, &req)
	look()
	job := c.await(b, id, time.Second)
	took := *job.Timing.FinishTimeMillis - *job.Timing.SubmitTimeMillis
	return cost{wall: time.Duration(took) * time.Millisecond,
		cpu: processorTime(b, s.PID()) - before + reapOrphans(b, s.PID())}
}

// adoptOrphans makes this process the parent of descendants whose parents do not
// wait for them: bubblewrap leaves its inner process, and the time of all that
// ran in the sandbox with it.
func adoptOrphans(b *testing.B) {
	b.Helper()
	const setChildSubreaper = 36 // prctl(2)
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0); errno != 0 {
		b.Fatal(errno)
	}
}

// reapOrphans waits for this process's dead children, all but the server, and
// returns the processor time of them and of those that they waited for.
func reapOrphans(b *testing.B, server int) time.Duration {
	b.Helper()
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well-formed
	var total time.Duration
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // somebody else's, and gone
		}
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:])) // state, parent, ...
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))                           // a number by the pattern
		if fields[0] != "Z" || fields[1] != strconv.Itoa(os.Getpid()) || pid == server {
			continue
		}
		var used syscall.Rusage
		if _, err := syscall.Wait4(pid, nil, 0, &used); err != nil {
			b.Fatal(err)
		}
		total += time.Duration(used.Utime.Nano() + used.Stime.Nano())
	}
	return total
}

// processorTime is what a process and the children that it has waited for used,
// to a hundredth of a second: utime, stime, cutime and cstime of proc(5).
func processorTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	const utime, afterName = 14, 3 // numbers of fields
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var ticks int64
	for _, field := range fields[utime-afterName : utime-afterName+4] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100 // USER_HZ
}
