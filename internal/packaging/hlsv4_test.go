package packaging

import (
	"testing"

	"github.com/reelastic/reelastic/internal/format/manifest"
)

func TestJoinAudio(t *testing.T) {
	t.Parallel()
	audio := func() []manifest.Variant {
		return []manifest.Variant{{Bandwidth: 160, AudioGroup: "audio-0", Audio: "mp4a.40.2"},
			{Bandwidth: 64, AudioGroup: "audio-1", Audio: "mp4a.40.5"}}
	}
	videos := func(rates ...int) (all []manifest.Variant) {
		for i, r := range rates {
			all = append(all, manifest.Variant{URI: string(rune('a' + i)), Bandwidth: r})
		}
		return all
	}
	for _, c := range []struct {
		rates []int
		audio []manifest.Variant
		want  []int // the rates with their audio
	}{
		{[]int{1000, 2000}, nil, []int{1000, 2000}},
		{[]int{1000, 2000}, audio()[:1], []int{1160, 2160}},
		{[]int{1000}, audio(), []int{1160}},
		{[]int{4000, 1000, 3000, 2000}, audio(), []int{4160, 1064, 3160, 2064}},
		{[]int{1000, 4000, 3000}, audio(), []int{1160, 4160, 3064}}, // the first has the first sound, whatever its rate
	} {
		got := videos(c.rates...)
		joinAudio(got, c.audio)
		for i, v := range got {
			if v.Bandwidth != c.want[i] || (v.AudioGroup == "") != (len(c.audio) == 0) {
				t.Errorf("%v with %d audio: variant %d is %+v, want the rate %d", c.rates, len(c.audio), i, v,
					c.want[i])
			}
		}
	}
}
