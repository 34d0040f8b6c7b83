package worker

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/format/mp4box"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// smoothTrack is a track of a file for Smooth Streaming, as the file itself says it.
type smoothTrack struct {
	kind      string // the stream's type: "video", "audio" or "text"
	name      string // the stream's, where it is a stream of its own
	key       string // of the object that it is in
	language  string
	level     manifest.SmoothLevel // without address, and with the mean bit rate
	chunks    []manifest.SmoothChunk
	sizeBytes int64
}

// packSmooth makes the one file of output i what clients of Smooth Streaming expect,
// encrypts it where that is asked for, lists it and reads its fragments.
func (a *attempt) packSmooth(ctx context.Context, i int, p *parcel) error {
	out, name := a.spec.Outputs[i], a.plan.Outputs[i].File
	if err := a.cutSound(ctx, i); err != nil {
		return err
	}
	if err := presentFirst(filepath.Join(a.dir, name)); err != nil {
		return fmt.Errorf("output %s: %w", out.ID, err)
	}
	if err := a.protectMedia(ctx, i); err != nil {
		return err
	}
	o := a.media(i, a.spec.MediaKey(out), name)
	size, err := a.bytes(name)
	if err != nil {
		return err
	}
	p.add(o, o.seal.size(size))
	if p.smooth, err = readSmooth(filepath.Join(a.dir, name)); err != nil {
		return fmt.Errorf("output %s: %w", out.ID, err)
	}
	for n := range p.smooth {
		p.smooth[n].key = o.at.Key
	}
	for _, c := range p.smooth[0].chunks {
		p.segments = append(p.segments, manifest.Segment{Duration: smoothTime(c.Duration)})
	}
	return nil
}

// presentFirst makes a file's pictures be presented at the fragments' times, as its
// sound is.
func presentFirst(path string) error {
	f, file, err := openFragments(path)
	if err != nil {
		return err
	}
	if err := file.PresentFirst(f); err != nil {
		return errors.Join(fmt.Errorf("present fragments: %w", err), f.Close())
	}
	return f.Close()
}

// readSmooth reads the tracks of a file for Smooth Streaming: those with pictures
// first.
func readSmooth(path string) ([]smoothTrack, error) {
	f, file, err := openFragments(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	tracks := make([]smoothTrack, len(file.Movie.Tracks))
	indexes := map[uint32]int{}
	for n, t := range file.Movie.Tracks {
		if tracks[n], err = newSmoothTrack(t); err != nil {
			return nil, err
		}
		indexes[t.ID] = n
	}
	for fragment, err := range file.Fragments() {
		if err != nil {
			return nil, fmt.Errorf("read fragments: %w", err)
		}
		if len(fragment.Tracks) != 1 || fragment.Tracks[0].Time == nil {
			return nil, fmt.Errorf("the fragment at %d is not of one track with a time", fragment.Moof.Offset)
		}
		part := fragment.Tracks[0]
		if err := tracks[indexes[part.TrackID]].add(part); err != nil {
			return nil, err
		}
	}
	for n := range tracks {
		if err := tracks[n].measure(); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(tracks, func(x, y smoothTrack) int { return bytes.Compare([]byte(y.kind), []byte(x.kind)) })
	return tracks, nil
}

// newSmoothTrack reads what the track's codec is (MS-SSTR 2.2.2.5).
func newSmoothTrack(t mp4box.Track) (s smoothTrack, err error) {
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
func (s *smoothTrack) add(part mp4box.TrackFragment) error {
	c := manifest.SmoothChunk{Start: part.Time.Start, Duration: part.Time.Duration}
	if n := len(s.chunks); n > 0 && c.Start != s.chunks[n-1].Start+s.chunks[n-1].Duration || n == 0 && int64(c.Start) < 0 {
		return fmt.Errorf("the fragment %d of track %d begins at %d", n, s.level.TrackID, int64(c.Start))
	}
	s.chunks = append(s.chunks, c)
	for _, sample := range part.Samples {
		s.sizeBytes += int64(sample.Size)
	}
	return nil
}

// measure works out the mean bit rate, to the next thousand above.
func (s *smoothTrack) measure() error {
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

// masterSmooth are the two manifests of a playlist: the clients' first.
func (a *attempt) masterSmooth(spec transcode.PlaylistSpec, parcels []*parcel) ([]manifestFile, error) {
	keys := a.spec.MasterKeys(spec)
	client, server := keys[0], keys[1]
	p := manifest.SmoothPresentation{ClientURI: manifest.RelativeURI(server, client)}
	for _, kind := range []string{"video", "audio", "text"} {
		for _, i := range spec.Outputs {
			for _, t := range parcels[i].smooth {
				if t.kind != kind {
					continue
				}
				t.level.URI = manifest.RelativeURI(server, t.key)
				if err := addSmooth(&p, t); err != nil {
					return nil, err
				}
			}
		}
	}
	if d := a.drm[spec.Outputs[0]]; d != nil {
		p.Protection = d.smooth()
	}
	return []manifestFile{{client, p.Client()}, {server, p.Server()}}, nil
}

// addSmooth gives a track its place: in the stream of its type whose fragments begin
// at the same times, or of its name. Pictures that are cut elsewhere can't be played
// together (4015); sound then is a stream of its own. A track that another output has
// too is left out.
func addSmooth(p *manifest.SmoothPresentation, t smoothTrack) error {
	streams := 0
	for n := range p.Streams {
		s := &p.Streams[n]
		switch {
		case t.name != "" && s.Name == t.name:
			return nil // outputs of a playlist have the same captions
		case t.name != "" || s.Type != t.kind:
			continue
		}
		streams++
		if !slices.Equal(s.Chunks, t.chunks) {
			continue
		}
		for _, l := range s.Levels {
			if l.BitRate == t.level.BitRate && t.kind == "audio" && bytes.Equal(l.Private, t.level.Private) {
				return nil
			}
		}
		for slices.ContainsFunc(s.Levels, func(l manifest.SmoothLevel) bool { return l.BitRate == t.level.BitRate }) {
			t.level.BitRate++ // it is the track's name
		}
		s.Levels = append(s.Levels, t.level)
		return nil
	}
	name := cmp.Or(t.name, t.kind)
	if streams > 0 {
		if t.kind == "video" {
			return transcode.SegmentsDiffer(fmt.Sprintf("The fragments of '%s' do not begin at the same times as those of the first output.", t.level.URI))
		}
		name += "_" + strconv.Itoa(streams+1)
	}
	p.Streams = append(p.Streams, manifest.SmoothStream{Type: t.kind, Name: name, Language: t.language,
		Levels: []manifest.SmoothLevel{t.level}, Chunks: t.chunks})
	return nil
}
