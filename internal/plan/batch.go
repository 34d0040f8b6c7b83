package plan

import (
	"fmt"
	"regexp"
	"strconv"
)

// Many inputs are joined in batches: ffmpeg opens all inputs of a run at once and
// keeps the decoder of each, so that hundreds of them would need gigabytes. Each
// batch becomes a file of frames and audio as the output wants them, in a quality
// that nobody tells from the source; the output's own run joins these.

// batchMemory bounds what the inputs of a run that joins need, in bytes.
const batchMemory = 640 << 20

// batch is a part of the inputs, from first up to end.
type batch struct{ first, end int }

// batchesOf divides the pieces of renditions; nil when one run can read them all.
func batchesOf(pieces []piece) (all []batch) {
	if len(pieces) < 2 {
		return nil
	}
	b, need := batch{}, int64(0)
	for i, p := range pieces {
		m := joinedMemory(p.pixels)
		if i > b.first && need+m > batchMemory {
			all = append(all, batch{b.first, i})
			b, need = batch{first: i}, 0
		}
		need += m
	}
	if b.first == 0 {
		return nil
	}
	return append(all, batch{b.first, len(pieces)})
}

// batchStep joins the inputs of batch k, b, for each rendition.
func batchStep(name string, req Request, renditions []rendition, k int, b batch) Step {
	step := Step{Name: name, Threads: req.Threads, MemoryBytes: memory(req, nil)}
	pieces := renditions[0].pieces[b.first:b.end]
	for _, p := range pieces {
		step.MemoryBytes += joinedMemory(p.pixels)
	}
	a := newAssembly(req.Threads, pieces)
	a.graphThreads = req.Threads
	for _, r := range renditions {
		r.pieces = moved(r.pieces[b.first:b.end], b.first)
		writeBatch(a, &r, k, req.Threads)
		step.Outputs, step.Duration = append(step.Outputs, r.Index), max(step.Duration, r.Duration)
		step.MemoryBytes += pixels(r.Video.Size) * 12 * frameBytes
	}
	step.Args = a.args()
	return step
}

// writeBatch adds the file of batch k, of which the rendition has the pieces.
func writeBatch(a *assembly, r *rendition, k, threads int) {
	all := joinPieces(&a.graph, r, a.readWatermarks(r), true, r.audio != nil)
	a.graph.add("split", all.video, all.shown("null"), videoLabel(r))
	a.write("-map", bracket(videoLabel(r)))
	a.write(intermediateArgs(r.video.pixelFormat, threads)...)
	if all.audio != "" {
		label := fmt.Sprintf("a%d", r.number())
		a.graph.add("asplit", all.audio, all.heard("anull"), label)
		a.write("-map", bracket(label), "-c:a", "pcm_f32le")
	}
	a.write(bareArgs...)
	a.write("-f", "mov", batchFile(r.number(), k))
}

func batchFile(output, k int) string { return fmt.Sprintf("j%d_%d.mov", output, k+1) }

// ofBatches is a rendition made of the files of its batches.
func ofBatches(r rendition) rendition {
	var pieces []piece
	for k, b := range batchesOf(r.pieces) {
		p := piece{
			count:       countOf(r.pieces[b.first:b.end]),
			open:        append(SafetyArgs(), "-f", "mov"),
			file:        batchFile(r.number(), k),
			pixels:      pixels(r.Video.Size),
			video:       fmt.Sprintf("[%d:0]", k),
			videoStages: []string{"format=" + r.video.pixelFormat},
		}
		if r.audio != nil {
			p.audio, p.audioStages = fmt.Sprintf("[%d:1]", k), []string{r.audio.filter()}
		}
		pieces = append(pieces, p)
	}
	r.pieces = pieces
	return r
}

var inputNumber = regexp.MustCompile(`\[(\d+):`)

// moved are pieces that read inputs with numbers less by so many.
func moved(pieces []piece, by int) []piece {
	less := func(pad string) string {
		n, err := strconv.Atoi(pad[1 : len(pad)-1])
		if err != nil {
			return pad
		}
		return fmt.Sprintf("[%d:", n-by)
	}
	all := make([]piece, len(pieces))
	for i, p := range pieces {
		p.video = inputNumber.ReplaceAllStringFunc(p.video, less)
		p.audio = inputNumber.ReplaceAllStringFunc(p.audio, less)
		all[i] = p
	}
	return all
}
