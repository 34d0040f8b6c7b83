package transcode

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/media"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	s := JobSpec{OutputKeyPrefix: "HLS/97f0fc90"}
	o := OutputSpec{Key: "/output/400k", ThumbnailPattern: "thumbs/{count}-{resolution}-{count}", Preset: PresetSpec{Thumbnails: &ThumbnailSpec{Format: "png"}}}
	p := PlaylistSpec{Name: "/master.m3u8"}
	got := []string{s.MediaKey(o), s.SegmentKey(o, 0), s.SegmentKey(o, 123456), s.VariantKey(o), s.MasterKey(p), s.ThumbnailKey(o, 1, media.Size{Width: 192, Height: 108})}
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
