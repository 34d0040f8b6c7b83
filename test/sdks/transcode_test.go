package sdks

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// source is 105 frames: three whole GOPs of the small preset and a half.
var source = reelastictest.Clip{Width: 640, Height: 360, Rate: 30, Seconds: 3.5}

// made are the objects of the job that TestTranscode submits.
var made = []string{
	"made/hls-400k.m3u8", "made/hls-400k00000.ts", "made/hls-400k00001.ts",
	"made/hls-600k.m3u8", "made/hls-600k00000.ts", "made/hls-600k00001.ts",
	"made/master.m3u8", "made/movie.mp4",
	"made/thumb-160x120-00001.jpg", "made/thumb-160x120-00002.jpg", "made/thumb-160x120-00003.jpg",
	"made/thumb-160x120-00004.jpg",
}

// TestTranscode makes an MP4 with thumbnails and an HLS ladder through every
// client, and looks at everything that came out.
func TestTranscode(t *testing.T) {
	t.Parallel()
	clip := source.Make(t)
	eachClient(t, func(t *testing.T, k kind) {
		server := reelastictest.Start(t, "--workers", "1")
		server.Put("in", "clip.mp4", clip)
		server.Bucket("out")
		s := &session{t, k, k.open(t, of(server))}
		job := s.transcode()
		s.wantFigures(job, server)
		if got := slices.Sorted(maps.Keys(server.Objects("out"))); !slices.Equal(got, made) {
			t.Fatalf("objects (-want +got):\n%s", cmp.Diff(made, got))
		}
		out := filepath.Join(server.Bucket("out"), "made")
		checkMovie(t, filepath.Join(out, "movie.mp4"))
		checkThumbnails(t, out)
		checkRung(t, out, "hls-400k", 400, 226)
		checkRung(t, out, "hls-600k", 480, 270)
		checkMaster(t, out)
	})
}

// transcode submits the job, waits for it and returns it as the client reads it.
func (s *session) transcode() object {
	s.Helper()
	pipeline := s.call("CreatePipeline", 201, object{"Name": "films", "InputBucket": "in", "OutputBucket": "out",
		"Role": reelastictest.Role})
	preset := s.call("CreatePreset", 201, presetRequest())
	params := object{"PipelineId": pipeline["Pipeline"].(object)["Id"], "OutputKeyPrefix": "made/",
		"Outputs": []object{
			{"Key": "movie.mp4", "PresetId": preset["Preset"].(object)["Id"],
				"ThumbnailPattern": "thumb-{resolution}-{count}"},
			{"Key": "hls-600k", "PresetId": systemHLS6, "SegmentDuration": "2"},
			{"Key": "hls-400k", "PresetId": systemHLS4, "SegmentDuration": "2"},
		},
		"Playlists": []object{{"Name": "master", "Format": "HLSv3", "OutputKeys": []string{"hls-600k", "hls-400k"}}}}
	if s.old {
		params["Input"] = object{"Key": "clip.mp4"}
	} else {
		params["Inputs"] = []object{{"Key": "clip.mp4"}}
	}
	id := object{"Id": s.call("CreateJob", 201, params)["Job"].(object)["Id"]}
	ended := func() bool {
		status := s.call("ReadJob", 200, id)["Job"].(object)["Status"]
		return status != "Submitted" && status != "Progressing"
	}
	// The command line's waiter asks every 30 s, so it comes when the job is done.
	if !s.waits || s.name == "aws" {
		reelastictest.Poll(s.T, reelastictest.JobsWithin, "the job has not ended", ended)
	}
	if s.waits {
		if a := s.ask(s.T, request{"wait", "JobComplete", id}); a.Error != nil {
			s.Errorf("waiter JobComplete: %+v", *a.Error)
		}
	}
	return s.call("ReadJob", 200, id)["Job"].(object)
}

// wantFigures checks what the job says about itself against the objects.
func (s *session) wantFigures(job object, server *reelastictest.Server) {
	s.Helper()
	sizes := server.Objects("out")
	segmented := func(key string) int64 { return sizes["made/"+key+"00000.ts"] + sizes["made/"+key+"00001.ts"] }
	want := []figures{
		{"1", "movie.mp4", "Complete", 4, 3500, 320, 240, "30", sizes["made/movie.mp4"]},
		{"2", "hls-600k", "Complete", 4, 3500, 480, 270, "30", segmented("hls-600k")},
		{"3", "hls-400k", "Complete", 4, 3500, 400, 226, "30", segmented("hls-400k")},
	}
	var got []figures
	for _, o := range job["Outputs"].([]any) {
		got = append(got, figuresOf(o.(object)))
		if detail := o.(object)["StatusDetail"]; detail != nil {
			s.Errorf("StatusDetail of a complete output: %v", detail)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("outputs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(job["Outputs"].([]any)[0], job["Output"]); diff != "" {
		s.Errorf("Output is not the first of Outputs (-first +Output):\n%s", diff)
	}
	s.want("playlist", job["Playlists"].([]any)[0].(object),
		`{"Name": "master", "Format": "HLSv3", "OutputKeys": ["hls-600k", "hls-400k"],
		"HlsContentProtection": null, "PlayReadyDrm": null, "Status": "Complete", "StatusDetail": null}`)
	clip, err := os.Stat(filepath.Join(server.Bucket("in"), "clip.mp4"))
	if err != nil {
		s.Fatal(err)
	}
	s.want("DetectedProperties", job["Input"].(object)["DetectedProperties"].(object),
		`{"Width": 640, "Height": 360, "FrameRate": "30", "FileSize": %d, "DurationMillis": 3500}`, clip.Size())
	timing := job["Timing"].(object)
	submitted, started, finished := timing["SubmitTimeMillis"].(float64), timing["StartTimeMillis"].(float64),
		timing["FinishTimeMillis"].(float64)
	if job["Status"] != "Complete" || submitted > started || started > finished {
		s.Errorf("status %v, timing %v", job["Status"], timing)
	}
}

// figures are what an output says about its result.
type figures struct {
	ID, Key, Status                 string
	Duration, Millis, Width, Height int64
	Rate                            string
	FileSize                        int64
}

func figuresOf(o object) figures {
	text := func(name string) string { s, _ := o[name].(string); return s }
	whole := func(name string) int64 { n, _ := o[name].(float64); return int64(n) }
	return figures{text("Id"), text("Key"), text("Status"), whole("Duration"), whole("DurationMillis"),
		whole("Width"), whole("Height"), text("FrameRate"), whole("FileSize")}
}

// checkStreams checks the picture and the sound that every output of the job has.
func checkStreams(t *testing.T, path, profile string, width, height, sampleRate int) reelastictest.Stream {
	t.Helper()
	m := reelastictest.Probe(t, path)
	v, a := m.Only(t, "video"), m.Only(t, "audio")
	if v.Codec != "h264" || v.Profile != profile || v.Width != width || v.Height != height || v.SAR != "1:1" ||
		v.Rate != "30/1" {
		t.Errorf("%s: video %+v, want h264 %s %dx%d, 30/1", path, v, profile, width, height)
	}
	frames := int(source.Seconds * float64(source.Rate))
	if v.Packets != frames || math.Abs(v.Seconds()-source.Seconds) > 0.001 {
		t.Errorf("%s: %d frames in %.3f s, want %d in %.3f s", path, v.Packets, v.Seconds(), frames, source.Seconds)
	}
	if a.Codec != "aac" || a.Profile != "LC" || a.SampleRate != sampleRate || a.Channels != 2 {
		t.Errorf("%s: audio %+v, want aac LC stereo, %d Hz", path, a, sampleRate)
	}
	if off := math.Abs(a.Seconds() - v.Seconds()); off > 0.1 {
		t.Errorf("%s: video lasts %.3f s, audio %.3f s", path, v.Seconds(), a.Seconds())
	}
	reelastictest.Decode(t, path)
	return v
}

func checkMovie(t *testing.T, path string) {
	t.Helper()
	v := checkStreams(t, path, "Main", 320, 240, 44100)
	wantKeyframes(t, path, v, 0, 1, 2, 3)
}

func wantKeyframes(t *testing.T, path string, v reelastictest.Stream, want ...float64) {
	t.Helper()
	if !slices.EqualFunc(v.Keyframes, want, func(a, b float64) bool { return math.Abs(a-b) < 0.001 }) {
		t.Errorf("%s: keyframes at %v s, want %v s", path, v.Keyframes, want)
	}
}

// checkThumbnails expects one picture a second: the movie's, bars included,
// in 160x120.
func checkThumbnails(t *testing.T, dir string) {
	t.Helper()
	for n := 1; n <= 4; n++ {
		path := filepath.Join(dir, fmt.Sprintf("thumb-160x120-%05d.jpg", n))
		p := reelastictest.Probe(t, path).Only(t, "video")
		if p.Codec != "mjpeg" || p.Width != 160 || p.Height != 120 {
			t.Errorf("%s: %s %dx%d, want mjpeg 160x120", path, p.Codec, p.Width, p.Height)
		}
		reelastictest.Decode(t, path)
	}
}

// checkRung checks a rendition of the ladder and its media playlist. The preset's
// GOP of 90 frames gives way to a keyframe at each segment's beginning.
func checkRung(t *testing.T, dir, key string, width, height int) {
	t.Helper()
	path := filepath.Join(dir, key+".m3u8")
	v := checkStreams(t, path, "Constrained Baseline", width, height, 44100)
	wantKeyframes(t, path, v, 0, 2)
	wantText(t, path, `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-ALLOW-CACHE:YES
#EXT-X-TARGETDURATION:2
#EXTINF:2.000000,
`+key+`00000.ts
#EXTINF:1.500000,
`+key+`00001.ts
#EXT-X-ENDLIST
`)
}

// checkMaster checks the master playlist. The bandwidth is the highest rate of
// a segment, up to the next thousand (RFC 8216 section 4.1; both last between
// half and one and a half of the target duration).
func checkMaster(t *testing.T, dir string) {
	t.Helper()
	want := "#EXTM3U\n"
	for _, rung := range []struct{ key, size string }{{"hls-600k", "480x270"}, {"hls-400k", "400x226"}} {
		first, second := size(t, dir, rung.key+"00000.ts"), size(t, dir, rung.key+"00001.ts")
		rate := math.Ceil(max(first*8/2, second*8/1.5)/1000) * 1000
		want += fmt.Sprintf(
			"#EXT-X-STREAM-INF:PROGRAM-ID=1,RESOLUTION=%s,CODECS=\"avc1.42001e,mp4a.40.2\",BANDWIDTH=%.0f\n%s.m3u8\n",
			rung.size, rate, rung.key)
	}
	wantText(t, filepath.Join(dir, "master.m3u8"), want)
}

// size is a file's size in bytes.
func size(t *testing.T, dir, name string) float64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return float64(info.Size())
}

func wantText(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
