package hostile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// The most memory, in bytes, that hostile inputs may cost: the server, and a process
// of ffmpeg, which may have to do with pictures of 8192 x 4320.
const (
	serverBytes = 250 << 20
	childBytes  = 4 << 30
)

// TestBombs submits small files that unfold to huge ones, or say so. What is
// too large is refused before it is decoded, the rest takes what it needs.
func TestBombs(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	defer s.lives(t)
	film, song := s.film(t), s.put("song.wav", wave(1))
	s.put("header.png", pngOf(100_000, 100_000))
	s.put("white.png", whitePNG(t, 4096, 3072))
	s.put("header.jpg", jpegOf(65_535, 65_535))
	s.put("canvas.gif", gifOf(t, 65_535, 65_535, 1, 0))
	s.put("endless.gif", gifOf(t, 64, 48, 20, 0))
	frames := 60 // of three million pixels each
	if reelastictest.Soak {
		frames = 300
	}
	s.put("many.gif", gifOf(t, 2048, 1536, frames, 0))
	s.put("century.gif", gifOf(t, 64, 48, 300, 65_535))
	s.put("long.wav", longWave())
	s.put("long.flac", longFLAC(t))
	s.put("wide.avi", flat(t, "avi", "9216x4608", "mjpeg"))
	s.put("grows.ts", append(flat(t, "ts", "128x96", "mpeg4"), flat(t, "ts", "8176x4096", "mpeg4")...))
	s.put("nested.mp4", nested(100_000))
	s.put("void.mkv", ebmlVoid(1<<55))
	for _, c := range []struct {
		job   job
		codes []int // that are right; 0 is Complete
	}{
		{job{input: film, watermark: "header.png"}, []int{4004}},
		{job{input: film, watermark: "header.jpg"}, []int{4004}},
		{job{input: film, watermark: "white.png"}, []int{0}},
		{job{input: song, preset: reelastictest.MP3At128k, art: "header.png"}, []int{4012}},
		{job{input: song, preset: reelastictest.MP3At128k, art: "white.png"}, []int{0}},
		{job{input: "header.png"}, []int{4000, 4001}},
		{job{input: "header.jpg"}, []int{4000, 4001}},
		{job{input: "canvas.gif"}, []int{4001, 4006}},
		{job{input: "endless.gif"}, []int{0}},
		{job{input: "many.gif"}, []int{0}},
		{job{input: "century.gif"}, []int{4000}},
		{job{input: "long.wav", preset: reelastictest.MP3At128k}, []int{0}},
		{job{input: "long.flac", preset: reelastictest.MP3At128k}, []int{0, 4000, 4007}},
		{job{input: "wide.avi"}, []int{4001}},
		{job{input: "grows.ts"}, []int{0, 4001, 4007}},
		{job{input: "nested.mp4"}, []int{4000, 4006}},
		{job{input: "void.mkv"}, []int{4000, 4006}},
	} {
		t.Run(fmt.Sprint(c.job), func(t *testing.T) {
			done := s.Await(t, s.submit(t, c.job))
			if code(t, done) == 0 && c.codes[0] == 0 {
				return
			}
			s.refused(t, done, c.codes...)
		})
	}
	s.held(t, serverBytes, childBytes)
}

// pngOf is a PNG file that says it is of a size, and has no picture.
func pngOf(width, height uint32) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), width), height)
	header = append(header, 8, 6, 0, 0, 0)
	out := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), uint32(len(header)-4))
	return binary.BigEndian.AppendUint32(append(out, header...), crc32.ChecksumIEEE(header))
}

// whitePNG is one of the largest pictures that are allowed, in a few kilobytes.
func whitePNG(t *testing.T, width, height int) []byte {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, width, height))
	for i := range picture.Pix {
		picture.Pix[i] = 255
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// jpegOf is the head of a baseline JPEG of a size.
func jpegOf(width, height uint16) []byte {
	out := []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xc0\x00\x11\x08")
	out = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(out, height), width)
	return append(out, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0)
}

// gifOf repeats a spot for ever on a canvas. Delays are in hundredths of a second.
func gifOf(t *testing.T, width, height, frames, delay int) []byte {
	t.Helper()
	out := gif.GIF{Config: image.Config{Width: width, Height: height,
		ColorModel: color.Palette{color.Black, color.White}}}
	for i := range frames {
		at := i % width
		spot := image.NewPaletted(image.Rect(at, 0, at+1, 1), color.Palette{color.Black, color.White})
		out.Image, out.Delay = append(out.Image, spot), append(out.Delay, delay)
	}
	if len(out.Image) == 1 {
		out.LoopCount = -1
	}
	var file bytes.Buffer
	if err := gif.EncodeAll(&file, &out); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// longWave is a second of sound in a file that says it has four gigabytes.
func longWave() []byte {
	w := wave(1)
	for _, at := range []int{4, 40} {
		binary.LittleEndian.PutUint32(w[at:], 0xffff_fffe)
	}
	return w
}

// longFLAC is a second of sound in a file that says it has the most samples there are.
func longFLAC(t *testing.T) []byte {
	t.Helper()
	f := made(t, "flac", "-f", "lavfi", "-i", "sine=d=1")
	const samples = 8 + 13 // in STREAMINFO, 36 bits (RFC 9639, 8.2)
	f[samples] |= 0x0f
	copy(f[samples+1:], "\xff\xff\xff\xff")
	return f
}

// flat is half a second of black pictures of a size.
func flat(t *testing.T, extension, size, codec string) []byte {
	t.Helper()
	return made(t, extension, "-f", "lavfi", "-i", "color=s="+size+":r=10:d=0.5", "-c:v", codec)
}

// made is a file that ffmpeg makes.
func made(t *testing.T, extension string, args ...string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "made."+extension)
	reelastictest.Command(t, "ffmpeg", slices.Concat([]string{"-nostdin", "-v", "error"}, args, []string{path})...)
	return reelastictest.ReadFile(t, path)
}

// nested is a film of boxes in boxes.
func nested(depth int) []byte {
	out := box("ftyp", []byte("isom\x00\x00\x02\x00isomiso2"))
	for i := range depth {
		out = append(binary.BigEndian.AppendUint32(out, uint32(8*(depth-i))), "moov"...)
	}
	return out
}

// TestManyStreams: a file of ten thousand streams is refused, and its headers
// are not read for long.
func TestManyStreams(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	defer s.lives(t)
	const streams = 10_000
	for key, content := range map[string][]byte{"many.mkv": manyTracks(streams),
		"many.mp4": repeatTracks(reelastictest.ReadFile(t, filepath.Join(s.Bucket("in"), s.film(t))), streams),
		"many.avi": manyLists(streams)} {
		s.put(key, content)
		done := s.Await(t, s.submit(t, job{input: key}))
		if s.refused(t, done, 4000); !strings.Contains(reelastictest.Text(done.Outputs[0].StatusDetail), "streams") {
			t.Errorf("%s: %s", key, reelastictest.Text(done.Outputs[0].StatusDetail))
		}
	}
	s.held(t, serverBytes, childBytes)
}

// manyLists is an AVI file of stream lists (RIFF: strl).
func manyLists(n int) []byte {
	chunk := func(id string, content []byte) []byte {
		return append(binary.LittleEndian.AppendUint32([]byte(id), uint32(len(content))), content...)
	}
	header := make([]byte, 56)
	copy(header, "vidsMJPG")
	header[20], header[24] = 1, 25 // scale and rate
	format := make([]byte, 40)
	format[0], format[4], format[8], format[12], format[14] = 40, 64, 48, 1, 24
	copy(format[16:], "MJPG")
	list := append([]byte("strl"), chunk("strh", header)...)
	list = chunk("LIST", append(list, chunk("strf", format)...))
	all := append([]byte("hdrl"), chunk("avih", make([]byte, 56))...)
	all = chunk("LIST", append(all, bytes.Repeat(list, n)...))
	movi := chunk("LIST", append([]byte("movi"), chunk("00dc", jpegOf(64, 48))...))
	return chunk("RIFF", append(append([]byte("AVI "), all...), movi...))
}
