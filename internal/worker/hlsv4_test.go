package worker

import (
	"testing"

	"github.com/reelastic/reelastic/internal/format/manifest"
)

func TestJoinSound(t *testing.T) {
	t.Parallel()
	sounds := func() []manifest.Variant {
		return []manifest.Variant{{Bandwidth: 160, AudioGroup: "audio-0", Audio: "mp4a.40.2"}, {Bandwidth: 64, AudioGroup: "audio-1", Audio: "mp4a.40.5"}}
	}
	videos := func(rates ...int) (all []manifest.Variant) {
		for i, r := range rates {
			all = append(all, manifest.Variant{URI: string(rune('a' + i)), Bandwidth: r})
		}
		return all
	}
	for _, c := range []struct {
		rates  []int
		sounds []manifest.Variant
		want   []int // the rates with their sounds
	}{
		{[]int{1000, 2000}, nil, []int{1000, 2000}},
		{[]int{1000, 2000}, sounds()[:1], []int{1160, 2160}},
		{[]int{1000}, sounds(), []int{1160}},
		{[]int{4000, 1000, 3000, 2000}, sounds(), []int{4160, 1064, 3160, 2064}},
		{[]int{1000, 4000, 3000}, sounds(), []int{1160, 4160, 3064}}, // the first has the first sound, whatever its rate
	} {
		got := videos(c.rates...)
		joinSound(got, c.sounds)
		for i, v := range got {
			if v.Bandwidth != c.want[i] || (v.AudioGroup == "") != (len(c.sounds) == 0) {
				t.Errorf("%v with %d sounds: variant %d is %+v, want the rate %d", c.rates, len(c.sounds), i, v, c.want[i])
			}
		}
	}
}
