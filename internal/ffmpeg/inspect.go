package ffmpeg

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
)

// Inspect reads a finished output from end to end, packet by packet: its file,
// or all segments of its list. A result that can't be read is an error. The
// probe's size is that of all its files together. No program is run for what can be
// read without one.
func (r *Runner) Inspect(ctx context.Context, dir string, out plan.Output) (media.Inspection, error) {
	if got, ok := ownInspection(ctx, dir, out); ok {
		return got, nil
	}
	return r.inspect(ctx, dir, out)
}

// inspect is Inspect by ffprobe.
func (r *Runner) inspect(ctx context.Context, dir string, out plan.Output) (media.Inspection, error) {
	name, args := out.File, []string{"-protocol_whitelist", "file"}
	if out.List != "" {
		name = out.List
		args = append(args, "-f", "hls", "-allowed_extensions", "ALL")
	}
	files, list := []string{name}, list{}
	if out.List != "" {
		var err error
		if list, err = readList(dir, name); err != nil {
			return media.Inspection{}, fmt.Errorf("inspect %s: %w", name, err)
		}
		files = append(files, list.files...)
	}
	c, err := r.contents(ctx, dir, files, args)
	if err != nil && len(list.files) == 1 && ctx.Err() == nil {
		// From ffmpeg 8 on the reader of lists takes a file of some packets for another format.
		c, err = r.contents(ctx, dir, list.files, []string{"-protocol_whitelist", "file", "-f", "mpegts"})
	}
	if err = r.checked(ctx, err); err != nil {
		return media.Inspection{}, fmt.Errorf("inspect %s: %w", name, err)
	}
	got := c.inspection()
	got.ListDuration, got.Probe.SizeBytes = list.duration, list.size
	for i := range got.Audio {
		if got.Audio[i].Packets == 1 && got.Audio[i].Duration == 0 { // a transport stream states no lengths
			got.Audio[i].Duration = list.duration
		}
	}
	if out.List == "" {
		if got.Probe.SizeBytes, err = folder.New(dir).Size(name); err != nil {
			return media.Inspection{}, fmt.Errorf("inspect %s: %w", name, withoutPath(err))
		}
	}
	return got, nil
}

// contents reads what the first of some files holds, which is of our own making, or a
// playlist of the others.
func (r *Runner) contents(ctx context.Context, dir string, names, args []string) (contents, error) {
	t, err := r.ready(ctx)
	if err != nil {
		return contents{}, err
	}
	files, size, err := confine(dir, names, nil)
	if err != nil {
		return contents{}, err
	}
	defer r.clear(ctx, files)
	args = append([]string{"-v", "level+error", "-of", "json=c=1", "-show_format", "-show_streams", "-show_entries",
		packetEntries}, append(plan.AnalysisArgs(), args...)...)
	limited, cancel := context.WithTimeoutCause(ctx, r.limits.WallBase+scanTime(size), errTooLong)
	defer cancel()

	got, messages := contents{spans: map[int64]*span{}}, new(tail)
	ended, err := t.readJSON(limited, command{program: t.ffprobe, args: append(args, "-i", fileScheme+names[0]),
		inputs: files.Inputs(), stderr: messages, memory: r.limits.MemoryBytes, fileSize: 1}, readAll(&got))
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

// list is what ffmpeg's own list of segments names: files of so many bytes together, of the
// durations that it states.
type list struct {
	files    []string
	size     int64
	duration time.Duration
}

// readList reads a list of the job's folder.
func readList(dir, name string) (l list, err error) {
	text, err := folder.New(dir).Read(name)
	if err != nil {
		return l, withoutPath(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		name := strings.TrimSpace(line)
		if seconds, ok := strings.CutPrefix(name, "#EXTINF:"); ok {
			seconds, _, _ = strings.Cut(seconds, ",")
			l.duration += number(seconds).duration()
		}
		if name == "" || strings.HasPrefix(name, "#") || seen[name] {
			continue
		}
		seen[name] = true
		info, err := statLocal(dir, name)
		if err != nil {
			return l, err
		}
		l.files, l.size = append(l.files, name), l.size+info.Size()
	}
	return l, nil
}
