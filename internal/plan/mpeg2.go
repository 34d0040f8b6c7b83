package plan

import (
	"strconv"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// mpeg2 is an MPEG-2 stream with every choice made.
type mpeg2 struct {
	scene
	spec   transcode.VideoSpec
	format string
}

func newMPEG2(spec transcode.VideoSpec, s scene) mpeg2 {
	return mpeg2{scene: s, spec: spec, format: pixelFormat(spec)}
}

// mpeg2Widest is the largest even width: the header's low 12 bits may not be 0
// (ISO/IEC 13818-2, 6.3.3).
const mpeg2Widest = 4094

// threads is the number of slices that are encoded at once, each of two rows or more.
func (m mpeg2) threads(most int) int { return max(1, min(most, (m.size.Height+15)/16/2)) }

func (m mpeg2) alone() bool { return true }

func (m mpeg2) effort(string) float64 { return mpeg2Effort }

// memory is measured: 34 bytes a pixel in 4:2:2.
func (m mpeg2) memory(string, int) int64 { return pixels(m.size) * 48 }

func (m mpeg2) expect(out *Video) {
	out.pixelFormat, out.profiles = m.format, []string{"Main"}
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
	args := []string{"-c:v", "mpeg2video", "-pix_fmt", m.format, "-a53cc", "0"}
	if flags != "" {
		args = append(args, "-flags", flags)
	}
	args = append(args, m.rateArgs()...)
	args = append(args, m.gopArgs()...)
	return append(args, "-threads", strconv.Itoa(m.threads(threads)))
}

// gopArgs place keyframes and B-pictures. +strict_gop keeps the first GOP from
// being two short; B-pictures do not fit into a shorter GOP; and the encoder takes
// more than 600 only as an experiment.
func (m mpeg2) gopArgs() []string {
	gop := m.spec.GOP
	gop.MaxFrames = max(gop.MaxFrames, 1)
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

// xdcam tells the format of Sony's discs: 4:2:2 at a constant 50 Mb/s in MXF.
func (m mpeg2) xdcam() bool {
	return m.container == transcode.MXF && m.format == "yuv422p" && m.spec.BitRate == xdcamRate
}

// rateArgs are a target below a limit. An automatic rate is a quality, by the
// lowest quantizer, below the preset's limit or that of the picture's size.
func (m mpeg2) rateArgs() []string {
	if m.xdcam() {
		rate, buffer := kilobits(xdcamRate), "17825792"
		return []string{"-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", buffer, "-rc_init_occupancy", buffer,
			"-non_linear_quant", "1", "-intra_vlc", "1", "-qmin", "1", "-qmax", "28", "-dc", "10"}
	}
	target, limit, buffer := given(m.spec)
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
	// What lies in the buffer can't be less than two pictures of the mean size.
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
