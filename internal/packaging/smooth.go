package packaging

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/format/mp4box"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// smooth has two manifests, the clients' and the server's, of files of fragments with
// times in them.
type smooth struct{}

// smoothStream is a track of a file for Smooth Streaming, as the file itself says it.
type smoothStream struct {
	kind      string // "video", "audio" or "text"
	name      string // where it is a stream of its own
	key       string // of the object that it is in
	language  string
	level     manifest.SmoothLevel // without address, and with the mean bit rate
	chunks    []manifest.SmoothChunk
	sizeBytes int64
}

// pack makes the one file of an output what clients of Smooth Streaming expect, encrypts
// it where that is asked for, lists it and reads its fragments.
func (smooth) pack(ctx context.Context, p *packer, o *output) error {
	for _, step := range []func(context.Context, *output) error{p.cutAudio, p.presentFirst, p.protect} {
		if err := step(ctx, o); err != nil {
			return err
		}
	}
	if err := p.addWhole(o); err != nil {
		return err
	}
	err := p.editFragments(ctx, o, func(_ *folder.File, boxes *mp4box.File) (err error) {
		o.streams, err = smoothStreams(boxes)
		return err
	})
	if err != nil {
		return err
	}
	for n := range o.streams {
		o.streams[n].key = p.Spec.MediaKey(o.spec)
	}
	for _, c := range o.streams[0].chunks {
		o.segments = append(o.segments, manifest.Segment{Duration: smoothTime(c.Duration)})
	}
	return nil
}

// presentFirst makes the frames of an output be presented at the fragments' times, as its
// audio is.
func (p *packer) presentFirst(ctx context.Context, o *output) error {
	return p.editFragments(ctx, o, func(file *folder.File, boxes *mp4box.File) error {
		if err := boxes.PresentFirst(file); err != nil {
			return fmt.Errorf("present fragments: %w", err)
		}
		return nil
	})
}

// smoothStreams reads the tracks of a file for Smooth Streaming: video first.
func smoothStreams(file *mp4box.File) ([]smoothStream, error) {
	streams := make([]smoothStream, len(file.Movie.Tracks))
	indexes := map[uint32]int{}
	for n, track := range file.Movie.Tracks {
		var err error
		if streams[n], err = newSmoothStream(track); err != nil {
			return nil, err
		}
		indexes[track.ID] = n
	}
	for fragment, err := range file.Fragments() {
		if err != nil {
			return nil, fmt.Errorf("read fragments: %w", err)
		}
		if len(fragment.Tracks) != 1 || fragment.Tracks[0].Time == nil {
			return nil, fmt.Errorf("the fragment at %d is not of one track with a time", fragment.Moof.Offset)
		}
		part := fragment.Tracks[0]
		if err := streams[indexes[part.TrackID]].add(part); err != nil {
			return nil, err
		}
	}
	for n := range streams {
		if err := streams[n].measure(); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(streams, func(x, y smoothStream) int { return cmp.Compare(y.kind, x.kind) })
	return streams, nil
}

// newSmoothStream reads what the track's codec is (MS-SSTR 2.2.2.5).
func newSmoothStream(t mp4box.Track) (s smoothStream, err error) {
	if t.Timescale != manifest.SmoothTimescale {
		return s, fmt.Errorf("track %d has the timescale %d", t.ID, t.Timescale)
	}
	e := t.Entries[0]
	s.level.TrackID = t.ID
	switch {
	case e.AVC != nil:
		s.kind, s.level.FourCC = "video", "H264"
		s.level.Private = manifest.AVCPrivate(slices.Concat(e.AVC.SPS, e.AVC.PPS)...)
		s.level.Size = media.Size{Width: e.Width, Height: e.Height}
	case e.ES != nil:
		s.kind, s.level.FourCC, s.level.Private = "audio", "AACL", e.ES.Specific
		if kind := e.ES.AudioObjectType(); kind == heAAC || kind == heAACv2 {
			s.level.FourCC = "AACH"
		}
		s.level.SampleRate, s.level.Channels = e.SampleRate, e.Channels
	default:
		return s, fmt.Errorf("track %d is %q, which Smooth Streaming does not have", t.ID, e.Format)
	}
	return s, nil
}

// Audio object types of ISO/IEC 14496-3.
const (
	heAAC   = 5
	heAACv2 = 29
)

// add counts a fragment.
func (s *smoothStream) add(part mp4box.TrackFragment) error {
	c := manifest.SmoothChunk{Start: part.Time.Start, Duration: part.Time.Duration}
	n := len(s.chunks)
	early := n == 0 && int64(c.Start) < 0
	if early || n > 0 && c.Start != s.chunks[n-1].Start+s.chunks[n-1].Duration {
		return fmt.Errorf("the fragment %d of track %d begins at %d", n, s.level.TrackID, int64(c.Start))
	}
	s.chunks = append(s.chunks, c)
	for _, sample := range part.Samples {
		s.sizeBytes += int64(sample.Size)
	}
	return nil
}

// measure works out the mean bit rate, to the next thousand above.
func (s *smoothStream) measure() error {
	var length uint64
	for _, c := range s.chunks {
		length += c.Duration
	}
	if length == 0 {
		return fmt.Errorf("track %d has nothing to show", s.level.TrackID)
	}
	bits := media.NewRational(8*s.sizeBytes, 1).Float() * manifest.SmoothTimescale / float64(length)
	s.level.BitRate = (int(bits)/1000 + 1) * 1000
	return nil
}

// master are the two manifests of a playlist: the clients' first.
func (smooth) master(p *packer, spec transcode.PlaylistSpec) ([]masterFile, error) {
	keys, outputs := p.Spec.MasterKeys(spec), p.members(spec)
	client, server := keys[0], keys[1]
	m := manifest.SmoothPresentation{
		ClientURI: manifest.RelativeURI(server, client), Protection: outputs[0].Encryption.PlayReady.smooth(),
	}
	for _, kind := range []string{"video", "audio", "text"} {
		for _, o := range outputs {
			for _, s := range o.streams {
				if s.kind != kind {
					continue
				}
				s.level.URI = manifest.RelativeURI(server, s.key)
				if err := addStream(&m, s); err != nil {
					return nil, err
				}
			}
		}
	}
	return []masterFile{{client, m.Client()}, {server, m.Server()}}, nil
}

// addStream gives a track its place: in the stream of its type whose fragments begin
// at the same times, or of its name. Video that is cut elsewhere can't be played
// together (4015); audio then is a stream of its own. A track that another output has
// too is left out.
func addStream(m *manifest.SmoothPresentation, s smoothStream) error {
	alike := 0 // streams of the type
	for n := range m.Streams {
		other := &m.Streams[n]
		if s.name != "" {
			if other.Name == s.name {
				return nil // outputs of a playlist have the same captions
			}
			continue
		}
		if other.Type != s.kind {
			continue
		}
		alike++
		if slices.Equal(other.Chunks, s.chunks) {
			addLevel(other, s)
			return nil
		}
	}
	name := cmp.Or(s.name, s.kind)
	if alike > 0 {
		if s.kind == "video" {
			return transcode.SegmentsDiffer(fmt.Sprintf(
				"The fragments of '%s' do not begin at the same times as those of the first output.", s.level.URI))
		}
		name += "_" + strconv.Itoa(alike+1)
	}
	m.Streams = append(m.Streams, manifest.SmoothStream{
		Type: s.kind, Name: name, Language: s.language, Levels: []manifest.SmoothLevel{s.level}, Chunks: s.chunks,
	})
	return nil
}

// addLevel adds a track to a stream, unless it is one that another output has too.
func addLevel(stream *manifest.SmoothStream, s smoothStream) {
	same := func(l manifest.SmoothLevel) bool {
		return l.BitRate == s.level.BitRate && s.kind == "audio" && bytes.Equal(l.Private, s.level.Private)
	}
	if slices.ContainsFunc(stream.Levels, same) {
		return
	}
	named := func(l manifest.SmoothLevel) bool { return l.BitRate == s.level.BitRate }
	for slices.ContainsFunc(stream.Levels, named) {
		s.level.BitRate++ // it is the track's name
	}
	stream.Levels = append(stream.Levels, s.level)
}

// smoothTime is a number of units of Smooth Streaming.
func smoothTime(units uint64) time.Duration {
	return time.Duration(units) * (time.Second / manifest.SmoothTimescale)
}
