package presets

import (
	"math"
	"slices"
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// exactRate is the rate that one of the API's numbers stands for.
func exactRate(text string) float64 {
	switch text {
	case "23.97":
		return 24000. / 1001
	case "29.97":
		return 30000. / 1001
	}
	return number(text)
}

// wantRate is FrameRate. For auto it is the source's up to MaxFrameRate, and
// beyond it the highest of the API's rates that divides the source's, where 59.94
// counts as 60; a rate that none divides is divided by the least number that is enough.
func (r result) wantRate() float64 {
	v := r.preset.Video
	if reelastictest.Text(v.FrameRate) != "auto" && reelastictest.Text(v.FrameRate) != "" {
		rate := exactRate(*v.FrameRate)
		if *v.Codec == "gif" {
			rate = min(rate, 50) // a GIF counts hundredths of a second, and players no less than two
		}
		return rate
	}
	limit := 30.
	if v.MaxFrameRate != nil {
		limit = exactRate(*v.MaxFrameRate)
	}
	rate := r.from.rate()
	if rate <= limit+1e-9 {
		return rate
	}
	for _, name := range []string{"60", "50", "30", "29.97", "25", "24", "23.97", "15", "10"} {
		one := exactRate(name)
		if one <= limit && (whole(rate/one) || whole(rate*1000/1001/one)) {
			return one
		}
	}
	return rate / math.Ceil(rate/limit-1e-9)
}

func whole(x float64) bool { return math.Abs(x-math.Round(x)) < 1e-6 }

// checkRate compares the frame rate and the number of frames, which is the
// source's length at that rate. A GIF states no rate but delays.
func (r result) checkRate(t *testing.T, v stream, m track) {
	t.Helper()
	want := r.wantRate()
	count := r.from.seconds("video") * want
	near(t, "number of frames", float64(len(v.frames)), count, 1.5)
	if *r.preset.Container == "gif" {
		span := v.frames[len(v.frames)-1].at - v.frames[0].at
		near(t, "time from the first to the last frame", span, float64(len(v.frames)-1)/want, 0.02)
		return
	}
	near(t, "frame rate (ffprobe)", number(v.Rate), want, 0.002*want)
	if m.text("FrameRate") != "" { // WebM need not state one, and mediainfo finds no low ones in ts
		near(t, "frame rate (mediainfo)", m.number("FrameRate"), want, 0.002*want)
	}
}

// checkKeys compares the places of the key frames.
func (r result) checkKeys(t *testing.T, v stream) {
	t.Helper()
	if *r.preset.Video.Codec == "gif" {
		return
	}
	distance := 90 // not given: that of the system presets
	if r.preset.Video.KeyframesMaxDist != nil {
		distance = int(number(*r.preset.Video.KeyframesMaxDist))
	}
	keys := v.keys()
	if len(keys) == 0 || keys[0] != 0 {
		t.Errorf("key frames %v: the first frame is none", keys)
		return
	}
	if reelastictest.Text(r.preset.Video.FixedGOP) == "true" {
		var want []int
		for at := 0; at < len(v.frames); at += distance {
			want = append(want, at)
		}
		if !slices.Equal(keys, want) {
			t.Errorf("key frames %v, want %v", keys, want)
		}
		return
	}
	for i, at := range append(keys[1:], len(v.frames)) {
		if at-keys[i] > distance {
			t.Errorf("key frames %v: %d frames from %d on, at most %d are allowed", keys, at-keys[i], keys[i], distance)
		}
	}
}

// vbvTolerance is how far a buffer may be passed. x264 and libvpx plan with the
// sizes that they expect, and what a container adds to each frame counts here too.
const vbvTolerance = 1.1

// checkBits holds the sizes of the packets against BitRate, MaxBitRate and BufferSize.
func (r result) checkBits(t *testing.T, v stream) {
	t.Helper()
	p := r.preset.Video
	if *p.Codec == "gif" || r.anyRate {
		return // a GIF has one quality
	}
	seconds := float64(len(v.frames)) / r.wantRate()
	limit, buffer := number(p.CodecOptions["MaxBitRate"]), number(p.CodecOptions["BufferSize"])
	target := number(reelastictest.Text(p.BitRate)) // 0 for auto
	if limit == 0 && buffer > 0 {
		limit = target
	}
	if limit > 0 && buffer == 0 {
		buffer = 10 * limit
	}
	if target > 0 && limit > 0 {
		target = min(target, limit)
	}
	if target > 0 {
		// An average is reached in the long run: two seconds may take twice as much.
		atMost(t, "kb/s on average", v.size()/1000/seconds, target*(1.2+2/seconds))
	}
	if limit > 0 {
		atMost(t, "kilobits in a buffer that drains at MaxBitRate", fullest(v.packets, limit), buffer*vbvTolerance)
	}
}

// fullest is how many kilobits, at most, wait in a bucket that gets the packets
// in the order of decoding and leaks at a rate in kb/s.
func fullest(packets []packet, rate float64) (most float64) {
	level := 0.0
	for i, p := range packets {
		if i > 0 {
			level = max(0, level-rate*(p.dts-packets[i-1].dts))
		}
		level += 8 * float64(p.bytes) / 1000
		most = max(most, level)
	}
	return most
}
