package mp4box

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stated is what a movie header says of the file's length, in seconds; -1 is nothing.
func stated(file []byte) float64 {
	at := bytes.Index(file, []byte("mehd\x01\x00\x00\x00"))
	if at < 0 {
		return -1
	}
	scale := binary.BigEndian.Uint32(file[bytes.Index(file, []byte("mvhd"))+16:])
	return float64(binary.BigEndian.Uint64(file[at+8:])) / float64(scale)
}

func TestStateDuration(t *testing.T) {
	t.Parallel()
	dir := made(t,
		args([]string{"-map", "0:v"}, frames, dashFlags, []string{"v.mp4"}),
		args([]string{"-map", "1:a"}, noise, strings.Fields("-f mp4 -movflags +dash+delay_moov+global_sidx "+
			"-frag_duration 2000000 a.mp4")),
		args([]string{"-map", "0:v", "-map", "1:a"}, frames, noise,
			strings.Fields("-bsf:a noise=drop='lt(pts\\,0)' -f ismv -movflags +frag_keyframe s.ismv")),
		args([]string{"-map", "0:v"}, frames, strings.Fields("-fflags +bitexact"), dashFlags, []string{"bare.mp4"}))
	for name, least := range map[string]float64{"v.mp4": 5, "a.mp4": 5, "s.ismv": 5} {
		path := filepath.Join(dir, name)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file := memory(bytes.Clone(before))
		for range 2 { // the second time changes nothing
			f, err := Read(file, int64(len(file)))
			if err == nil {
				err = f.StateDuration(file)
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got := stated(file); got < least || got > least+0.1 {
				t.Errorf("%s lasts %f s", name, got)
			}
			if n := bytes.Count(file, []byte("mehd")); n != 1 {
				t.Errorf("%s: %d boxes with a length", name, n)
			}
		}
		head, _ := Read(file, int64(len(file)))
		if stated(before) >= 0 || !bytes.Equal(before[head.HeaderEnd:], file[head.HeaderEnd:]) {
			t.Errorf("%s: something else has changed", name)
		}
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		if text := run(t, dir, "ffmpeg", "-v", "error", "-i", name, "-f", "null", "-"); len(text) > 0 {
			t.Errorf("%s: %s", name, text)
		}
	}
	bare, err := os.ReadFile(filepath.Join(dir, "bare.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(bare, []byte("udta"))
	if at >= 0 {
		copy(bare[at:], "skip")
	}
	f, err := Read(memory(bare), int64(len(bare)))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.StateDuration(memory(bare)); !errors.Is(err, ErrNoSpare) {
		t.Errorf("a header without user data: %v", err)
	}
}
