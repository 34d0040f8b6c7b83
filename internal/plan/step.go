package plan

import (
	"strconv"
	"strings"

	"github.com/reelastic/reelastic/internal/media"
)

// demuxers are the formats that may be read: media in one file. Left out are
// all that name other files or addresses, such as playlists.
var demuxers = []string{"mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "mpegts", "mpeg",
	"mpegvideo", "flv", "asf", "mxf", "mxf_opatom", "ogg", "wav", "w64", "mp3", "aac", "flac", "gif", "amr", "ac3", "eac3"}

// maxPixels is the largest picture that is decoded, 4096 × 3072.
const maxPixels = 4096 * 3072

// SafetyArgs are the options that stand before every input, of ffmpeg and of
// ffprobe alike: local files only, known formats only, no picture beyond
// 4096 × 3072.
func SafetyArgs() []string {
	return []string{"-protocol_whitelist", "file", "-format_whitelist", strings.Join(demuxers, ","),
		"-max_pixels", strconv.Itoa(maxPixels)}
}

// newStep is the run that makes renditions together.
func newStep(name string, req Request, renditions []rendition) Step {
	step := Step{Name: name, MemoryBytes: memory(req, renditions)}
	threads := strconv.Itoa(req.Threads)
	args := append([]string{"-y"}, SafetyArgs()...)
	args = append(args, "-threads", threads) // of the decoder
	if d := req.Probes[0].Demuxer; d != "" {
		args = append(args, "-f", d)
	}
	args = append(args, "-i", "file:in0", "-abort_on", "empty_output")

	g := new(graph)
	for i := range renditions {
		renditions[i].join(g)
	}
	args = append(args, "-filter_complex_threads", threads, "-filter_complex", g.String())
	for i := range renditions {
		r := &renditions[i]
		args = append(args, r.args(req.Speed, req.Threads)...)
		step.Outputs = append(step.Outputs, r.Index)
		step.Duration = max(step.Duration, r.Duration)
	}
	step.Args = args
	return step
}

// memory estimates a step's need in bytes: 100 MiB for the program; and, when
// there is video, 24 pictures of the source's size for the decoder and the
// filters, and for each encoder 24 pictures of its own size, its look-ahead and
// two for each thread, all at three bytes a pixel (the picture, its half-size
// copy and its costs). Measured ladders needed half to nine tenths of it.
func memory(req Request, renditions []rendition) int64 {
	const (
		program       = 100 << 20
		pictures      = 24
		bytesPerPixel = 3
	)
	total, decoded := int64(program), int64(0)
	for _, r := range renditions {
		if r.Video == nil {
			continue
		}
		if v, ok := req.Probes[0].MainVideo(); ok {
			decoded = pixels(v.Coded) * pictures
		}
		total += pixels(r.Video.Size) * int64(pictures+lookahead(req.Speed)+2*req.Threads) * bytesPerPixel
	}
	return total + decoded*bytesPerPixel
}

// lookahead is how many frames x264 looks ahead at a preset.
func lookahead(speed string) int {
	switch speed {
	case "ultrafast", "superfast":
		return 0
	case "veryfast":
		return 10
	case "faster":
		return 20
	case "fast":
		return 30
	case "slow":
		return 50
	case "slower", "veryslow", "placebo":
		return 60
	}
	return 40
}

func pixels(s media.Size) int64 { return int64(s.Width) * int64(s.Height) }
