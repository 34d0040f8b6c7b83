package analyser

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// HLS is what a master playlist of HLS leads to.
type HLS struct {
	Key string
	// Renditions are those that variants and groups name, each once.
	Renditions []*Rendition
	// Bandwidths are what the master playlist says of the variants, in bits per second, by
	// the renditions' names.
	Bandwidths map[string]int
	// Target is the target duration of all playlists, in seconds.
	Target int
	// Wrong are the faults that were found.
	Wrong []string

	// groups are the sounds' renditions that variants play in place of their own.
	groups map[string]string
	lists  map[string]playlist
}

// ReadHLS reads a master playlist in a folder of objects and all that it leads to, with
// the keys of encrypted segments by their addresses.
func ReadHLS(dir, key string, keys map[string][]byte) (*HLS, error) {
	h := &HLS{Key: key, Bandwidths: map[string]int{}, groups: map[string]string{}, lists: map[string]playlist{}}
	f := folder{dir, keys}
	text, err := f.read(key)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(string(text), "\n")
	for n, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		tag := attributes(value)
		switch name {
		case "#EXT-X-MEDIA":
			err = h.media(f, tag)
		case "#EXT-X-STREAM-INF":
			err = h.variant(f, tag, lines[n+1])
		case "#EXT-X-I-FRAME-STREAM-INF":
			_, err = h.list(f, tag["URI"])
		}
		if err != nil {
			return nil, err
		}
	}
	for n, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "#EXT-X-STREAM-INF":
			h.checkRate(attributes(value), lines[n+1])
		case "#EXT-X-I-FRAME-STREAM-INF":
			h.checkRate(attributes(value), attributes(value)["URI"])
		}
	}
	h.checkTargets()
	h.checkChanges()
	return h, nil
}

func (h *HLS) fail(format string, args ...any) {
	h.Wrong = append(h.Wrong, fmt.Sprintf("%s: "+format, append([]any{h.Key}, args...)...))
}

// list reads a playlist that the master names, once.
func (h *HLS) list(f folder, reference string) (playlist, error) {
	key, err := resolve(h.Key, reference)
	if err != nil {
		return playlist{}, err
	}
	if p, ok := h.lists[key]; ok {
		return p, nil
	}
	p, err := f.readPlaylist(key)
	h.lists[key] = p
	return p, err
}

// media reads a rendition of a group.
func (h *HLS) media(f folder, tag map[string]string) error {
	if tag["URI"] == "" {
		return nil
	}
	p, err := h.list(f, tag["URI"])
	if err == nil && tag["TYPE"] == "AUDIO" {
		h.groups[tag["GROUP-ID"]] = p.key
		h.add(p)
	}
	return err
}

func (h *HLS) variant(f folder, tag map[string]string, reference string) error {
	p, err := h.list(f, reference)
	if err != nil {
		return err
	}
	h.add(p)
	h.Bandwidths[p.key], err = strconv.Atoi(tag["BANDWIDTH"])
	return err
}

// add reads a rendition, once.
func (h *HLS) add(p playlist) {
	if slices.ContainsFunc(h.Renditions, func(r *Rendition) bool { return r.Name == p.key }) {
		return
	}
	r, wrong := p.rendition()
	h.Renditions = append(h.Renditions, r)
	for _, w := range wrong {
		h.fail("%s: %s", r.Name, w)
	}
}

// checkRate holds what a tag says of rates against the bytes.
func (h *HLS) checkRate(tag map[string]string, reference string) {
	key, _ := resolve(h.Key, reference) // it has been resolved before
	parts := []string{key}
	if group := h.groups[tag["AUDIO"]]; group != "" && group != key {
		parts = append(parts, group)
	}
	var peak, mean float64
	for _, part := range parts {
		p, m := h.lists[part].rates()
		peak, mean = peak+p, mean+m
	}
	// Each is rounded up to a thousand, from times that have more digits than the playlist's.
	most := 1000*float64(len(parts)) + 2
	off := func(said string, rate float64) bool {
		n, err := strconv.Atoi(said)
		return err != nil || n%1000 != 0 || float64(n) < rate-2 || float64(n) > rate+most
	}
	if said := tag["BANDWIDTH"]; off(said, peak) {
		h.fail("%s has the peak %.0f, BANDWIDTH says %s", key, peak, said)
	}
	if said, ok := tag["AVERAGE-BANDWIDTH"]; ok && off(said, mean) {
		h.fail("%s has the mean %.0f, AVERAGE-BANDWIDTH says %s", key, mean, said)
	}
}

// checkTargets finds one target duration, which no segment exceeds.
func (h *HLS) checkTargets() {
	for _, p := range h.lists {
		if h.Target == 0 {
			h.Target = p.target
		}
		if p.target != h.Target {
			h.fail("target durations of %d and %d", p.target, h.Target)
		}
		for n, s := range p.pieces {
			if s.seconds > float64(p.target) {
				h.fail("%s: segment %d lasts %.6f s, the target is %d", p.key, n, s.seconds, p.target)
			}
		}
		if text := strings.HasSuffix(p.pieces[0].key, ".vtt"); (text || p.frames) && !p.vod {
			h.fail("%s does not say that it is whole", p.key)
		}
	}
}

// checkChanges goes from every rendition to every other one. Where sound comes from a
// group, only pictures, and only sounds, are changed between.
func (h *HLS) checkChanges() {
	for _, from := range h.Renditions {
		for _, to := range h.Renditions {
			if from == to || len(h.groups) > 0 && (from.Pictures == 0) != (to.Pictures == 0) {
				continue
			}
			for _, wrong := range Change(from, to) {
				h.fail("from %s to %s: %s", from.Name, to.Name, wrong)
			}
		}
	}
}
