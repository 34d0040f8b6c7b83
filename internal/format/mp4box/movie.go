package mp4box

// Movie is a movie header ("moov").
type Movie struct {
	// Timescale is what a second is divided into by the edits' lengths.
	Timescale uint32
	Tracks    []Track
}

// Track is one of a movie's tracks.
type Track struct {
	ID uint32
	// Handler is what the track is: "vide", "soun", "subt" and others.
	Handler string
	// Timescale is what a second is divided into by the track's times; above 0.
	Timescale uint32
	// Language is of ISO 639-2, "und" where it is not known.
	Language string
	// Enabled reports that the track is meant to be shown.
	Enabled bool
	// Turned reports that the header asks for another orientation than that of the samples, or
	// for a reflection.
	Turned bool
	Edits  []Edit
	// Start is the media time in the track's timescale at which the presentation
	// begins: what lies before is not shown. It is negative for a track that begins late.
	Start int64
	// Entries are the kinds of samples that the track has, mostly one.
	Entries []SampleEntry
	// Defaults are those of the track's samples in fragments.
	Defaults Defaults
}

// Edit is a piece of a track that is shown, after those before it.
type Edit struct {
	// Length is in the movie's timescale; 0 is the whole rest in a fragmented file.
	Length uint64
	// From is in the track's timescale; -1 shows nothing for the length.
	From int64
}

// Defaults are what a sample is where its fragment does not say.
type Defaults struct {
	Description, Duration, Size, Flags uint32
}

// begin works out where the presentation begins. Edits that show nothing delay it.
func (t *Track) begin(movie uint32) error {
	for _, e := range t.Edits {
		switch {
		case e.From > farthest || e.Length > farthest || movie == 0:
			return malformed("track %d has an edit from %d for %d", t.ID, e.From, e.Length)
		case e.From >= 0:
			t.Start += e.From
			return nil
		}
		delay := InTime(int64(e.Length), movie).Seconds() * float64(t.Timescale)
		t.Start = max(t.Start-int64(delay+0.5), -farthest)
	}
	return nil
}

// Track finds a track by its id; nil without one.
func (m *Movie) Track(id uint32) *Track {
	for i := range m.Tracks {
		if m.Tracks[i].ID == id {
			return &m.Tracks[i]
		}
	}
	return nil
}

// Handled finds the first track of a handler ("vide", "soun"); nil without one.
func (m *Movie) Handled(handler string) *Track {
	for i := range m.Tracks {
		if m.Tracks[i].Handler == handler {
			return &m.Tracks[i]
		}
	}
	return nil
}

// mostTracks bounds the search for a track: a result has a few.
const mostTracks = 1000

// ParseMovie reads the body of a movie header, which has a track at the least.
func ParseMovie(body []byte) (Movie, error) {
	var m Movie
	defaults := map[uint32]Defaults{}
	err := eachPart(body, map[string]func([]byte) error{
		"mvhd": func(b []byte) error {
			c := cursor{rest: b}
			version, _ := c.full()
			c.wide(version) // created
			c.wide(version) // modified
			m.Timescale = c.u32()
			return c.err()
		},
		"trak": func(b []byte) error {
			t, err := parseTrack(b)
			m.Tracks = append(m.Tracks, t)
			return err
		},
		"mvex": func(b []byte) error { return parseExtends(b, defaults) },
	})
	if err != nil {
		return m, err
	}
	if n := len(m.Tracks); n == 0 || n > mostTracks {
		return m, malformed("the movie header has %d tracks; it must have 1 to %d", n, mostTracks)
	}
	for i := range m.Tracks {
		t := &m.Tracks[i]
		if m.Track(t.ID) != t {
			return m, malformed("two tracks with the id %d", t.ID)
		}
		t.Defaults = defaults[t.ID]
		if err := t.begin(m.Timescale); err != nil {
			return m, err
		}
	}
	return m, nil
}

func parseExtends(body []byte, defaults map[uint32]Defaults) error {
	return eachPart(body, map[string]func([]byte) error{"trex": func(b []byte) error {
		c := cursor{rest: b}
		c.full()
		id := c.u32()
		defaults[id] = Defaults{Description: c.u32(), Duration: c.u32(), Size: c.u32(), Flags: c.u32()}
		return c.err()
	}})
}

func parseTrack(body []byte) (Track, error) {
	var t Track
	err := eachPart(body, map[string]func([]byte) error{
		"tkhd": func(b []byte) error {
			c := cursor{rest: b}
			version, flags := c.full()
			t.Enabled = flags&1 != 0
			c.wide(version)
			c.wide(version)
			t.ID = c.u32()
			t.Turned = turned(c.rest, version)
			return c.err()
		},
		"edts": t.parseEdits,
		"mdia": t.parseMedia,
	})
	switch {
	case err != nil:
	case t.ID == 0:
		err = malformed("a track without an id")
	case t.Timescale == 0:
		err = malformed("track %d has no timescale", t.ID)
	case len(t.Entries) == 0:
		err = malformed("track %d does not say what its samples are", t.ID)
	}
	return t, err
}

// upright is the matrix of a track whose samples are shown as they are.
const upright = "\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00"

// turned looks at the rest of a track's header after its id, for the first two rows of the
// matrix; the third one moves, and does not turn.
func turned(rest []byte, version uint8) bool {
	c := cursor{rest: rest}
	c.skip(4)
	c.wide(version) // duration
	c.skip(16)      // reserved, layer, group and volume
	matrix := c.bytes(len(upright))
	return matrix != nil && string(matrix) != upright
}

func (t *Track) parseEdits(body []byte) error {
	return eachPart(body, map[string]func([]byte) error{"elst": func(b []byte) error {
		c := cursor{rest: b}
		version, _ := c.full()
		for range c.u32() {
			e := Edit{Length: c.wide(version)}
			if version == 0 {
				e.From = int64(int32(c.u32()))
			} else {
				e.From = int64(c.u64())
			}
			c.skip(4) // rate
			if c.short {
				break
			}
			t.Edits = append(t.Edits, e)
		}
		return c.err()
	}})
}

func (t *Track) parseMedia(body []byte) error {
	return eachPart(body, map[string]func([]byte) error{
		"mdhd": func(b []byte) error {
			c := cursor{rest: b}
			version, _ := c.full()
			c.wide(version)
			c.wide(version)
			t.Timescale = c.u32()
			c.wide(version) // duration
			t.Language = language(c.u16())
			return c.err()
		},
		"hdlr": func(b []byte) error {
			c := cursor{rest: b}
			c.full()
			c.skip(4)
			t.Handler = c.fourCC()
			return c.err()
		},
		"minf": func(b []byte) error {
			return eachPart(b, map[string]func([]byte) error{"stbl": func(b []byte) error {
				return eachPart(b, map[string]func([]byte) error{"stsd": t.parseDescriptions})
			}})
		},
	})
}

// language unpacks three letters of five bits each.
func language(packed uint16) string {
	letters := make([]byte, 3)
	for i := range letters {
		letter := byte(packed>>(10-5*i)) & 31
		if letter == 0 || letter > 26 {
			return "und"
		}
		letters[i] = letter + 0x60
	}
	return string(letters)
}

func (t *Track) parseDescriptions(body []byte) error {
	c := cursor{rest: body}
	c.full()
	c.u32() // the number of entries, which their sizes tell as well
	if c.short {
		return c.err()
	}
	for p, err := range Parts(c.rest) {
		if err != nil {
			return err
		}
		e, err := parseEntry(t.Handler, p)
		if err != nil {
			return err
		}
		t.Entries = append(t.Entries, e)
	}
	return nil
}
