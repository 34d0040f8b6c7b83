package cenc

import (
	"encoding/binary"

	"github.com/reelastic/reelastic/internal/format/mp4box"
)

// longestFragment bounds the media of a fragment, which is read into memory.
const longestFragment = 512 << 20

// fragment encrypts a fragment's media and writes it after a header that says how.
func (e *encrypter) fragment(f mp4box.Fragment) error {
	if f.Mdat.Offset != f.Moof.End() {
		return unfit("something stands between header and media of the fragment at %d", f.Moof.Offset)
	}
	header, err := mp4box.ReadBody(e.src, f.Moof, longestPassed)
	if err != nil {
		return err
	}
	media, err := mp4box.ReadBody(e.src, f.Mdat, longestFragment)
	if err != nil {
		return err
	}
	var lists []list
	for _, t := range f.Tracks {
		l, err := e.encryptTrack(t, media, f.Mdat.Body())
		if err != nil {
			return err
		}
		lists = append(lists, l)
	}
	if header, err = rewriteHeader(header, lists); err != nil {
		return err
	}
	mediaHead := make([]byte, f.Mdat.Header)
	if _, err := e.src.ReadAt(mediaHead, f.Mdat.Offset); err != nil {
		return err
	}
	for _, part := range []struct {
		was     int64
		content []byte
	}{{f.Moof.Offset, header}, {f.Mdat.Offset, mediaHead}, {f.Mdat.Body(), media}} {
		e.places[part.was] = e.at
		if err := e.write(part.content); err != nil {
			return err
		}
	}
	return nil
}

// rewriteHeader makes the box "moof" of an encrypted fragment, with a list for each
// of its tracks.
func rewriteHeader(body []byte, lists []list) ([]byte, error) {
	growth := 0
	for _, l := range lists {
		growth += len(l.appendBoxes(nil))
	}
	var err error
	n := 0
	header := mp4box.Append(nil, "moof", func(dst []byte) []byte {
		for p, broken := range mp4box.Parts(body) {
			switch {
			case err != nil:
			case broken != nil:
				err = broken
			case p.Type == "traf":
				dst, err = appendTrack(dst, p.Body, lists[n], growth, n)
				n++
			default:
				dst = append(dst, p.Whole...)
			}
		}
		return dst
	})
	return header, err
}

// Flags of "tfhd" and "trun".
const (
	baseOffset     = 0x000001
	baseIsFragment = 0x020000
	dataOffset     = 0x000001
)

// appendTrack copies the body of a "traf", the nth of its fragment, to dst, which
// begins with the fragment. The list stands before the first run; runs are moved by
// as much as the header grows, since they count from its beginning.
func appendTrack(dst, body []byte, l list, growth, n int) ([]byte, error) {
	const head, afterCount = 4, 8 // version and flags; the number of samples
	var err error
	listed := false
	return mp4box.Append(dst, "traf", func(dst []byte) []byte {
		for p, broken := range mp4box.Parts(body) {
			if broken != nil {
				err = broken
			}
			if err != nil {
				break
			}
			switch {
			case p.Type == "tfhd" && len(p.Body) >= head:
				flags := binary.BigEndian.Uint32(p.Body)
				if flags&baseOffset != 0 || n > 0 && flags&baseIsFragment == 0 {
					err = unfit("the media of a track does not count from its fragment")
				}
			case p.Type == "trun" && len(p.Body) >= afterCount+4:
				if !listed {
					dst, listed = l.appendBoxes(dst), true
				}
				if binary.BigEndian.Uint32(p.Body)&dataOffset == 0 {
					err = unfit("a run of samples does not say where they are")
				}
				at := p.Body[afterCount:]
				binary.BigEndian.PutUint32(at, binary.BigEndian.Uint32(at)+uint32(growth))
			}
			dst = append(dst, p.Whole...)
		}
		return dst
	}), err
}
