package bench

import (
	"fmt"
	"strings"
)

// rendition is a rendition of the ladder as somebody who knows ffmpeg asks for it.
type rendition struct {
	width, height          int
	profile, level         string
	refs, videoKb, audioKb int
}

// renditions are those of hlsPresets for a source of 16:9.
var renditions = []rendition{
	{1024, 576, "main", "3.1", 3, 1872, 128},
	{960, 540, "main", "3.1", 3, 1372, 128},
	{640, 360, "main", "3.1", 3, 872, 128},
	{480, 270, "baseline", "3.0", 3, 472, 128},
	{400, 226, "baseline", "3.0", 1, 272, 128},
}

// The filters and encoders of the MP4 and its thumbnails; see mp4Preset.
const (
	plainRate  = "fps=30000/1001"
	plainThumb = "fps=1/60,scale=192:108"
	plainMP4   = " -c:v libx264 -preset veryfast -profile:v baseline -level 3.1 -refs 3 -b:v 2400k -g 90 -c:a aac " +
		"-b:a 160k -ar 44100 -ac 2 -movflags +faststart 720p.mp4"
)

// plainSplit is the command by hand for the ladder in one process: one decode, split, and an
// encoder for each stream of each output; with the MP4 and its thumbnails if asked for.
func plainSplit(mp4 bool) []string {
	var graph, outputs strings.Builder
	branches := len(renditions)
	if mp4 {
		branches++
	}
	fmt.Fprintf(&graph, "[0:v]split=%d", branches)
	for i := range branches {
		fmt.Fprintf(&graph, "[s%d]", i)
	}
	for i, r := range renditions {
		fmt.Fprintf(&graph, ";[s%d]%s[v%d]", i, r.filter(), i)
		fmt.Fprintf(&outputs, " -map [v%d] -map 0:a %s", i, r.encoder(i))
	}
	if mp4 {
		fmt.Fprintf(&graph, ";[s%d]%s,split[v%[1]d][s];[s]%s[thumb]", len(renditions), plainRate, plainThumb)
		fmt.Fprintf(&outputs, " -map [v%d] -map 0:a%s -map [thumb] thumb-%%05d.png", len(renditions), plainMP4)
	}
	args := []string{"-y", "-i", "in0", "-filter_complex", graph.String()}
	return append(args, strings.Fields(outputs.String())...)
}

// plainSingle is a command by hand for each output.
func plainSingle(mp4 bool) (all [][]string) {
	for i, r := range renditions {
		all = append(all, append([]string{"-y", "-i", "in0", "-vf", r.filter()}, strings.Fields(r.encoder(i))...))
	}
	if mp4 {
		all = append(all, append([]string{"-y", "-i", "in0", "-vf", plainRate}, strings.Fields(plainMP4)...),
			[]string{"-y", "-i", "in0", "-vf", plainThumb, "thumb-%05d.png"})
	}
	return all
}

func (r rendition) filter() string {
	return fmt.Sprintf("scale=%d:%d,format=yuv420p", r.width, r.height)
}

// encoder is the output number i in segments of six seconds.
func (r rendition) encoder(i int) string {
	return fmt.Sprintf("-c:v libx264 -preset veryfast -profile:v %s -level %s -refs %d -b:v %dk -g 90 -keyint_min 90 "+
		"-sc_threshold 0 -force_key_frames expr:gte(t,n_forced*6) -c:a aac -b:a %dk -ar 44100 -ac 2 -f hls "+
		"-hls_time 6 -hls_list_size 0 -hls_playlist_type vod -hls_segment_filename hls%d-%%05d.ts hls%[6]d.m3u8",
		r.profile, r.level, r.refs, r.videoKb, r.audioKb, i)
}
