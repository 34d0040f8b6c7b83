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

// MaxPixels is the largest picture that is ever decoded, 8192 × 4320.
const MaxPixels = 8192 * 4320

// SafetyArgs are the options that stand before every input, of ffmpeg and of
// ffprobe alike: local files only, known formats only, no picture beyond
// [MaxPixels].
func SafetyArgs() []string {
	return []string{"-protocol_whitelist", "file", "-format_whitelist", strings.Join(demuxers, ","),
		"-max_pixels", strconv.Itoa(MaxPixels)}
}

// newSteps are the runs that make renditions together: what one of them needs
// first, and the run that writes them all.
func newSteps(name string, req Request, renditions []rendition) []Step {
	step := Step{Name: name, MemoryBytes: memory(req, renditions), Threads: 1, Share: 1}
	g := new(graph)
	var before []Step
	each, busy := encoderThreads(req, renditions)
	step.Threads = busy
	inputs, outputs := sourceArgs(step.Threads, renditions[0].pieces), []string(nil)
	extra := len(renditions[0].pieces) // the first inputs are the sources
	for i := range renditions {
		r := &renditions[i]
		r.firstGraphic = extra
		inputs, extra = append(append(inputs, r.markInputs()...), r.coverInputs()...), extra+r.graphics()
		r.extra = extra
		for _, prepare := range r.preparations {
			p := prepare(r, name, req)
			before = append(before, p.steps...)
			if len(renditions) == 1 {
				step.Share -= p.share()
			}
			step.Needs = append(step.Needs, p.steps[len(p.steps)-1].Name)
			inputs, extra = append(inputs, p.input...), extra+1
		}
		r.firstCaption = extra
		inputs, extra = append(inputs, r.captionInputs()...), extra+r.captionCount()
		r.join(g)
		outputs = append(outputs, r.args(req.Speed, each[i])...)
		step.Outputs = append(step.Outputs, r.Index)
		step.Duration = max(step.Duration, r.Duration)
	}
	threads := strconv.Itoa(step.Threads)
	args := append(inputs, "-abort_on", "empty_output")
	if text := g.String(); text != "" {
		args = append(args, "-filter_complex_threads", threads, "-filter_complex", text)
	}
	step.Args = append(args, outputs...)
	return append(before, step)
}

// preparation is what must be made before an output can be written: steps of
// which each needs the one before, and the arguments that read the result as an
// input of the output's own step.
type preparation struct {
	steps []Step
	input []string
}

// share is the part of the output's work that the steps do.
func (p preparation) share() (sum float64) {
	for _, s := range p.steps {
		sum += s.Share
	}
	return sum
}

// sourceArgs read the parts of the sources as inputs from 0 on, decoded with so
// many threads; each of many sources with one, since each has buffers of its own. A graph
// that ffmpeg built anew where frames change would begin all timelines at 0 again.
func sourceArgs(threads int, pieces []piece) []string {
	if len(pieces) > 1 {
		threads = 1
	}
	args := []string{"-y"}
	for _, p := range pieces {
		safety := len(SafetyArgs())
		args = append(append(append(args, p.open[:safety]...), "-threads", strconv.Itoa(threads)), p.open[safety:]...)
		args = append(args, "-reinit_filter", "0", "-i", "file:"+p.file)
	}
	return args
}

// openArgs are the options that read a part of a source.
func openArgs(p media.Probe, e excerpt) []string {
	args := SafetyArgs()
	if p.Demuxer != "" {
		args = append(args, "-f", p.Demuxer)
	}
	if p.LongPauses {
		args = append(args, "-dts_delta_threshold", "100000") // as good as never
	}
	if p.Priming != 0 {
		args = append(args, "-itsoffset", secondsText(-p.Priming))
	}
	return append(args, e.args()...)
}

// pictureBytes is what a pixel of a picture with its copies needs, in bytes.
const pictureBytes = 3

// memory estimates a step's need in bytes: 100 MiB for the program; and, when
// there is video, 24 pictures of the source's size for the decoder and the
// filters, or less for each of several sources, and what each encoder needs.
func memory(req Request, renditions []rendition) int64 {
	const (
		program  = 100 << 20
		pictures = 24
	)
	total, decoded := int64(program), int64(0)
	for _, r := range renditions {
		if r.Video == nil {
			continue
		}
		decoded = r.pieces[0].pixels * pictures * pictureBytes
		if len(r.pieces) > 1 {
			decoded = 0
			for _, p := range r.pieces {
				decoded += joinedMemory(p.pixels)
			}
		}
		total += r.encoder.memory(req.Speed, req.Threads) + r.converted*convertBytes
	}
	return total + decoded
}

func pixels(s media.Size) int64 { return int64(s.Width) * int64(s.Height) }
