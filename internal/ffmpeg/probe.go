package ffmpeg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// StillImage is a container hint, none of the API's, with which [Runner.Probe]
// reads a png or jpg, and nothing else: a watermark, say.
const StillImage = "picture"

// demuxer is the ffmpeg demuxer for each container hint of the API model
// (JobInput.Container); "" is auto.
var demuxer = map[string]string{
	"": "", "auto": "", "3gp": "mov", "aac": "aac", "asf": "asf", "avi": "avi", "divx": "avi", "flv": "flv",
	"m4a": "mov", "mkv": "matroska", "mov": "mov", "mp2": "mp3", "mp3": "mp3", "mp4": "mov", "mpeg": "mpeg",
	"mpeg-ps": "mpeg", "mpeg-ts": "mpegts", "mxf": "mxf", "ogg": "ogg", "ts": "mpegts", "vob": "mpeg",
	"wav": "wav", "webm": "matroska",
}

// extensions are the container hints of what files are called.
var extensions = map[string]string{
	"3g2": "3gp", "3gp": "3gp", "aac": "aac", "asf": "asf", "avi": "avi", "divx": "divx", "flv": "flv", "m2ts": "ts",
	"m4a": "m4a", "m4v": "mp4",
	"mka": "mkv", "mkv": "mkv", "mov": "mov", "mp2": "mp2", "mp3": "mp3", "mp4": "mp4", "mpeg": "mpeg", "mpg": "mpeg",
	"mpga": "mp3",
	"mts":  "ts", "mxf": "mxf", "oga": "ogg", "ogg": "ogg", "ogv": "ogg", "opus": "ogg", "ts": "ts", "vob": "vob",
	"wav": "wav", "webm": "webm",
	"wma": "asf", "wmv": "asf",
}

// maxAnswer is the most of ffprobe's answer that is read beside the packets; real ones
// have a few kilobytes for each stream.
const maxAnswer = 4 << 20

// guess is the highest probe_score that means no more than a guess.
const guess = 26

// Probe reads what the file of that name in the folder is, from end to end: what its
// headers claim counts only where the packets say nothing, or where reading them takes
// too long. A file that can't be
// used is a [*transcode.Failure]: 4000 when it is not media of a known
// container, a still picture and a protected file included, 4001 when its picture is too
// large, 4006 when nothing in it can be decoded. Other errors are ours.
func (r *Runner) Probe(ctx context.Context, dir, name string, hint media.Hint) (media.Probe, error) {
	p, err := r.probeAs(ctx, dir, name, hint)
	err = r.checked(ctx, err)
	format, known := extensions[hint.Extension]
	f := transcode.AsFailure(err)
	if !known || f == nil || f.Code != transcode.CodeBadInput || demuxer[hint.Container] != "" {
		return p, err
	}
	// Its name says more than its first bytes.
	named, second := r.probeAs(ctx, dir, name, media.Hint{Container: format})
	if second != nil || !named.Measured {
		return p, err
	}
	return named, nil
}

func (r *Runner) probeAs(ctx context.Context, dir, name string, hint media.Hint) (media.Probe, error) {
	info, err := statLocal(dir, name)
	if err != nil {
		return media.Probe{}, err
	}
	if info.Size() == 0 {
		return media.Probe{}, transcode.BadInput("the file is empty")
	}
	args, err := probeArgs(hint.Container)
	if err != nil {
		return media.Probe{}, err
	}
	if p, ok := r.probeArriving(ctx, dir, name, args, hint); ok {
		return p, nil
	}
	if err := r.arrived(ctx, dir, name); err != nil {
		return media.Probe{}, fmt.Errorf("probe %s: %w", name, err)
	}
	file := []string{"-i", "file:" + name}
	caps, err := r.Caps(ctx)
	if err != nil {
		return media.Probe{}, fmt.Errorf("probe %s: %w", name, err)
	}
	known := func(codec string) bool { return caps.Decoders[codec] }
	files, _, err := confine(dir, []string{name}, nil)
	if err != nil {
		return media.Probe{}, fmt.Errorf("probe %s: %w", name, err)
	}
	defer r.clear(ctx, files)
	dir = files.Inputs()
	c, ended, messages, err := r.readInput(ctx, dir, slices.Concat(args, file), info.Size())
	late := int64(0)
	if err == nil && ended == (exit{}) && c.late(known) {
		late = min(info.Size(), mostAnalyzed)
		c, ended, messages, err = r.readInput(ctx, dir, slices.Concat(args, plan.LateArgs(late), file), info.Size())
		if err == nil && c.late(known) { // it is not known at all: no run has to read as much
			late = 0
		}
	}
	switch {
	case tooMuch(err):
		return media.Probe{}, transcode.BadInput("it holds more streams than are read")
	case isExceeded(err):
		return media.Probe{}, transcode.BadInput("to read it takes more of the machine than it may")
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return media.Probe{}, tooLong()
	case err != nil:
		return media.Probe{}, fmt.Errorf("probe %s: %w", name, err)
	case ended != exit{}:
		return media.Probe{}, r.refuse(ctx, filepath.Join(dir, name), ended, messages)
	}
	_, c.cutOff = messages.said(damaged)
	p := c.input(known)
	p.SizeBytes, p.LateBytes = info.Size(), late
	if p.Protected, err = protection(c, filepath.Join(dir, name), p.Demuxer, info.Size(), messages); err != nil {
		return media.Probe{}, fmt.Errorf("probe %s: %w", name, err)
	}
	if f := unusable(p, hint, messages); f != nil {
		return media.Probe{}, f
	}
	return p, nil
}

// mostAnalyzed bounds what ffmpeg keeps in memory until it knows all streams.
const mostAnalyzed = 1 << 30

// late reports whether the file has packets of audio, or of video, of which ffmpeg does not
// know enough to decode them, and nothing else of that kind: they begin too late in the file.
func (c *contents) late(known func(codec string) bool) bool {
	usable := c.probe(known)
	for _, s := range c.Streams {
		alone := s.Type == "audio" && len(usable.Audio) == 0 && s.SampleRate.int() == 0 ||
			s.Type == "video" && len(usable.Video) == 0 && s.size() == media.Size{}
		if alone && known(s.Codec) && spanOf(c.spans, s.Index.int()).packets > 0 {
			return true
		}
	}
	return false
}

// scanBytes is how much of a file is read in a second of the limit at the least.
const scanBytes = 20 << 20

// scanTime is how long the packets of a file of so many bytes may be read.
func scanTime(size int64) time.Duration { return time.Duration(size/scanBytes) * time.Second }

// readInput runs ffprobe over an input. Where reading all packets takes too long, it is
// asked for the headers alone.
func (r *Runner) readInput(ctx context.Context, dir string, args []string, size int64) (contents, exit, *tail, error) {
	limit := r.limits.ProbeTimeout + scanTime(size)
	c, messages := contents{spans: map[int64]*span{}, goingOn: map[int64]*span{}}, new(tail)
	ended, err := r.ffprobe(ctx, dir, append([]string{"-show_entries", packetEntries}, args...), limit, &c, messages)
	if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) && ended.signal != syscall.SIGXCPU {
		return c, ended, messages, err
	}
	c, messages = contents{spans: map[int64]*span{}}, new(tail)
	ended, err = r.ffprobe(ctx, dir, args, r.limits.ProbeTimeout, &c, messages)
	return c, ended, messages, err
}

func probeArgs(container string) ([]string, error) {
	args := append([]string{"-v", "level+error", "-of", "json=c=1", "-show_format", "-show_streams"},
		plan.SafetyArgs()...)
	if container == StillImage {
		// The last of two equal options counts.
		args = append(args, "-format_whitelist", "png_pipe,jpeg_pipe,image2")
	} else if format, ok := demuxer[container]; !ok {
		return nil, fmt.Errorf("container %q is not known", container)
	} else if format != "" {
		args = append(args, "-f", format)
	}
	return args, nil
}

// ffprobe runs ffprobe on a folder of inputs within a limit on its time.
func (r *Runner) ffprobe(ctx context.Context, inputs string, args []string, limit time.Duration, c *contents,
	messages *tail) (exit, error) {
	t, err := r.ready(ctx)
	if err != nil {
		return exit{}, err
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ended, err := t.readJSON(limited, r.probing(t, inputs, args, limit, messages), readAll(c))
	switch {
	case limited.Err() != nil:
		return ended, context.Cause(limited)
	case ended != exit{} && !tooMuch(err) && !isExceeded(err):
		return ended, nil // what it printed until then is of no use
	}
	return ended, err
}

// probing is the command of ffprobe on a folder of inputs, within a limit on its time.
func (r *Runner) probing(t *tools, inputs string, args []string, limit time.Duration, messages *tail) command {
	return command{program: t.ffprobe, args: args, inputs: inputs, stderr: messages, memory: r.limits.MemoryBytes,
		cpu: max(int64(limit/time.Second), 1), fileSize: 1}
}

// refuse is why ffprobe would not read a file.
func (r *Runner) refuse(ctx context.Context, path string, ended exit, messages *tail) error {
	s, text := firstSign(messages)
	if s != forbidden && reaches(path) {
		s, text = forbidden, "the file is a playlist or session description"
	}
	if s == forbidden {
		r.log.WarnContext(ctx, "attack attempt: an input names other files or addresses; refused", "ffprobe", text)
	}
	switch s {
	case notStarted, diskFull, badOutput:
	case noMemory:
		return transcode.BadInput("its headers ask for more memory than they may")
	default:
		if f := failureOf(s, text); f != nil {
			return f
		}
		switch ended.signal {
		case 0:
			return transcode.BadInput(messages.lastError())
		case syscall.SIGXCPU:
			return tooLong()
		case syscall.SIGSEGV, syscall.SIGABRT, syscall.SIGFPE, syscall.SIGBUS, syscall.SIGILL:
			return transcode.BadInput("its headers can't be read")
		}
	}
	return fmt.Errorf("ffprobe: %s: %s", ended, messages.lastError())
}

// tooLong refuses a file of which not even the headers are known in time.
func tooLong() *transcode.Failure { return transcode.BadInput("reading its headers takes too long") }

// openFile opens a file of the step's folder as what a confined program may have left.
func openFile(path string) (*folder.File, error) {
	return folder.New(filepath.Dir(path)).Open(context.Background(), filepath.Base(path))
}

// reaches reports whether a text file has no purpose but to name other files or
// addresses. Some of them ffprobe merely fails to recognize.
func reaches(path string) bool {
	f, err := openFile(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 256)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head[:n], []byte("\xef\xbb\xbf")), " \t\r\n")
	for _, start := range []string{"#EXTM3U", "ffconcat version", "v=0\n", "v=0\r\n", "[playlist]",
		"<?xml version=\"1.0\"?><MPD", "<MPD"} {
		if bytes.HasPrefix(head, []byte(start)) {
			return true
		}
	}
	return false
}

// unusable tells why a probed file can't be an input; nil when it can.
func unusable(p media.Probe, hint media.Hint, messages *tail) *transcode.Failure {
	container := hint.Container
	if p.UnknownVideo > 0 {
		if _, ok := messages.said(tooLarge); ok {
			return transcode.LargeFrame("Pictures of more than 8192 x 4320 pixels are never read.")
		}
	}
	switch {
	case container == StillImage && len(p.Video) == 0:
		return transcode.BadInput("the picture can't be read")
	case container == StillImage:
		return nil
	case p.StillImage:
		return transcode.BadInput("it is a still picture")
	case p.Protected != "":
		return transcode.ProtectedInput(p.Protected)
	case len(p.Video)+len(p.Audio) == 0 && p.UnknownVideo > 0:
		return transcode.UnsupportedCodec("video of an unknown codec or without a single picture")
	case len(p.Video)+len(p.Audio) == 0:
		return transcode.UnsupportedCodec("neither video nor audio that can be decoded")
	case demuxer[container] == "" && p.Score <= guess && p.Demuxer != "mpeg" &&
		demuxer[extensions[hint.Extension]] != p.Demuxer:
		// MPEG program streams never score higher when they are short.
		f := transcode.BadInput("what it is could only be guessed (" + p.Demuxer + ")")
		f.Advice += " If it does, set Input:Container."
		return f
	}
	return nil
}
