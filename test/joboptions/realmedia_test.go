package joboptions

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"math"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// hinted are real files and the container hints that fit them.
var hinted = []struct{ hint, file string }{
	{"3gp", "video/sample-mpeg4-amr.3gp"}, {"asf", "video/robot-wmv2-wmav2.wmv"}, {"avi", "video/sample-mpeg4-mp3.avi"},
	{"divx", "video/sample-mpeg4-mp3.avi"}, {"flv", "video/sample-h264-aac.flv"}, {"mkv", "video/sample-h264-aac.mkv"},
	{"mov", "video/sample-prores422.mov"}, {"mp4", "video/flower-540p-h264-aac.mp4"},
	{"mpeg", "video/weird-sar-mpeg1.mpg"},
	{"mpeg-ps", "video/weird-sar-mpeg1.mpg"}, {"vob", "video/weird-sar-mpeg1.mpg"},
	{"mpeg-ts", "video/segment-h264-aac.ts"},
	{"ts", "video/segment-h264-aac.ts"}, {"mxf", "video/lego-mpeg2-720x576.mxf"},
	{"webm", "video/flower-540p-vp8-vorbis.webm"},
	{"wav", "audio/hello-mono-44k.wav"}, {"ogg", "audio/bear.ogg"}, {"mp3", "audio/viper-41s.mp3"},
	{"m4a", "audio/sample.m4a"},
	{"auto", "video/kitchen-rot180-vfr.mp4"}, {"aac", ""}, // made here
}

// TestHints reads real files with the container hint that fits them, and with one
// that does not; without REELASTIC_SOAK, every fourth of them.
func TestHints(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.PutMade(t, "made.aac", "-f", "lavfi", "-i", "sine=d=2", "-c:a", "aac", "-f", "adts")
	preset := b.preset(t, nil)
	for i, h := range hinted {
		if !reelastictest.Soak && i%4 != 0 {
			continue
		}
		t.Run(h.hint, func(t *testing.T) {
			key, output := "made.aac", preset
			if h.file != "" {
				key = h.file
				b.Put("in", key, reelastictest.SampleMedia(t, h.file))
			}
			if !strings.HasPrefix(key, "video/") {
				output = reelastictest.MP3At128k
			}
			input := api.JobInput{Key: &key, Container: &h.hint, TimeSpan: &api.TimeSpan{Duration: new("0.5")}}
			reelastictest.WantComplete(t,
				b.do(t, []api.JobInput{input}, api.CreateJobOutput{Key: new("hint/" + h.hint),
					PresetId: &output}).Outputs[0], "")
			if h.hint == "auto" {
				return
			}
			input.Container = new(map[bool]string{true: "mxf", false: "flv"}[h.hint == "flv"])
			reelastictest.WantFailed(t,
				b.do(t, []api.JobInput{input}, api.CreateJobOutput{Key: new("wrong/" + h.hint),
					PresetId: &output}).Outputs[0], "4000", "could not interpret the media file")
		})
	}
}

// TestOverrides: what a job says of its input outweighs what is found in it.
func TestOverrides(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Put("in", "square.mkv", reelastictest.SampleMedia(t, "video/sample-h264-aac.mkv")) // 320x240, 24 frames a second
	b.Put("in", "fields.mkv", reelastictest.SampleMedia(t, "video/interlaced-480i-tff-mpeg2-ac3.mkv"))
	preset := b.preset(t, func(p *api.CreatePresetRequest) {
		v := p.Video
		v.FrameRate = new("auto")
		v.MaxFrameRate = new("60")
		v.MaxWidth = new("854")
		v.MaxHeight = new("480")
		v.SizingPolicy = new("ShrinkToFit")
		v.PaddingPolicy = new("NoPad")
	})
	output := func(key string) api.CreateJobOutput { return api.CreateJobOutput{Key: &key, PresetId: &preset} }
	second := &api.TimeSpan{Duration: new("1")}
	job := b.do(t,
		[]api.JobInput{{Key: new("square.mkv"), AspectRatio: new("16:9"), FrameRate: new("29.97"), TimeSpan: second}},
		output("wide.mp4"))
	reelastictest.WantComplete(t, job.Outputs[0], "")
	if o := job.Outputs[0]; *o.Width != 426 || *o.Height != 240 || *o.FrameRate != "29.97" {
		t.Errorf("%dx%d at %s, want 426x240 at 29.97", *o.Width, *o.Height, *o.FrameRate)
	}
	for hint, combed := range map[string]bool{"auto": false, "true": false, "false": true} {
		job = b.do(t, []api.JobInput{{Key: new("fields.mkv"), Interlaced: &hint, TimeSpan: second}},
			output("fields-"+hint+".mp4"))
		reelastictest.WantComplete(t, job.Outputs[0], "")
		if got := b.combed(t, "fields-"+hint+".mp4"); got != combed {
			t.Errorf("Interlaced %s: fields side by side: %t, want %t", hint, got, combed)
		}
	}
}

// combed reports whether most moving pictures of an output show two moments.
func (b *bench) combed(t *testing.T, key string) bool {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-nostdin", "-i", b.Output(key), "-vf", "idet", "-an",
		"-f", "null", "-").CombinedOutput()
	if err != nil {
		t.Fatalf("idet: %v", err)
	}
	// ffmpeg 7 and later set filters up twice, and the first ones count nothing.
	lines := strings.Split(string(out), "Multi frame detection:")
	line := lines[len(lines)-1]
	var top, bottom, progressive int
	if _, err := fmt.Sscanf(line, " TFF: %d BFF: %d Progressive: %d", &top, &bottom, &progressive); err != nil {
		t.Fatalf("idet: %v in %q", err, line)
	}
	return top+bottom > progressive
}

// frames are the pictures of a file as 32x18 gray ones, and their times from the file's first one on.
func frames(t *testing.T, file string) (pictures [][]byte, times []float64) {
	t.Helper()
	const size = 32 * 18
	small := func(format string) string {
		return reelastictest.Command(t, "ffmpeg", "-nostdin", "-v", "error", "-i", file, "-map", "0:v:0",
			"-fps_mode", "passthrough", "-vf", "scale=32:18:flags=area", "-c:v", "rawvideo", "-pix_fmt", "gray",
			"-f", format, "-")
	}
	raw := small("rawvideo")
	for i := 0; i+size <= len(raw); i += size {
		pictures = append(pictures, []byte(raw[i:i+size]))
	}
	var num, den float64
	for line := range strings.Lines(small("framecrc")) {
		if _, err := fmt.Sscanf(line, "#tb 0: %g/%g", &num, &den); err == nil || strings.HasPrefix(line, "#") {
			continue
		}
		var dts, pts float64
		if _, err := fmt.Sscanf(line, "0, %g, %g,", &dts, &pts); err != nil {
			t.Fatalf("framecrc: %v in %q", err, line)
		}
		times = append(times, pts*num/den)
	}
	if len(times) != len(pictures) {
		t.Fatalf("%d pictures have %d times", len(pictures), len(times))
	}
	return pictures, times
}

// distance is the mean difference of two pictures.
func distance(a, b []byte) float64 {
	sum := 0.0
	for i := range a {
		sum += math.Abs(float64(a[i]) - float64(b[i]))
	}
	return sum / float64(len(a))
}

// TestRealClips cuts a piece out of real films of all containers (without
// REELASTIC_SOAK, of three). It begins with the film's first picture in the clip's
// time and ends with the last one, or with its neighbour where the length is no
// whole number of pictures.
func TestRealClips(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	preset := b.preset(t, func(p *api.CreatePresetRequest) {
		v := p.Video
		v.FrameRate = new("auto")
		v.MaxFrameRate = new("60")
		v.SizingPolicy = new("Stretch")
		v.PaddingPolicy = new("NoPad")
		v.BitRate = new("4000")
	})
	const start, length = 0.3, 0.4
	for i, file := range []string{"flower-540p-h264-aac.mp4", "flower-540p-vp8-vorbis.webm", "sample-h264-aac.mkv",
		"segment-h264-aac.ts", "weird-sar-mpeg1.mpg",
		"sample-mpeg4-mp3.avi", "lego-mpeg2-720x576.mxf", "robot-wmv2-wmav2.wmv", "hevc-bframes-480p.mp4",
		"sample-h264-aac.flv", "sample-mpeg4-amr.3gp", "sample-flv1-mp3.flv", "sample-prores422.mov"} {
		if !reelastictest.Soak && i%4 != 3 {
			continue
		}
		t.Run(file, func(t *testing.T) {
			b.Put("in", file, reelastictest.SampleMedia(t, "video/"+file))
			job := b.do(t,
				[]api.JobInput{{Key: &file, TimeSpan: &api.TimeSpan{StartTime: new(fmt.Sprint(start)),
					Duration: new(fmt.Sprint(length))}}},
				api.CreateJobOutput{Key: new(file + ".mp4"), PresetId: &preset})
			reelastictest.WantComplete(t, job.Outputs[0], "")
			film, times := frames(t, reelastictest.SampleMedia(t, "video/"+file))
			clip, _ := frames(t, b.Output(file+".mp4"))
			first := slices.IndexFunc(times, func(at float64) bool { return at > start-0.0005 })
			count := slices.IndexFunc(times, func(at float64) bool { return at > start+length-0.0005 }) - first
			if len(clip) < count-1 || len(clip) > count+1 {
				t.Fatalf("%d pictures, want %d", len(clip), count)
			}
			if at := nearest(film, first, clip[0]); at != first {
				t.Errorf("the first picture is picture %d of the film, want %d", at, first)
			}
			for _, last := range []int{first + count - 1, first + len(clip) - 1} {
				if at := nearest(film, last, clip[len(clip)-1]); at < last-1 || at > last+1 {
					t.Errorf("the last picture is picture %d of the film, want %d", at, last)
				}
			}
		})
	}
}

// nearest is which picture of a film one looks most like: a picture, or one of the
// five before and behind that is clearly nearer.
func nearest(film [][]byte, at int, picture []byte) int {
	best, least := at, distance(film[at], picture)-0.05
	for i := max(0, at-5); i < min(len(film), at+6); i++ {
		if d := distance(film[i], picture); d < least {
			best, least = i, d
		}
	}
	return best
}

// TestWatermarkPlaces lays a white and a black rectangle over a real film in each
// corner. Where the two results differ it is, to the pixel.
func TestWatermarkPlaces(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Put("in", "film.mp4", reelastictest.SampleMedia(t, "video/flower-540p-h264-aac.mp4"))
	b.Put("in", "white.png", picture(t, 64, 32, color.White))
	b.Put("in", "black.png", picture(t, 64, 32, color.Black))
	places := []struct {
		id, horizontal, vertical, right, down string
		want                                  image.Rectangle // in 854x480
	}{
		{"a", "Left", "Top", "10%", "20px", image.Rect(85, 20, 285, 120)},
		{"b", "Right", "Top", "0px", "5%", image.Rect(654, 24, 854, 124)},
		{"c", "Right", "Bottom", "30px", "0%", image.Rect(624, 380, 824, 480)},
		{"d", "Center", "Center", "0%", "0%", image.Rect(327, 190, 527, 290)},
	}
	preset := b.preset(t, func(p *api.CreatePresetRequest) {
		v := p.Video
		v.MaxWidth, v.MaxHeight, v.BitRate, v.Watermarks = new("854"), new("480"), new("6000"), nil
		for _, place := range places {
			v.Watermarks = append(v.Watermarks, api.PresetWatermark{Id: new(place.id), MaxWidth: new("25%"),
				MaxHeight: new("100px"), SizingPolicy: new("Fit"),
				HorizontalAlign: new(place.horizontal), VerticalAlign: new(place.vertical),
				HorizontalOffset: new(place.right), VerticalOffset: new(place.down),
				Opacity: new("100"), Target: new("Frame")})
		}
	})
	var outputs []api.CreateJobOutput
	for _, place := range places {
		for _, shade := range []string{"white", "black"} {
			outputs = append(outputs, api.CreateJobOutput{Key: new(place.id + shade + ".mp4"), PresetId: &preset,
				Watermarks: []api.JobWatermark{{PresetWatermarkId: new(place.id), InputKey: new(shade + ".png")}}})
		}
	}
	for _, o := range b.do(t, []api.JobInput{{Key: new("film.mp4"), TimeSpan: &api.TimeSpan{Duration: new("1")}}},
		outputs...).Outputs {
		reelastictest.WantComplete(t, o, "")
	}
	for _, place := range places {
		got := differ(b.luma(t, place.id+"white.mp4", "0.5"), b.luma(t, place.id+"black.mp4", "0.5"))
		for side, off := range map[string]int{"left": got.Min.X - place.want.Min.X, "top": got.Min.Y - place.want.Min.Y,
			"right": got.Max.X - place.want.Max.X, "bottom": got.Max.Y - place.want.Max.Y} {
			if off < -1 || off > 1 {
				t.Errorf("%s %s: the graphic is at %v, want %v: the %s side is off", place.horizontal, place.vertical,
					got, place.want, side)
			}
		}
	}
}

// differ is where two pictures are far apart.
func differ(a, b *image.Gray) (where image.Rectangle) {
	for y := range a.Rect.Dy() {
		for x := range a.Rect.Dx() {
			if d := int(a.GrayAt(x, y).Y) - int(b.GrayAt(x, y).Y); d > 110 || d < -110 {
				where = where.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return where
}

// TestArtBytes: artwork that is kept is the input's to the byte, and new artwork
// goes before, after or in its place.
func TestArtBytes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Put("in", "song.mp3", reelastictest.SampleMedia(t, "audio/bear-with-cover.mp3"))
	b.Put("in", "bare.wav", reelastictest.SampleMedia(t, "audio/hello-mono-44k.wav"))
	b.Put("in", "london.jpg", reelastictest.SampleMedia(t, "images/london.jpg"))
	cover := artOf(t, reelastictest.SampleMedia(t, "audio/bear-with-cover.mp3"))
	if len(cover) != 1 {
		t.Fatalf("the song has %d pictures", len(cover))
	}
	london := api.Artwork{InputKey: new("london.jpg"), MaxWidth: new("300"), MaxHeight: new("200"),
		SizingPolicy: new("Fit"), PaddingPolicy: new("NoPad"), AlbumArtFormat: new("png")}
	const kept, made = "kept", "new"
	for _, c := range []struct {
		input, policy string
		artwork       []api.Artwork
		want          []string
	}{
		{"song.mp3", "Append", nil, []string{kept}}, {"song.mp3", "Prepend", []api.Artwork{london},
			[]string{made, kept}},
		{"song.mp3", "Append", []api.Artwork{london}, []string{kept, made}},
		{"song.mp3", "Replace", []api.Artwork{london}, []string{made}},
		{"song.mp3", "Replace", nil, nil}, {"song.mp3", "Fallback", []api.Artwork{london}, []string{kept}},
		{"bare.wav", "Fallback", []api.Artwork{london}, []string{made}},
	} {
		t.Run(fmt.Sprint(c.policy, len(c.artwork), c.input), func(t *testing.T) {
			key := fmt.Sprintf("%s-%d-%s.mp3", c.policy, len(c.artwork), c.input)
			art := &api.JobAlbumArt{MergePolicy: &c.policy, Artwork: append([]api.Artwork{}, c.artwork...)}
			reelastictest.WantComplete(t,
				b.do(t, []api.JobInput{{Key: &c.input}},
					api.CreateJobOutput{Key: &key, PresetId: new(reelastictest.MP3At128k), AlbumArt: art}).Outputs[0],
				"")
			var got []string
			for _, a := range artOf(t, b.Output(key)) {
				if sha256.Sum256(a) == sha256.Sum256(cover[0]) {
					got = append(got, kept)
				} else if config, format, err := image.DecodeConfig(bytes.NewReader(a)); err != nil ||
					format != "png" || config.Width > 300 || config.Height > 200 {
					t.Errorf("artwork is %s %dx%d, %v", format, config.Width, config.Height, err)
				} else {
					got = append(got, made)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("the artwork is %v, want %v", got, c.want)
			}
		})
	}
}

// artOf are the pictures in a file, byte by byte.
func artOf(t *testing.T, file string) (all [][]byte) {
	t.Helper()
	m := reelastictest.Probe(t, file)
	n := 0
	for _, s := range m.Streams {
		if s.Type == "video" {
			all = append(all,
				[]byte(reelastictest.Command(t, "ffmpeg", "-nostdin", "-v", "error", "-i", file,
					"-map", fmt.Sprintf("0:v:%d", n), "-c", "copy", "-f", "image2pipe", "-")))
			n++
		}
	}
	return all
}
