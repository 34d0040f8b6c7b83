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
}

// gifMaxRate is the highest rate that players keep: the delay between pictures is
// a whole number of hundredths of a second, and many take one hundredth for ten.
var gifMaxRate = media.Rational{Num: 50, Den: 1}

func (g gif) threads(int) int { return 1 }

func (g gif) alone() bool { return true }

// memory is measured, and the same for both passes: 38 MB and 54 bytes a pixel.
func (g gif) memory(string, int) int64 { return 50<<20 + pixels(g.size)*60 }

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

// paletteStep makes the palette of an output in a pass of its own: to find and
// to use it in one pass would hold every picture in memory until the end.
func (r *rendition) paletteStep(step string, req Request) preparation {
	n := r.Index + 1
	file, label := fmt.Sprintf("p%d.png", n), fmt.Sprintf("p%d", n)
	g := new(graph)
	all := r.joined(g, len(r.pieces), true, false)
	g.add("split", all.video, all.pictures("palettegen"), label)
	threads := r.threads(req.Threads)
	args := append(append(sourceArgs(req, threads, r.pieces), r.markInputs()...), "-abort_on", "empty_output", "-filter_complex_threads", strconv.Itoa(threads),
		"-filter_complex", g.String(), "-map", bracket(label))
	args = append(args, bareArgs...)
	args = append(args, "-c:v", "png", "-frames:v", "1", "-update", "1", "-f", "image2", file)
	return preparation{
		steps: []Step{{Name: fmt.Sprintf("%s-palette-%d", step, n), Outputs: []int{r.Index}, Args: args, Duration: r.Duration,
			Threads: threads, Share: paletteShare, MemoryBytes: memory(req, []rendition{*r})}},
		input: pictureInput(file),
	}
}

// usePalette maps a picture to the palette in an input of its own.
func usePalette(input int) string { return fmt.Sprintf("[%d:0]paletteuse", input) }

// paletteShare is the part of the work that finding the palette is.
const paletteShare = 0.4
