package plan

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// TestWrongColours has results that name other colours than those they have, or none, in
// every codec and kind of container that can name them: each is a fault of the service.
func TestWrongColours(t *testing.T) {
	t.Parallel()
	dir, probe := generate(t, append(bars(barsHD, "zscale=m=bt709:r=tv,format=yuv420p"), "-c:v", "libx264", "-qp", "0",
		"-f", "matroska")...)
	for _, out := range everyFormat(barsHD)[:9] {
		p := execute(t, dir, probe, auto, out)
		wrong := map[string][]string{"colorspace": {"bt2020nc", "smpte240m"}, "color_primaries": {"bt2020", "unknown"},
			"color_trc": {pq, "bt470bg"}}
		if out.Preset.Video.Codec != transcode.MPEG2 { // which has no other range
			wrong["range"] = []string{"pc"}
		}
		for option, values := range wrong {
			named := regexp.MustCompile("([=:]" + option + "=)[a-z0-9]+") // in setparams, the last filter
			for _, value := range values {
				args := slices.Clone(p.Steps[0].Args)
				graph := &args[slices.Index(args, "-filter_complex")+1]
				at := strings.LastIndex(*graph, "setparams")
				*graph = (*graph)[:at] + named.ReplaceAllString((*graph)[at:], "${1}"+value)
				call(t, dir, "ffmpeg", append([]string{"-nostdin", "-v", "error"}, args...)...)
				f := Check(p.Outputs[0], inspect(t, dir, p.Outputs[0]))
				if f == nil || f.Code != transcode.CodeInternal || !strings.Contains(f.Error(), "The result has the") {
					t.Errorf("%s in %s with %s %s: %v", out.Preset.Video.Codec, out.Preset.Container, option, value, f)
				}
			}
		}
	}
}

// TestEqualColours takes names of one matrix or curve for the same, and of others not.
func TestEqualColours(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		codec          transcode.VideoCodec
		planned, shown colours
		right          bool
	}{
		{transcode.MPEG2, bt601, colours{"bt470bg", "smpte170m", "bt709"}, true},
		{transcode.MPEG2, bt709, colours{"bt709", "bt709", "smpte170m"}, true},
		{transcode.MPEG2, bt709, colours{"bt709", "bt709", "bt470bg"}, false},
		{transcode.MPEG2, bt601, colours{"smpte170m", "bt470bg", "smpte170m"}, false},
		{transcode.MPEG2, bt709, colours{"bt470bg", "bt709", "bt709"}, false},
		{transcode.VP9, colours{"ycgco", "bt709", "bt709"}, colours{"", "bt709", "bt709"}, true},
		{transcode.VP9, colours{"ycgco", "bt709", "bt709"}, colours{"ycgco", "bt709", "bt709"}, true},
		{transcode.VP9, bt709, colours{"", "bt709", "bt709"}, false},
		{transcode.H264, colours{"ycgco", "bt709", "bt709"}, colours{"", "bt709", "bt709"}, false},
	} {
		stream := media.VideoStream{Space: c.shown.matrix, Primaries: c.shown.primaries, Transfer: c.shown.transfer,
			Range: "tv"}
		f := checkColours(Video{Codec: c.codec, colours: c.planned}, stream)
		if (f == nil) != c.right {
			t.Errorf("%s planned with %v and shown with %v: %v", c.codec, c.planned, c.shown, f)
		}
	}
}
