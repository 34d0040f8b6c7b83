package plan

import "github.com/reelastic/reelastic/internal/transcode"

// vp9Codec is what VP9 can do. Its headers can name some matrices only.
var vp9Codec = videoCodec{
	encoder:     "libvpx-vp9",
	probed:      "vp9",
	matrices:    []string{"bt709", "smpte170m", "bt470bg", "smpte240m", "bt2020nc"},
	pixelFormat: vp9Format,
	settle:      newVP9,
}

// vp9Format is the pixel format of a profile: 1 has no 4:2:0, 2 and 3 have more than 8
// bits. The encoder ignores a profile that the format does not have.
func vp9Format(spec transcode.VideoSpec) string {
	switch spec.Profile {
	case "1":
		return "yuv444p"
	case "2":
		return "yuv420p10le"
	case "3":
		return "yuv444p10le"
	}
	return "yuv420p"
}

// vp9 is a VP9 stream with every choice made.
type vp9 struct{ vpx }

// newVP9 lets rows of blocks be worked on at once, which costs no quality.
func newVP9(spec transcode.VideoSpec, s videoScene) videoEncoder {
	const (
		quality = 31
		blocks  = 128 // two rows of blocks keep one thread busy
	)
	return vp9{newVPX(spec, s, quality, (s.size.Height+blocks-1)/blocks)}
}

func (v vp9) effort(speed string) float64 { return 110 * slower(speed) }

// memory is measured: the encoder looks 25 frames ahead, has a state for each thread, and
// needs more for fuller and deeper colours.
func (v vp9) memory(_ string, threads int) int64 {
	weight := map[string]int64{"0": 170, "1": 290, "2": 290, "3": 460}
	return 40<<20 + int64(v.threads(threads))<<23 + pixels(v.size)*weight[v.profile]
}

func (v vp9) expect(out *Video) {
	out.probed, out.profiles = vp9Codec.probed, []string{"Profile " + v.profile}
}

func (v vp9) args(speed string, threads int) []string {
	return v.vpxArgs(vp9Codec, speed, threads, []string{"-row-mt", "1", "-tile-columns", "2"}, v.rateArgs())
}

// rateArgs meet any target by a constant rate: the variable one left it by a factor of four
// after a cut.
func (v vp9) rateArgs() []string {
	target, limit, buffer := givenRates(v.spec)
	switch {
	case limit > 0:
		return v.cappedArgs(target, limit, buffer)
	case target > 0:
		return constantRate(target, buffer)
	}
	return v.qualityArgs(v.sourceRate)
}
