package plan

import (
	"fmt"
	"strconv"
	"strings"
)

// tee puts together an output that several files share.
type tee struct {
	maps, encoders []string
	// numbers are those of its streams by their labels.
	numbers map[string]int
}

// teeArgs are the arguments of the files of the renditions at the places: one output, whose
// encoders have so many threads.
func teeArgs(renditions []rendition, places []int, e encodings, speed string, threads []int) []string {
	t := tee{numbers: map[string]int{}}
	video, audio := 0, 0
	for _, i := range places { // the files have their streams in this order: video first
		if r := &renditions[i]; r.Video != nil && e.own(i).video {
			t.encode(videoLabel(r), fmt.Sprintf("v:%d", video), videoArgs(r, speed, threads[i]))
			video++
		}
	}
	for _, i := range places {
		if r := &renditions[i]; r.audio != nil && e.own(i).audio {
			t.encode(r.audio.label(r.number(), 0), fmt.Sprintf("a:%d", audio), r.audio.encoder.args())
			audio++
		}
	}
	var files []string
	for _, i := range places {
		r := &renditions[i]
		var streams []string
		if r.Video != nil {
			streams = append(streams, strconv.Itoa(t.numbers[videoLabel(&renditions[e.video[i]])]))
		}
		if r.audio != nil {
			streams = append(streams, strconv.Itoa(t.numbers[r.audio.label(renditions[e.audio[i]].number(), 0)]))
		}
		files = append(files, teeFile(muxArgs(r), streams))
	}
	args := append(append(t.maps, t.encoders...), bareArgs...)
	return append(args, "-f", "tee", strings.Join(files, "|"))
}

// encode adds a stream, which the graph has at a label and options name by a specifier.
func (t *tee) encode(label, specifier string, encoder []string) {
	t.numbers[label] = len(t.numbers)
	t.maps = append(t.maps, "-map", bracket(label))
	t.encoders = append(t.encoders, forStream(encoder, specifier)...)
}

// forStream names the stream in each option of an encoder. Muxers of files ask encoders
// for headers apart; the one that stands for them does not.
func forStream(encoder []string, specifier string) (args []string) {
	flags := ""
	for i := 0; i+1 < len(encoder); i += 2 {
		option, _, _ := strings.Cut(encoder[i], ":")
		if option == "-flags" {
			flags = encoder[i+1]
			continue
		}
		args = append(args, option+":"+specifier, encoder[i+1])
	}
	return append(args, "-flags:"+specifier, flags+"+global_header")
}

// teeFile is a file as the muxer takes it: what ffmpeg would be told of an output by itself,
// and the numbers of its streams.
func teeFile(mux, streams []string) string {
	text := "[select=" + teeValue(strings.Join(streams, ","))
	last := len(mux) - 1
	for i := 0; i < last; i += 2 {
		option, value := strings.TrimPrefix(mux[i], "-"), mux[i+1]
		switch kind, isFilter := strings.CutPrefix(option, "bsf:"); {
		case isFilter:
			option = "bsfs/" + kind
		case option == "muxdelay": // ffmpeg's own name, in seconds; only 0 is used
			option = "max_delay"
		}
		text += ":" + option + "=" + teeValue(value)
	}
	return text + "]" + mux[last]
}

// teeValue escapes a value twice: the list of files is taken apart first, then its options.
func teeValue(value string) string {
	option := strings.NewReplacer(`\`, `\\`, `'`, `\'`, `:`, `\:`, `]`, `\]`)
	list := strings.NewReplacer(`\`, `\\`, `'`, `\'`, `|`, `\|`)
	return list.Replace(option.Replace(value))
}
