package plan

import (
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// vp8Codec is what VP8 can do. Its headers mean one matrix only (RFC 6386, 9.2).
var vp8Codec = videoCodec{
	encoder:     "libvpx",
	probed:      "vp8",
	matrix:      bt601.matrix,
	pixelFormat: fixedFormat("yuv420p"),
	settle:      newVP8,
}

// vp8 is a VP8 stream with every choice made.
type vp8 struct{ vpx }

func newVP8(spec transcode.VideoSpec, s videoScene) videoEncoder {
	const quality = 10
	return vp8{newVPX(spec, s, quality, vp8Threads(s.size.Width))}
}

// vp8Threads is libvpx's own limit: a row of macroblocks may not come nearer to
// the one above it than some macroblocks, which grow with the width.
func vp8Threads(width int) int {
	apart := 1
	for _, wide := range []struct{ width, apart int }{{640, 4}, {1281, 8}, {2561, 16}} {
		if width >= wide.width {
			apart = wide.apart
		}
	}
	return (width + 15) / 16 / apart
}

func (v vp8) effort(speed string) float64 { return 13 * slower(speed) }

// memory is measured: 38 bytes a pixel.
func (v vp8) memory(string, int) int64 { return pixels(v.size) * 50 }

func (v vp8) expect(out *Video) { out.probed = vp8Codec.probed }

func (v vp8) args(speed string, threads int) []string {
	if speed == "ultrafast" {
		speed = "superfast" // its realtime mode is worse and no faster
	}
	return v.vpxArgs(vp8Codec, speed, threads, nil, v.rateArgs())
}

func (v vp8) rateArgs() []string {
	target, limit, buffer := givenRates(v.spec)
	switch {
	case limit > 0:
		return v.cappedArgs(target, limit, buffer)
	case target > 0:
		return []string{"-b:v", kilobits(target)}
	}
	return v.qualityArgs(v.ceiling())
}

// ceiling is the most that an automatic rate without a limit takes, which the encoder can't
// go without: the source's rate, or 0.2 bits a pixel where that is not known.
func (v vp8) ceiling() media.BitRate {
	if v.sourceRate > 0 {
		return v.sourceRate
	}
	return max(64, media.BitRate(float64(pixels(v.size))*v.rate.Float()*0.2/1000))
}
