package plan

import (
	"fmt"
	"strconv"
)

// The parts of an output's work that its preparation with an external encoder does.
const (
	waveShare     = 0.1
	externalShare = 0.2
)

// encodeOutside is the preparation of audio by an external encoder: a WAVE file, what the
// encoder makes of it, and that read as an input.
func (r *rendition) encodeOutside(step string, req Request) preparation {
	n, s := r.Index+1, r.sound
	wave, encoded := fmt.Sprintf("s%d.wav", n), fmt.Sprintf("s%d.%s", n, s.encoder.external().suffix)
	g := new(graph)
	// Pictures decide where the next input begins.
	all := r.joined(g, len(r.pieces), r.Video != nil && len(r.pieces) > 1, true)
	if all.video != "" {
		g.also(all.video + "nullsink")
	}
	s.join(g, all, n)
	args := append(append(sourceArgs(1, r.pieces), r.markInputs()...), "-abort_on", "empty_output", "-filter_complex", g.String(),
		"-map", bracket(s.label(n, 0)), "-c:a", "pcm_s16le")
	args = append(append(args, bareArgs...), "-f", "wav", wave)
	first := Step{Name: fmt.Sprintf("%s-wave-%d", step, n), Outputs: []int{r.Index}, Args: args, Duration: r.Duration,
		Threads: 1, Share: waveShare, MemoryBytes: memory(req, nil)}
	external := s.encoder.external()
	second := first
	second.Name, second.Program, second.Needs, second.Share = fmt.Sprintf("%s-%s-%d", step, external.suffix, n), external.program, []string{first.Name}, externalShare
	second.Args = append(external.args, encoded, wave)
	return preparation{steps: []Step{first, second},
		input: []string{"-f", external.demuxer, "-itsoffset", strconv.FormatFloat(-external.early, 'f', 6, 64), "-i", "file:" + encoded}}
}
