package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// An input whose frames change midway (the size of a shared screen, the channels between
// two programmes) is first made even: a file of frames of one size and audio of one layout,
// each at its own time, in a quality that nobody tells from the source. ffmpeg builds the
// graph of this step anew at each change, which no stage in it minds; the graphs of
// outputs would begin their timelines again.

// EvenFile is where [EvenStep] writes what it makes of input in. The audio of a bare stream,
// which has no times of its own, is laid end to end: where the sample rate changes, ffmpeg
// gives frames of MPEG audio times that are far off. So is that of Ogg, whose times count
// samples, of which ffmpeg goes on to believe that they are of the first rate.
func EvenFile(p media.Probe, in int) string {
	if len(p.Video) == 0 && (p.Demuxer == "ogg" || bare(p)) {
		return fmt.Sprintf("n%d.wav", in)
	}
	return fmt.Sprintf("n%d.mkv", in)
}

// EvenStep makes an input even.
func EvenStep(p media.Probe, in, threads int) Step {
	args := append([]string{"-y"}, withThreads(openArgs(p, excerpt{}), threads)...)
	args = append(args, "-i", fmt.Sprintf("file:in%d", in))
	video, videoOut := evenVideoArgs(p, threads)
	audio, audioOut := evenAudioArgs(p)
	args = slices.Concat(args, video, audio, videoOut, audioOut, bareArgs)
	file := EvenFile(p, in)
	if strings.HasSuffix(file, ".wav") {
		args = append(append(args, "-f"), muxers[transcode.WAV]...)
	} else {
		args = append(args, "-f", "matroska")
	}
	step := Step{
		Name:        fmt.Sprintf("even-%d", in+1),
		Threads:     threads,
		Share:       1,
		Duration:    p.Duration,
		MemoryBytes: memory(Request{}, nil),
		Args:        append(args, file),
	}
	if v, ok := p.MainVideo(); ok {
		step.MemoryBytes += pixels(v.Coded) * 24 * frameBytes
	}
	return step
}

// evenVideoArgs are the filters of the video and the arguments of its stream.
func evenVideoArgs(p media.Probe, threads int) (filters, output []string) {
	v, ok := p.MainVideo()
	if !ok {
		return nil, nil
	}
	format := evenFormat(v.PixFmt)
	filters = []string{"-filter_complex", fmt.Sprintf("[0:%d]%s[v]", v.Index, evenFrames(v, format))}
	output = []string{"-map", "[v]", "-fps_mode", "passthrough", "-enc_time_base", "1:90000"}
	return filters, append(output, intermediateArgs(format, threads)...)
}

// evenAudioArgs are the filters of the audio and the arguments of its streams.
func evenAudioArgs(p media.Probe) (filters, output []string) {
	main, ok := p.MainAudio()
	if !ok {
		return nil, nil
	}
	for i, a := range monoTracks(p, main) {
		label := fmt.Sprintf("[a%d]", i)
		filters = append(filters, "-filter_complex", fmt.Sprintf("[0:%d]%s%s", a.Index, evenAudio(a), label))
		output = append(output, "-map", label)
	}
	return filters, append(output, "-c:a", "pcm_f32le")
}

// evenFrames fit frames of any size and shape into those that the stream begins with, in
// their own proportions, over black.
func evenFrames(v media.VideoStream, format string) string {
	size, sar := v.Coded, v.SAR
	if v.Rotation%180 == 90 { // ffmpeg has turned them before
		size, sar = size.Turned(), sar.Inv()
	}
	w, h := strconv.Itoa(size.Width), strconv.Itoa(size.Height)
	shape := fmt.Sprintf("iw*sar/(%s)/ih", sar)
	return fmt.Sprintf("scale=w='max(2,2*round(min(%[1]s,%[2]s*%[3]s)/2))':"+
		"h='max(2,2*round(min(%[2]s,%[1]s/(%[3]s))/2))':flags=bicubic,"+
		"pad=%[1]s:%[2]s:(ow-iw)/2:(oh-ih)/2:black,setsar=%[4]s,format=%[5]s", w, h, shape, sar, format)
}

// evenFormat is the pixel format of x264 that is nearest to one.
func evenFormat(format string) string {
	switch format {
	case "yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "yuv420p10le", "yuv422p10le",
		"yuv444p10le":
		return format
	}
	rgb := format == "pal8" || strings.HasPrefix(format, "gbr") ||
		strings.Contains(format, "rgb") || strings.Contains(format, "bgr")
	deep := strings.HasSuffix(format, "le") || strings.HasSuffix(format, "be")
	sampling := "yuv420p"
	switch {
	case rgb:
		return "rgb24"
	case strings.Contains(format, "444"):
		sampling = "yuv444p"
	case strings.Contains(format, "422"):
		sampling = "yuv422p"
	}
	if deep {
		sampling += "10le"
	}
	return sampling
}

// evenAudio brings audio into the layout and rate that the stream begins with. One channel
// among two is given the level that the rule for layouts takes from it.
func evenAudio(a media.AudioStream) string {
	layout := a.Layout
	if layout == "" || a.Channels > maxChannels {
		layout = layouts[min(a.Channels, maxChannels)]
	}
	stages := ""
	if a.Channels == 2 {
		stages = "volume='if(eq(nb_channels,1),sqrt(2),1)':precision=float,"
	}
	return stages + fmt.Sprintf("aresample=%d:rematrix_maxval=1,aformat=sample_fmts=flt:channel_layouts=%s",
		a.SampleRate, layout)
}

// Even is the probe of an input that [EvenStep] has made even: what was found in the input,
// where it is in the file that was made, of which made is the probe.
func Even(p, made media.Probe, file string) media.Probe {
	p.File = file
	if main, ok := p.MainAudio(); ok {
		p.Audio = append([]media.AudioStream(nil), monoTracks(p, main)...)
	}
	if v, ok := p.MainVideo(); ok {
		p.Video = []media.VideoStream{v}
	}
	for i := range min(len(p.Video), len(made.Video)) {
		v, m := &p.Video[i], made.Video[i]
		// Its last frame has the mean length of all, unlike what was measured of the input.
		if mean := time.Duration(float64(time.Second) / m.FrameRate.Float()); !p.Measured ||
			(m.Duration-v.Duration).Abs() > mean {
			v.Duration = m.Duration
		}
		v.Index, v.Start, v.PixFmt = m.Index, m.Start, m.PixFmt
	}
	for i := range min(len(p.Audio), len(made.Audio)) {
		a, m := &p.Audio[i], made.Audio[i]
		a.Index, a.Start, a.Duration, a.Joints = m.Index, m.Start, m.Duration, m.Joints
		a.Layout, a.Channels = m.Layout, m.Channels
	}
	// Its times count from where the input's presentation begins.
	p.Demuxer, p.Start, p.Priming, p.Measured = made.Demuxer, made.Start, -made.Start, made.Measured
	p.Duration = made.Duration + made.Start
	return p
}
