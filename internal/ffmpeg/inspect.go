package ffmpeg

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
)

// Inspect reads a finished output from end to end, packet by packet: its file,
// or all segments of its list. A result that can't be read is an error. The
// probe's size is that of all its files together.
func (r *Runner) Inspect(ctx context.Context, dir string, out plan.Output) (media.Inspection, error) {
	name, args := out.File, []string{"-protocol_whitelist", "file"}
	if out.List != "" {
		name = out.List
		args = append(args, "-f", "hls", "-allowed_extensions", "ALL")
	}
	c, err := r.contents(ctx, dir, name, args)
	if err != nil {
		return media.Inspection{}, fmt.Errorf("inspect %s: %w", name, err)
	}
	got := c.inspection()
	if out.List == "" {
		var info os.FileInfo
		if info, err = statLocal(dir, name); err == nil {
			got.Probe.SizeBytes = info.Size()
		}
	} else {
		got.Probe.SizeBytes, err = listedBytes(dir, name)
	}
	if err != nil {
		return media.Inspection{}, fmt.Errorf("inspect %s: %w", name, err)
	}
	return got, nil
}

// contents reads what a file, or a playlist, holds.
func (r *Runner) contents(ctx context.Context, dir, name string, args []string) (contents, error) {
	if _, err := statLocal(dir, name); err != nil {
		return contents{}, err
	}
	t, err := r.ready(ctx)
	if err != nil {
		return contents{}, err
	}
	args = append([]string{"-v", "level+error", "-of", "json=c=1", "-show_format", "-show_streams", "-show_entries",
		"packet=stream_index,pts_time,dts_time,duration_time:program=program_id:program_stream=index"}, args...)
	limited, cancel := context.WithTimeoutCause(ctx, r.limits.WallBase, errTooLong)
	defer cancel()

	got, messages := contents{spans: map[int64]*span{}}, new(tail)
	ended, err := t.readJSON(limited, command{program: t.ffprobe, args: append(args, "-i", "file:"+name), dir: dir,
		stderr: messages, memory: r.limits.MemoryBytes, fileSize: 1}, got.read)
	switch {
	case limited.Err() != nil:
		return contents{}, context.Cause(limited)
	case ended != exit{}:
		return contents{}, fmt.Errorf("ffprobe: %s: %s", ended, messages.lastError())
	case err != nil:
		return contents{}, err
	}
	return got, nil
}

// contents is ffprobe's answer with the packets already reduced.
type contents struct {
	answer
	spans map[int64]*span // by stream index
}

// read reads the answer without holding the packets, which may be millions.
func (c *contents) read(dec *json.Decoder) error {
	if err := expect(dec, json.Delim('{')); err != nil {
		return err
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		switch key {
		case "packets":
			err = c.readPackets(dec)
		case "streams":
			err = dec.Decode(&c.Streams)
		case "programs":
			err = dec.Decode(&c.Programs)
		case "format":
			err = dec.Decode(&c.Format)
		default:
			err = dec.Decode(new(json.RawMessage))
		}
		if err != nil {
			return err
		}
	}
	return expect(dec, json.Delim('}'))
}

func (c *contents) readPackets(dec *json.Decoder) error {
	return eachElement(dec, func() error {
		var p packet
		if err := dec.Decode(&p); err != nil {
			return err
		}
		s := c.spans[p.Stream]
		if s == nil {
			s = new(span)
			c.spans[p.Stream] = s
		}
		s.add(p)
		return nil
	})
}

func expect(dec *json.Decoder, want json.Delim) error {
	got, err := dec.Token()
	if err == nil && got != want {
		err = fmt.Errorf("%v where %v belongs", got, want)
	}
	return err
}

// inspection counts the main streams.
func (c contents) inspection() media.Inspection {
	got := media.Inspection{Probe: c.probe(nil)}
	if v, ok := got.Probe.MainVideo(); ok {
		if s := c.spans[int64(v.Index)]; s != nil {
			got.VideoFrames = s.packets
			got.VideoDuration = s.length(time.Duration(float64(time.Second) / v.FrameRate.Float()))
		}
	}
	if a, ok := got.Probe.MainAudio(); ok {
		if s := c.spans[int64(a.Index)]; s != nil {
			got.AudioPackets, got.AudioDuration = s.packets, s.length(0)
		}
	}
	return got
}

type packet struct {
	Stream   int64  `json:"stream_index"`
	PTS      number `json:"pts_time"`
	DTS      number `json:"dts_time"`
	Duration number `json:"duration_time"`
}

// span is the extent of a stream's packets.
type span struct {
	packets int64
	// timed counts the packets with a time, first and last are the earliest and
	// the latest of these, end is the latest end.
	timed            int64
	first, last, end time.Duration
}

func (s *span) add(p packet) {
	s.packets++
	at, ok := p.PTS.seconds()
	if !ok {
		if at, ok = p.DTS.seconds(); !ok {
			return
		}
	}
	end := at + p.Duration.duration()
	if s.timed++; s.timed == 1 {
		s.first, s.last, s.end = at, at, end
		return
	}
	s.first, s.last, s.end = min(s.first, at), max(s.last, at), max(s.end, end)
}

// length is the time from the first packet to the end of the last. A last
// packet without a duration counts as long as the mean of the others, and
// packets without times as long as each.
func (s *span) length(each time.Duration) time.Duration {
	switch {
	case s.timed == 0:
		return time.Duration(s.packets) * each
	case s.end > s.last:
		return s.end - s.first
	case s.timed == 1:
		return each
	}
	return s.last - s.first + (s.last-s.first)/time.Duration(s.timed-1)
}

// listedBytes is the size of all files that ffmpeg's own segment list names.
func listedBytes(dir, list string) (int64, error) {
	text, err := os.ReadFile(filepath.Join(dir, list))
	if err != nil {
		return 0, withoutPath(err)
	}
	var total int64
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		name := strings.TrimSpace(line)
		if name == "" || strings.HasPrefix(name, "#") || seen[name] {
			continue
		}
		seen[name] = true
		info, err := statLocal(dir, name)
		if err != nil {
			return 0, err
		}
		total += info.Size()
	}
	return total, nil
}
