package plan

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

func percent(n int64) transcode.Length { return transcode.Length{Part: media.NewRational(n, 100)} }
func px(n int) transcode.Length        { return transcode.Length{Pixels: n} }

// TestPlaced holds places to the arithmetic of the service (original.md 3.7).
func TestPlaced(t *testing.T) {
	t.Parallel()
	content := rectangle{0, 60, size(640, 360)} // letterboxed in 640x480
	frame := rectangle{0, 0, size(640, 480)}
	for name, c := range map[string]struct {
		mark   transcode.Watermark
		image  media.Size
		target rectangle
		want   rectangle
	}{
		"as in system presets": {transcode.Watermark{MaxWidth: percent(10), MaxHeight: percent(10),
			Policy:     transcode.ShrinkToFit,
			Horizontal: "Left", Vertical: "Top", X: percent(10), Y: percent(10)}, size(200, 100), content,
			rectangle{64, 96, size(64, 32)}},
		"never larger": {transcode.Watermark{MaxWidth: percent(100), MaxHeight: percent(100),
			Policy:     transcode.ShrinkToFit,
			Horizontal: "Right", Vertical: "Bottom", X: px(5), Y: px(7)}, size(41, 31), frame,
			rectangle{594, 442, size(41,
				31)}},
		"fit grows": {transcode.Watermark{MaxWidth: px(100), MaxHeight: px(300), Policy: transcode.Fit,
			Horizontal: "Center", Vertical: "Center"}, size(10, 20), frame, rectangle{270, 140, size(100, 200)}},
		"stretched": {transcode.Watermark{MaxWidth: percent(50), MaxHeight: px(16), Policy: transcode.Stretch,
			Horizontal: "Center", Vertical: "Bottom", Y: percent(0)}, size(10, 20), content,
			rectangle{160, 404, size(320, 16)}},
		"partly outside": {transcode.Watermark{MaxWidth: px(50), MaxHeight: px(50), Policy: transcode.Fit,
			Horizontal: "Left", Vertical: "Top", X: px(620), Y: px(0)}, size(10, 10), frame,
			rectangle{620, 0, size(50, 50)}},
	} {
		if got := placed(c.mark, c.image, c.target); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// imageFile writes a frame of one colour as g<n>.png.
func imageFile(t *testing.T, dir string, n int, s media.Size, c color.Color) Image {
	t.Helper()
	frame := image.NewNRGBA(image.Rect(0, 0, s.Width, s.Height))
	for i := range s.Width * s.Height {
		frame.Set(i%s.Width, i/s.Width, c)
	}
	file, err := os.Create(filepath.Join(dir, fmt.Sprintf("g%d.png", n)))
	if err == nil {
		err = png.Encode(file, frame)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return Image{Size: s}
}

// TestWatermarks looks at the pixels of video, thumbnails and a gif with images on
// them: full and half white on black, in the frame and in its bars, one over
// the other.
func TestWatermarks(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, "-f", "lavfi", "-i", "color=black:s=320x180:r=10:d=1", "-c:v", "libx264", "-f", "mp4")
	white := color.NRGBA{255, 255, 255, 255}
	images := []Image{imageFile(t, dir, 0, size(40, 40), white),
		imageFile(t, dir, 1, size(20, 20), color.NRGBA{255, 255, 255, 128})}
	place := func(n int, frame bool, x, y int, opacity int64) transcode.OutputWatermark {
		return transcode.OutputWatermark{Image: n,
			Watermark: transcode.Watermark{MaxWidth: percent(100), MaxHeight: percent(100),
				Policy: transcode.ShrinkToFit, Horizontal: "Left", Vertical: "Top", X: px(x), Y: px(y),
				Opacity: media.NewRational(opacity, 100), Frame: frame}}
	}
	marked := func(out transcode.OutputSpec) transcode.OutputSpec {
		out.Preset.Video.Sizing = transcode.Sizing{Max: size(320, 240), Policy: transcode.Fit, Pad: true} // bars of 30
		out.Watermarks = []transcode.OutputWatermark{place(0, true, 10, 5, 100), place(0, false, 100, 10, 50),
			place(1, false, 200, 10, 100)}
		out.ThumbnailPattern, out.Preset.Thumbnails = "t{count}", &transcode.ThumbnailSpec{Format: "png",
			Interval: time.Second, Sizing: out.Preset.Video.Sizing}
		return out
	}
	video, animation := marked(mp4Output(size(320, 240))), marked(mp4Output(size(320, 240)))
	animation.Preset.Container, animation.Preset.Audio = transcode.GIF, nil
	animation.Preset.Video.Codec, animation.Preset.Video.Loops = transcode.GIFV, -1
	req := Request{Job: job(auto, video, animation), Probes: []media.Probe{probe}, Images: images, Caps: testCaps,
		Threads: 2, Speed: "ultrafast"}
	req.Job.Images = make([]transcode.ImageSpec, 2)
	p, err := New(req)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Steps {
		call(t, dir, "ffmpeg", append([]string{"-nostdin", "-v", "error"}, s.Args...)...)
	}
	for _, file := range []string{"o1.mp4", "o2.gif", "t1_00001.png", "t2_00001.png"} {
		raw := call(t, dir, "ffmpeg", "-v", "error", "-i", file, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray",
			"-")
		for at, want := range map[image.Point]int{
			{30, 25}: 255, {12, 7}: 255, {48, 43}: 255, {4, 2}: 0, {60, 25}: 0, // in the bar, over its edge
			{120, 60}: 128, {102, 42}: 128, {137, 77}: 128, {95, 60}: 0, {120, 85}: 0, // half as strong
			{210, 50}: 128, {225, 65}: 0, // half transparent by itself
		} {
			if got := int(raw[at.Y*320+at.X]); got < want-6 || got > want+6 {
				t.Errorf("%s: %v is %d, want %d", file, at, got, want)
			}
		}
	}
}

// TestCovers gives audio files artwork of their own and of their source.
func TestCovers(t *testing.T) {
	t.Parallel()
	dir, _ := generate(t, "-f", "lavfi", "-i", "sine=d=3", "-f", "lavfi", "-i", "color=blue:s=64x64:r=1:d=1", "-map",
		"0",
		"-map", "1",
		"-c:v", "png", "-disposition:v:0", "attached_pic", "-c:a", "libmp3lame", "-f", "mp3")
	probe := probeFile(t, dir, "in0")
	if len(probe.Artwork) != 1 {
		t.Fatalf("the source has %d pictures", len(probe.Artwork))
	}
	images := []Image{imageFile(t, dir, 0, size(100, 50), color.NRGBA{255, 0, 0, 255})}
	art := func(policy string, pictures ...transcode.ArtworkSpec) transcode.AlbumArt {
		return transcode.AlbumArt{Policy: policy, Artwork: pictures}
	}
	square := transcode.ArtworkSpec{Format: "jpg",
		Sizing: transcode.Sizing{Max: size(200, 200), Policy: transcode.Fit, Pad: true}}
	small := transcode.ArtworkSpec{Format: "png",
		Sizing: transcode.Sizing{Max: size(50, 50), Policy: transcode.ShrinkToFit}}
	const source = "png 64x64"
	for _, c := range []struct {
		art  transcode.AlbumArt
		want []string
	}{
		{art("Replace", square, small), []string{"mjpeg 200x200", "png 50x26"}},
		{art("Prepend", square), []string{"mjpeg 200x200", source}},
		{art("Append", small), []string{source, "png 50x26"}},
		{art("Fallback", square), []string{source}},
		{art("Append"), []string{source}},
		{art(""), nil},
	} {
		var outputs []transcode.OutputSpec
		for container, codec := range map[transcode.Container]transcode.AudioCodec{
			transcode.MP3: transcode.MP3Audio, transcode.MP4: transcode.AAC, transcode.FLAC: transcode.FLACAudio} {
			outputs = append(outputs, transcode.OutputSpec{Rotate: -1, AlbumArt: c.art,
				Preset: transcode.PresetSpec{Container: container,
					Audio: &transcode.AudioSpec{Codec: codec, Channels: 2, SampleRate: 44100, Profile: "AAC-LC",
						BitDepth: 16,
						BitRate:  64}}})
		}
		in := auto
		in.Clip.Start = 1e9
		req := Request{Job: job(in, outputs...), Probes: []media.Probe{probe}, Images: images, Caps: testCaps,
			Threads: 1,
			Speed:   "ultrafast"}
		req.Job.Images = make([]transcode.ImageSpec, 1)
		p, err := New(req)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range p.Steps {
			call(t, dir, "ffmpeg", append([]string{"-nostdin", "-v", "error"}, s.Args...)...)
		}
		for _, out := range p.Outputs {
			var got []string
			all := probeFile(t, dir, out.File)
			for _, picture := range all.Artwork {
				got = append(got, picture.Codec+" "+picture.Size.String())
			}
			if strings.Join(got, ", ") != strings.Join(c.want, ", ") || len(all.Audio) != 1 {
				t.Errorf("%s %s: %v and %d audio streams, want %v", c.art.Policy, out.File, got, len(all.Audio), c.want)
			}
		}
	}
}
