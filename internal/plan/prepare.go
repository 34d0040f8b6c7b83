package plan

import (
	"fmt"
	"strconv"
)

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

// last is the name of the step after which the result is there.
func (p preparation) last() string { return p.steps[len(p.steps)-1].Name }

// The parts of an output's work that its preparations do.
const (
	paletteShare  = 0.4
	waveShare     = 0.1
	externalShare = 0.2
)

// preparePalette makes the palette of an output in a pass of its own.
func preparePalette(r *rendition, step string, req Request) preparation {
	threads := r.threads(req.Threads)
	a := newAssembly(threads, r.pieces)
	a.graphThreads = threads
	all := joinPieces(&a.graph, r, a.readWatermarks(r), true, false)
	a.graph.add("split", all.video, all.shown("palettegen"), paletteLabel(r))
	file := fmt.Sprintf("p%d.png", r.number())
	a.write("-map", bracket(paletteLabel(r)))
	a.write(bareArgs...)
	a.write("-c:v", "png", "-frames:v", "1", "-update", "1", "-f", "image2", file)
	return preparation{
		input: imageInput(file),
		steps: []Step{{
			Name:        fmt.Sprintf("%s-palette-%d", step, r.number()),
			Outputs:     []int{r.Index},
			Args:        a.args(),
			Duration:    r.Duration,
			Threads:     threads,
			Share:       paletteShare,
			MemoryBytes: memory(req, []rendition{*r}),
		}},
	}
}

// prepareAudio has audio encoded by a program: ffmpeg writes a WAVE file, which the program
// encodes. The result begins before the programme.
func prepareAudio(r *rendition, step string, req Request) preparation {
	external := r.audio.encoder.external()
	wave, encoded := fmt.Sprintf("s%d.wav", r.number()), fmt.Sprintf("s%d.%s", r.number(), external.suffix)
	first := Step{
		Name:        fmt.Sprintf("%s-wave-%d", step, r.number()),
		Outputs:     []int{r.Index},
		Args:        waveArgs(r, wave),
		Duration:    r.Duration,
		Threads:     1,
		Share:       waveShare,
		MemoryBytes: memory(req, nil),
	}
	second := first
	second.Name = fmt.Sprintf("%s-%s-%d", step, external.suffix, r.number())
	second.Program, second.Needs, second.Share = external.program, []string{first.Name}, externalShare
	second.Args = append(external.args, encoded, wave)
	offset := strconv.FormatFloat(-external.early, 'f', 6, 64)
	return preparation{
		input: []string{"-f", external.demuxer, "-itsoffset", offset, "-i", "file:" + encoded},
		steps: []Step{first, second},
	}
}

// waveArgs write the audio of a rendition. Of several inputs the video decides where the next
// one begins.
func waveArgs(r *rendition, file string) []string {
	a := newAssembly(1, r.pieces)
	first := a.readWatermarks(r)
	all := joinPieces(&a.graph, r, first, r.Video != nil && len(r.pieces) > 1, true)
	if all.video != "" {
		a.graph.also(all.video + "nullsink")
	}
	r.audio.join(&a.graph, all, r.number())
	a.write("-map", bracket(r.audio.label(r.number(), 0)), "-c:a", "pcm_s16le")
	a.write(bareArgs...)
	a.write("-f", "wav", file)
	return a.args()
}
