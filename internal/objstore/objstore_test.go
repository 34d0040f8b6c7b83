package objstore_test

import (
	"testing"

	"github.com/reelastic/reelastic/internal/object"
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

func TestMayReplace(t *testing.T) {
	t.Parallel()
	second := object.PutOptions{Owner: objstore.Owner("job", 2), ReplaceJob: "job"}
	for _, c := range []struct {
		owner string
		opts  object.PutOptions
		want  bool
	}{
		{"job/1", second, true},
		{"job/2", second, false},
		{"job/3", second, false},
		{"other/1", second, false},
		{"", second, false},
		{"job", second, false},
		{"job/x", second, false},
		{"job/1", object.PutOptions{Owner: "job/2"}, false},
		{"job/1", object.PutOptions{Owner: "other/2", ReplaceJob: "job"}, false},
		{"/1", object.PutOptions{Owner: "/2"}, false},
		{"", object.PutOptions{Overwrite: true}, true},
		{"other/9", object.PutOptions{Overwrite: true}, true},
	} {
		if got := objstore.MayReplace(c.owner, c.opts); got != c.want {
			t.Errorf("MayReplace(%q, %+v) = %t", c.owner, c.opts, got)
		}
	}
}
