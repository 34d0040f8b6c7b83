package ffmpeg

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
)

// InspectLists is [Runner.Inspect] for several outputs that are lists of segments,
// in one process: to start ffprobe takes longer than to read some seconds of media.
// An error does not tell which of them can't be read.
func (r *Runner) InspectLists(ctx context.Context, dir string, outs []plan.Output) ([]media.Inspection, error) {
	lists, files := make([]list, len(outs)), []string{""}
	for i, out := range outs {
		var err error
		if lists[i], err = readList(dir, out.List); err != nil {
			return nil, fmt.Errorf("inspect %s: %w", out.List, err)
		}
		files = append(append(files, out.List), lists[i].files...)
	}
	master, err := writeMaster(dir, outs)
	if err != nil {
		return nil, fmt.Errorf("inspect lists: %w", err)
	}
	defer os.Remove(filepath.Join(dir, master))
	files[0] = master
	all, err := r.contents(ctx, dir, files, []string{"-protocol_whitelist", "file", "-f", "hls", "-allowed_extensions",
		"ALL"})
	if err = r.checked(ctx, err); err != nil {
		return nil, fmt.Errorf("inspect lists: %w", err)
	}
	if len(all.Programs) != len(outs) {
		return nil, fmt.Errorf("inspect lists: ffprobe found %d of %d", len(all.Programs), len(outs))
	}
	found := make([]media.Inspection, len(outs))
	for i, list := range lists {
		found[i] = all.program(i).inspection()
		found[i].Probe.SizeBytes, found[i].ListDuration = list.size, list.duration
	}
	return found, nil
}

// writeMaster writes a playlist of the lists of outputs and returns its name.
func writeMaster(dir string, outs []plan.Output) (string, error) {
	text := "#EXTM3U\n"
	for _, out := range outs {
		text += "#EXT-X-STREAM-INF:BANDWIDTH=1\n" + out.List + "\n"
	}
	name := strings.TrimSuffix(outs[0].List, filepath.Ext(outs[0].List)) + "-inspect.m3u8"
	return name, withoutPath(folder.New(dir).Write(name, []byte(text)))
}

// program is what belongs to the playlist's variant i.
func (c contents) program(i int) contents {
	part := contents{spans: c.spans}
	part.Format = c.Format
	for _, member := range c.Programs[i].Streams {
		at := slices.IndexFunc(c.Streams, func(s stream) bool { return s.Index.int() == member.Index.int() })
		if at >= 0 {
			part.Streams = append(part.Streams, c.Streams[at])
		}
	}
	return part
}
