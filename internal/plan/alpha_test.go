package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// TestAlpha lays patches of all degrees of transparency over black, in video,
// thumbnails and a gif. What lies beneath them, or a wrong share of it, is seen.
func TestAlpha(t *testing.T) {
	t.Parallel()
	codec := func(name, format string, args ...string) []string {
		return append([]string{"-c:v", name}, append(args, "-f", format)...)
	}
	const yuv = "scale=out_color_matrix=bt601:out_range=tv:flags=accurate_rnd+full_chroma_int,format="
	const palette = "format=rgba,split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none"
	vpx := []string{"-b:v", "4M", "-auto-alt-ref", "0", "-deadline", "good", "-cpu-used", "4"}
	for _, c := range []struct {
		name    string
		filters string
		encoder []string
		whole   bool // transparent and opaque only
	}{
		{"prores", yuv + "yuva444p10le", codec("prores_ks", "mov", "-profile:v", "4444", "-q:v", "2"), false},
		{"qtrle", "format=argb", codec("qtrle", "mov"), false},
		{"png", "format=rgba", codec("png", "mov"), false},
		{"png of 16 bits", "format=rgba64be", codec("png", "mov"), false},
		{"png of grey", "format=ya8", codec("png", "mov"), false},
		{"utvideo", "format=gbrap", codec("utvideo", "avi"), false},
		{"ffv1 of RGB", "format=bgra", codec("ffv1", "matroska"), false},
		{"ffv1 of YUV", yuv + "yuva420p", codec("ffv1", "matroska", "-color_range", "tv"), false},
		{"ffv1 of 10 bits", yuv + "yuva422p10le", codec("ffv1", "matroska", "-color_range", "tv"), false},
		{"ffv1, full range", "scale=out_color_matrix=bt601:out_range=pc:flags=accurate_rnd+full_chroma_int,format=yuva444p",
			codec("ffv1", "matroska", "-color_range", "pc"), false},
		{"vp9", yuv + "yuva420p", codec("libvpx-vp9", "webm", vpx...), false},
		{"vp8", yuv + "yuva420p", codec("libvpx", "webm", vpx...), false},
		{"gif", palette, codec("gif", "gif"), true},
		{"png of a palette", palette, codec("png", "mov"), true},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			alpha := []int{255, 128, 200, 128, 0, 64}
			if c.whole {
				alpha = []int{255, 0, 255, 255, 0, 255}
			}
			hidden, want := "0", make([]rgb, len(patches))
			for i, a := range alpha {
				hidden += fmt.Sprintf("+%d*eq(floor(X*%d/W)\\,%d)", a, len(patches), i)
				for k, value := range patches[i] {
					want[i][k] = (value*a + 127) / 255
				}
				if strings.Contains(c.filters, "ya8") {
					grey := (299*want[i][0] + 587*want[i][1] + 114*want[i][2] + 500) / 1000
					want[i] = rgb{grey, grey, grey}
				}
			}
			then := fmt.Sprintf("format=gbrap,geq=r=r(X\\,Y):g=g(X\\,Y):b=b(X\\,Y):a=%s,%s", hidden, c.filters)
			dir, probe := generate(t, append(bars(barsSD, then), c.encoder...)...)
			all := everyFormat(barsSD)
			gif := all[len(all)-1]
			p := execute(t, dir, probe, transcode.InputSpec{}, all[0], all[1], gif)
			seen(t, dir, p, want, 4, 0)
		})
	}
}

// TestAlphaUnread says so where nothing installed reads the transparency.
func TestAlphaUnread(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"": alphaIgnored, "libvpx-vp9": ""} {
		req := request(mp4Output(size(64, 64)))
		v := req.Probes[0].Video[0]
		v.Codec, v.Alpha = "vp9", true
		req.Probes[0].Video = []media.VideoStream{v}
		req.Caps.Decoders = map[string]bool{name: true}
		p, err := New(req)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Outputs[0].Warning; got != want {
			t.Errorf("with the decoder %q the warning is %q, want %q", name, got, want)
		}
		if read := strings.Contains(strings.Join(p.Steps[0].Args, " "), "-c:0 libvpx-vp9 "); read == (want != "") {
			t.Errorf("with the decoder %q the arguments are %q", name, p.Steps[0].Args)
		}
	}
}
