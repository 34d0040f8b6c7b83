package analyser

import (
	"encoding/xml"
	"fmt"
)

// DASH is what an on-demand manifest of MPEG-DASH leads to.
type DASH struct {
	Key string
	// Sets are the renditions between which players change.
	Sets [][]*Rendition
	// Wrong are the faults that were found.
	Wrong []string
}

// mpd is what is read of a manifest.
type mpd struct {
	Sets []struct {
		Kind            string `xml:"mimeType,attr"`
		Aligned         bool   `xml:"subsegmentAlignment,attr"`
		Representations []struct {
			BaseURL string
			Base    struct {
				Index          string `xml:"indexRange,attr"`
				Initialization struct {
					Range string `xml:"range,attr"`
				}
			} `xml:"SegmentBase"`
		} `xml:"Representation"`
	} `xml:"Period>AdaptationSet"`
}

// ReadDASH reads a manifest in a folder of objects and all that it leads to.
func ReadDASH(dir, key string) (*DASH, error) {
	d, f := &DASH{Key: key}, folder{dir: dir}
	text, err := f.read(key)
	if err != nil {
		return nil, err
	}
	var m mpd
	if err := xml.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	for _, set := range m.Sets {
		var renditions []*Rendition
		for _, r := range set.Representations {
			file, err := resolve(key, r.BaseURL)
			if err != nil {
				return nil, err
			}
			content, err := f.read(file)
			if err != nil {
				return nil, err
			}
			if set.Kind == "text/vtt" {
				continue
			}
			rendition, err := d.representation(file, content, r.Base.Initialization.Range, r.Base.Index)
			if err != nil {
				return nil, err
			}
			renditions = append(renditions, rendition)
		}
		d.Sets = append(d.Sets, renditions)
		if set.Aligned {
			d.checkChanges(renditions)
		}
	}
	return d, nil
}

func (d *DASH) checkChanges(set []*Rendition) {
	for _, from := range set {
		for _, to := range set {
			if from != to {
				d.add(fmt.Sprintf("from %s to %s", from.Name, to.Name), Change(from, to))
			}
		}
	}
}

func (d *DASH) add(where string, wrong []string) {
	for _, w := range wrong {
		d.Wrong = append(d.Wrong, fmt.Sprintf("%s: %s: %s", d.Key, where, w))
	}
}

// representation reads the segments of a file that its index refers to.
func (d *DASH) representation(name string, file []byte, header, index string) (*Rendition, error) {
	var first, last, from, to int
	if _, err := fmt.Sscanf(header+" "+index, "%d-%d %d-%d", &first, &last, &from, &to); err != nil ||
		to >= len(file) || last >= len(file) {
		return nil, fmt.Errorf("%s: header %s, index %s of %d bytes: %w", name, header, index, len(file), err)
	}
	tracks, stated := movie(file[first : last+1])
	r := &Rendition{Name: name, edited: true}
	// Of several indexes, one for each track, the first tells.
	sidx := boxes(file[from : to+1])[0]
	at := from + sidx.end() + int(u32(sidx.body, 24))
	for n := range u32(sidx.body, 28) & 0xffff {
		entry := sidx.body[32+12*n:]
		size := int(u32(entry, 0))
		if at+size > len(file) {
			return nil, fmt.Errorf("%s: segment %d ends at %d of %d", name, n, at+size, len(file))
		}
		s, err := fragments(tracks, file[at:at+size])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		s.said = float64(u32(entry, 4)) / float64(u32(sidx.body, 8))
		r.segments = append(r.segments, s)
		at += size
	}
	r.measure()
	d.add(name, append(checkLength(stated, r), r.check()...))
	return r, nil
}
