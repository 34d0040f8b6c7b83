package analyser

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// run runs ffmpeg in a folder; without it the test is skipped, which in CI is a failure.
func run(t *testing.T, dir string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("ffmpeg is not installed")
		}
		t.Skip("ffmpeg is not installed")
	}
	cmd := exec.CommandContext(t.Context(), "ffmpeg", append([]string{"-nostdin", "-v", "error"}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("ffmpeg %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// TestFindsFaults reads a ladder as ffmpeg writes it by itself, a baseline and a main
// rendition, and finds each of its faults.
func TestFindsFaults(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, options := range map[string]string{"low": "-profile:v baseline -s 160x90 -b:v 100k",
		"high": "-profile:v main -s 320x180 -b:v 300k"} {
		run(t, dir,
			slices.Concat(
				strings.Fields(
					"-f lavfi -i testsrc2=s=320x180:r=24:d=6 -f lavfi -i sine=r=44100:d=6 -c:v libx264 -preset "+
						"veryfast"), strings.Fields(options),
				strings.Fields(
					"-g 24 -keyint_min 24 -sc_threshold 0 -c:a aac -b:a 64k -f hls -hls_time 2 -hls_list_size 0 "+
						"-muxdelay 0 -output_ts_offset 10 -hls_segment_filename "+name+"%d.ts "+name+".m3u8"))...)
	}
	list, err := os.ReadFile(filepath.Join(dir, "low.m3u8"))
	if err != nil {
		t.Fatal(err)
	}
	longer := strings.Replace(strings.Replace(string(list), "TARGETDURATION:2", "TARGETDURATION:3", 1),
		"EXTINF:2.000000", "EXTINF:2.100000", 1)
	master := "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\nlow.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2000\nhigh.m3u8\n"
	for name, text := range map[string]string{"low.m3u8": longer, "master.m3u8": master} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h, err := ReadHLS(dir, "master.m3u8", nil)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(h.Wrong, "\n")
	for _, fault := range []string{
		"low.m3u8: segment 0 lasts 2.000000 s, and is said to last 2.100000",
		"something is needed at 9.976778, the clock says 10.000000", // the sound before the pictures
		"target durations of 3 and 2", "low.m3u8 has the peak", "high.m3u8 has the peak",
		"pictures are decoded 0.000 and 83.333 ms early",
		"from low.m3u8 to high.m3u8: at boundary 1 a hole of -", "from high.m3u8 to low.m3u8: at boundary 1 a hole of ",
	} {
		if !strings.Contains(all, fault) &&
			!(strings.HasPrefix(fault, "target") && strings.Contains(all, "target durations of 2 and 3")) {
			t.Errorf("%q was not found in\n%s", fault, all)
		}
	}
	if len(h.Renditions) != 2 || h.Renditions[0].Pictures != 144 || h.Renditions[0].Sounds < 258 {
		t.Errorf("renditions %+v and %+v", h.Renditions[0], h.Renditions[1])
	}
}

// TestFindsTransportFaults breaks packets one by one.
func TestFindsTransportFaults(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run(t, dir,
		strings.Fields(
			"-f lavfi -i testsrc2=s=160x90:r=25:d=1 -f lavfi -i sine=d=1 -c:v libx264 -preset ultrafast -c:a aac -f "+
				"mpegts -muxdelay 0.1 whole.ts")...)
	whole, err := os.ReadFile(filepath.Join(dir, "whole.ts"))
	if err != nil {
		t.Fatal(err)
	}
	if clean := newTransport(); len(clean.read(0, whole).pictures) != 25 || len(clean.wrong) > 0 {
		t.Fatalf("the whole stream: %v", clean.wrong)
	}
	find := func(text []byte, pid int) int {
		for at := packetBytes * 20; at < len(text); at += packetBytes {
			if int(text[at+1]&0x1f)<<8|int(text[at+2]) == pid && text[at+1]&0x40 == 0 {
				return at
			}
		}
		t.Fatalf("no packet %d", pid)
		return 0
	}
	for want, spoil := range map[string]func([]byte) []byte{
		"which are no packets": func(b []byte) []byte { return b[:len(b)-1] },
		"has no header":        func(b []byte) []byte { b[packetBytes] = 0; return b },
		"count from": func(b []byte) []byte {
			at := find(b, 256)
			return slices.Delete(b, at, at+packetBytes)
		},
		"media before the tables": func(b []byte) []byte { return b[3*packetBytes:] },
		"has a wrong checksum":    func(b []byte) []byte { b[packetBytes+12] ^= 1; return b },
		"no block of sound": func(b []byte) []byte {
			at := find(b, 257)
			b[at] = 0x47
			copy(b[at+4:at+184], make([]byte, 180))
			return b
		},
		"within a picture or a block": func(b []byte) []byte {
			at := find(b, 256)
			return slices.Concat(b[:3*packetBytes], b[at:at+packetBytes])
		},
		"comes before the clock": func(b []byte) []byte { return withoutClock(b) },
		"the clock stands for":   func(b []byte) []byte { return withoutClock(b, 5) },
	} {
		tr := newTransport()
		if want == "media before the tables" { // they were read in a segment before
			tr.read(0, whole)
		}
		tr.read(1, spoil(slices.Clone(whole)))
		if !strings.Contains(strings.Join(tr.wrong, "\n"), want) {
			t.Errorf("%q was not found in %v", want, tr.wrong)
		}
	}
}

// withoutClock takes the flag of the clock out of the first packets, or of those after
// so many.
func withoutClock(b []byte, after ...int) []byte {
	from, seen := 0, 0
	if len(after) > 0 {
		from = after[0]
	}
	for at := 0; at < len(b); at += packetBytes {
		if b[at+3]&0x20 == 0 || b[at+4] == 0 || b[at+5]&0x10 == 0 {
			continue
		}
		if seen++; seen > from && seen <= from+4 {
			b[at+5] &^= 0x10
		}
	}
	return b
}

// TestRefuses finds that the schema and the parser are asked.
func TestRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.mpd")
	if err := os.WriteFile(bad,
		[]byte(`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="x" minBufferTime="PT1S"><Period><AdaptationSet><Role schemeIdUri="a"/><Label>b</Label></AdaptationSet></Period></MPD>`), 0o600); err != nil {
		t.Fatal(err)
	}
	if HasSchema() && ready(t, hasValidator(), "xmllint is not installed") {
		if err := ValidateDASH(t.TempDir(), bad); err == nil || !strings.Contains(err.Error(), "Label") {
			t.Errorf("the schema says of a label after a role: %v", err)
		}
		golden, err := filepath.Glob(filepath.Join(repository(), "internal", "format", "manifest", "testdata", "*.mpd"))
		if err != nil || len(golden) == 0 {
			t.Fatalf("no manifests of the code's own tests: %v", err)
		}
		if err := ValidateDASH(t.TempDir(), golden...); err != nil {
			t.Error(err)
		}
	}
	list := filepath.Join(dir, "bad.m3u8")
	if err := os.WriteFile(list,
		[]byte("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXTINF:4.6,\na.ts\n#EXT-X-ENDLIST\n"),
		0o600); err != nil {
		t.Fatal(err)
	}
	if ready(t, HasParser(), "the strict parser of playlists is not installed") {
		if refused, err := parseStrictly([]string{list}); err != nil || len(refused) != 1 {
			t.Errorf("the strict parser refuses %v, %v", refused, err)
		}
	}
}
