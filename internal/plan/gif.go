package plan

import (
	"fmt"
	"strconv"

	"github.com/reelastic/reelastic/internal/media"
)

// gif is an animation with every choice made. It has no bit rate to hold.
type gif struct {
	scene
	// loops is how often it plays again; -1 is without end.
	loops int
	// held is what the pictures need, in bytes, that wait for their palette.
	held int64
}

// gifMaxRate is the highest rate that players keep: the delay between pictures is
// a whole number of hundredths of a second, and many take one hundredth for ten.
var gifMaxRate = media.Rational{Num: 50, Den: 1}

func (g gif) threads(int) int { return 1 }

func (g gif) alone() bool { return true }

func (g gif) effort(string) float64 { return gifEffort }

// memory is measured, and the same for both passes: 38 MB and 54 bytes a pixel.
func (g gif) memory(string, int) int64 { return 50<<20 + pixels(g.size)*60 + g.held }

func (g gif) expect(*Video) {}

// args: the muxer's 0 is without end, its -1 leaves the block with the count out.
func (g gif) args(string, int) []string {
	count := g.loops
	switch g.loops {
	case -1:
		count = 0
	case 0:
		count = -1
	}
	return []string{"-c:v", "gif", "-loop", strconv.Itoa(count)}
}

// samePass is the place of a palette that no preparation makes.
const samePass = -1

// mostHeld bounds, in bytes, the pictures that wait for their palette.
const mostHeld = 512 << 20

// decidePalette chooses how a gif's colours are found. The palette is known at the
// end: in one pass every picture waits for it in memory, and where these are too
// many, or nobody knows how many, the source is decoded twice.
func (r *rendition) decidePalette() {
	g, ok := r.encoder.(gif)
	if !ok {
		return
	}
	const bytesPerPixel = 3
	held := int64(r.Duration.Seconds()*r.Video.FrameRate.Float()+1) * pixels(r.Video.Size) * bytesPerPixel
	if r.Estimated || r.Duration == 0 || held > mostHeld {
		r.palette, r.preparations = len(r.preparations), append(r.preparations, (*rendition).paletteStep)
		return
	}
	g.held = held
	r.encoder, r.palette = g, samePass
}

// joinGIF adds the stages that find and use the palette.
func (r *rendition) joinGIF(g *graph, all stream) {
	n := r.Index + 1
	if r.palette != samePass {
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
