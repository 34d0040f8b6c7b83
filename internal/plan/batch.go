package plan

import (
	"fmt"
	"regexp"
	"strconv"
)

// Many inputs are joined in batches: ffmpeg opens all inputs of a run at once and
// keeps the decoder of each, so that hundreds of them would need gigabytes. Each
// batch becomes a file of pictures and sound as the output wants them, in a quality
// that nobody tells from the source; the output's own run joins these.

// batchMemory bounds what the inputs of a run that joins need, in bytes.
const batchMemory = 640 << 20

// joinedMemory is what an input of a run that joins needs, in bytes: measured 5 MB
// at 640x480, 12 at 1280x720 and 24 at 1920x1080.
func joinedMemory(pixels int64) int64 { return 3<<20 + pixels*14 }

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
			all, b, need = append(all, batch{b.first, i}), batch{first: i}, 0
		}
		need += m
	}
	if b.first == 0 {
		return nil
	}
	return append(all, batch{b.first, len(pieces)})
}

// batchShare is the part of an output's work that its batches do together.
const batchShare = 0.5

// stepsOf are the runs that make renditions together. Outputs without pictures open
// no decoder that needs much.
func (p *Plan) stepsOf(name string, req Request, renditions []rendition) (steps []Step) {
	batches := batchesOf(renditions[0].pieces)
	var direct, batched []rendition
	for _, r := range renditions {
		if batches == nil || r.Video == nil {
			direct = append(direct, r)
		} else {
			batched = append(batched, r)
		}
	}
	if len(direct) > 0 {
		steps = newSteps(name, req, direct)
	}
	if len(batched) == 0 {
		return steps
	}
	var needs []string
	for k, b := range batches {
		step := batchStep(fmt.Sprintf("%s-batch-%d", name, k+1), req, batched, k, b)
		step.Share = batchShare / float64(len(batches))
		p.batches[step.Name] = k
		needs, steps = append(needs, step.Name), append(steps, step)
	}
	for _, r := range batched {
		rest := newSteps(fmt.Sprintf("%s-joined-%d", name, r.Index+1), req, []rendition{r.ofBatches()})
		for _, step := range rest {
			step.Needs = append(needs[:len(needs):len(needs)], step.Needs...)
			step.Share *= 1 - batchShare
			steps = append(steps, step)
		}
	}
	return steps
}

// batchStep joins the inputs of a batch for each rendition.
func batchStep(name string, req Request, renditions []rendition, k int, b batch) Step {
	step := Step{Name: name, Threads: req.Threads, MemoryBytes: memory(req, nil)}
	pieces := renditions[0].pieces[b.first:b.end]
	inputs, extra, outputs := sourceArgs(req.Threads, pieces), len(pieces), []string(nil)
	g := new(graph)
	for _, p := range pieces {
		step.MemoryBytes += joinedMemory(p.pixels)
	}
	for _, r := range renditions {
		n := r.Index + 1
		r.pieces = moved(r.pieces[b.first:b.end], b.first)
		all := r.joined(g, extra, true, r.sound != nil)
		inputs, extra = append(inputs, r.markInputs()...), extra+len(r.pieces[0].marks)
		video, sound := fmt.Sprintf("v%d", n), fmt.Sprintf("a%d", n)
		g.add("split", all.video, all.pictures("null"), video)
		outputs = append(append(outputs, "-map", bracket(video)), pictureIntermediate(r.pixelFormat, req.Threads)...)
		if all.sound != "" {
			g.add("asplit", all.sound, all.sounds("anull"), sound)
			outputs = append(outputs, "-map", bracket(sound), "-c:a", "pcm_f32le")
		}
		outputs = append(append(outputs, bareArgs...), "-f", "mov", batchFile(n, k))
		step.Outputs, step.Duration = append(step.Outputs, r.Index), max(step.Duration, r.Duration)
		step.MemoryBytes += pixels(r.Video.Size) * 12 * pictureBytes
	}
	args := append(inputs, "-abort_on", "empty_output", "-filter_complex_threads", strconv.Itoa(req.Threads), "-filter_complex", g.String())
	step.Args = append(args, outputs...)
	return step
}

// pictureIntermediate encodes pictures that will be encoded again: fast, and with
// a quantizer that leaves no difference to be seen.
func pictureIntermediate(format string, threads int) []string {
	encoder := "libx264"
	if format == "rgb24" {
		encoder = "libx264rgb"
	}
	return []string{"-c:v", encoder, "-preset", "ultrafast", "-crf", "8", "-pix_fmt", format, "-threads", strconv.Itoa(threads)}
}

func batchFile(output, k int) string { return fmt.Sprintf("j%d_%d.mov", output, k+1) }

// ofBatches is the rendition made of the files of its batches.
func (r rendition) ofBatches() rendition {
	var pieces []piece
	for k, b := range batchesOf(r.pieces) {
		p := piece{count: countOf(r.pieces[b.first:b.end]), open: append(SafetyArgs(), "-f", "mov"), file: batchFile(r.Index+1, k), video: fmt.Sprintf("[%d:0]", k), pictures: []string{"format=" + r.pixelFormat},
			pixels: pixels(r.Video.Size)}
		if r.sound != nil {
			p.sound, p.sounds = fmt.Sprintf("[%d:1]", k), []string{r.sound.filter()}
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
		p.sound = inputNumber.ReplaceAllStringFunc(p.sound, less)
		all[i] = p
	}
	return all
}
