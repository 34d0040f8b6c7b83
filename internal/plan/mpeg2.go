package plan

import (
	"strconv"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// mpeg2Codec is what MPEG-2 can do.
var mpeg2Codec = videoCodec{
	encoder:    "mpeg2video",
	probed:     "mpeg2video",
	frameRates: mpeg2Rates,
	// The header's low 12 bits may not be 0, and widths are even (ISO/IEC 13818-2, 6.3.3).
	widest:      4094,
	pixelFormat: mpeg2Format,
	settle:      newMPEG2,
}

// mpeg2Rates are rates that MPEG-2 video can state (ISO/IEC 13818-2, 6.3.3, with
// the extension). Given another, the encoder takes a rate of its own.
var mpeg2Rates = []media.Rational{
	whole(1), whole(2), whole(3), whole(4), whole(5), whole(6), whole(8), whole(10), whole(12),
	{Num: 15000, Den: 1001}, whole(15), whole(16), whole(18), whole(20), {Num: 24000, Den: 1001}, whole(24),
	whole(25), {Num: 30000, Den: 1001}, whole(30), whole(36), whole(40), whole(48), whole(50),
	{Num: 60000, Den: 1001}, whole(60),
}

func mpeg2Format(spec transcode.VideoSpec) string {
	if spec.Chroma == transcode.YUV422 {
		return "yuv422p"
	}
	return "yuv420p"
}

// mpeg2 is an MPEG-2 stream with every choice made.
type mpeg2 struct {
	videoScene
	spec   transcode.VideoSpec
	format string
}

func newMPEG2(spec transcode.VideoSpec, s videoScene) videoEncoder {
	return mpeg2{videoScene: s, spec: spec, format: mpeg2Format(spec)}
}

// threads is the number of slices that are encoded at once, each of two rows or more.
func (m mpeg2) threads(most int) int { return max(1, min(most, (m.size.Height+15)/16/2)) }

func (m mpeg2) alone() bool { return true }

func (m mpeg2) effort(string) float64 { return 16 }

// memory is measured: 34 bytes a pixel in 4:2:2.
func (m mpeg2) memory(string, int) int64 { return pixels(m.size) * 48 }

func (m mpeg2) expect(out *Video) {
	out.probed, out.profiles = mpeg2Codec.probed, []string{"Main"}
	if m.format == "yuv422p" {
		out.profiles = []string{"4:2:2"}
	}
}

func (m mpeg2) args(_ string, threads int) []string {
	flags := ""
	if m.spec.GOP.Fixed {
		flags += "+cgop"
	}
	if m.scan.Interlaced() {
		flags += "+ildct+ilme"
	}
	args := []string{"-c:v", mpeg2Codec.encoder, "-pix_fmt", m.format, "-a53cc", "0"}
	if flags != "" {
		args = append(args, "-flags", flags)
	}
	args = append(args, m.rateArgs()...)
	args = append(args, m.gopArgs()...)
	return append(args, "-threads", strconv.Itoa(m.threads(threads)))
}

// gopArgs place keyframes and B-frames. +strict_gop keeps the first GOP from
// being two short; B-frames do not fit into a shorter GOP; and the encoder takes
// more than 600 only as an experiment.
func (m mpeg2) gopArgs() []string {
	gop := m.spec.GOP
	between := min(2, gop.MaxFrames-1)
	if !gop.Fixed {
		between = min(2, (gop.MaxFrames-1)/2)
		gop.MaxFrames -= between // which an open GOP shows before its keyframe
	}
	fixed := []string{"-mpv_flags", "+strict_gop", "-sc_threshold", "1000000000"}
	args := append(m.keyframeArgs(gop, fixed...), "-bf", strconv.Itoa(between))
	if gop.MaxFrames > 600 {
		args = append(args, "-strict:v", "experimental")
	}
	return args
}

// xdcamRate is the bit rate of XDCAM HD422, by which independent tools know it.
const xdcamRate media.BitRate = 50000

// xdcam reports whether the format is that of Sony's discs: 4:2:2 at a constant 50 Mb/s in MXF.
func (m mpeg2) xdcam() bool {
	return m.container == transcode.MXF && m.format == "yuv422p" && m.spec.BitRate == xdcamRate
}

// rateArgs are a target below a limit. An automatic rate is a quality, by the
// lowest quantizer, below the preset's limit or that of the frame's size.
func (m mpeg2) rateArgs() []string {
	if m.xdcam() {
		rate, buffer := kilobits(xdcamRate), "17825792"
		return []string{"-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", buffer,
			"-rc_init_occupancy", buffer, "-non_linear_quant", "1", "-intra_vlc", "1",
			"-qmin", "1", "-qmax", "28", "-dc", "10"}
	}
	target, limit, buffer := givenRates(m.spec)
	var args []string
	level := m.level()
	if limit == 0 {
		limit = max(level.rate, target)
	}
	if target == 0 {
		target, args = min(limit, m.ceiling()), []string{"-qmin", "3"}
	}
	if buffer == 0 {
		buffer = level.buffer
	}
	// What lies in the buffer can't be less than two frames of the mean size.
	least := media.BitRate(2 * float64(target) / m.rate.Float())
	buffer = max(min(buffer, level.buffer), least, 1)
	return append(args, "-b:v", kilobits(target), "-maxrate", kilobits(limit), "-bufsize", kilobits(buffer))
}

// ceiling is the target of an automatic rate: 0.6 bits a pixel, that of a good DVD.
func (m mpeg2) ceiling() media.BitRate {
	return max(64, media.BitRate(float64(pixels(m.size))*m.rate.Float()*0.6/1000))
}

// mpeg2Level bounds rate and buffer in kilobits.
type mpeg2Level struct{ rate, buffer media.BitRate }

// level is the level that the encoder picks for a size (ISO/IEC 13818-2, 8.4 and 8.5).
func (m mpeg2) level() mpeg2Level {
	w, h := m.size.Width, m.size.Height
	switch full := m.format == "yuv422p"; {
	case full && w <= 720 && h <= 608:
		return mpeg2Level{50000, 9437}
	case full:
		return mpeg2Level{300000, 47185}
	case w <= 720 && h <= 576:
		return mpeg2Level{15000, 1835}
	case w <= 1440:
		return mpeg2Level{60000, 7340}
	}
	return mpeg2Level{80000, 9781}
}
