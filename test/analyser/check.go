package analyser

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Check reads all playlists and manifests below a folder of objects, and what they name,
// and fails the test for each fault. Keys are those of segments whose key is not an object,
// by their addresses; the objects in except are not looked at. Where a tool is missing, what needs
// it is left out with a line that
// says so; where CI is set that is a failure.
func Check(tb testing.TB, dir string, keys map[string][]byte, except map[string]bool) {
	tb.Helper()
	var masters, playlists, manifests []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || except[below(dir, path)] {
			return err
		}
		switch filepath.Ext(path) {
		case ".m3u8":
			text, err := os.ReadFile(path)
			if bytes.Contains(text, []byte("#EXT-X-STREAM-INF")) {
				masters = append(masters, path)
			}
			playlists = append(playlists, path)
			return err
		case ".mpd":
			manifests = append(manifests, path)
		}
		return nil
	})
	if err != nil {
		tb.Error(err)
	}
	validate(tb, playlists, manifests)
	for _, path := range masters {
		h, err := ReadHLS(dir, below(dir, path), keys)
		report(tb, err, func() []string { return h.Wrong })
	}
	for _, path := range manifests {
		d, err := ReadDASH(dir, below(dir, path))
		report(tb, err, func() []string { return d.Wrong })
	}
}

// below is the key of an object in a folder.
func below(dir, path string) string {
	return filepath.ToSlash(strings.TrimPrefix(path, filepath.Clean(dir)+string(filepath.Separator)))
}

func report(tb testing.TB, err error, wrong func() []string) {
	tb.Helper()
	if err != nil {
		tb.Error(err)
		return
	}
	for _, w := range wrong() {
		tb.Error(w)
	}
}

// validate reads playlists with the strict parser, and manifests with the schema.
func validate(tb testing.TB, playlists, manifests []string) {
	tb.Helper()
	if len(playlists) > 0 && ready(tb, HasParser(), "the strict parser of playlists is not installed") {
		refused, err := parseStrictly(playlists)
		if err != nil {
			tb.Error(err)
		}
		for _, r := range refused {
			tb.Error(r)
		}
	}
	if len(manifests) > 0 && HasSchema() && ready(tb, hasValidator(), "xmllint is not installed") {
		if err := ValidateDASH(tb.TempDir(), manifests...); err != nil {
			tb.Error(err)
		}
	}
}

func ready(tb testing.TB, is bool, otherwise string) bool {
	tb.Helper()
	switch {
	case is:
	case os.Getenv("CI") != "":
		tb.Error(otherwise)
	default:
		tb.Log(otherwise)
	}
	return is
}
