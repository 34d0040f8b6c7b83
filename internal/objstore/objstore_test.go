package objstore_test

import (
	"testing"

	"github.com/reelastic/reelastic/internal/objstore"
)

func TestContentType(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, container, want string }{
		{"a/master.m3u8", "ts", "application/vnd.apple.mpegurl"},
		{"seg00000.ts", "ts", "video/mp2t"},
		{"MOVIE.MP4", "", "video/mp4"},
		{"/output/400k", "ts", "video/mp2t"},
		{"/output/400k", "fmp4", "video/mp4"},
		{"clip.mov", "mp4", "video/mp4"},
		{"a.ts/key", "", "application/octet-stream"},
		{"key", "", "application/octet-stream"},
		{"key.", "", "application/octet-stream"},
		{"captions.vtt", "ts", "text/vtt"},
	} {
		if got := objstore.ContentType(c.key, c.container); got != c.want {
			t.Errorf("ContentType(%q, %q) = %s, want %s", c.key, c.container, got, c.want)
		}
	}
}
