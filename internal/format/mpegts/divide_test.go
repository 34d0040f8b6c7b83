package mpegts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

// begin is when the programme begins in the streams of the tests.
const begin = 10 * Clock

// made is a transport stream that ffmpeg wrote with the arguments between its inputs
// and its muxer's: needs it, and skips without, which in CI is a failure.
func made(t testing.TB, args string) []byte {
	t.Helper()
	if testing.Short() {
		t.Skip("-short runs no ffmpeg")
	}
	for _, tool := range []string{"ffmpeg", "ffprobe"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is not installed", tool)
			}
			t.Skipf("%s is not installed", tool)
		}
	}
	out := filepath.Join(t.TempDir(), "o.ts")
	run(t, "ffmpeg", append(strings.Fields("-nostdin -v error "+args+" -f mpegts -pes_payload_size 0 -muxdelay 0 "+
		"-output_ts_offset 10"), out)...)
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func run(t testing.TB, tool string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool, args...)
	var messages bytes.Buffer
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil || messages.Len() > 0 {
		t.Fatalf("%s %s: %v\n%s", tool, strings.Join(args, " "), err, messages.String())
	}
	return out
}

// found is a packet as ffprobe reads it.
type found struct {
	Stream    int `json:"stream_index"`
	PTS, DTS  int64
	Flags     string
	Data_hash string
}

// packets are those of each stream in a transport stream.
func packets(t *testing.T, ts []byte) (all [2][]found) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "p.ts")
	if err := os.WriteFile(path, ts, 0o600); err != nil {
		t.Fatal(err)
	}
	var out struct{ Packets []found }
	text := run(t, "ffprobe", "-v", "error", "-f", "mpegts", "-show_packets", "-show_data_hash", "md5", "-of", "json",
		path)
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	for _, p := range out.Packets {
		all[p.Stream] = append(all[p.Stream], p)
	}
	return all
}

// divided is a stream in segments.
func divided(t *testing.T, ts []byte, how Division) (parts [][]byte, segments []Segment) {
	t.Helper()
	var all []*file
	segments, err := Divide(bytes.NewReader(ts), how, func(n int) (io.WriteCloser, error) {
		if n != len(all) || n > 0 && !all[n-1].closed {
			t.Errorf("segment %d is opened after %d, or before the last one is closed", n, len(all))
		}
		all = append(all, new(file))
		return all[n], nil
	})
	if err != nil {
		t.Fatal(err)
	}
	at := int64(0)
	for n, s := range segments {
		if s.Offset != at || s.SizeBytes != int64(all[n].Len()) {
			t.Errorf("segment %d is at %d with %d bytes, want %d and %d", n, s.Offset, s.SizeBytes, at, all[n].Len())
		}
		at += s.SizeBytes
		parts = append(parts, all[n].Bytes())
	}
	if len(segments) != len(all) || !all[len(all)-1].closed {
		t.Errorf("%d segments of %d", len(segments), len(all))
	}
	return parts, segments
}

// file is a file in memory.
type file struct {
	bytes.Buffer
	closed bool
}

func (f *file) Close() error { f.closed = true; return nil }

const (
	film = "-f lavfi -i testsrc2=s=160x90:r=%s:d=%s -f lavfi -i sine=r=44100:d=%s -c:v libx264 -preset veryfast -g " +
		"30 -keyint_min 30 -sc_threshold 0 -force_key_frames expr:gte(t+0.000001,n_forced*2) -c:a aac -b:a 64k %s"
	audio = "-f lavfi -i sine=r=%s:d=%s %s"
)

// TestDivide compares what is in the segments with what was in the stream: every packet
// with its times, in the segment in which it is shown or heard.
func TestDivide(t *testing.T) {
	t.Parallel()
	third := media.NewRational(1, 3)
	for name, c := range map[string]struct {
		made     string
		rate     media.Rational
		lead     media.Rational
		segments int
		alone    bool
	}{
		"baseline": {fmt.Sprintf(film, "24", "6", "6", "-profile:v baseline"), media.NewRational(24, 1),
			media.NewRational(1, 12), 3, false},
		"main": {fmt.Sprintf(film, "30000/1001", "7", "7", "-profile:v main"), media.NewRational(30000, 1001),
			media.NewRational(2002, 30000), 4, false},
		"long lead": {fmt.Sprintf(film, "25", "5", "5", "-profile:v main"), media.NewRational(25, 1), third, 3,
			false},
		"no lead": {fmt.Sprintf(film, "25", "5", "5", "-profile:v baseline"), media.NewRational(25, 1),
			media.Rational{}, 3, false},
		"few frames": {fmt.Sprintf(film, "1/2", "9", "9", "-profile:v baseline"), media.NewRational(1, 2),
			media.Rational{}, 5, false},
		"long audio": {fmt.Sprintf(film, "25", "2.5", "9", ""), media.NewRational(25, 1), media.NewRational(2, 25),
			2, false},
		"frames only": {fmt.Sprintf(film, "25", "5", "5", "-an"), media.NewRational(25, 1), media.NewRational(2, 25),
			3, false},
		"mp3": {fmt.Sprintf(film, "25", "5", "5", "-c:a libmp3lame"), media.NewRational(25, 1),
			media.NewRational(2, 25), 3, false},
		"audio alone": {fmt.Sprintf(audio, "44100", "6", "-c:a aac -b:a 64k"), media.Rational{}, media.Rational{}, 3,
			true},
		"beside 29.97": {fmt.Sprintf(audio, "48000", "9", "-c:a aac -b:a 64k"), media.NewRational(30000, 1001),
			media.Rational{}, 5, true},
		"audio at 8000": {fmt.Sprintf(audio, "8000", "6", "-c:a aac"), media.Rational{}, media.Rational{}, 3, true},
		"mp3 alone": {fmt.Sprintf(audio, "22050", "6", "-c:a libmp3lame"), media.Rational{}, media.Rational{}, 3,
			true},
		"mp3 at 11025": {fmt.Sprintf(audio, "11025", "6", "-c:a libmp3lame"), media.Rational{}, media.Rational{}, 3,
			true},
		"much audio": {fmt.Sprintf(audio, "48000", "6", "-c:a aac -b:a 320k"), media.Rational{}, media.Rational{},
			3, true},
		"one block only": {fmt.Sprintf(audio, "48000", "0.001", "-c:a aac"), media.Rational{}, media.Rational{}, 1,
			true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ts := made(t, c.made)
			parts, segments := divided(t, ts, Division{Length: 2 * time.Second, Begin: begin, Lead: c.lead,
				Rate: c.rate})
			if len(segments) != c.segments {
				t.Errorf("%d segments, want %d", len(segments), c.segments)
			}
			before, after := packets(t, ts), packets(t, slices.Concat(parts...))
			for s := range before {
				compare(t, before[s], after[s], !c.alone && s == 0, c.lead)
			}
			for n, part := range parts {
				checkPart(t, n, segments, packets(t, part), c.alone)
			}
		})
	}
}

// compare finds the packets of a stream again, frames decoded by the lead earlier
// than the first one is shown.
func compare(t *testing.T, before, after []found, frames bool, lead media.Rational) {
	t.Helper()
	if len(before) != len(after) {
		t.Fatalf("%d packets, of %d", len(after), len(before))
	}
	for n, want := range before {
		got := after[n]
		if frames {
			want.DTS += before[0].PTS - before[0].DTS - lead.Mul(media.NewRational(Clock, 1)).RoundHalfUp()
		}
		if off := got.PTS - want.PTS; !frames && off*off == 1 { // ffprobe counts on within packed blocks
			got.PTS, got.DTS = want.PTS, want.DTS
		}
		if got != want {
			t.Fatalf("packet %d is %+v, want %+v", n, got, want)
		}
	}
}

// checkPart holds a segment against what is told of it.
func checkPart(t *testing.T, n int, segments []Segment, has [2][]found, alone bool) {
	t.Helper()
	s := segments[n]
	from, until := s.Start, s.Start+s.Duration
	if n > 0 && segments[n-1].Start+segments[n-1].Duration != from {
		t.Errorf("segment %d begins at %d, the one before ends at %d", n, from, segments[n-1].Start+
			segments[n-1].Duration)
	}
	first := slices.MinFunc(has[0], func(a, b found) int { return int(a.PTS - b.PTS) })
	if first.PTS != from || !strings.HasPrefix(has[0][0].Flags, "K") || has[0][0].PTS != from {
		t.Errorf("segment %d begins at %d, want %d", n, first.PTS, from)
	}
	const block = 1024 * Clock / 8000
	if early := begin + int64(n)*2*Clock - from; alone && (early > block || n > 0 && early < 0 && -early > block) {
		t.Errorf("segment %d begins %d early", n, early)
	}
	for stream := range has {
		for _, p := range has[stream] {
			if n > 0 && p.PTS < from || n < len(segments)-1 && p.PTS >= until {
				t.Errorf("segment %d from %d to %d holds a packet at %d", n, from, until, p.PTS)
			}
		}
	}
}

// TestLateAudio has audio that ends long before the frames: what ffmpeg writes of it
// at the very end is left out.
func TestLateAudio(t *testing.T) {
	t.Parallel()
	ts := made(t, "-f lavfi -i testsrc2=s=64x36:r=5:d=16 -f lavfi -i sine=r=44100:d=1 -c:v libx264 -preset "+
		"ultrafast -g 10 -c:a aac")
	parts, segments := divided(t, ts, Division{Length: 2 * time.Second, Begin: begin, Rate: media.NewRational(5, 1)})
	before, after := packets(t, ts), packets(t, slices.Concat(parts...))
	if lost := len(before[1]) - len(after[1]); lost < 1 || lost > 2 || len(before[0]) != len(after[0]) {
		t.Errorf("%d blocks of %d are missing, %d frames of %d are there", lost, len(before[1]), len(after[0]),
			len(before[0]))
	}
	for n, part := range parts {
		checkPart(t, n, segments, packets(t, part), false)
	}
}

// TestAudioAlone makes audio alone cheap. Its segments begin with the block in which a
// multiple of the length falls, or the first one after the frames that are played in
// its place begin theirs.
func TestAudioAlone(t *testing.T) {
	t.Parallel()
	ts := made(t, fmt.Sprintf(audio, "44100", "10", "-c:a aac -b:a 64k"))
	parts, segments := divided(t, ts, Division{Length: 4 * time.Second, Begin: begin})
	if rate := float64(len(slices.Concat(parts...))) * 8 / 10; rate > 85_000 {
		t.Errorf("%.0f bits per second", rate)
	}
	_, beside := divided(t, ts, Division{Length: 4 * time.Second, Begin: begin, Rate: media.NewRational(30000, 1001)})
	const block = 1024 * Clock / 44100
	if len(segments) != 3 || len(beside) != 3 {
		t.Fatalf("segments %+v and %+v", segments, beside)
	}
	for n := int64(1); n < 3; n++ {
		early := begin + 4*n*Clock - segments[n].Start
		late := beside[n].Start - begin - (120*n*Clock*1001+29999)/30000
		if early < 0 || early > block || late < 0 || late > block {
			t.Errorf("segment %d begins %d early, and %d late beside frames", n, early, late)
		}
	}
}

// TestKeyframes reads every keyframe by itself, with the tables before it.
func TestKeyframes(t *testing.T) {
	t.Parallel()
	ts := made(t, fmt.Sprintf(film, "24", "5", "5", ""))
	parts, segments := divided(t, ts, Division{Length: 2 * time.Second, Begin: begin, Rate: media.NewRational(24, 1),
		Lead: media.NewRational(1, 12)})
	whole, next := slices.Concat(parts...), int64(begin)
	count := 0
	for _, s := range segments {
		for _, k := range s.Keyframes {
			count++
			has := packets(t, whole[k.Offset:][:k.SizeBytes])
			if len(has[0]) != 1 || len(has[1]) > 0 || has[0][0].PTS != k.Start || k.Start != next {
				t.Errorf("a keyframe at %d is %+v, want one at %d", k.Start, has, next)
			}
			next = k.Start + k.Duration
		}
	}
	if count != 5 || next != begin+5*Clock { // at 0, 30, 48, 78, 96, 108 of 120 frames
		t.Errorf("%d keyframes end at %d", count, next)
	}
}

// TestTimesBeginAgain divides a stream whose 33 bits of time are used up within it.
func TestTimesBeginAgain(t *testing.T) {
	t.Parallel()
	ts := made(t, fmt.Sprintf(film, "25", "6", "6", ""))
	const early = 1<<33 - 13*Clock // the times pass zero after three seconds
	shifted := bytes.Clone(ts)
	for at := 0; at < len(shifted); at += PacketBytes {
		b := shifted[at:][:PacketBytes]
		p, _ := parse(b)
		if p.start && len(p.payload) > 19 && p.payload[2] == 1 {
			for _, place := range []int{9, 14}[:p.payload[7]>>6-1] {
				mark := p.payload[place] >> 4
				copy(p.payload[place:], timeField(mark, timestamp(p.payload[place:])+early))
			}
		}
	}
	want, _ := divided(t, ts, Division{Length: 2 * time.Second, Begin: begin, Rate: media.NewRational(25, 1),
		Lead: media.NewRational(2, 25)})
	got, segments := divided(t, shifted, Division{Length: 2 * time.Second, Begin: begin + early,
		Rate: media.NewRational(25, 1), Lead: media.NewRational(2, 25)})
	if len(got) != len(want) || segments[2].Start != begin+early+4*Clock {
		t.Errorf("%d segments, want %d; %+v", len(got), len(want), segments)
	}
	for n := range got {
		if len(got[n]) != len(want[n]) {
			t.Errorf("segment %d has %d bytes, want %d", n, len(got[n]), len(want[n]))
		}
	}
}

// TestMalformed refuses what is no stream of the kind.
func TestMalformed(t *testing.T) {
	t.Parallel()
	whole := made(t, fmt.Sprintf(film, "25", "1", "1", ""))
	start := slices.IndexFunc(slices.Collect(slices.Chunk(whole, PacketBytes)),
		func(b []byte) bool { p, _ := parse(b); return p.random })
	plain := bytes.Clone(whole)
	plain[start*PacketBytes+5] &^= 0x40
	cut := append(bytes.Clone(whole[:start*PacketBytes]), whole[(start+1)*PacketBytes:]...)
	bad := bytes.Clone(whole)
	bad[3*PacketBytes] = 0x48
	for name, b := range map[string][]byte{"nothing": nil, "half a packet": whole[:PacketBytes/2],
		"cut off":   whole[:len(whole)-1],
		"no tables": whole[start*PacketBytes:], "only tables": whole[:start*PacketBytes], "no key frame": plain,
		"no first packet": cut, "no first byte": bad} {
		_, err := Divide(bytes.NewReader(b), Division{Length: time.Second, Begin: begin,
			Rate: media.NewRational(25, 1)}, func(int) (io.WriteCloser, error) { return new(file), nil })
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		r    io.Reader
		open func(int) (io.WriteCloser, error)
	}{
		"reader": {io.MultiReader(bytes.NewReader(whole[:10*PacketBytes]), failing{broken}),
			func(int) (io.WriteCloser, error) { return new(file), nil }},
		"opening": {bytes.NewReader(whole), func(int) (io.WriteCloser, error) { return nil, broken }},
		"writer":  {bytes.NewReader(whole), func(int) (io.WriteCloser, error) { return failing{broken}, nil }},
	} {
		if _, err := Divide(c.r, Division{Length: time.Second, Begin: begin, Rate: media.NewRational(25, 1)},
			c.open); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error)  { return 0, f.err }
func (f failing) Write([]byte) (int, error) { return 0, f.err }
func (f failing) Close() error              { return nil }

func FuzzDivide(f *testing.F) {
	f.Add([]byte{}, uint8(1))
	f.Add(tiny(), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, tenths uint8) {
		var total int64
		how := Division{Length: time.Duration(max(1, tenths)) * 100 * time.Millisecond, Begin: begin,
			Rate: media.NewRational(25, 1), Lead: media.NewRational(1, 25)}
		segments, err := Divide(bytes.NewReader(b), how, func(int) (io.WriteCloser, error) {
			return counter{&total},
				nil
		})
		if err != nil {
			return
		}
		var sum int64
		for _, s := range segments {
			sum += s.SizeBytes
		}
		if sum != total || total%PacketBytes != 0 || total > int64(len(b))*20+1<<20 {
			t.Fatalf("%d bytes of %d, %d are told of", total, len(b), sum)
		}
	})
}

type counter struct{ n *int64 }

func (c counter) Write(b []byte) (int, error) { *c.n += int64(len(b)); return len(b), nil }
func (c counter) Close() error                { return nil }

// tiny is a stream of two frames and two blocks of audio.
func tiny() []byte {
	t := &tables{pcr: 256, streams: []stream{{256, 0x1b}, {257, adtsAudio}}}
	table := func(pid uint16, body ...byte) []byte {
		b := [PacketBytes]byte{syncByte, 0x40 | byte(pid>>8), byte(pid), 0x10}
		for i := copy(b[4:], body) + 4; i < PacketBytes; i++ {
			b[i] = 0xff
		}
		return b[:]
	}
	t.association = table(patPID, 0, 0, 0xb0, 13, 0, 1, 0xc1, 0, 0, 0, 1, 0xf0, 0, 0, 0, 0, 0)
	t.program = table(4096, 0, 2, 0xb0, 23, 0, 1, 0xc1, 0, 0, 0xe1, 0, 0xf0, 0, 0x1b, 0xe1, 0, 0xf0, 0, 0x0f, 0xe1, 1,
		0xf0, 0, 0, 0, 0, 0)
	var out file
	m := newMuxer(t)
	m.begin(&out) // which takes everything
	_ = m.putTables()
	aac := []byte{0xff, 0xf1, 0x50, 0x80, 1, 0x7f, 0xfc, 1, 2, 3, 4}
	for n := range int64(2) {
		at := begin + n*3600
		_ = m.putElementary(elementary{stream: t.streams[0], id: 0xe0, pts: at, dts: at - 3600, random: n == 0,
			needed: at, parts: [][]byte{bytes.Repeat([]byte{1}, 300)}})
		_ = m.putElementary(elementary{stream: t.streams[1], id: 0xc0, pts: at, dts: at, needed: at,
			parts: [][]byte{aac}})
	}
	_ = m.end()
	return out.Bytes()
}

// TestBlocks reads the headers of audio.
func TestBlocks(t *testing.T) {
	t.Parallel()
	aac := []byte{0xff, 0xf1, 0x50, 0x80, 1, 0x7f, 0xfc, 1, 2, 3, 4} // 44100 Hz, 11 bytes
	got := blocks(adtsAudio, &unit{pts: 1000, data: slices.Concat(aac, aac, aac)})
	var times []string
	for _, b := range got {
		times = append(times, strconv.FormatInt(b.pts, 10))
		if len(b.data) != len(aac) || math.Abs(b.duration-1024*Clock/44100.0) > 1e-6 {
			t.Errorf("a block of %d bytes for %f", len(b.data), b.duration)
		}
	}
	if strings.Join(times, " ") != "1000 3090 5180" {
		t.Errorf("blocks at %v", times)
	}
	for name, c := range map[string]struct {
		kind byte
		data []byte
	}{
		"cut off": {adtsAudio, aac[:9]}, "no header": {adtsAudio, []byte("abcdefgh")}, "short": {adtsAudio, aac[:3]},
		"unknown":     {0x81, []byte("AC-3")},
		"free format": {mpeg1Audio, []byte{0xff, 0xfb, 0x04, 0}}, "reserved": {mpeg2Audio, []byte{0xff, 0xeb, 0x94, 0}},
	} {
		if all := blocks(c.kind, &unit{data: c.data}); len(all) != 1 || !bytes.Equal(all[0].data, c.data) ||
			all[0].duration != 0 {
			t.Errorf("%s: %+v", name, all)
		}
	}
}

// BenchmarkDivide divides a minute of a rendition of 2 Mb/s.
func BenchmarkDivide(b *testing.B) {
	ts := made(b, "-f lavfi -i testsrc2=s=640x360:r=30:d=60 -f lavfi -i sine=d=60 -c:v libx264 -preset ultrafast "+
		"-b:v 2000k -g 90 -c:a aac -b:a 128k")
	b.SetBytes(int64(len(ts)))
	for b.Loop() {
		how := Division{Length: 6 * time.Second, Begin: begin, Rate: media.NewRational(30, 1),
			Lead: media.NewRational(1, 30)}
		var total int64
		if _, err := Divide(bytes.NewReader(ts), how, func(int) (io.WriteCloser, error) {
			return counter{&total},
				nil
		}); err != nil {
			b.Fatal(err)
		}
	}
}
