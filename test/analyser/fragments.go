package analyser

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
)

// box is a box of an ISO base media file.
type box struct {
	kind string // of an extended type its hexadecimal digits
	at   int
	body []byte
}

func (x box) end() int { return x.at + 8 + len(x.body) }

// boxes divides bytes into boxes; what does not fit ends them.
func boxes(text []byte) (all []box) {
	for at := 0; at+8 <= len(text); {
		size := int(binary.BigEndian.Uint32(text[at:]))
		if size < 8 || size > len(text)-at {
			return all
		}
		b := box{string(text[at+4 : at+8]), at, text[at+8 : at+size]}
		if b.kind == "uuid" && len(b.body) >= 16 {
			b.kind, b.body = hex.EncodeToString(b.body[:16]), b.body[16:]
		}
		all = append(all, b)
		at += size
	}
	return all
}

// inside follows a path of kinds to the first of each; nil where it leads nowhere.
func inside(text []byte, path ...string) []byte {
	for _, kind := range path {
		found := false
		for _, b := range boxes(text) {
			if b.kind == kind {
				text, found = b.body, true
				break
			}
		}
		if !found {
			return nil
		}
	}
	return text
}

// fragmentTime is the extended type of a fragment's time in Smooth Streaming.
const fragmentTime = "6d1d9b0542d544e680e2141daff757b2"

// track is what the movie header says of a track.
type track struct {
	video bool
	scale float64
	shift float64 // the media time at which the presentation begins
	// duration and flags are those of samples that say no other.
	duration, flags uint32
}

// movie reads a movie header: its tracks by their ids, and how long it says that the file
// is in seconds, 0 where it does not.
func movie(header []byte) (tracks map[uint32]*track, seconds float64) {
	tracks = map[uint32]*track{}
	body := inside(header, "moov")
	for _, b := range boxes(body) {
		switch b.kind {
		case "trak":
			id, t := newTrack(b.body)
			tracks[id] = t
		case "mvex":
			for _, x := range boxes(b.body) {
				if t := tracks[u32(x.body, 4)]; x.kind == "trex" && t != nil {
					t.duration, t.flags = u32(x.body, 12), u32(x.body, 20)
				}
			}
		}
	}
	scale := float64(u32(inside(body, "mvhd"), 12))
	if length := inside(body, "mvex", "mehd"); len(length) >= 12 {
		seconds = float64(binary.BigEndian.Uint64(length[4:])) / scale
	}
	return tracks, seconds
}

func newTrack(b []byte) (id uint32, t *track) {
	header, media := inside(b, "tkhd"), inside(b, "mdia", "mdhd")
	id, t = u32(header, 12), &track{video: string(inside(b, "mdia", "hdlr")[8:12]) == "vide"}
	t.scale = float64(u32(media, 12))
	if header[0] == 1 {
		id = u32(header, 20)
	}
	if media[0] == 1 {
		t.scale = float64(u32(media, 20))
	}
	if edits := inside(b, "edts", "elst"); len(edits) >= 20 && edits[0] == 0 {
		t.shift = float64(int32(u32(edits, 12)))
	}
	return id, t
}

func u32(b []byte, at int) uint32 {
	if len(b) < at+4 {
		return 0
	}
	return binary.BigEndian.Uint32(b[at:])
}

// fragments reads the fragments that a segment has, of all tracks.
func fragments(tracks map[uint32]*track, text []byte) (s segment, err error) {
	s.bytes = int64(len(text))
	for _, top := range boxes(text) {
		if top.kind != "moof" {
			continue
		}
		for _, b := range boxes(top.body) {
			if b.kind != "traf" {
				continue
			}
			t := tracks[u32(inside(b.body, "tfhd"), 4)]
			if t == nil {
				return s, fmt.Errorf("a fragment of an unknown track at %d", top.at)
			}
			units := t.samples(b.body)
			if t.video {
				s.pictures = append(s.pictures, units...)
			} else {
				s.sounds = append(s.sounds, units...)
			}
		}
	}
	return s, nil
}

// Presented are the times at which the pictures and the blocks of sound in fragments
// behind a header begin and end, in seconds and in the order of the bytes.
func Presented(header, media []byte) (pictures, sounds [][2]float64, err error) {
	tracks, _ := movie(header)
	s, err := fragments(tracks, media)
	for _, u := range s.pictures {
		pictures = append(pictures, [2]float64{u.shown, u.shown + u.lasts})
	}
	for _, u := range s.sounds {
		sounds = append(sounds, [2]float64{u.shown, u.shown + u.lasts})
	}
	return pictures, sounds, err
}

// samples are those of a fragment of a track.
func (t *track) samples(traf []byte) (all []unit) {
	head := inside(traf, "tfhd")
	duration, flags := t.duration, t.flags
	at := 8
	for _, member := range []struct {
		flag  uint32
		bytes int
		value *uint32
	}{{1, 8, nil}, {2, 4, nil}, {8, 4, &duration}, {0x10, 4, nil}, {0x20, 4, &flags}} {
		if u32(head, 0)&member.flag != 0 {
			if member.value != nil {
				*member.value = u32(head, at)
			}
			at += member.bytes
		}
	}
	clock := t.clock(traf)
	for _, b := range boxes(traf) {
		if b.kind == "trun" {
			clock, all = t.run(b.body, clock, duration, flags, all)
		}
	}
	return all
}

// clock is the decode time of the first sample, in the track's timescale.
func (t *track) clock(traf []byte) float64 {
	time := inside(traf, "tfdt")
	if time == nil {
		time = inside(traf, fragmentTime)
	}
	if time[0] == 0 {
		return float64(u32(time, 4))
	}
	return float64(binary.BigEndian.Uint64(time[4:]))
}

func (t *track) run(b []byte, clock float64, duration, flags uint32, all []unit) (float64, []unit) {
	has := u32(b, 0) & 0xffffff
	at := 8 + 4*bits.OnesCount32(has&5)
	first := flags
	if has&4 != 0 {
		first = u32(b, at-4)
	}
	for n := range u32(b, 4) {
		lasts, own, late := duration, flags, uint32(0)
		if n == 0 {
			own = first
		}
		for _, member := range []struct {
			flag  uint32
			value *uint32
		}{{0x100, &lasts}, {0x200, nil}, {0x400, &own}, {0x800, &late}} {
			if has&member.flag == 0 {
				continue
			}
			if member.value != nil {
				*member.value = u32(b, at)
			}
			at += 4
		}
		all = append(all, unit{shown: (clock - t.shift + float64(int32(late))) / t.scale,
			decoded: (clock - t.shift) / t.scale,
			lasts:   float64(lasts) / t.scale, key: own&0x10000 == 0})
		clock += float64(lasts)
	}
	return clock, all
}

// checkLength holds the length that a header states against the renditions's end.
func checkLength(stated float64, r *Rendition) (wrong []string) {
	if len(r.segments) == 0 {
		return nil
	}
	end := 0.0
	for _, u := range append(r.units(pictures), r.units(sounds)...) {
		end = max(end, u.shown+u.lasts)
	}
	if math.Abs(stated-end) > 0.002 {
		wrong = append(wrong, fmt.Sprintf("the header says that it lasts %.3f s, it lasts %.3f", stated, end))
	}
	return wrong
}
