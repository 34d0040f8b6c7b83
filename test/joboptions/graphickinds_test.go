package joboptions

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// flatPicture is a picture of one colour in a colour model of the standard library.
func flatPicture(model draw.Image, c color.Color) image.Image {
	draw.Draw(model, model.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	return model
}

// graphicKinds are pictures of each kind that PNG and JPEG have, and how bright a
// black film is under them.
func graphicKinds(t *testing.T) map[string]struct {
	picture []byte
	want    int
} {
	t.Helper()
	r := image.Rect(0, 0, 40, 30)
	half := color.NRGBA{255, 255, 255, 128}
	encoded := func(p image.Image) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, p); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	photograph := func(p image.Image) []byte {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, p, &jpeg.Options{Quality: 95}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	made := func(ending, source string, args ...string) []byte {
		path := filepath.Join(t.TempDir(), "made"+ending)
		reelastictest.Command(t, "ffmpeg",
			append(append([]string{"-nostdin", "-v", "error", "-f", "lavfi",
				"-i", "color=" + source + ":s=40x30,format=rgba", "-frames:v", "1"}, args...), path)...)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	palette := color.Palette{color.NRGBA{}, half, color.White}
	return map[string]struct {
		picture []byte
		want    int
	}{
		"rgb.png":         {encoded(flatPicture(image.NewRGBA(r), color.White)), 235},
		"alpha.png":       {encoded(flatPicture(image.NewNRGBA(r), half)), 126},
		"transparent.png": {encoded(flatPicture(image.NewNRGBA(r), color.NRGBA{255, 255, 255, 0})), 16},
		"deep-alpha.png": {encoded(flatPicture(image.NewNRGBA64(r), color.NRGBA64{65535, 65535, 65535, 32768})),
			126},
		"deep.png":          {encoded(flatPicture(image.NewRGBA64(r), color.Gray16{32768})), 126},
		"gray.png":          {encoded(flatPicture(image.NewGray(r), color.Gray{128})), 126},
		"deep-gray.png":     {encoded(flatPicture(image.NewGray16(r), color.Gray16{32768})), 126},
		"palette.png":       {encoded(flatPicture(image.NewPaletted(r, palette), half)), 126},
		"gray-alpha.png":    {made(".png", "white@0.5", "-pix_fmt", "ya8"), 126},
		"deep-gray-a.png":   {made(".png", "white@0.5", "-pix_fmt", "ya16be"), 126},
		"bits.png":          {made(".png", "white", "-pix_fmt", "monob"), 235},
		"interlaced.png":    {made(".png", "white@0.5", "-flags", "+ildct"), 126},
		"colour.jpg":        {photograph(flatPicture(image.NewRGBA(r), color.Gray{128})), 126},
		"gray.jpg":          {photograph(flatPicture(image.NewGray(r), color.Gray{128})), 126},
		"four-inks.jpg":     {fourInks(40, 30), 126},
		"wrong-ending.jpeg": {encoded(flatPicture(image.NewGray(r), color.White)), 235},
	}
}

// fourInks is a JPEG of cyan, magenta, yellow and black, as printers have them: no
// colour, and half of the black. Inks are stored upside down (Adobe's marker). Its
// blocks hold one of two differences: none, or, at first, 127.
func fourInks(width, height int) []byte {
	b := []byte{0xff, 0xd8}
	segment := func(marker byte, body ...byte) {
		b = append(b, 0xff, marker, 0, byte(len(body)+2))
		b = append(b, body...)
	}
	segment(0xee, append([]byte("Adobe"), 0, 100, 0, 0, 0, 0, 0)...)
	segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{8}, 64)...)...)
	segment(0xc0, 8, 0, byte(height), 0, byte(width), 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0)
	// 00: no difference, 01: seven bits
	segment(0xc4, append(append([]byte{0x00}, 0, 2), append(make([]byte, 14), 0, 7)...)...)
	segment(0xc4, append([]byte{0x10, 1}, append(make([]byte, 15), 0)...)...) // 0: the end of a block
	segment(0xda, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0)
	var bits, held int
	put := func(value, length int) {
		for i := length - 1; i >= 0; i-- {
			bits, held = bits<<1|value>>i&1, held+1
			if held == 8 {
				b = append(b, byte(bits))
				if byte(bits) == 0xff {
					b = append(b, 0)
				}
				bits, held = 0, 0
			}
		}
	}
	for block := range (width + 7) / 8 * ((height + 7) / 8) {
		for ink := range 4 {
			if block == 0 && ink < 3 {
				put(0b01_1111111, 9)
			} else {
				put(0b00, 2)
			}
			put(0, 1)
		}
	}
	put(0x7f, (8-held)%8)
	return append(b, 0xff, 0xd9)
}

// TestGraphicKinds lays pictures of every kind over a black film, four on each
// output: two in the frame, two in the picture.
func TestGraphicKinds(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	// bars of 30
	b.PutMade(t, "film.mp4", "-f", "lavfi", "-i", "color=black:s=320x180:r=10:d=0.5", "-c:v", "libx264",
		"-pix_fmt", "yuv420p")
	preset := b.preset(t, func(p *api.CreatePresetRequest) {
		p.Video.Watermarks = nil
		for i := range 4 {
			target := "Frame"
			if i > 1 {
				target = "Content"
			}
			p.Video.Watermarks = append(p.Video.Watermarks,
				api.PresetWatermark{Id: new(fmt.Sprint(i)), MaxWidth: new("40px"), MaxHeight: new("30px"),
					SizingPolicy:    new("Stretch"),
					HorizontalAlign: new("Left"), HorizontalOffset: new(fmt.Sprintf("%dpx", 20+70*i)),
					VerticalAlign: new("Top"), VerticalOffset: new("10%"), Opacity: new("100"), Target: &target})
		}
	})
	var outputs []api.CreateJobOutput
	type place struct {
		file, kind string
		at         image.Point
		want       int
	}
	var places []place
	n := 0
	for kind, k := range graphicKinds(t) {
		path := filepath.Join(t.TempDir(), "kind")
		if err := os.WriteFile(path, k.picture, 0o600); err != nil {
			t.Fatal(err)
		}
		b.Put("in", kind, path)
		slot := n % 4
		if slot == 0 {
			outputs = append(outputs, api.CreateJobOutput{Key: new(fmt.Sprintf("%d.mp4", n/4)), PresetId: &preset})
		}
		o := &outputs[n/4]
		o.Watermarks = append(o.Watermarks, api.JobWatermark{PresetWatermarkId: new(fmt.Sprint(slot)), InputKey: &kind})
		top := []int{24, 24, 48, 48}[slot] // a tenth of 240, or of 180 from the bar of 30 on
		places = append(places, place{*o.Key, kind, image.Pt(20+70*slot, top), k.want})
		n++
	}
	for _, o := range b.do(t, []api.JobInput{{Key: new("film.mp4")}}, outputs...).Outputs {
		reelastictest.WantComplete(t, o, "")
	}
	pictures := map[string]*image.Gray{}
	for _, o := range outputs {
		pictures[*o.Key] = b.luma(t, *o.Key, "0.2")
	}
	for _, p := range places {
		for _, in := range []image.Point{{3, 3}, {36, 26}, {20, 15}} {
			at := p.at.Add(in)
			near(t, fmt.Sprintf("%s at %v", p.kind, in), int(pictures[p.file].GrayAt(at.X, at.Y).Y), p.want)
		}
		for _, out := range []image.Point{{48, 15}, {-8, 15}, {20, -6}, {20, 36}} {
			at := p.at.Add(out)
			near(t, fmt.Sprintf("beside %s at %v", p.kind, out), int(pictures[p.file].GrayAt(at.X, at.Y).Y), 16)
		}
	}
}

// luma is how bright an output's picture at a time is, 16 to 235.
func (b *bench) luma(t *testing.T, key, at string) *image.Gray {
	t.Helper()
	raw := reelastictest.Command(t, "ffmpeg", "-nostdin", "-v", "error", "-ss", at, "-i", b.Output(key),
		"-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
	m := reelastictest.Probe(t, b.Output(key)).Only(t, "video")
	if len(raw) < m.Width*m.Height {
		t.Fatalf("%s has no picture at %s s", key, at)
	}
	return &image.Gray{Pix: []byte(raw[:m.Width*m.Height]), Stride: m.Width, Rect: image.Rect(0, 0, m.Width, m.Height)}
}
