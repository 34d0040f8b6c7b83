package ffmpeg

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/folder"
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
		got.Probe.SizeBytes, got.ListDuration, err = listed(dir, name)
	}
	if err != nil {
		return media.Inspection{}, fmt.Errorf("inspect %s: %w", name, err)
	}
	return got, nil
}

// contents reads what a file of our own making, or a playlist, holds.
func (r *Runner) contents(ctx context.Context, dir, name string, args []string) (contents, error) {
	if _, err := statLocal(dir, name); err != nil {
		return contents{}, err
	}
	t, err := r.ready(ctx)
	if err != nil {
		return contents{}, err
	}
	args = append([]string{"-v", "level+error", "-of", "json=c=1", "-show_format", "-show_streams", "-show_entries",
		packetEntries}, append(plan.AnalysisArgs(), args...)...)
	limited, cancel := context.WithTimeoutCause(ctx, r.limits.WallBase, errTooLong)
	defer cancel()

	got, messages := contents{spans: map[int64]*span{}}, new(tail)
	ended, err := t.readJSON(limited, command{program: t.ffprobe, args: append(args, "-i", "file:"+name), dir: dir,
		stderr: messages, memory: r.limits.MemoryBytes, fileSize: 1}, readAll(&got))
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

// inspection counts the main video stream and every audio stream.
func (c contents) inspection() media.Inspection {
	got := media.Inspection{Probe: c.probe(nil)}
	if v, ok := got.Probe.MainVideo(); ok {
		if s := c.spans[int64(v.Index)]; s != nil {
			got.VideoFrames, got.VideoStart = s.packets, s.first
			got.VideoDuration = s.length(time.Duration(float64(time.Second) / v.FrameRate.Float()))
		}
	}
	for _, a := range got.Probe.Audio {
		track := media.Track{}
		if s := c.spans[int64(a.Index)]; s != nil {
			track.Packets, track.Covered = s.packets, s.covered
			track.Start, track.Duration = s.heard(a.SampleRate)
		}
		got.Audio = append(got.Audio, track)
	}
	return got
}

// listed is the size of all files that ffmpeg's own segment list names, and the sum of the
// durations that it states.
func listed(dir, list string) (total int64, length time.Duration, err error) {
	text, err := folder.New(dir).Read(list)
	if err != nil {
		return 0, 0, withoutPath(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		name := strings.TrimSpace(line)
		if seconds, ok := strings.CutPrefix(name, "#EXTINF:"); ok {
			seconds, _, _ = strings.Cut(seconds, ",")
			length += number(seconds).duration()
		}
		if name == "" || strings.HasPrefix(name, "#") || seen[name] {
			continue
		}
		seen[name] = true
		info, err := statLocal(dir, name)
		if err != nil {
			return 0, 0, err
		}
		total += info.Size()
	}
	return total, length, nil
}
