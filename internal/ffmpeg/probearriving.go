package ffmpeg

import (
	"context"
	"maps"
	"slices"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/format/mp4box"
	"github.com/reelastic/reelastic/internal/media"
)

// probeArriving is [Runner.Probe] for a file that still arrives: what the streams are is asked of
// ffprobe, which reads the headers, and when their packets are of the sample tables. False is
// for all that is to be judged when the file is there as a whole: what is no plain MP4, what can't
// be used, and what does not come.
func (r *Runner) probeArriving(ctx context.Context, dir, name string, args []string, hint media.Hint) (
	p media.Probe, ok bool,
) {
	file := r.arriving(dir, []string{name})[name]
	if file == nil {
		return p, false
	}
	source := file.Reader(ctx)
	_, tracks, err := mp4box.ReadStreams(source, file.Size())
	if err != nil {
		return p, false
	}
	entry, err := mp4box.EncryptedEntry(source, file.Size())
	if err != nil || entry != "" {
		return p, false
	}
	c, messages, ok := r.headers(ctx, dir, name, args, file)
	if !ok || c.Format.Name == "" || len(c.Streams) < len(tracks) {
		return p, false
	}
	for i, track := range tracks {
		c.addTrack(int64(i), track)
	}
	c.addArtwork(len(tracks))
	caps, err := r.Caps(ctx)
	if err != nil {
		return p, false
	}
	known := func(codec string) bool { return caps.Decoders[codec] }
	if c.late(known) {
		return p, false
	}
	p = c.input(known)
	p.SizeBytes = file.Size()
	return p, p.Demuxer == "mov" && unusable(p, hint, messages) == nil
}

// addArtwork counts a packet for each stream that is no track: an image.
func (c *contents) addArtwork(tracks int) {
	for i := tracks; i < len(c.Streams); i++ {
		spanOf(c.spans, int64(i)).packets = 1
	}
}

// headers asks ffprobe for the headers of a file that still arrives.
func (r *Runner) headers(ctx context.Context, dir, name string, args []string, file *folder.Arriving) (
	c contents, messages *tail, ok bool,
) {
	c, messages = contents{spans: map[int64]*span{}}, new(tail)
	t, err := r.ready(ctx)
	if err != nil {
		return c, messages, false
	}
	arriving := map[string]*folder.Arriving{name: file}
	run, _, err := confine(dir, slices.Collect(maps.Keys(arriving)), arriving)
	if err != nil {
		return c, messages, false
	}
	defer r.clear(ctx, run)
	served, relay, end, err := serving(ctx, run, arriving)
	if err != nil {
		return c, messages, false
	}
	defer end()
	args = slices.Clone(args)
	allowRelay(args)
	child := r.probing(t, run.Inputs(), append(args, "-i", addressOf(name)), r.limits.ProbeTimeout, messages)
	child.relay = relay
	served, cancel := context.WithTimeout(served, r.limits.ProbeTimeout)
	defer cancel()
	ended, err := t.readJSON(served, child, readAll(&c))
	_, damagedFile := messages.said(damaged)
	_, protected := messages.said(encrypted)
	return c, messages, err == nil && served.Err() == nil && ended == exit{} && !damagedFile && !protected
}
