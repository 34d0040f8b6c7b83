package plan

import (
	"cmp"
	"fmt"
	"time"
)

// The size to which keyframes are reduced before they are looked at.
const greyWidth, greyHeight = 16, 9

// What a decoder makes of content that it can't make sense of, an encrypted one say, is an
// even grey. [Plan.GreyOutput] and [Plan.GreyInput] look for it.

// GreyFile is the raw file that their steps write.
const GreyFile = "grey.raw"

// GreyOutput writes the keyframes of an output, reduced.
func (p *Plan) GreyOutput(output int) Step {
	out := p.Outputs[output]
	args := []string{"-y", "-skip_frame", "nokey", "-protocol_whitelist", "file"}
	if out.List != "" {
		args = append(args, "-f", "hls", "-allowed_extensions", "ALL", "-i", "file:"+out.List)
	} else {
		args = append(args, "-i", "file:"+out.File)
	}
	return greyStep(args, "0:v:0", "")
}

// GreyInput writes eight frames for each second of what the output shows of an input, reduced.
func (p *Plan) GreyInput(output, input int) Step {
	v, _ := p.request.Probes[input].MainVideo()
	for _, r := range p.renditions {
		if r.Index == output {
			piece := r.pieces[input]
			args := append(append([]string{"-y"}, piece.open...), "-i", "file:"+piece.file)
			return greyStep(args, fmt.Sprintf("0:%d", v.Index), piece.excerpt.shown())
		}
	}
	return Step{}
}

// shown are the filters that make eight frames for each second of what an excerpt shows, or
// for a second of a last frame that stands to the end. Each has a comma behind it.
func (e excerpt) shown() string {
	from, length := e.start-e.seek, e.duration
	var text string
	if e.standing {
		text += "tpad=stop=-1:stop_mode=clone,"
		length = cmp.Or(length, time.Second)
	}
	text += "fps=8:eof_action=pass,trim=start=" + secondsText(from)
	if length > 0 {
		text += ":end=" + secondsText(from+length)
	}
	return text + ","
}

func greyStep(input []string, stream, filters string) Step {
	args := append(input, "-map", stream, "-fps_mode", "passthrough", "-vf",
		fmt.Sprintf("%sscale=%d:%d:flags=area,format=yuv420p", filters, greyWidth, greyHeight), "-f", "rawvideo",
		GreyFile)
	return Step{Name: "grey", Args: args, Threads: 1, Share: 1, MemoryBytes: 100 << 20}
}

// GreyShare is the share of frames, 0 to 1, in [GreyFile] that are of an even
// grey; 0 for no frames.
func GreyShare(raw []byte) float64 {
	const luma, chroma = greyWidth * greyHeight, ((greyWidth + 1) / 2) * ((greyHeight + 1) / 2)
	const frame = luma + 2*chroma
	grey, frames := 0, len(raw)/frame
	for n := range frames {
		f := raw[n*frame : (n+1)*frame]
		if allNear(f[:luma], 126, 4) && allNear(f[luma:], 128, 2) {
			grey++
		}
	}
	if frames == 0 {
		return 0
	}
	return float64(grey) / float64(frames)
}

// allNear reports whether all bytes are about as large.
func allNear(all []byte, value, off int) bool {
	for _, b := range all {
		if int(b) < value-off || int(b) > value+off {
			return false
		}
	}
	return true
}
