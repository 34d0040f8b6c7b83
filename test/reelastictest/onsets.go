package reelastictest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os/exec"
	"strconv"
	"testing"
)

// Onsets are when flashes or beeps begin, in seconds from the start of a film.
type Onsets []float64

// Film is a decoded film whose seconds begin with a flash in the upper half of the picture
// and a beep.
type Film struct {
	// Seconds is how long the video lasts, or the audio where there is no video.
	Seconds float64
	// Frames counts the frames, Rate is frames a second.
	Frames int
	Rate   float64
	// Flashes are onsets; Bar is where the bar along the bottom ends, from 0 to 1, by frame.
	Flashes Onsets
	Bar     []float64
	// Audio has the onsets of each channel, Heard is how long the audio lasts from the
	// film's start; Decoded is how much audio the blocks come to, wherever they lie.
	Audio          []Onsets
	Heard, Decoded float64
	// Peaks are the highest samples of each channel, 1 is full scale.
	Peaks []float64
	// Levels are the root mean squares of each channel.
	Levels []float64
}

// The size that frames are decoded to.
const frameWidth, frameHeight = 80, 45

// Watch decodes what a player would show of the video in a file or playlist, and the audio
// in the same or another one; "" leaves one out.
func Watch(tb testing.TB, video, audio string, channels int) (f Film) {
	tb.Helper()
	start := 0.0
	if video != "" {
		v, ok := Probe(tb, video).First("video")
		if !ok {
			tb.Fatalf("%s has no video", video)
		}
		start = v.Start
		f.watch(tb, video, v)
	}
	if audio != "" {
		m := Probe(tb, audio)
		a, ok := m.First("audio")
		if !ok {
			tb.Fatalf("%s has no audio", audio)
		}
		if video == "" {
			start = math.Round(a.Start) // 10 in segments; what precedes it is priming
		}
		first := int(math.Round(start * float64(a.SampleRate)))
		if m.Container == "mp3" { // its clock begins with the priming
			first = -1
		}
		f.listen(tb, audio, first, channels)
		if video == "" {
			f.Seconds = f.Heard
		}
	}
	return f
}

func (f *Film) watch(tb testing.TB, path string, v Stream) {
	raw := decode(tb, "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-vf",
		fmt.Sprintf("scale=%d:%d,format=gray", frameWidth, frameHeight), "-f", "rawvideo", "-")
	f.Frames, f.Seconds = len(raw)/(frameWidth*frameHeight), v.Seconds()
	if f.Frames != v.Packets {
		tb.Errorf("%s has %d frames in %d packets", path, f.Frames, v.Packets)
	}
	f.Rate = float64(f.Frames) / f.Seconds
	lit := false
	for n := range f.Frames {
		frame := raw[n*frameWidth*frameHeight : (n+1)*frameWidth*frameHeight]
		now := mean(frame[frameWidth*5:frameWidth*15]) > 170
		if now && !lit {
			f.Flashes = append(f.Flashes, float64(n)/f.Rate)
		}
		lit = now
		f.Bar = append(f.Bar, barEnd(frame[frameWidth*(frameHeight-3):frameWidth*(frameHeight-2)]))
	}
}

func mean(line []byte) float64 {
	sum := 0
	for _, b := range line {
		sum += int(b)
	}
	return float64(sum) / float64(len(line))
}

// barEnd is the place of the brightest part of a line.
func barEnd(line []byte) float64 {
	best, at := -1, 0
	for i, b := range line {
		if int(b) > best {
			best, at = int(b), i
		}
	}
	return float64(at) / float64(len(line))
}

const listenRate = 48000

// listen decodes audio from a first sample of its own clock on, -1 for where it begins.
func (f *Film) listen(tb testing.TB, path string, first, channels int) {
	plain := samples(decode(tb, "-i", path, "-map", "0:a:0", "-ac", strconv.Itoa(channels),
		"-ar", strconv.Itoa(listenRate), "-f", "f32le", "-"))
	f.Decoded = float64(len(plain)/channels) / listenRate
	clock := []string{"-copyts"}
	if first < 0 {
		clock, first = nil, 0
	}
	all := samples(decode(tb, append(clock, "-i", path, "-map", "0:a:0", "-af",
		fmt.Sprintf("aresample=%d:async=1:first_pts=%d", listenRate, first), "-ac", strconv.Itoa(channels),
		"-f", "f32le", "-")...))
	f.Heard = float64(len(all)/channels) / listenRate
	f.Audio, f.Peaks, f.Levels = make([]Onsets, channels), make([]float64, channels), make([]float64, channels)
	for c := range channels {
		last, sum, n := -1.0, 0.0, 0
		for i := c; i < len(all); i += channels {
			level := math.Abs(float64(all[i]))
			f.Peaks[c] = max(f.Peaks[c], level)
			sum, n = sum+level*level, n+1
			if level < 0.02 {
				continue
			}
			at := float64(i/channels) / listenRate
			if last < 0 || at-last > 0.3 {
				f.Audio[c] = append(f.Audio[c], at)
			}
			last = at
		}
		f.Levels[c] = math.Sqrt(sum / float64(max(n, 1)))
	}
}

func decode(tb testing.TB, args ...string) []byte {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), "ffmpeg", append([]string{"-nostdin", "-v", "error"}, args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("ffmpeg %v: %v: %s", args, err, errs.String())
	}
	return out
}

func samples(raw []byte) []float32 {
	all := make([]float32, len(raw)/4)
	for i := range all {
		all[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return all
}
