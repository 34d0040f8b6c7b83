package players

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/analyser"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// systemLadder are the system presets HLS 400k, 600k, 1M, 1.5M and 2M: two of the profile
// baseline, of which one has a single reference frame, and three of main.
var systemLadder = []string{"200050", "200040", "200030", "200020", "200010"}

// everyChange is an order of renditions in which each is followed by each other one.
func everyChange(renditions int) (order []int) {
	left := make([][]int, renditions)
	for from := range left {
		for to := range renditions {
			if to != from {
				left[from] = append(left[from], to)
			}
		}
	}
	// Hierholzer's way through all changes.
	for stack := []int{0}; len(stack) > 0; {
		at := stack[len(stack)-1]
		if len(left[at]) == 0 {
			order, stack = append(order, at), stack[:len(stack)-1]
			continue
		}
		stack, left[at] = append(stack, left[at][0]), left[at][1:]
	}
	return order
}

// TestChanges goes from every rendition of the system presets' ladder to every other one in
// shaka-player, a segment of each, and finds no hole in what it has buffered, nor a
// picture or a block of sound that is missing or there twice in what it appended.
func TestChanges(t *testing.T) {
	browser := startBrowser(t)
	reelastictest.Need(t, "js", "ls", "node_modules/shaka-player")
	order := everyChange(len(systemLadder))
	if len(order) != len(systemLadder)*(len(systemLadder)-1)+1 {
		t.Fatalf("an order of %d", len(order))
	}
	const rate = 24 // with it, boundaries fall between blocks of sound in many ways
	b := newBench(t)
	film := filepath.Join(t.TempDir(), "long.mkv")
	reelastictest.Command(t, "ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi",
		"-i", fmt.Sprintf("testsrc2=s=192x108:r=%d:d=%d", rate, len(order)),
		"-f", "lavfi", "-i", fmt.Sprintf("sine=r=48000:d=%d", len(order)), "-c:v", "libx264", "-preset", "ultrafast",
		"-pix_fmt", "yuv420p", "-c:a", "pcm_s16le", film)
	b.Put("in", "long.mkv", film)
	for _, format := range []string{"HLSv3", "HLSv4"} {
		b.makeLadder(t, format)
	}
	b.origin.learn(t)
	studio := startStudio(t)
	for _, format := range []string{"HLSv3", "HLSv4"} {
		t.Run(format, func(t *testing.T) {
			to := "/appended/changes/" + format
			var r struct {
				Errors     []string
				Buffered   [][2]float64
				Renditions int
			}
			browser.page(t, studio.URL+"/page/play.html", call(t, "change", map[string]any{
				"url": b.origin.URL + "/" + format + "/ladder.m3u8", "order": order, "segmentSeconds": 1,
				"appendedTo": to}), &r)
			if len(r.Errors) > 0 || r.Renditions != len(systemLadder) {
				t.Errorf("%d renditions, errors %q", r.Renditions, r.Errors)
			}
			if len(r.Buffered) != 1 || r.Buffered[0][0] > 0.1 || math.Abs(r.Buffered[0][1]-float64(len(order))) > 0.1 {
				t.Errorf("buffered %v, want one range to %d", r.Buffered, len(order))
			}
			checkAppended(t, studio.taken(to), rate*len(order), rate)
		})
	}
}

// makeLadder makes the playlist of the system presets in a format, of segments of a second.
func (b *bench) makeLadder(t *testing.T, format string) {
	t.Helper()
	job := &api.CreateJobRequest{OutputKeyPrefix: new(format + "/"), Inputs: []api.JobInput{{Key: new("long.mkv")}}}
	listed := api.CreateJobPlaylist{Name: new("ladder"), Format: &format}
	for n, preset := range systemLadder {
		key := "rung" + strconv.Itoa(n)
		job.Outputs = append(job.Outputs, reelastictest.Output(key, "1351620000001-"+preset, "1"))
		listed.OutputKeys = append(listed.OutputKeys, key)
	}
	job.Playlists = []api.CreateJobPlaylist{listed}
	b.Complete(t, job)
}

// checkAppended finds each picture and each block of sound once, with none missing.
func checkAppended(t *testing.T, parts []part, count int, rate float64) {
	t.Helper()
	var pictures, sounds [][2]float64
	headers := map[string][]byte{} // of each buffer: what is appended to two of them comes in any order
	for _, p := range parts {
		if h := p.header(); len(h) > 0 {
			headers[p.kind] = h
		}
		shown, heard, err := analyser.Presented(headers[p.kind], p.bytes)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range shown {
			pictures = append(pictures, [2]float64{u[0] + p.offset, u[1] + p.offset})
		}
		for _, u := range heard {
			sounds = append(sounds, [2]float64{u[0] + p.offset, u[1] + p.offset})
		}
	}
	if len(pictures) != count {
		t.Errorf("%d pictures, want %d", len(pictures), count)
	}
	slices.SortFunc(pictures, func(a, b [2]float64) int { return int(math.Round((a[0] - b[0]) * 1e6)) })
	slices.SortFunc(sounds, func(a, b [2]float64) int { return int(math.Round((a[0] - b[0]) * 1e6)) })
	const same = 0.0001
	for n := 1; n < len(pictures); n++ {
		if hole := pictures[n][0] - pictures[n-1][0] - 1/rate; math.Abs(hole) > same {
			t.Errorf("a hole of %.3f ms in the pictures at %.3f", hole*1000, pictures[n][0])
		}
	}
	if len(sounds) < int(float64(count)/rate/0.025) {
		t.Errorf("%d blocks of sound", len(sounds))
	}
	for n := 1; n < len(sounds); n++ {
		if hole := sounds[n][0] - sounds[n-1][1]; math.Abs(hole) > same {
			t.Errorf("a hole of %.3f ms in the sound at %.3f", hole*1000, sounds[n][0])
		}
	}
}
