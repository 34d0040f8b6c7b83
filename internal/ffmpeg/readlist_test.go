package ffmpeg

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzNames reads what ffmpeg says of its version and of what it can do.
func FuzzNames(f *testing.F) {
	f.Add("ffmpeg version 5.1.9-0+deb12u1 Copyright\nlibavcodec     59. 37.100 / 59. 37.100\n")
	f.Add(" V....D libx264              libx264 H.264 (codec h264)\n D  mov,mp4,m4a QuickTime\n ... = legend\n")
	f.Fuzz(func(t *testing.T, text string) {
		parseVersion(text)
		for name := range parseNames(text) {
			if len(name) > len(text) {
				t.Errorf("%q is in %q", name, text)
			}
		}
	})
}

// FuzzReadList reads lists of segments, which a program that was taken over may write: they
// name nothing outside of their folder, and no time is negative.
func FuzzReadList(f *testing.F) {
	for _, text := range []string{
		"#EXTM3U\n#EXTINF:2.000000,\nhls00000.ts\n#EXT-X-ENDLIST\n", "../outside\n", "/etc/passwd\n", ".\n", "\x00\n",
		"#EXTINF:-1,\n#EXTINF:1e300,\n#EXTINF:NaN,\nhls00000.ts\nhls00000.ts\n",
	} {
		f.Add(text)
	}
	outside := f.TempDir()
	dir := filepath.Join(outside, "folder")
	if err := os.Mkdir(dir, 0o700); err != nil {
		f.Fatal(err)
	}
	for _, path := range []string{filepath.Join(outside, "outside"), filepath.Join(dir, "hls00000.ts")} {
		if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(filepath.Join(dir, "list"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := readList(dir, "list")
		if err != nil {
			return
		}
		for _, name := range l.files {
			if name != "hls00000.ts" && name != "list" {
				t.Errorf("%q names %q", text, name)
			}
		}
		if l.duration < 0 || l.size < 0 {
			t.Errorf("%q is %v and %d bytes", text, l.duration, l.size)
		}
	})
}
