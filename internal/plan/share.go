package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/internal/transcode"
)

// Streams that are encoded alike for several renditions of a run are encoded once: a ladder
// has the same sound in each of its files. ffmpeg encodes a stream for one output only, so
// these files are then one output to it, whose muxer ("tee") hands each packet on to every file
// that takes it (docs/decisions/0036).

// encodings say, by the place of a rendition in its run, which one's encoder makes its
// streams: its own, or that of one before it. A place counts only where there is such a stream.
type encodings struct{ video, audio []int }

// newEncodings finds what is encoded alike.
func newEncodings(renditions []rendition, speed string) encodings {
	var e encodings
	video, audio := map[string]int{}, map[string]int{}
	first := func(seen map[string]int, key string, i int) int {
		if key == "" {
			return i
		}
		if _, ok := seen[key]; !ok {
			seen[key] = i
		}
		return seen[key]
	}
	for i := range renditions {
		e.video = append(e.video, first(video, renditions[i].videoKey(speed), i))
		e.audio = append(e.audio, first(audio, renditions[i].audioKey(), i))
	}
	return e
}

// files are the places of the renditions by the outputs that ffmpeg writes them as:
// those that share a stream, directly or by way of others, are one.
func (e encodings) files() (all [][]int) {
	for i := range e.video {
		joined, rest := []int{i}, [][]int(nil)
		for _, f := range all {
			if slices.Contains(f, e.video[i]) || slices.Contains(f, e.audio[i]) {
				joined = append(f, joined...)
			} else {
				rest = append(rest, f)
			}
		}
		slices.Sort(joined)
		all = append(rest, joined)
	}
	slices.SortFunc(all, func(a, b []int) int { return a[0] - b[0] })
	return all
}

// headersApart reports whether the container keeps what decoders must know apart from the
// packets: encoders are then told to write it once. Packets for others are different.
func (r *rendition) headersApart() bool {
	switch r.container {
	case transcode.MP4, transcode.FMP4, transcode.WebM, transcode.FLV:
		return true
	}
	return r.List != "" // as the muxer of segments wants it
}

// shareable reports whether the file may be one of several of an output: with nothing in it but
// one stream of video, of audio, or both.
func (r *rendition) shareable() bool {
	return r.headersApart() && len(r.captions) == 0 && len(r.artwork) == 0 && !r.artworkApart
}

// videoKey is equal for renditions whose video is encoded alike; "" where it can't be shared.
func (r *rendition) videoKey(speed string) string {
	if r.Video == nil || !r.shareable() || r.Carrier != nil || r.video.encoder.palette() != noPalette {
		return ""
	}
	alone := *r
	alone.Index, alone.Thumbnails, alone.audio = 0, nil, nil
	key := alone.chains()
	for _, w := range r.pieces[0].watermarks {
		key += "\n" + strings.Join(imageArgs(w.image), " ")
	}
	return key + "\n" + strings.Join(videoArgs(r, speed, 1), " ")
}

// audioKey is equal for renditions whose audio is encoded alike; "" where it can't be shared.
func (r *rendition) audioKey() string {
	if r.audio == nil || !r.shareable() || r.preparesAudio() || len(r.audio.tracks) > 1 {
		return ""
	}
	key := ""
	if r.Video != nil && len(r.pieces) > 1 { // where frames end the audio of the next piece begins
		if countOf(r.pieces) == 0 {
			return ""
		}
		key = fmt.Sprintf("%s\n", r.video.rate)
		for _, p := range r.pieces {
			key += fmt.Sprintf("%d\n", p.count)
		}
	}
	alone := *r
	alone.Index, alone.Thumbnails, alone.Video, alone.video = 0, nil, nil, nil
	return key + alone.chains() + "\n" + strings.Join(r.audio.encoder.args(), " ")
}

// chains are those of the rendition in a graph of its own.
func (r *rendition) chains() string {
	var g graph
	join(&g, r, placement{}, ownStreams(r))
	return g.String()
}

// streams tells of which streams of a rendition there is talk.
type streams struct{ video, audio bool }

// ownStreams are all of the rendition.
func ownStreams(r *rendition) streams { return streams{r.Video != nil, r.audio != nil} }

// own are the streams that the rendition at a place has an encoder of its own for.
func (e encodings) own(i int) streams { return streams{e.video[i] == i, e.audio[i] == i} }

// names are those of the files that are written together with others.
func (e encodings) names(renditions []rendition) (names []string) {
	for _, places := range e.files() {
		if len(places) == 1 {
			continue
		}
		for _, i := range places {
			names = append(names, renditions[i].File)
			if list := renditions[i].List; list != "" {
				names = append(names, list)
			}
		}
	}
	return names
}
