package joboptions

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// mostMemory is what the server may take, whatever its jobs bring.
const mostMemory = 250 << 20

// TestCaptionsDoNotAmplify has a caption file of 15 MiB that is shown all the time, beside a
// clip of two minutes in segments of a second: 1.8 GB of captions in WebVTT.
func TestCaptionsDoNotAmplify(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.PutClip(t, "clip.mp4", reelastictest.Clip{Width: 64, Height: 48, Rate: 5, Seconds: 120})
	line := strings.Repeat("word ", 2000) + "\n"
	b.PutText("in", "all.srt", "1\n00:00:00,000 --> 00:02:00,000\n"+strings.Repeat(line, 15<<20/len(line))+"\n")
	preset := b.preset(t, func(p *api.CreatePresetRequest) {
		p.Container, p.Video.FixedGOP, p.Video.FrameRate = new("ts"), new("true"), new("10")
		p.Video.KeyframesMaxDist = new("10")
	})
	job := b.do(t, []api.JobInput{{Key: new("clip.mp4"), InputCaptions: &api.InputCaptions{
		MergePolicy: new("Override"), CaptionSources: []api.CaptionSource{captionsIn("en", "all.srt")}}}},
		api.CreateJobOutput{Key: new("hls"), PresetId: &preset, SegmentDuration: new("1"),
			Captions: captionsOut("webvtt")})
	reelastictest.WantFailed(t, job.Outputs[0], "4101", "65536 bytes of text at the same time")
	if left := b.Objects("out"); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	if peak := peakMemory(t, b.PID()); peak > mostMemory {
		t.Errorf("the server has taken %d MiB", peak>>20)
	}
}

// peakMemory is the most that a process has had in memory, in bytes (proc(5), VmHWM).
func peakMemory(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(status), "VmHWM:")
	var kilobytes int64
	if _, err := fmt.Sscan(text, &kilobytes); err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}
