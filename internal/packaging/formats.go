package packaging

import (
	"errors"
	"fmt"
	"time"

	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/transcode"
)

// formats are the formats of playlists. An output is packed for those that it is for in
// this order: HLSv3 takes its segments from the file of HLSv4.
var formats = []struct {
	name      transcode.PlaylistFormat
	container transcode.Container
	format    playlistFormat
}{
	{transcode.HLSv4, transcode.TS, hlsV4{}},
	{transcode.HLSv3, transcode.TS, hlsV3{}},
	{transcode.HLSv4, transcode.FMP4, hlsV7{}},
	{transcode.DASH, transcode.FMP4, dash{}},
	{transcode.Smooth, transcode.FMP4, smooth{}},
}

// formatOf is nil for a format that the container can't be in.
func formatOf(name transcode.PlaylistFormat, container transcode.Container) playlistFormat {
	for _, f := range formats {
		if f.name == name && f.container == container {
			return f.format
		}
	}
	return nil
}

// playlist makes the files of playlist i, when all its outputs were made.
func (p *packer) playlist(i int) (Playlist, error) {
	spec := p.Spec.Playlists[i]
	for _, output := range spec.Outputs {
		if p.outputs[output] == nil {
			return Playlist{}, nil
		}
	}
	files, err := p.master(spec)
	if f, ok := errors.AsType[*transcode.Failure](err); ok {
		return Playlist{Failure: f}, nil
	}
	if err != nil {
		return Playlist{}, fmt.Errorf("playlist %q: %w", spec.Name, err)
	}
	var made Playlist
	for n, f := range files {
		name := fmt.Sprintf("master%d_%d", i, n)
		if err := p.Folder.Write(name, f.text); err != nil {
			return Playlist{}, err
		}
		made.Objects = append(made.Objects, Object{Key: f.key, File: name})
	}
	return made, nil
}

func (p *packer) master(spec transcode.PlaylistSpec) ([]masterFile, error) {
	if err := p.checkAligned(spec); err != nil {
		return nil, err
	}
	container := p.Spec.Outputs[spec.Outputs[0]].Preset.Container
	format := formatOf(spec.Format, container)
	if format == nil {
		return nil, fmt.Errorf("no playlist of %s with outputs in %s", spec.Format, container)
	}
	return format.master(p, spec)
}

// members are the outputs of a playlist, in its order.
func (p *packer) members(spec transcode.PlaylistSpec) []*output {
	all := make([]*output, len(spec.Outputs))
	for n, i := range spec.Outputs {
		all[n] = p.outputs[i]
	}
	return all
}

// segmentTolerance is how far apart the starts of the same segment of two renditions
// may be: a frame at the lowest rate. Players notice no less.
const segmentTolerance = 100 * time.Millisecond

// audioTolerance is the same for audio beside video: it can only be cut between two
// blocks, which have up to 2048 samples at 16000 Hz.
const audioTolerance = segmentTolerance + 128*time.Millisecond

// checkAligned refuses a playlist of outputs whose segments begin at other instants
// (4015), since players could not change between them. Only outputs with video must
// also have the same number of segments: audio may end before or after video.
func (p *packer) checkAligned(spec transcode.PlaylistSpec) error {
	all := p.members(spec)
	first := all[0]
	for _, o := range all[1:] {
		tolerance, alike := segmentTolerance, true
		if !first.hasVideo() || !o.hasVideo() {
			tolerance, alike = audioTolerance, false
		}
		if n, differ := manifest.Misaligned(first.segments, o.segments, tolerance); differ {
			return transcode.SegmentsDiffer(fmt.Sprintf(
				"The segments %d of '%s' and '%s' do not begin at the same time.", n, first.spec.Key, o.spec.Key))
		}
		if x, y := len(first.segments), len(o.segments); alike && x != y {
			return transcode.SegmentsDiffer(fmt.Sprintf(
				"'%s' has %d segments, '%s' has %d.", first.spec.Key, x, o.spec.Key, y))
		}
	}
	return nil
}
