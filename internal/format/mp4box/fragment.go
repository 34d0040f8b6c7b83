package mp4box

import (
	"fmt"
	"iter"
	"math"
	"math/bits"
)

// Fragment is a movie fragment ("moof") with its media.
type Fragment struct {
	// Moof and Mdat are the places of the header and of the media that follows it.
	Moof, Mdat Box
	Sequence   uint32
	Tracks     []TrackFragment
}

// Size is that of header and media together.
func (f *Fragment) Size() int64 { return f.Mdat.End() - f.Moof.Offset }

// TrackFragment is what a fragment has of a track.
type TrackFragment struct {
	TrackID uint32
	// DecodeTime is when the first sample is decoded, in the track's timescale;
	// only valid where HasDecodeTime.
	DecodeTime    uint64
	HasDecodeTime bool
	Samples       []Sample
	// Time is the absolute time that Smooth Streaming states, nil where it does not.
	Time *FragmentTime
	// Next are the times of the fragments that follow, of a live stream.
	Next []FragmentTime
}

// Duration is that of all samples in the track's timescale.
func (t *TrackFragment) Duration() (sum uint64) {
	for _, s := range t.Samples {
		sum += uint64(s.Duration)
	}
	return sum
}

// Sample is a frame or a block of audio in a fragment.
type Sample struct {
	// Offset is where it begins in the file; Size in bytes. It lies in the
	// fragment's media.
	Offset int64
	Size   uint32
	// Duration is in the track's timescale.
	Duration uint32
	Flags    uint32
	// Composition is how much later than decoded it is shown, in the track's timescale.
	Composition int64
}

// Sync reports whether the sample decodes without others.
func (s Sample) Sync() bool { return s.Flags&notSync == 0 }

// notSync is the flag of a sample that needs others.
const notSync = 0x10000

// Fragments yields the file's fragments in their order and reads only their
// headers. It ends after the first error. Every sample that it tells of lies in the
// fragment's own media.
func (f *File) Fragments() iter.Seq2[Fragment, error] {
	return func(yield func(Fragment, error) bool) {
		var open *Fragment
		for b, err := range Boxes(f.r, f.firstAfter, f.size) {
			switch {
			case err != nil:
			case b.Type == "moof" && open != nil:
				err = malformed("the fragment at %d has no media", open.Moof.Offset)
			case b.Type == "moof":
				open, err = f.readFragment(b)
			case b.Type == "mdat" && open != nil:
				open.Mdat = b
				if err = open.check(); err == nil && !yield(*open, nil) {
					return
				}
				open = nil
			}
			if err != nil {
				yield(Fragment{}, err)
				return
			}
		}
		if open != nil {
			yield(Fragment{}, malformed("the fragment at %d has no media", open.Moof.Offset))
		}
	}
}

// check makes sure that the samples lie in the media.
func (f *Fragment) check() error {
	for _, t := range f.Tracks {
		for _, s := range t.Samples {
			if s.Offset < f.Mdat.Body() || s.Offset+int64(s.Size) > f.Mdat.End() {
				return malformed("a sample of the fragment at %d lies outside of its media", f.Moof.Offset)
			}
		}
	}
	return nil
}

func (f *File) readFragment(b Box) (*Fragment, error) {
	body, err := ReadBody(f.r, b, mostFragment)
	if err != nil {
		return nil, err
	}
	fragment, err := parseFragment(&f.Movie, b, body, f.size)
	if err != nil {
		return nil, fmt.Errorf("the fragment at %d: %w", b.Offset, err)
	}
	return fragment, nil
}

// parseFragment reads the body of a fragment's header in a file of size bytes.
func parseFragment(m *Movie, box Box, body []byte, size int64) (*Fragment, error) {
	f := &Fragment{Moof: box}
	p := fragmentParser{movie: m, size: size, moof: box.Offset, next: box.Offset}
	err := eachPart(body, map[string]func([]byte) error{
		"mfhd": func(b []byte) error {
			c := cursor{rest: b}
			c.full()
			f.Sequence = c.u32()
			return c.err()
		},
		"traf": func(b []byte) error {
			t, err := p.track(b)
			f.Tracks = append(f.Tracks, t)
			return err
		},
	})
	return f, err
}

// fragmentParser reads the tracks of a fragment one after the other, since the
// media of each may begin where that of the one before ended.
type fragmentParser struct {
	movie   *Movie
	size    int64 // of the file
	moof    int64
	next    int64 // offset where the last run's media ended
	samples int   // so far

	base     int64 // offset that the track's runs count from
	defaults Defaults
}

func (p *fragmentParser) track(body []byte) (TrackFragment, error) {
	var t TrackFragment
	for part, err := range Parts(body) {
		if err != nil {
			return t, err
		}
		c := cursor{rest: part.Body}
		switch {
		case part.Type == "tfhd":
			err = p.header(&c, &t)
		case part.Type == "tfdt":
			version, _ := c.full()
			t.DecodeTime, t.HasDecodeTime = c.wide(version), true
		case part.Type == "trun" && t.TrackID == 0:
			err = malformed("a run before the track's header")
		case part.Type == "trun":
			err = p.run(&c, &t)
		case part.UUID == FragmentTimes:
			t.Time, err = parseFragmentTime(&c)
		case part.UUID == NextFragmentTimes:
			t.Next, err = parseNextTimes(&c)
		}
		if err == nil {
			err = c.err()
		}
		if err != nil {
			return t, fmt.Errorf("box %q: %w", part.Type, err)
		}
	}
	if t.TrackID == 0 {
		return t, malformed("a track without a header")
	}
	return t, nil
}

// header reads "tfhd".
func (p *fragmentParser) header(c *cursor, t *TrackFragment) error {
	_, flags := c.full()
	t.TrackID = c.u32()
	track := p.movie.Track(t.TrackID)
	if track == nil {
		return malformed("track %d is not in the movie header", t.TrackID)
	}
	p.base, p.defaults = p.next, track.Defaults
	if flags&0x020000 != 0 {
		p.base = p.moof
	}
	if flags&0x01 != 0 {
		base := c.u64()
		if base > math.MaxInt64/2 {
			return malformed("the media of track %d begins at %d", t.TrackID, base)
		}
		p.base = int64(base)
	}
	for _, member := range []struct {
		flag  uint32
		value *uint32
	}{{0x02, &p.defaults.Description}, {0x08, &p.defaults.Duration}, {0x10, &p.defaults.Size},
		{0x20, &p.defaults.Flags}} {
		if flags&member.flag != 0 {
			*member.value = c.u32()
		}
	}
	p.next = p.base
	return nil
}

// plausible refuses a run of more samples than are there, before anything is made of them:
// of those that the run has members of, and of those that all have the default size.
func (p *fragmentParser) plausible(count int64, flags uint32, c *cursor) error {
	width := 4 * int64(bits.OnesCount32(flags&0xf00))
	if count*width > int64(len(c.rest)) {
		return malformed("it ends early")
	}
	size := int64(p.defaults.Size)
	if flags&0x200 == 0 && count*size > p.size || width == 0 && size == 0 && count > 1 {
		return malformed("%d samples of %d bytes in a file of %d", count, size, p.size)
	}
	return nil
}

// run reads "trun".
func (p *fragmentParser) run(c *cursor, t *TrackFragment) error {
	version, flags := c.full()
	count := int64(c.u32())
	if p.samples += int(count); p.samples > mostSamples {
		return malformed("more than %d samples", mostSamples)
	}
	if flags&0x01 != 0 {
		p.next = p.base + int64(int32(c.u32()))
	}
	if err := p.plausible(count, flags, c); err != nil {
		return err
	}
	first := p.defaults.Flags
	if flags&0x04 != 0 {
		first = c.u32()
	}
	for i := range count {
		s := Sample{Offset: p.next, Size: p.defaults.Size, Duration: p.defaults.Duration, Flags: p.defaults.Flags}
		if i == 0 {
			s.Flags = first
		}
		if flags&0x100 != 0 {
			s.Duration = c.u32()
		}
		if flags&0x200 != 0 {
			s.Size = c.u32()
		}
		if flags&0x400 != 0 {
			s.Flags = c.u32()
		}
		if flags&0x800 != 0 && version == 0 {
			s.Composition = int64(c.u32())
		} else if flags&0x800 != 0 {
			s.Composition = int64(int32(c.u32()))
		}
		if c.short {
			break
		}
		p.next += int64(s.Size)
		t.Samples = append(t.Samples, s)
	}
	return c.err()
}
