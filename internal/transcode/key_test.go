package transcode

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/media"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	s := JobSpec{OutputKeyPrefix: "HLS/97f0fc90"}
	o := OutputSpec{Key: "/output/400k", ThumbnailPattern: "thumbs/{count}-{resolution}-{count}",
		Preset: PresetSpec{Thumbnails: &ThumbnailSpec{Format: "png"}}}
	p := PlaylistSpec{Name: "/master.m3u8"}
	got := []string{s.MediaKey(o), s.SegmentKey(o, 0), s.SegmentKey(o, 123456), s.VariantKey(o), s.MasterKeys(p)[0],
		s.ThumbnailKey(o, 1, media.Size{Width: 192, Height: 108})}
	want := []string{
		"HLS/97f0fc90/output/400k",
		"HLS/97f0fc90/output/400k00000.ts",
		"HLS/97f0fc90/output/400k123456.ts",
		"HLS/97f0fc90/output/400k.m3u8",
		"HLS/97f0fc90/master.m3u8.m3u8",
		"HLS/97f0fc90thumbs/00001-192x108-00001.png",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestFixedKeys(t *testing.T) {
	t.Parallel()
	s := JobSpec{OutputKeyPrefix: "p/"}
	video := PresetSpec{Video: &VideoSpec{}, Container: TS}
	fragmented := PresetSpec{Video: &VideoSpec{}, Container: FMP4}
	for _, c := range []struct {
		output OutputSpec
		want   []string
	}{
		{OutputSpec{Key: "a", Preset: video}, []string{"p/a"}},
		{OutputSpec{Key: "a", Preset: video, SegmentDuration: 1, Formats: []PlaylistFormat{HLSv3}},
			[]string{"p/a00000.ts", "p/a.m3u8"}},
		{OutputSpec{Key: "a", Preset: video, SegmentDuration: 1, Formats: []PlaylistFormat{HLSv4}},
			[]string{"p/a.ts", "p/a_v4.m3u8", "p/a_iframe.m3u8"}},
		{OutputSpec{Key: "a", Preset: PresetSpec{Container: TS}, SegmentDuration: 1, Formats: []PlaylistFormat{HLSv4}},
			[]string{"p/a.ts", "p/a_v4.m3u8"}},
		{OutputSpec{Key: "a", Preset: video, SegmentDuration: 1, Formats: []PlaylistFormat{HLSv4, HLSv3}},
			[]string{"p/a00000.ts", "p/a.ts", "p/a.m3u8", "p/a_v4.m3u8", "p/a_iframe.m3u8"}},
		{OutputSpec{Key: "a", Preset: fragmented, SegmentDuration: 1, Formats: []PlaylistFormat{DASH}}, []string{"p/a"}},
		{OutputSpec{Key: "a", Preset: fragmented, SegmentDuration: 1, Formats: []PlaylistFormat{Smooth}}, []string{"p/a"}},
		{OutputSpec{Key: "a", Preset: fragmented, SegmentDuration: 1, Formats: []PlaylistFormat{DASH, HLSv4}},
			[]string{"p/a", "p/a_v7.m3u8", "p/a_iframe.m3u8"}},
	} {
		var got []string
		for _, k := range s.FixedKeys(c.output) {
			got = append(got, k.Key)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %v (-want +got):\n%s", c.output.Preset.Container, c.output.Formats, diff)
		}
	}
	var masters []string
	for _, f := range []PlaylistFormat{HLSv3, HLSv4, DASH, Smooth} {
		masters = append(masters, s.MasterKeys(PlaylistSpec{Name: "m", Format: f})...)
	}
	if diff := cmp.Diff([]string{"p/m.m3u8", "p/m.m3u8", "p/m.mpd", "p/m.ismc", "p/m.ism"}, masters); diff != "" {
		t.Errorf("masters (-want +got):\n%s", diff)
	}
}
