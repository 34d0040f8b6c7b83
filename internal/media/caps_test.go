package media

import (
	"strings"
	"testing"
)

func TestRefusal(t *testing.T) {
	t.Parallel()
	x264 := map[string]bool{"libx264": true}
	for want, caps := range map[string]Caps{
		"ffmpeg 4.4.2 is too old: 5.1 or newer is needed": {Version: "4.4.2", Release: Release{4, 4},
			Encoders: x264},
		"ffmpeg 5.0.1 is too old: 5.1 or newer is needed": {Version: "5.0.1", Release: Release{5, 0},
			Encoders: x264},
		"ffmpeg 7.1 was built without libx264, which is needed":    {Version: "7.1", Release: Release{7, 1}},
		"ffmpeg custom was built without libx264, which is needed": {Version: "custom"},
	} {
		if got := caps.Refusal(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, r := range []Release{{}, {5, 1}, {6, 0}, {9, 0}, {12, 0}} {
		if got := (Caps{Version: "x", Release: r, Encoders: x264}).Refusal(); got != "" {
			t.Errorf("%s: %q", r, got)
		}
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	old := Caps{Release: Release{5, 1}, Sandbox: "none"}
	var all []string
	for _, lack := range old.Missing() {
		all = append(all, lack.Name)
		if !strings.HasSuffix(lack.Instead, ".") {
			t.Errorf("%s: no sentence: %q", lack.Name, lack.Instead)
		}
	}
	for _, want := range []string{"encoder libvpx-vp9", "encoder for HE-AAC", "decoder for HEVC",
		"filters zscale and tonemap", "encoders that work at the same time", "bubblewrap"} {
		if !strings.Contains(strings.Join(all, ", "), want) {
			t.Errorf("%q lack no %q", all, want)
		}
	}
}
