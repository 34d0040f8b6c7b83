package joboptions

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

func TestMain(m *testing.M) { reelastictest.Main(m) }

// bench runs jobs on inputs and presets of the test's own.
type bench struct{ *reelastictest.Fixture }

func newBench(t *testing.T, args ...string) *bench {
	t.Helper()
	return &bench{reelastictest.New(t, args...)}
}

// preset makes a copy of the 480p system preset with bars to 320x240, and changes.
func (b *bench) preset(t *testing.T, change func(*api.CreatePresetRequest)) string {
	t.Helper()
	return b.CopyPreset(t, reelastictest.Generic480p, func(req *api.CreatePresetRequest) {
		v := req.Video
		v.FrameRate, v.MaxWidth, v.MaxHeight = new("25"), new("320"), new("240")
		v.SizingPolicy, v.PaddingPolicy = new("Fit"), new("Pad")
		th := req.Thumbnails
		th.Interval, th.MaxWidth, th.MaxHeight = new("2"), v.MaxWidth, v.MaxHeight
		th.SizingPolicy, th.PaddingPolicy = v.SizingPolicy, v.PaddingPolicy
		if change != nil {
			change(req)
		}
	})
}

// flat is a source of one colour and a tone.
func flat(colour, size, rate string, seconds float64) []string {
	return []string{"-f", "lavfi", "-i", fmt.Sprintf("color=%s:s=%s:r=%s:d=%g", colour, size, rate, seconds),
		"-f", "lavfi", "-i", fmt.Sprintf("sine=d=%g", seconds), "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"}
}

// do submits a job and waits for its end, whichever that is.
func (b *bench) do(t *testing.T, inputs []api.JobInput, outputs ...api.CreateJobOutput) *api.Job {
	t.Helper()
	return b.Run(t, &api.CreateJobRequest{Inputs: inputs, Outputs: outputs})
}

// pixel is the brightness of a point of a picture, or of a film at a time.
func pixel(t *testing.T, file, at string, p image.Point) int {
	t.Helper()
	raw := reelastictest.Command(t, "ffmpeg", "-nostdin", "-v", "error", "-i", file, "-ss", at, "-frames:v", "1",
		"-vf", fmt.Sprintf("crop=2:2:%d:%d", p.X, p.Y), "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
	if raw == "" {
		t.Fatalf("%s has no picture at %s s", filepath.Base(file), at)
	}
	return int(raw[0])
}

func near(t *testing.T, what string, got, want int) {
	t.Helper()
	if got < want-6 || got > want+6 {
		t.Errorf("%s is %d, want %d", what, got, want)
	}
}

// TestStitchedJob joins a dark, a bright and a gray input of different sizes,
// rates and containers, the second one clipped, and lays a graphic over them.
func TestStitchedJob(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.PutMade(t, "dark.mp4", append(flat("black", "320x240", "25", 2), "-ac", "1")...)
	b.PutMade(t, "bright.mkv", append(flat("white", "426x240", "30000/1001", 6), "-ac", "2")...)
	b.PutMade(t, "gray.ts", append(flat("gray", "120x200", "12", 2), "-ac", "6")...)
	b.Put("in", "mark.png", picture(t, 20, 10, color.Gray{128}))
	place := func(p *api.CreatePresetRequest) {
		w := &p.Video.Watermarks[0]
		w.HorizontalOffset, w.VerticalOffset, w.MaxWidth, w.MaxHeight = new("4px"), new("4px"), new("100%"), new("100%")
	}
	watermark := []api.JobWatermark{{PresetWatermarkId: new("TopLeft"), InputKey: new("mark.png")}}
	film := b.preset(t, place)
	segments := b.preset(t, func(p *api.CreatePresetRequest) {
		place(p)
		p.Container = new("ts")
		p.Video.FixedGOP = new("true")
	})
	job := b.do(t, []api.JobInput{{Key: new("dark.mp4")},
		{Key: new("bright.mkv"), TimeSpan: &api.TimeSpan{StartTime: new("00:00:01.5"), Duration: new("2")}},
		{Key: new("gray.ts")}},
		api.CreateJobOutput{Key: new("film.mp4"), PresetId: &film, Watermarks: watermark,
			ThumbnailPattern: new("t-{count}")},
		api.CreateJobOutput{Key: new("hls"), PresetId: &segments, Watermarks: watermark, SegmentDuration: new("3")})
	for i, o := range job.Outputs {
		reelastictest.WantComplete(t, o, "")
		// The frames of the last input begin 23 ms after its audio and end 2.023 s after: there is one more.
		if o.DurationMillis == nil || *o.DurationMillis != 6040 || *o.Width != 320 || *o.Height != 240 {
			t.Errorf("output %d lasts %v ms at %vx%v", i, *o.DurationMillis, *o.Width, *o.Height)
		}
	}
	for i, want := range []int{320, 426, 120} {
		if d := job.Inputs[i].DetectedProperties; d == nil || d.Width == nil || *d.Width != want {
			t.Errorf("input %d was detected as %+v", i, d)
		}
	}
	middle := image.Pt(160, 120)
	for at, want := range map[string]int{"0.4": 16, "1.8": 16, "2.2": 235, "3.8": 235, "4.2": 126, "5.6": 126} {
		near(t, "the film at "+at+" s", pixel(t, b.Output("film.mp4"), at, middle), want)
		near(t, "the segments at "+at+" s", pixel(t, b.Output("hls.m3u8"), at, middle), want)
	}
	for n, want := range []int{16, 235, 126} {
		near(t, fmt.Sprint("thumbnail ", n+1), pixel(t, b.Output(fmt.Sprintf("t-%05d.png", n+1)), "0", middle), want)
	}
	// In the picture of each input, which begins at another place of the frame.
	for at, corner := range map[string]image.Point{"1": {0, 0}, "3": {0, 30}, "5": {88, 0}} {
		near(t, "the graphic at "+at+" s", pixel(t, b.Output("film.mp4"), at, corner.Add(image.Pt(10, 8))), 126)
		if at == "3" {
			near(t, "beside the graphic", pixel(t, b.Output("film.mp4"), at, corner.Add(image.Pt(40, 8))), 235)
		}
	}
}

// picture writes a PNG file of one colour.
func picture(t *testing.T, width, height int, c color.Color) string {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		img.Set(i%width, i/width, c)
	}
	path := filepath.Join(t.TempDir(), "picture.png")
	file, err := os.Create(path)
	if err == nil {
		err = errors.Join(png.Encode(file, img), file.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestClippedJob: a clip that is too long is Complete with a word about it, one
// that begins after the end is 4014, also where the file does not say how long it is.
func TestClippedJob(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.PutMade(t, "film.mp4", flat("white", "320x240", "25", 4)...)
	b.PutMade(t, "sound.mp3", "-f", "lavfi", "-i", "sine=d=4")
	preset := b.preset(t, nil)
	span := func(start, duration string) []api.JobInput {
		return []api.JobInput{{Key: new("film.mp4"), TimeSpan: &api.TimeSpan{StartTime: new(start),
			Duration: new(duration)}}}
	}
	job := b.do(t, span("3", "10"), api.CreateJobOutput{Key: new("long.mp4"), PresetId: &preset})
	reelastictest.WantComplete(t, job.Outputs[0],
		"The starting time plus the duration of a clip exceeded the length of the input file."+
			" Amazon Elastic Transcoder created an output file that is shorter than the specified duration.")
	if got := *job.Outputs[0].DurationMillis; got != 1000 {
		t.Errorf("it lasts %d ms", got)
	}
	composition := []api.Clip{{TimeSpan: &api.TimeSpan{StartTime: new("0.52"), Duration: new("1.2")}}}
	job = b.do(t, []api.JobInput{{Key: new("film.mp4")}}, api.CreateJobOutput{Key: new("composed.mp4"),
		PresetId: &preset, Composition: composition},
		api.CreateJobOutput{Key: new("whole.mp4"), PresetId: &preset})
	for i, want := range []int64{1200, 4000} {
		if reelastictest.WantComplete(t, job.Outputs[i], ""); *job.Outputs[i].DurationMillis != want {
			t.Errorf("%s lasts %d ms, want %d", *job.Outputs[i].Key, *job.Outputs[i].DurationMillis, want)
		}
	}
	before := b.Objects("out")
	reelastictest.WantFailed(t,
		b.do(t, span("4", "1"), api.CreateJobOutput{Key: new("late.mp4"), PresetId: &preset}).Outputs[0], "4014",
		"after the end")
	late := []api.JobInput{{Key: new("sound.mp3"), TimeSpan: &api.TimeSpan{StartTime: new("60")}}}
	reelastictest.WantFailed(t,
		b.do(t, late, api.CreateJobOutput{Key: new("late.mp3"), PresetId: new(reelastictest.MP3At128k)}).Outputs[0],
		"4014", "")
	if !maps.Equal(before, b.Objects("out")) {
		t.Errorf("failed jobs left objects: %v", b.Objects("out"))
	}
}

// TestRefusedInputs: inputs that can't be joined, and ones beyond the limits.
func TestRefusedInputs(t *testing.T) {
	t.Parallel()
	b := newBench(t, "--max-input-bytes", "2000000", "--max-input-pixels", "200000", "--max-input-streams", "4",
		"--max-input-duration", "30s")
	b.PutMade(t, "a.mp4", flat("white", "320x240", "25", 1)...)
	b.PutMade(t, "tall.mp4", flat("white", "200x400", "25", 1)...)
	b.PutMade(t, "silent.mp4", "-f", "lavfi", "-i", "color=s=320x240:d=1", "-c:v", "libx264")
	b.PutMade(t, "sound.mp3", "-f", "lavfi", "-i", "sine=d=1")
	b.PutMade(t, "wide.mp4", flat("white", "640x480", "25", 1)...)
	b.PutMade(t, "long.mp4", flat("white", "128x96", "2", 40)...)
	b.PutMade(t, "heavy.wav", "-f", "lavfi", "-i", "sine=d=25", "-c:a", "pcm_s24le", "-ac", "2")
	b.PutMade(t, "many.mkv", "-f", "lavfi", "-i", "sine=d=1", "-map", "0", "-map", "0", "-map", "0", "-map", "0",
		"-map", "0", "-c:a", "aac")
	unpadded := b.preset(t, func(p *api.CreatePresetRequest) { p.Video.PaddingPolicy = new("NoPad") })
	for _, c := range []struct {
		inputs     []string
		preset     string
		code, text string
	}{
		{[]string{"a.mp4", "tall.mp4"}, unpadded, "4023",
			"consistent resolution. One comes out as 320x240, another as 120x240."},
		{[]string{"a.mp4", "sound.mp3"}, unpadded, "4025", "Input #2"},
		{[]string{"a.mp4", "a.mp4", "silent.mp4"}, unpadded, "4026", "Input #3"},
		{[]string{"wide.mp4"}, unpadded, "4001", "307200 pixels; the limit is 200000"},
		{[]string{"a.mp4", "heavy.wav"}, unpadded, "4002", "the limit is 2000000"},
		{[]string{"long.mp4"}, unpadded, "4000", "the limit is 30s"},
		{[]string{"many.mkv"}, reelastictest.MP3At128k, "4000", "5 streams"},
		{[]string{"a.mp4", "missing.mp4"}, unpadded, "3001", "key=missing.mp4"},
	} {
		var inputs []api.JobInput
		for _, key := range c.inputs {
			inputs = append(inputs, api.JobInput{Key: new(key)})
		}
		job := b.do(t, inputs, api.CreateJobOutput{Key: new("out"), PresetId: new(c.preset), ThumbnailPattern: nil})
		reelastictest.WantFailed(t, job.Outputs[0], c.code, c.text)
	}
	if left := b.Objects("out"); len(left) > 0 {
		t.Errorf("failed jobs left objects: %v", slices.Collect(maps.Keys(left)))
	}
}

// TestGraphics: pictures that can't be used fail the outputs that use them, and
// album art comes out in its size.
func TestGraphics(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.PutMade(t, "film.mp4", flat("black", "320x240", "25", 1)...)
	b.PutMade(t, "sound.mp3", "-f", "lavfi", "-i", "sine=d=1")
	b.Put("in", "good.png", picture(t, 60, 30, color.NRGBA{255, 0, 0, 128}))
	b.Put("in", "huge.png", picture(t, 4097, 3072, color.White))
	whole, err := os.ReadFile(picture(t, 400, 400, color.White))
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.png")
	if err := os.WriteFile(cut, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	b.Put("in", "cut.png", cut)
	preset := b.preset(t, nil)
	film := func(key, graphic string) api.CreateJobOutput {
		return api.CreateJobOutput{Key: new(key), PresetId: &preset,
			Watermarks: []api.JobWatermark{{PresetWatermarkId: new("TopRight"), InputKey: new(graphic)}}}
	}
	job := b.do(t, []api.JobInput{{Key: new("film.mp4")}}, film("good.mp4", "good.png"), film("cut.mp4", "cut.png"),
		film("huge.mp4", "huge.png"), film("none.mp4", "none.png"))
	reelastictest.WantComplete(t, job.Outputs[0], "")
	reelastictest.WantFailed(t, job.Outputs[1], "4003", "key=cut.png")
	reelastictest.WantFailed(t, job.Outputs[2], "4004", "4097 x 3072")
	reelastictest.WantFailed(t, job.Outputs[3], "3001", "key=none.png")

	song := func(key, policy string, pictures ...string) api.CreateJobOutput {
		art := &api.JobAlbumArt{MergePolicy: new(policy), Artwork: []api.Artwork{}}
		for _, p := range pictures {
			art.Artwork = append(art.Artwork, api.Artwork{InputKey: new(p), MaxWidth: new("100"), MaxHeight: new("100"),
				SizingPolicy: new("Fit"), PaddingPolicy: new("Pad"), AlbumArtFormat: new("png")})
		}
		return api.CreateJobOutput{Key: new(key), PresetId: new(reelastictest.MP3At128k), AlbumArt: art}
	}
	job = b.do(t, []api.JobInput{{Key: new("sound.mp3")}}, song("good.mp3", "Replace", "good.png"),
		song("bare.mp3", "Append"),
		song("cut.mp3", "Append", "cut.png"), song("huge.mp3", "Prepend", "huge.png"))
	reelastictest.WantComplete(t, job.Outputs[0], "")
	reelastictest.WantComplete(t, job.Outputs[1], "")
	reelastictest.WantFailed(t, job.Outputs[2], "4010", "key=cut.png")
	reelastictest.WantFailed(t, job.Outputs[3], "4012", "4097 x 3072")
	cover := reelastictest.Probe(t, b.Output("good.mp3")).Only(t, "video")
	if cover.Codec != "png" || cover.Width != 100 || cover.Height != 100 {
		t.Errorf("the cover is %s %dx%d", cover.Codec, cover.Width, cover.Height)
	}
	near(t, "the ground of the cover", pixel(t, b.Output("good.mp3"), "0", image.Pt(50, 10)), 235)
	if _, ok := reelastictest.Probe(t, b.Output("bare.mp3")).First("video"); ok {
		t.Error("a song without artwork has a picture")
	}
	if got := b.Objects("out"); len(got) != 3 {
		t.Errorf("the objects are %v", slices.Sorted(maps.Keys(got)))
	}
}
