package ffmpeg

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// synthetic are the arguments that read two seconds of moving pictures and a tone.
var synthetic = []string{"-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2", "-f", "lavfi", "-i", "sine=d=2"}

func encode(args ...string) plan.Step {
	return plan.Step{Name: "encode-1", Duration: 2 * time.Second,
		Args: append(append([]string{}, synthetic...), append([]string{"-c:v", "libx264", "-preset", "ultrafast"},
			args...)...)}
}

func TestRunReportsProgress(t *testing.T) {
	t.Parallel()
	r, dir := realRunner(t), t.TempDir()
	var seen []plan.Progress
	if err := r.Run(t.Context(), dir, encode("o1.mp4"), func(p plan.Progress) { seen = append(seen, p) }); err != nil {
		t.Fatal(err)
	}
	if len(seen) == 0 {
		t.Fatal("no progress")
	}
	for i := range seen[1:] {
		if seen[i+1].OutTime < seen[i].OutTime || seen[i+1].Frames < seen[i].Frames || seen[i].Done {
			t.Errorf("progress went from %+v to %+v", seen[i], seen[i+1])
		}
	}
	last := seen[len(seen)-1]
	if !last.Done || last.Frames != 50 || (last.OutTime-2*time.Second).Abs() > 50*time.Millisecond {
		t.Errorf("last progress %+v, want 50 frames in two seconds and Done", last)
	}
	got, err := r.Inspect(t.Context(), dir, plan.Output{File: "o1.mp4"})
	if err != nil {
		t.Fatal(err)
	}
	if got.VideoFrames != 50 || got.VideoDuration != 2*time.Second ||
		(got.AudioDuration()-2*time.Second).Abs() > 50*time.Millisecond {
		t.Errorf("inspection %+v", got)
	}
}

func TestInspectReadsSegments(t *testing.T) {
	t.Parallel()
	r, dir := realRunner(t), t.TempDir()
	step := encode("-g", "25", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "-hls_segment_filename",
		"o1_%05d.ts", "o1.m3u8")
	if err := r.Run(t.Context(), dir, step, nil); err != nil {
		t.Fatal(err)
	}
	out := plan.Output{File: "o1_%05d.ts", List: "o1.m3u8"}
	got, err := r.Inspect(t.Context(), dir, out)
	if err != nil {
		t.Fatal(err)
	}
	segments, err := filepath.Glob(filepath.Join(dir, "o1_*.ts"))
	if err != nil || len(segments) != 2 {
		t.Fatalf("segments %v, %v", segments, err)
	}
	var size int64
	for _, path := range segments {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if got.VideoFrames != 50 || (got.VideoDuration-2*time.Second).Abs() > time.Millisecond ||
		got.Probe.SizeBytes != size {
		t.Errorf("inspection %+v, want 50 frames in two seconds and %d bytes", got, size)
	}
	if err := os.Remove(segments[1]); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Inspect(t.Context(), dir, out); err == nil {
		t.Error("a list that names a missing segment was read without an error")
	}
}

func TestInspectReadsListsTogether(t *testing.T) {
	t.Parallel()
	r, dir := realRunner(t), t.TempDir()
	step := encode("-g", "25", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "-hls_segment_filename",
		"o1_%05d.ts", "o1.m3u8",
		"-vn", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "-hls_segment_filename", "o2_%05d.ts", "o2.m3u8",
		"-an", "-s", "160x90", "-c:v", "libx264", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0",
		"-hls_segment_filename", "o3_%05d.ts", "o3.m3u8")
	if err := r.Run(t.Context(), dir, step, nil); err != nil {
		t.Fatal(err)
	}
	outs := []plan.Output{{File: "o1_%05d.ts", List: "o1.m3u8"}, {File: "o2_%05d.ts", List: "o2.m3u8"},
		{File: "o3_%05d.ts", List: "o3.m3u8"}}
	together, err := r.InspectLists(t.Context(), dir, outs)
	if err != nil {
		t.Fatal(err)
	}
	for i, out := range outs {
		alone, err := r.Inspect(t.Context(), dir, out)
		if err != nil {
			t.Fatal(err)
		}
		ignored := cmp.FilterPath(func(p cmp.Path) bool {
			return slices.Contains([]string{"Index", "Start", "Duration", "BitRate", "Covered"}, p.Last().String()[1:])
		}, cmp.Ignore()) // of the whole playlist
		if diff := cmp.Diff(alone, together[i], ignored); diff != "" {
			t.Errorf("%s alone and together (-, +):\n%s", out.List, diff)
		}
	}
	if err := os.Remove(filepath.Join(dir, "o2_00001.ts")); err != nil {
		t.Fatal(err)
	}
	if _, err := r.InspectLists(t.Context(), dir, outs); err == nil {
		t.Error("lists of which one names a missing segment were read without an error")
	}
}

// runError is the error of a step that must fail.
func runError(t *testing.T, err error) *plan.RunError {
	t.Helper()
	failed, ok := errors.AsType[*plan.RunError](err)
	if !ok {
		t.Fatalf("error %v, want a RunError", err)
	}
	return failed
}

func TestRunClassifiesFailures(t *testing.T) {
	t.Parallel()
	r := realRunner(t)
	read := func(args ...string) plan.Step {
		return plan.Step{Name: "read", Args: append(append([]string{"-abort_on", "empty_output"}, plan.SafetyArgs()...),
			append([]string{"-i", "file:in0"}, args...)...)}
	}
	for name, tc := range map[string]struct {
		content   string
		step      plan.Step
		code      int // 0: ours
		alone     bool
		sayReason string
	}{
		"encoder that can't open": {"", encode("-profile:v", "nonsense", "o1.mp4"), 0, true, "opening encoder"},
		"no such encoder":         {"", encode("-c:a", "nonsense", "o1.mp4"), 0, true, "Unknown encoder"},
		"codec not in container":  {"", encode("-c:a", "libvorbis", "-f", "flv", "o1.flv"), 0, true, ""},
		"text":                    {"this is text", read("o1.mp4"), transcode.CodeBadInput, false, "Invalid data"},
		"nothing":                 {"", read("o1.mp4"), transcode.CodeBadInput, false, ""},
		"session description": {"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 " +
			"RTP/AVP 96\na=rtpmap:96 H264/90000\n", read("o1.mp4"), transcode.CodeBadInput, false, "not on whitelist"},
		"start after the end": {"", plan.Step{Name: "late", Args: append([]string{"-abort_on", "empty_output"},
			append(synthetic, "-ss", "10", "o1.mp4")...)}, transcode.CodeStartAfterEnd, true, "mpty"},
		"no such stream": {"", plan.Step{Name: "map", Args: append(synthetic[:4:4], "-map", "0:a:0",
			"o1.mp4")}, transcode.CodeMismatch, false, "matches no streams"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failed := runError(t, r.Run(t.Context(), folderWith(t, tc.content), tc.step, nil))
			code := 0
			if failed.Failure != nil {
				code = failed.Failure.Code
			}
			if code != tc.code || failed.RetryAlone != tc.alone || !strings.Contains(failed.Reason, tc.sayReason) {
				t.Errorf("code %d, alone %v, reason %q\n%s", code, failed.RetryAlone, failed.Reason,
					strings.Join(failed.Tail, "\n"))
			}
		})
	}
}

func TestRunTellsHowItEnded(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{Require, Off} {
		r := fakeRunner(t, Config{Sandbox: mode})
		for _, tc := range []struct {
			step   plan.Step
			code   int
			signal string
			reason string
		}{
			{fakeStep("exit", "69"), 69, "", "it said nothing"},
			{fakeStep("exit", "255"), 255, "", "it was stopped by a signal or by the limit on processor time"},
			{fakeStep("signal", "KILL"), -1, "killed", "it was killed, perhaps because memory ran out"},
			{fakeStep("signal", "XFSZ"), -1, "file size limit exceeded", "a file grew beyond the limit"},
			{fakeStep("quiet", ""), 0, "", "it stopped before its end"},
		} {
			failed := runError(t, r.Run(t.Context(), t.TempDir(), tc.step, nil))
			if failed.ExitCode != tc.code || failed.Signal != tc.signal || failed.Reason != tc.reason {
				t.Errorf("%s %v: %+v", mode, tc.step.Args, failed)
			}
			if damaged := failed.Failure != nil &&
				failed.Failure.Code == transcode.CodeDamagedInput; damaged != (tc.code == 69) {
				t.Errorf("%s %v: failure %v", mode, tc.step.Args, failed.Failure)
			}
		}
	}
}

// everySandbox is a runner of testdata/ffmpeg for each kind of sandbox.
func everySandbox(t *testing.T) map[string]*Runner {
	t.Helper()
	return map[string]*Runner{
		Bubblewrap:     confined(t, fakeRunner(t, Config{})),
		withNamespaces: inLandlock(t, fakeRunner(t, Config{Sandbox: Off}), true),
		Landlock:       inLandlock(t, fakeRunner(t, Config{Sandbox: Off}), false),
		NoSandbox:      fakeRunner(t, Config{Sandbox: Off}),
	}
}

// uniqueSeconds is an operand for sleep that nobody else uses.
var uniqueSeconds = func() func() string {
	var n atomic.Int64
	return func() string { return strconv.FormatInt(70000+int64(os.Getpid())*100+n.Add(1), 10) }
}()

func TestRunIsKilledWhole(t *testing.T) {
	t.Parallel()
	for kind, r := range everySandbox(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			mark, why := uniqueSeconds(), errors.New("the job was canceled")
			ctx, cancel := context.WithCancelCause(t.Context())
			err := r.Run(ctx, t.TempDir(), fakeStep("hang", mark), func(plan.Progress) {
				if alive := sleepers(t, mark); len(alive) == 0 {
					t.Error("no sleepers before the cancel")
				}
				cancel(why)
			})
			if !errors.Is(err, why) {
				t.Fatalf("error %v, want the cause", err)
			}
			waitUntilGone(t, mark)
		})
	}
}

// parentOf is the environment variable that makes TestChildrenDieWithUs the
// parent that dies: kind of sandbox and mark.
const parentOf = "REELASTIC_TEST_PARENT_OF"

func TestChildrenDieWithUs(t *testing.T) {
	if order := os.Getenv(parentOf); order != "" {
		kind, mark, _ := strings.Cut(order, "|")
		_ = everySandbox(t)[kind].Run(t.Context(), t.TempDir(), fakeStep("hang", mark),
			func(plan.Progress) { fmt.Println("up") })
		return
	}
	t.Parallel()
	// Without a sandbox only the child itself follows, not what it has started.
	for _, kind := range []string{Bubblewrap, withNamespaces} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			mark := uniqueSeconds()
			parent := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChildrenDieWithUs$")
			parent.Env = append(os.Environ(), parentOf+"="+kind+"|"+mark)
			out, err := parent.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := parent.Start(); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(out).ReadString('\n'); line != "up\n" {
				t.Fatalf("the parent said %q, %v", line, err)
			}
			if err := parent.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = parent.Wait() // it was killed
			waitUntilGone(t, mark)
		})
	}
}

// waitUntilGone waits for the kernel to bury killed processes.
func waitUntilGone(t *testing.T, mark string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); len(sleepers(t, mark)) > 0; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("processes %v survived", sleepers(t, mark))
		}
	}
}

// sleepers lists the living processes that run sleep with that operand.
func sleepers(t *testing.T, operand string) (pids []string) {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if b, err := os.ReadFile(path); err == nil && string(b) == "sleep\x00"+operand+"\x00" {
			pids = append(pids, filepath.Base(filepath.Dir(path)))
		}
	}
	return pids
}

func TestRunEndsAStall(t *testing.T) {
	t.Parallel()
	r := fakeRunner(t, Config{Limits: Limits{StallTimeout: 200 * time.Millisecond}})
	failed := runError(t, r.Run(t.Context(), t.TempDir(), fakeStep("hang", "66666"), nil))
	if failed.Reason != "it made no progress for 200ms" || failed.Failure != nil || failed.RetryAlone {
		t.Errorf("%+v", failed)
	}
}

func TestRunEndsWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	r := fakeRunner(t, Config{Limits: Limits{WallBase: 300 * time.Millisecond, CPUSeconds: 60}})
	failed := runError(t, r.Run(t.Context(), t.TempDir(), fakeStep("hang", "66667"), nil))
	if failed.Reason != "it took longer than 300ms" || failed.Failure != nil {
		t.Errorf("%+v", failed)
	}
}

func TestRunSurvivesAFlood(t *testing.T) {
	t.Parallel()
	r := fakeRunner(t, Config{})
	failed := runError(t, r.Run(t.Context(), t.TempDir(), fakeStep("flood", ""), nil))
	if failed.Reason != "the last word in0" {
		t.Errorf("reason %q", failed.Reason)
	}
	if len(failed.Tail) != tailLines {
		t.Errorf("%d lines were kept", len(failed.Tail))
	}
	for _, line := range failed.Tail {
		if len(line) > lineBytes {
			t.Errorf("a line of %d bytes was kept", len(line))
		}
	}
}

func TestRunOnAFullDisk(t *testing.T) {
	t.Parallel()
	r, dir := realRunner(t), t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("no right to mount a small file system: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	failed := runError(t, r.Run(t.Context(), dir, encode("-b:v", "4M", "o1.ts"), nil))
	if failed.Reason != "no space is left on the disk" || failed.RetryAlone || failed.Failure != nil {
		t.Errorf("%+v", failed)
	}
}

func TestRunLimitsTheFileSize(t *testing.T) {
	t.Parallel()
	need(t, "ffmpeg", "ffprobe", "prlimit")
	r, dir := tested(Config{Limits: Limits{FileSizeBytes: 50_000}}), t.TempDir()
	failed := runError(t, r.Run(t.Context(), dir, encode("-b:v", "4M", "o1.ts"), nil))
	if failed.Failure != nil {
		t.Errorf("%+v", failed)
	}
	if info, err := os.Stat(filepath.Join(dir, "o1.ts")); err == nil {
		t.Errorf("a result of %d bytes was taken", info.Size())
	}
}

func TestRunLimitsMemoryAndProcessorTime(t *testing.T) {
	t.Parallel()
	need(t, "ffmpeg", "ffprobe", "prlimit")
	for name, tc := range map[string]struct {
		limits  Limits
		args    []string
		reasons []string // what lacks memory first differs
	}{
		"memory": {Limits{MemoryBytes: 96 << 20}, []string{"-f", "lavfi", "-i", "color=s=4000x3000:d=4", "-c:v",
			"libx264", "o1.mp4"},
			[]string{"Error while opening encoder", "it ran out of memory"}},
		"time": {Limits{CPUSeconds: 1}, []string{"-f", "lavfi", "-i", "testsrc2=s=1280x720:d=1000", "-f", "null", "-"},
			[]string{"it was stopped by a signal or by the limit on processor time"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tested(Config{Limits: tc.limits})
			failed := runError(t, r.Run(t.Context(), t.TempDir(), plan.Step{Name: name, Args: tc.args}, nil))
			if failed.Failure != nil || !slices.ContainsFunc(tc.reasons,
				func(r string) bool { return strings.Contains(failed.Reason, r) }) {
				t.Errorf("%+v", failed)
			}
		})
	}
}

func TestErrorsNameNoPlaces(t *testing.T) {
	t.Parallel()
	r, dir := realRunner(t), t.TempDir()
	for _, step := range []plan.Step{
		{Name: "a", Args: []string{"-i", dir + "/missing", "o1.mp4"}},
		{Name: "b", Args: append(append([]string{}, synthetic...), dir+"/no/such/folder/o1.mp4")},
	} {
		failed := runError(t, r.Run(t.Context(), dir, step, nil))
		if all := failed.Error() + strings.Join(failed.Tail, "\n"); strings.Contains(all, dir) ||
			strings.Contains(all, filepath.Dir(dir)) {
			t.Errorf("a path shows in %q", all)
		}
	}
	_, err := tested(Config{FFmpeg: filepath.Join(dir, "ffmpeg")}).Caps(t.Context())
	if err == nil {
		t.Error("a missing program was found")
	}
}

func TestDetectionIsTriedAgain(t *testing.T) {
	t.Parallel()
	r := fakeRunner(t, Config{})
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Caps(canceled); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	caps, err := r.Caps(t.Context())
	if err != nil || caps.Version != "fake" {
		t.Fatalf("caps %+v, %v", caps, err)
	}
}

func TestCaps(t *testing.T) {
	t.Parallel()
	caps, err := realRunner(t).Caps(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, set := range map[string]map[string]bool{
		"libx264": caps.Encoders, "aac": caps.Encoders, "h264": caps.Decoders, "amr_nb": caps.Decoders,
		"mov": caps.Demuxers,
		"mp4": caps.Muxers, "mpegts": caps.Muxers, "scale": caps.Filters, "anull": caps.Filters,
	} {
		if !set[name] {
			t.Errorf("%s is missing", name)
		}
	}
	if caps.Encoders["="] || caps.Filters["="] || caps.Muxers["="] || caps.Encoders["Video"] {
		t.Error("the legend was read as names")
	}
	if caps.Version == "" || strings.ContainsAny(caps.Version, " \n") {
		t.Errorf("version %q", caps.Version)
	}
	// Debian's builds are of releases.
	if text := caps.Release.String(); strings.Contains(caps.Version, "+deb") && !strings.HasPrefix(caps.Version,
		text+".") {
		t.Errorf("version %q is taken for release %s", caps.Version, text)
	}
	if why := caps.Refusal(); why != "" {
		t.Error(why)
	}
}

func TestReleases(t *testing.T) {
	t.Parallel()
	const text = "ffmpeg version %s Copyright (c) 2000-2026 the FFmpeg developers\nbuilt with gcc\nlibavutil      " +
		"57. 28.100 / 57. 28.100\nlibavcodec     %s / 1.  2.3\n"
	for _, c := range []struct{ version, library, want string }{
		{"4.4.2-0ubuntu0.22.04.1", "58.134.100", "4.0"},
		{"5.0.1", "59. 18.100", "5.0"},
		{"5.1.9-0+deb12u1", "59. 37.100", "5.1"},
		{"n6.1", "60. 31.102", "6.1"},
		{"7.0.2-static", "61.  3.100", "7.0"},
		{"N-113224-g0123456789", "61. 19.101", "7.1"},
		{"2026-01-05-git-0123456789-full_build", "62. 23.100", "8.0"},
		{"9.0.2-4", "63.  1.102", "9.0"},
	} {
		version, release := parseVersion(fmt.Sprintf(text, c.version, c.library))
		if version != c.version || release.String() != c.want {
			t.Errorf("%s is %s, %s, want %s", c.version, version, release, c.want)
		}
	}
	if version, release := parseVersion("ffmpeg version fake Copyright"); version != "fake" ||
		release != (media.Release{}) {
		t.Errorf("a version without libraries is %s, %s", version, release)
	}
}
