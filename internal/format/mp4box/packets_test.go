package mp4box

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// probedPacket is what ffprobe says of a packet, in the words of [Packet].
type probedPacket struct {
	Stream    int `json:"stream_index"`
	PTS, DTS  int64
	Duration  int64
	Size, Pos string
	Flags     string
	SideData  []struct {
		Type string `json:"side_data_type"`
		Skip int64  `json:"skip_samples"`
	} `json:"side_data_list"`
}

func (p probedPacket) packet() Packet {
	offset, _ := strconv.ParseInt(p.Pos, 10, 64) // 0 is no place of a packet
	size, _ := strconv.ParseUint(p.Size, 10, 32)
	return Packet{DTS: p.DTS, PTS: p.PTS, Duration: p.Duration, Offset: offset, Size: uint32(size),
		Key: strings.Contains(p.Flags, "K"), Discard: strings.Contains(p.Flags, "D")}
}

// clips are MP4 files of other programs, which may be beside the repository.
func clips(t *testing.T) (paths []string) {
	t.Helper()
	for _, pattern := range []string{"*.mp4", "*.mov", "*.m4a", "*.3gp"} {
		for _, folder := range []string{"audio", "field", "video"} {
			found, err := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "media", folder, pattern))
			if err != nil {
				t.Fatal(err)
			}
			paths = append(paths, found...)
		}
	}
	return paths
}

// TestPackets holds the packets of files of all the forms that jobs make, and of others,
// against ffprobe's.
func TestPackets(t *testing.T) {
	t.Parallel()
	both := []string{"-map", "0:v", "-map", "1:a"}
	smooth := strings.Fields("-bsf:a noise=drop='lt(pts\\,0)' -f ismv -movflags +frag_keyframe")
	dir := made(t,
		args(both, frames, noise, strings.Fields("-movflags +faststart plain.mp4")),
		args(both, frames, noise, strings.Fields("-movflags +frag_keyframe+empty_moov+default_base_moof hls.mp4")),
		args(both, frames, noise, dashFlags, []string{"dash.mp4"}),
		args(both, frames, noise, smooth, []string{"smooth.mp4"}),
		args(both, frames, noise, strings.Fields("-movflags +negative_cts_offsets negative.mp4")),
		args([]string{"-map", "1:a"}, noise, []string{"audio.m4a"}),
		args([]string{"-map", "1:a"}, strings.Fields("-c:a flac -strict -2 flac.mp4")),
		args([]string{"-map", "0:v", "-t", "0.04"}, strings.Fields("-c:v png -pix_fmt rgb24 cover.png")),
		args([]string{"-map", "0:v"}, strings.Fields("-c:v mpeg4 -bf 2 mpeg4.mov")))
	for _, later := range [][]string{
		strings.Fields("-i audio.m4a -i cover.png -map 0 -map 1 -c copy -disposition:v attached_pic artwork.m4a"),
		strings.Fields("-ss 1.3 -i plain.mp4 -c copy cut.mp4"),
		strings.Fields("-i plain.mp4 -itsoffset 0.7 -i plain.mp4 -map 0:v -map 1:a -c copy late.mp4"),
		strings.Fields("-itsoffset 0.5 -i plain.mp4 -i plain.mp4 -map 0:v -map 1:a -c copy v-late.mp4"),
		strings.Fields("-i plain.mp4 -map 0:v -c copy -bf 2 -movflags +frag_keyframe+delay_moov -t 3 fragments.mp4"),
		strings.Fields("-i plain.mp4 -c copy -f hls -hls_segment_type fmp4 -hls_flags single_file list.m3u8"),
	} {
		run(t, dir, "ffmpeg", append([]string{"-nostdin", "-v", "error"}, later...)...)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.m*4*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(append(files, filepath.Join(dir, "mpeg4.mov")), clips(t)...) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			comparePackets(t, path)
		})
	}
}

// comparePackets holds the packets of a file against ffprobe's.
func comparePackets(t *testing.T, path string) {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, streams, err := ReadStreams(bytes.NewReader(file), int64(len(file)))
	if errors.Is(err, ErrUnlisted) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var probed struct{ Packets []probedPacket }
	if err := json.Unmarshal(run(t, filepath.Dir(path), "ffprobe", "-v", "error", "-of", "json", "-show_packets",
		filepath.Base(path)), &probed); err != nil {
		t.Fatal(err)
	}
	want := make([][]probedPacket, len(streams))
	for _, p := range probed.Packets {
		if p.Stream < len(streams) { // others are artwork
			want[p.Stream] = append(want[p.Stream], p)
		}
	}
	for i, s := range streams {
		if s.Handler != "vide" && s.Handler != "soun" {
			continue
		}
		if len(want[i]) != len(s.Packets) {
			t.Errorf("stream %d (%s): %d packets, ffprobe %d", i, s.Handler, len(s.Packets), len(want[i]))
			continue
		}
		compareStream(t, i, s, want[i])
	}
}

func compareStream(t *testing.T, i int, s Stream, probed []probedPacket) {
	t.Helper()
	var want []Packet
	skip, late := int64(0), lateOf(s)
	for n, p := range probed {
		for _, d := range p.SideData {
			if n == 0 {
				skip += d.Skip
			}
		}
		want = append(want, p.packet())
		want[n].PTS -= late
		if distance(s.Packets, n) {
			want[n].Duration = s.Packets[n].Duration
		}
	}
	if skip != s.Skip {
		t.Errorf("stream %d: %d are skipped, with ffprobe %d", i, s.Skip, skip)
	}
	if diff := cmp.Diff(want, s.Packets); diff != "" {
		t.Errorf("stream %d (-ffprobe +own):\n%.3000s", i, diff)
	}
}

// lateOf is how much later than they are ffprobe says that frames are shown, where some of
// them are shown before they are decoded: it does not let them be decoded earlier in fragments.
func lateOf(s Stream) (late int64) {
	for _, p := range s.Packets {
		late = max(late, p.DTS-p.PTS)
	}
	return late
}

// distance reports whether a packet lasts until the next one is decoded, or is the last.
// Ffprobe may then tell another length: what is usual for the stream, in fragments and where
// frames are reordered (before version 6), and at the end what is left of the track.
func distance(all []Packet, n int) bool {
	return n == len(all)-1 || all[n].Duration == all[n+1].DTS-all[n].DTS
}
