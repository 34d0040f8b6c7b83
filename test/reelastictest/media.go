package reelastictest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Media is what ffprobe says about a file, its packets counted.
type Media struct {
	// Container is ffprobe's name for it.
	Container string
	// Seconds and SizeBytes are the container's; 0 seconds where it names no length.
	Seconds   float64
	SizeBytes int64
	Streams   []Stream
}

// Stream is one stream of a file. Times are in seconds.
type Stream struct {
	Type, Codec, Profile string
	Level                int
	Width, Height        int
	SAR                  string // sample aspect ratio, "1:1"
	Rate                 string // average frame rate, "30000/1001"
	SampleRate, Channels int
	Packets              int       // frames, for video
	Shown                int       // packets but those with a time of another, such as VP9's hidden frames
	Start, End           float64   // presentation time of the first packet, and the end of the last
	Keyframes            []float64 // presentation times, from Start on
	Default, Cover       bool      // dispositions: the main one of several, a picture beside sound
}

// Seconds is the stream's length.
func (s Stream) Seconds() float64 { return s.End - s.Start }

// Only is the one stream of a type; any other number of them fails the test.
func (m Media) Only(tb testing.TB, kind string) Stream {
	tb.Helper()
	var found []Stream
	for _, s := range m.Streams {
		if s.Type == kind {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		tb.Fatalf("%d %s streams, want 1: %+v", len(found), kind, m.Streams)
	}
	return found[0]
}

// First is the first stream of a type.
func (m Media) First(kind string) (Stream, bool) {
	for _, s := range m.Streams {
		if s.Type == kind {
			return s, true
		}
	}
	return Stream{}, false
}

// probed is ffprobe's JSON.
type probed struct {
	Format  struct{ Format_name, Duration, Size string }
	Streams []struct {
		Codec_type, Codec_name, Profile     string
		Level, Width, Height, Channels      int
		Sample_aspect_ratio, Avg_frame_rate string
		Sample_rate                         string
		Disposition                         struct{ Default, Attached_pic int }
	}
	Packets []struct {
		Stream_index                   int
		Pts_time, Duration_time, Flags string
	}
}

// Probe reads a file's streams and all its packets.
func Probe(tb testing.TB, path string) Media {
	tb.Helper()
	out, err := exec.CommandContext(tb.Context(), "ffprobe", "-v", "error", "-of", "json", "-show_entries",
		"format=format_name,duration,size:stream_disposition=default,attached_pic:stream=codec_type,codec_name,profile,level,width,height,sample_aspect_ratio,avg_frame_rate,sample_rate,channels"+
			":packet=stream_index,pts_time,duration_time,flags", path).Output()
	if err != nil {
		tb.Fatalf("ffprobe %s: %v", path, err)
	}
	var p probed
	if err := json.Unmarshal(out, &p); err != nil {
		tb.Fatalf("ffprobe %s: %v", path, err)
	}
	m := Media{Container: p.Format.Format_name, Seconds: number(p.Format.Duration),
		SizeBytes: int64(number(p.Format.Size))}
	for _, s := range p.Streams {
		m.Streams = append(m.Streams, Stream{
			Type: s.Codec_type, Codec: s.Codec_name, Profile: s.Profile, Level: s.Level, Width: s.Width,
			Height: s.Height,
			SAR:    s.Sample_aspect_ratio, Rate: s.Avg_frame_rate, SampleRate: int(number(s.Sample_rate)),
			Channels: s.Channels,
			Default:  s.Disposition.Default != 0, Cover: s.Disposition.Attached_pic != 0,
		})
	}
	times := map[int][]float64{}
	for _, packet := range p.Packets {
		if strings.Contains(packet.Flags, "D") {
			continue // an edit list hides it
		}
		s := &m.Streams[packet.Stream_index]
		at := number(packet.Pts_time)
		times[packet.Stream_index] = append(times[packet.Stream_index], at)
		if s.Packets == 0 || at < s.Start {
			s.Start = at
		}
		s.End = max(s.End, at+number(packet.Duration_time))
		s.Packets++
		if packet.Flags[0] == 'K' && s.Type == "video" {
			s.Keyframes = append(s.Keyframes, at)
		}
	}
	for i := range m.Streams {
		m.Streams[i].Shown = distinct(times[i])
		for k := range m.Streams[i].Keyframes {
			m.Streams[i].Keyframes[k] -= m.Streams[i].Start
		}
	}
	return m
}

// number is a number of ffprobe's; 0 for "N/A".
func number(text string) float64 {
	n, _ := strconv.ParseFloat(text, 64)
	return n
}

// Decode decodes a file whole; whatever ffmpeg says about it fails the test.
func Decode(tb testing.TB, path string) {
	tb.Helper()
	out, err := exec.CommandContext(tb.Context(), "ffmpeg", "-nostdin", "-v", "error", "-i", path, "-f", "null",
		"-").CombinedOutput()
	if err != nil || len(bytes.TrimSpace(out)) > 0 {
		tb.Errorf("decode %s: %v\n%s", path, err, out)
	}
}

// Clip describes a made source: moving picture and tone.
type Clip struct {
	Width, Height, Rate int
	Seconds             float64
}

// Make encodes the clip into a file of the test's own.
func (c Clip) Make(tb testing.TB) string {
	tb.Helper()
	Need(tb, "", "ffmpeg", "-version")
	path := filepath.Join(tb.TempDir(), "clip.mp4")
	out, err := exec.CommandContext(tb.Context(), "ffmpeg", "-nostdin", "-v", "error",
		"-f", "lavfi", "-i", fmt.Sprintf("testsrc2=size=%dx%d:rate=%d:duration=%g", c.Width, c.Height, c.Rate,
			c.Seconds),
		"-f", "lavfi", "-i", fmt.Sprintf("sine=frequency=440:sample_rate=48000:duration=%g", c.Seconds),
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2",
		path).CombinedOutput()
	if err != nil {
		tb.Fatalf("make a clip: %v\n%s", err, out)
	}
	return path
}

// distinct counts times that are more than a rounding apart.
func distinct(times []float64) (n int) {
	slices.Sort(times)
	for i, at := range times {
		if i == 0 || at-times[i-1] > 0.002 {
			n++
		}
	}
	return n
}
