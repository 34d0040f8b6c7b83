package cenc

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/format/mp4box"
)

// sources are files as ffmpeg makes them for players: MPEG-DASH with both tracks in
// each fragment, or one of them; Smooth Streaming with fragments of their own.
var sources = map[string][]string{
	"dash.mp4":  strings.Fields("-map 0 -map 1 -f mp4 -movflags +dash+frag_keyframe+delay_moov+global_sidx"),
	"video.mp4": strings.Fields("-map 0 -f mp4 -movflags +dash+frag_keyframe+delay_moov+global_sidx"),
	"audio.mp4": strings.Fields("-map 1 -f mp4 -movflags +dash+delay_moov+global_sidx -frag_duration 2000000"),
	"both.ismv": append(strings.Fields("-map 0 -map 1 -f ismv -movflags +frag_keyframe -bsf:a"),
		`noise=drop=lt(pts\,0)`),
}

func generate(t *testing.T) (dir string) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short runs no ffmpeg")
	}
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("ffmpeg is not installed")
		}
		t.Skip("ffmpeg is not installed")
	}
	dir = t.TempDir()
	args := strings.Fields("-nostdin -v error -f lavfi -i testsrc2=s=160x90:r=25:d=5 -f lavfi -i sine=r=44100:d=5")
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range sources {
			if !yield(name) {
				return
			}
		}
	}) {
		args = append(args, strings.Fields("-c:v libx264 -preset ultrafast -g 50 -keyint_min 50 -sc_threshold 0 -bf "+
			"2 -b:v 600k -pix_fmt yuv420p -c:a aac -b:a 96k -fflags +bitexact -flags +bitexact")...)
		args = append(append(args, sources[name]...), name)
	}
	call(t, dir, nil, args...)
	return dir
}

func call(t *testing.T, dir string, input []byte, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ffmpeg", args...)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(input)
	var messages bytes.Buffer
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil || messages.Len() > 0 {
		t.Fatalf("ffmpeg %s: %v\n%s", strings.Join(args, " "), err, messages.String())
	}
	return string(out)
}

// hashes are those of every decoded frame and block of audio, with their times.
func hashes(t *testing.T, dir string, file []byte, options ...string) string {
	t.Helper()
	args := append([]string{"-v", "error"}, options...)
	return call(t, dir, file, append(args, strings.Fields("-i pipe:0 -map 0 -f framehash -hash md5 -")...)...)
}

func TestEncryptWhatFFmpegWrites(t *testing.T) {
	t.Parallel()
	dir := generate(t)
	t.Run("ffmpeg decrypts", func(t *testing.T) { testFFmpegDecrypts(t, dir) })
	t.Run("by its boxes", func(t *testing.T) { testDecryptsByItsBoxes(t, dir) })
}

var protection = Protection{
	Scheme: Common,
	Key:    []byte("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"),
	KeyID:  [16]byte([]byte("0123456789abcdef")),
	Vector: 0xfffffffffffffff0, // counts past its end
	Systems: []System{
		{ID: mp4box.UUID{0x9a, 4}, Data: []byte("of the system")},
		{ID: CommonSystem, KeyIDs: [][16]byte{[16]byte([]byte("0123456789abcdef"))}},
	},
}

// ffmpeg decrypts what was encrypted to the same frames as it decodes without; what it
// reads without the key is something else.
func testFFmpegDecrypts(t *testing.T, dir string) {
	for name := range sources {
		clear, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := encrypt(clear, protection)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := hashes(t, dir, clear)
		if diff := cmp.Diff(want, hashes(t, dir, sealed, "-decryption_key",
			"00112233445566778899aabbccddeeff")); diff != "" {
			t.Errorf("%s (-clear +decrypted):\n%s", name, diff)
		}
		cmd := exec.CommandContext(t.Context(), "ffmpeg",
			strings.Fields("-v quiet -i pipe:0 -map 0 -f framehash -hash md5 -")...)
		cmd.Stdin = bytes.NewReader(sealed)
		if out, err := cmd.Output(); err == nil && string(out) == want {
			t.Errorf("%s plays without the key", name)
		}
	}
}

// What was encrypted in either scheme decrypts to the samples of the source by what its
// own boxes say, and all that tells of fragments tells where they are now.
func testDecryptsByItsBoxes(t *testing.T, dir string) {
	for name := range sources {
		clear, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		want := decrypted(t, clear, nil)
		var media [][]byte
		for _, scheme := range []Scheme{Common, PIFF} {
			p := protection
			p.Scheme = scheme
			sealed, err := encrypt(clear, p)
			if err != nil {
				t.Fatalf("%s in %s: %v", name, scheme, err)
			}
			if got := decrypted(t, sealed, &p); !slices.EqualFunc(want, got, bytes.Equal) {
				t.Errorf("%s in %s decrypts to other samples", name, scheme)
			}
			if slices.EqualFunc(want, decrypted(t, sealed, nil), bytes.Equal) {
				t.Errorf("%s in %s is not encrypted", name, scheme)
			}
			checkReferences(t, name, sealed)
			media = append(media, bytes.Join(decrypted(t, sealed, nil), nil))
		}
		if !bytes.Equal(media[0], media[1]) {
			t.Errorf("%s: the schemes encrypt other bytes", name)
		}
	}
}

// decrypted are the samples of all tracks in the file's order, decrypted by an own
// reading of the boxes where there is a protection. No vector is used twice.
func decrypted(t *testing.T, file []byte, p *Protection) (samples [][]byte) {
	t.Helper()
	f := open(t, file)
	used := map[uint64]bool{}
	for fragment, err := range f.Fragments() {
		if err != nil {
			t.Fatal(err)
		}
		moof := file[fragment.Moof.Offset:fragment.Moof.End()]
		for n, track := range fragment.Tracks {
			if p == nil {
				for _, s := range track.Samples {
					samples = append(samples, bytes.Clone(file[s.Offset:][:s.Size]))
				}
				continue
			}
			entry := f.Movie.Track(track.TrackID).Entries[0]
			if want := (&mp4box.Protection{Original: entry.Protection.Original, Scheme: string(p.Scheme),
				Encrypted: true, IVSize: 8, KeyID: mp4box.UUID(p.KeyID)}); !cmp.Equal(want, entry.Protection) {
				t.Fatalf("track %d: %+v", track.TrackID, entry.Protection)
			}
			rest := senc(t, moof, n, p.Scheme)
			parts := binary.BigEndian.Uint32(rest)&2 != 0
			if count := binary.BigEndian.Uint32(rest[4:]); int(count) != len(track.Samples) {
				t.Fatalf("%d vectors for %d samples", count, len(track.Samples))
			}
			if parts != (entry.AVC != nil) {
				t.Fatalf("track %d has parts: %v", track.TrackID, parts)
			}
			rest = rest[8:]
			for _, s := range track.Samples {
				var sample []byte
				vector := binary.BigEndian.Uint64(rest)
				if used[vector] {
					t.Fatalf("vector %x is used twice", vector)
				}
				used[vector] = true
				sample, rest = openSample(file[s.Offset:][:s.Size], rest, parts, p.Key)
				samples = append(samples, sample)
			}
			if len(rest) > 0 {
				t.Fatalf("%d bytes follow the last entry", len(rest))
			}
		}
	}
	if len(samples) == 0 {
		t.Fatal("no samples")
	}
	return samples
}

// openSample decrypts a sample with the next entry of a list, block by block.
func openSample(sample, list []byte, parts bool, key []byte) (clear, rest []byte) {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	stream := cipher.NewCTR(block, append(bytes.Clone(list[:8]), make([]byte, 8)...))
	clear, list = bytes.Clone(sample), list[8:]
	if !parts {
		stream.XORKeyStream(clear, clear)
		return clear, list
	}
	at := 0
	n := int(binary.BigEndian.Uint16(list))
	list = list[2:]
	for range n {
		at += int(binary.BigEndian.Uint16(list))
		encrypted := int(binary.BigEndian.Uint32(list[2:]))
		stream.XORKeyStream(clear[at:at+encrypted], clear[at:at+encrypted])
		at += encrypted
		list = list[6:]
	}
	return clear, list
}

// senc is the body of the list of the nth track of a fragment, with its flags. In
// Common Encryption it lies where "saio" says, and is as long as "saiz" says.
func senc(t *testing.T, moof []byte, n int, scheme Scheme) (body []byte) {
	t.Helper()
	var sizes, at int
	for p, err := range mp4box.Parts(moof[8:]) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Type != "traf" {
			continue
		}
		if n--; n >= 0 {
			continue
		}
		for p, err := range mp4box.Parts(p.Body) {
			switch {
			case err != nil:
				t.Fatal(err)
			case p.Type == "senc" || p.UUID == mp4box.SampleEncryption:
				body = p.Body
			case p.Type == "saiz":
				count := int(binary.BigEndian.Uint32(p.Body[5:]))
				sizes = count * int(p.Body[4])
				for _, size := range p.Body[9:] {
					sizes += int(size)
				}
			case p.Type == "saio":
				at = int(binary.BigEndian.Uint32(p.Body[8:]))
			}
		}
		break
	}
	if body == nil {
		t.Fatal("no list of vectors")
	}
	if scheme == Common && !bytes.Equal(moof[at:at+sizes], body[8:]) {
		t.Fatalf("the list does not lie at %d", at)
	}
	return body
}

func open(t *testing.T, file []byte) *mp4box.File {
	t.Helper()
	f, err := mp4box.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// checkReferences holds indexes and access points against the fragments.
func checkReferences(t *testing.T, name string, file []byte) {
	t.Helper()
	f := open(t, file)
	starts := map[int64]bool{int64(len(file)): true}
	for fragment, err := range f.Fragments() {
		if err != nil {
			t.Fatal(err)
		}
		starts[fragment.Moof.Offset] = true
		end := fragment.Mdat.End()
		if end < int64(len(file)) && string(file[end+4:end+8]) != "moof" {
			starts[end] = true // the end of the last one
		}
	}
	for _, index := range f.Indexes {
		at := index.First
		for _, r := range index.References {
			if !starts[at] {
				t.Errorf("%s: the index refers to %d", name, at)
			}
			at += int64(r.Size)
		}
		if !starts[at] {
			t.Errorf("%s: the index ends at %d", name, at)
		}
	}
	points, err := f.AccessPoints()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range slices.Concat(points[1], points[2]) {
		if !starts[int64(p.Moof)] {
			t.Errorf("%s: an access point refers to %d", name, p.Moof)
		}
	}
	if len(points) == 0 || strings.HasSuffix(name, ".mp4") && len(f.Indexes) == 0 {
		t.Errorf("%s: %d access points, %d indexes", name, len(points), len(f.Indexes))
	}
}

// A file that was changed anywhere gives an error or a file that can be read, and
// nothing else.
func FuzzEncrypt(f *testing.F) {
	file, err := os.ReadFile(filepath.Join("testdata", "small.ismv"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Fuzz(func(t *testing.T, src []byte) {
		sealed, err := encrypt(src, protection)
		if err != nil {
			return
		}
		if _, err := encrypt(sealed, protection); !errors.Is(err, ErrUnfit) && !errors.Is(err, mp4box.ErrMalformed) {
			t.Errorf("an encrypted file is encrypted again: %v", err)
		}
	})
}
