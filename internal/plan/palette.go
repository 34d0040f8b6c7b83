package plan

import (
	"fmt"
	"strconv"
)

// joinPalette adds the stages that find and use the palette.
func (r *rendition) joinPalette(g *graph, all stream) {
	n := r.Index + 1
	if r.encoder.palette() == paletteInTwoPasses {
		g.add("split", all.video, append(all.pictures(r.finish), usePalette(r.extra+r.palette)), fmt.Sprintf("v%d", n))
		return
	}
	palette := fmt.Sprintf("p%d", n)
	g.add("split", all.video, append(all.pictures(r.finish), "palettegen"), palette)
	g.add("split", all.video, append(all.pictures(r.finish), bracket(palette)+usePaletteFilter), fmt.Sprintf("v%d", n))
}

// paletteStep makes the palette of an output in a pass of its own.
func (r *rendition) paletteStep(step string, req Request) preparation {
	n := r.Index + 1
	file, label := fmt.Sprintf("p%d.png", n), fmt.Sprintf("p%d", n)
	g := new(graph)
	all := r.joined(g, len(r.pieces), true, false)
	g.add("split", all.video, all.pictures("palettegen"), label)
	threads := r.threads(req.Threads)
	args := append(append(sourceArgs(threads, r.pieces), r.markInputs()...), "-abort_on", "empty_output", "-filter_complex_threads", strconv.Itoa(threads),
		"-filter_complex", g.String(), "-map", bracket(label))
	args = append(args, bareArgs...)
	args = append(args, "-c:v", "png", "-frames:v", "1", "-update", "1", "-f", "image2", file)
	return preparation{
		steps: []Step{{Name: fmt.Sprintf("%s-palette-%d", step, n), Outputs: []int{r.Index}, Args: args, Duration: r.Duration,
			Threads: threads, Share: paletteShare, MemoryBytes: memory(req, []rendition{*r})}},
		input: pictureInput(file),
	}
}

// usePaletteFilter spreads errors of colours as Floyd and Steinberg did: files are up to
// a seventh smaller than with the filter's default, and look as well. A pattern in
// their place saves more in some pictures, and costs more and shows in others
// (docs/decisions/0031).
const usePaletteFilter = "paletteuse=dither=floyd_steinberg"

// usePalette maps a picture to the palette in an input of its own.
func usePalette(input int) string { return fmt.Sprintf("[%d:0]", input) + usePaletteFilter }

// paletteShare is the part of the work that finding the palette is.
const paletteShare = 0.4
