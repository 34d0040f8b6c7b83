package plan

import (
	"strings"
	"testing"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// toned are the patches after tone mapping, where white was the reference white of HDR.
var toned = []rgb{{226, 0, 0}, {0, 226, 0}, {0, 0, 226}, {226, 226, 226}, {128, 128, 128}, {226, 113, 0}}

// hdrBars is a source of a size with the patches in HDR. White is the reference white.
func hdrBars(s media.Size, transfer, matrix, format string, encoder ...string) []string {
	then := "zscale=p=bt2020:t=" + transfer + ":npl=203:m=" + matrix + ",format=" + format
	if matrix != "gbr" {
		then = "zscale=p=bt2020:t=" + transfer + ":npl=203:m=" + matrix + ":r=tv,format=" + format
	}
	return append(bars(s, then), encoder...)
}

// x265 are its options for HDR; tags may be left out.
func x265(container, tags string) []string {
	return []string{"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:lossless=1" + tags, "-f",
		container}
}

// TestToneMapping makes SDR of HDR of every kind: at one size, and at several, where
// the source's frames are converted once for all.
func TestToneMapping(t *testing.T) {
	t.Parallel()
	const tagsPQ = ":colorprim=bt2020:colormatrix=bt2020nc:transfer=smpte2084"
	const tagsHLG = ":colorprim=bt2020:colormatrix=bt2020nc:transfer=arib-std-b67"
	odd := size(366, 241)
	for _, c := range []struct {
		name   string
		source []string
		change func(v *media.VideoStream)
	}{
		{"PQ", hdrBars(barsHD, pq, "bt2020nc", "yuv420p10le", x265("mp4", tagsPQ)...), nil},
		{"HLG", hdrBars(barsSD, hlg, "bt2020nc", "yuv420p10le", x265("mpegts", tagsHLG)...), nil},
		{"PQ in VP9", hdrBars(barsSD, pq, "bt2020nc", "yuv420p10le", "-c:v", "libvpx-vp9", "-lossless", "1", "-cpu-used",
			"8", "-deadline", "realtime", "-f", "webm"), nil},
		{"HLG in H.264", hdrBars(barsHD, hlg, "bt2020nc", "yuv422p10le", "-c:v", "libx264", "-qp", "0", "-preset",
			"ultrafast", "-f", "matroska"), nil},
		{"PQ of RGB", hdrBars(barsSD, pq, "gbr", "gbrp10le",
			x265("matroska", ":range=full:colormatrix=gbr:colorprim=bt2020:transfer=smpte2084")...), nil},
		{"PQ with its function alone", hdrBars(barsSD, pq, "bt2020nc", "yuv420p10le",
			x265("matroska", ":transfer=smpte2084")...), nil},
		{"ICtCp", hdrBars(barsSD, pq, "ictcp", "yuv444p12le",
			x265("matroska", ":colorprim=bt2020:colormatrix=ictcp:transfer=smpte2084")...), nil},
		{"odd", hdrBars(odd, pq, "bt2020nc", "yuv444p10le,crop=363:241,format=yuv420p10le", "-c:v", "ffv1", "-f",
			"matroska"), nil},
		{"Dolby Vision 8.1", hdrBars(barsSD, pq, "bt2020nc", "yuv420p10le", x265("mp4", "")...),
			func(v *media.VideoStream) { v.DolbyVision, v.Compatible = 8, 1 }},
		{"Dolby Vision 8.4", hdrBars(barsSD, hlg, "bt2020nc", "yuv420p10le", x265("mp4", "")...),
			func(v *media.VideoStream) { v.DolbyVision, v.Compatible = 8, 4 }},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			dir, probe := generate(t, c.source...)
			v := &probe.Video[0]
			if c.change != nil {
				v.Space, v.Transfer, v.Primaries = "", "", ""
				c.change(v)
			}
			all := everyFormat(barsHD)
			for first, outputs := range map[bool][]transcode.OutputSpec{false: all[:1], true: all[:2]} {
				if v.Coded != barsHD && !first {
					outputs = everyFormat(barsSD)[:1]
				}
				if first {
					outputs = append(outputs, all[len(all)-1])
				}
				p := execute(t, dir, probe, auto, outputs...)
				before, after, _ := strings.Cut(strings.Join(p.Steps[0].Args, " "), "tonemap")
				if got := !strings.Contains(before, "setsar"); got != first {
					t.Errorf("tone mapping before scaling is %v, want %v", got, first)
				}
				if first && strings.Contains(after, "tonemap") {
					t.Errorf("tone mapping is done twice: %s", after)
				}
				seen(t, dir, p, toned, 3, 32)
				for _, out := range p.Outputs {
					if got := out.Video.colours; got != bt709 && out.Video.Codec != transcode.GIFV || out.Warning != "" {
						t.Errorf("%s has the colours %v, warning %q", out.File, got, out.Warning)
					}
				}
			}
		})
	}
}

// TestHighlights has a source that rises from black to 1000 cd/m²: what it becomes
// rises too, with white at the end.
func TestHighlights(t *testing.T) {
	t.Parallel()
	for _, transfer := range []string{pq, hlg} {
		t.Run(transfer, func(t *testing.T) {
			t.Parallel()
			dir, probe := generate(t, "-f", "lavfi", "-i",
				"color=black:s=512x64:r=5:d=0.4,format=gbrpf32le,format=gray16le,geq=lum=X*65535/511", "-vf",
				"format=gbrp16le,setparams=colorspace=gbr:color_primaries=bt2020:color_trc=linear:range=pc,zscale=t="+transfer+":npl=1000:m=bt2020nc:r=tv,format=yuv420p10le",
				"-c:v", "ffv1", "-f", "matroska")
			out := everyFormat(barsSD)[0]
			out.Preset.Video.Sizing.Max = size(512, 64)
			execute(t, dir, probe, auto, out)
			raw := call(t, dir, "ffmpeg", "-nostdin", "-v", "error", "-i", "o1.mp4", "-frames:v", "1", "-vf",
				"scale=64:1:flags=area,format=gray", "-f", "rawvideo", "-")
			for i := 1; i < len(raw); i++ {
				if raw[i] < raw[i-1] {
					t.Errorf("the brightness falls from %d to %d at %d of 64", raw[i-1], raw[i], i)
				}
			}
			if raw[0] > 60 || raw[16] < 160 || raw[63] < 230 || raw[63]-raw[32] < 5 {
				t.Errorf("brightness from black to 1000 cd/m²: %v", []byte(raw))
			}
		})
	}
}

// TestUnconverted has an ffmpeg without the filters that HDR and rare matrices need:
// outputs are made, say what they are, and say so in a warning.
func TestUnconverted(t *testing.T) {
	t.Parallel()
	const tags = ":colorprim=bt2020:colormatrix=bt2020nc:transfer=smpte2084"
	ycgco := bars(barsSD, "zscale=m=ycgco:r=tv,format=yuv444p")
	for _, c := range []struct {
		source  []string
		filters string
		warning string
	}{
		{hdrBars(barsSD, pq, "bt2020nc", "yuv420p10le", x265("mp4", tags)...), "", "HDR (smpte2084)"},
		{hdrBars(barsSD, pq, "bt2020nc", "yuv420p10le", x265("mp4", tags)...), "zscale", "HDR (smpte2084)"},
		{append(ycgco, "-c:v", "libx264", "-qp", "0", "-f", "matroska"), "tonemap", "a rare or wide space (bt709, ycgco)"},
		{append(ycgco, "-c:v", "libx264", "-qp", "0", "-f", "matroska"), "zscale", ""},
	} {
		dir, probe := generate(t, c.source...)
		req := Request{Job: job(auto, everyFormat(barsSD)...), Probes: []media.Probe{probe}, Caps: testCaps, Threads: 2,
			Speed: "ultrafast"}
		req.Caps.Filters = map[string]bool{c.filters: true}
		p, err := New(req)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range p.Steps {
			call(t, dir, "ffmpeg", append([]string{"-nostdin", "-v", "error"}, s.Args...)...)
		}
		for _, out := range p.Outputs {
			if !strings.Contains(out.Warning, c.warning) || (out.Warning == "") != (c.warning == "") {
				t.Errorf("with the filter %q the warning of %s is %q", c.filters, out.File, out.Warning)
			}
			if f := Check(out, inspect(t, dir, out)); f != nil {
				t.Errorf("%s: %v", out.File, f)
			}
		}
	}
}

// TestUnshown refuses video that nothing can show, and no audio beside it.
func TestUnshown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		profile, compatible int
		refused             bool
	}{{5, 0, true}, {10, 0, true}, {8, 1, false}, {8, 2, false}, {8, 4, false}, {8, 0, false}, {7, 6, false}, {4, 2,
		false}, {10, 1, false}, {0, 0, false}} {
		req := request(mp4Output(size(64, 64)),
			transcode.OutputSpec{Rotate: -1, Preset: transcode.PresetSpec{Container: transcode.MP3,
				Audio: &transcode.AudioSpec{Codec: transcode.MP3Audio, SampleRate: 44100, BitRate: 128, Channels: 2}}})
		v := req.Probes[0].Video[0]
		v.DolbyVision, v.Compatible = c.profile, c.compatible
		req.Probes[0].Video = []media.VideoStream{v}
		p, err := New(req)
		if err != nil {
			t.Fatal(err)
		}
		f := p.Outputs[0].Failure
		if (f != nil) != c.refused || f != nil && f.Code != transcode.CodeUnsupportedCodec {
			t.Errorf("profile %d over %d: %v", c.profile, c.compatible, f)
		}
		if f := p.Outputs[1].Failure; f != nil {
			t.Errorf("sound beside profile %d: %v", c.profile, f)
		}
	}
}
