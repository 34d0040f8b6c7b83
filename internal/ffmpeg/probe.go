package ffmpeg

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/plan"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Picture is a container hint, none of the API's, with which [Runner.Probe]
// reads a png or jpg, and nothing else: a watermark, say.
const Picture = "picture"

// demuxer is the ffmpeg demuxer for each container hint of the API model
// (JobInput.Container); "" is auto.
var demuxer = map[string]string{
	"": "", "auto": "", "3gp": "mov", "aac": "aac", "asf": "asf", "avi": "avi", "divx": "avi", "flv": "flv",
	"m4a": "mov", "mkv": "matroska", "mov": "mov", "mp2": "mp3", "mp3": "mp3", "mp4": "mov", "mpeg": "mpeg",
	"mpeg-ps": "mpeg", "mpeg-ts": "mpegts", "mxf": "mxf", "ogg": "ogg", "ts": "mpegts", "vob": "mpeg",
	"wav": "wav", "webm": "matroska",
}

// maxAnswer is the most of ffprobe's answer that is read; real ones have a few
// kilobytes for each stream.
const maxAnswer = 4 << 20

// guess is the highest probe_score that means no more than a guess.
const guess = 26

// Probe reads what the file of that name in the folder is. The container is
// the job's hint ("" or "auto" for none) or [Picture]. A file that can't be
// used is a [*transcode.Failure]: 4000 when it is not media of a known
// container, a still picture included, 4001 when its picture is too large, 4006
// when nothing in it can be decoded. Other errors are ours.
func (r *Runner) Probe(ctx context.Context, dir, name, container string) (media.Probe, error) {
	info, err := statLocal(dir, name)
	if err != nil {
		return media.Probe{}, err
	}
	if info.Size() == 0 {
		return media.Probe{}, transcode.BadInput("the file is empty")
	}
	args, err := probeArgs(name, container)
	if err != nil {
		return media.Probe{}, err
	}
	caps, err := r.Caps(ctx)
	if err != nil {
		return media.Probe{}, fmt.Errorf("probe %s: %w", name, err)
	}
	out, messages := &bounded{limit: maxAnswer}, new(tail)
	ended, err := r.ffprobe(ctx, dir, args, out, messages)
	if out.full {
		return media.Probe{}, transcode.BadInput("it holds more streams than are read")
	}
	if err != nil {
		return media.Probe{}, fmt.Errorf("probe %s: %w", name, err)
	}
	if ended != (exit{}) {
		return media.Probe{}, r.refuse(ctx, filepath.Join(dir, name), ended, messages)
	}
	a, err := parseAnswer(out.buf.Bytes())
	if err != nil {
		return media.Probe{}, fmt.Errorf("probe %s: %w", name, err)
	}
	p := a.probe(func(codec string) bool { return caps.Decoders[codec] })
	p.SizeBytes = info.Size()
	if f := unusable(p, container, messages); f != nil {
		return media.Probe{}, f
	}
	if v, ok := p.MainVideo(); ok && a.claimed(v.Index) {
		at := slices.IndexFunc(p.Video, func(s media.VideoStream) bool { return s.Index == v.Index })
		p.Video[at].FrameRate = cmp.Or(r.measuredRate(ctx, dir, name, p.Demuxer, v.Index), v.FrameRate)
	}
	return p, nil
}

// statLocal describes a regular file of the folder.
func statLocal(dir, name string) (os.FileInfo, error) {
	if name != filepath.Base(name) || !filepath.IsLocal(name) {
		return nil, fmt.Errorf("%q is not the name of a file in the step's folder", name)
	}
	info, err := os.Stat(filepath.Join(dir, name))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, withoutPath(err))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	return info, nil
}

func probeArgs(name, container string) ([]string, error) {
	args := append(readArgs(), "-show_format", "-show_streams")
	if container == Picture {
		// The last of two equal options counts.
		args = append(args, "-format_whitelist", "png_pipe,jpeg_pipe,image2")
	} else if format, ok := demuxer[container]; !ok {
		return nil, fmt.Errorf("container %q is not known", container)
	} else if format != "" {
		args = append(args, "-f", format)
	}
	return append(args, "-i", "file:"+name), nil
}

// readArgs are the options of every run of ffprobe on an input.
func readArgs() []string {
	return append([]string{"-v", "level+error", "-of", "json=c=1"}, plan.SafetyArgs()...)
}

// ffprobe runs ffprobe within the limits of a probe.
func (r *Runner) ffprobe(ctx context.Context, dir string, args []string, out io.Writer, messages *tail) (exit, error) {
	t, err := r.ready(ctx)
	if err != nil {
		return exit{}, err
	}
	limited, cancel := context.WithTimeout(ctx, r.limits.ProbeTimeout)
	defer cancel()
	ended, err := t.start(limited, command{program: t.ffprobe, args: args, dir: dir, stdout: out, stderr: messages,
		memory: r.limits.MemoryBytes, cpu: max(int64(r.limits.ProbeTimeout/time.Second), 1), fileSize: 1})
	if err == nil && limited.Err() != nil {
		err = context.Cause(limited)
	}
	return ended, err
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
			return transcode.BadInput("reading its headers takes too long")
		case syscall.SIGSEGV, syscall.SIGABRT, syscall.SIGFPE, syscall.SIGBUS, syscall.SIGILL:
			return transcode.BadInput("its headers can't be read")
		}
	}
	return fmt.Errorf("ffprobe: %s: %s", ended, messages.lastError())
}

// reaches tells a text file whose only purpose is to name other files or
// addresses. Some of them ffprobe merely fails to recognize.
func reaches(path string) bool {
	f, err := os.Open(path)
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
	for _, start := range []string{"#EXTM3U", "ffconcat version", "v=0\n", "v=0\r\n", "[playlist]", "<?xml version=\"1.0\"?><MPD", "<MPD"} {
		if bytes.HasPrefix(head, []byte(start)) {
			return true
		}
	}
	return false
}

// unusable tells why a probed file can't be an input; nil when it can.
func unusable(p media.Probe, container string, messages *tail) *transcode.Failure {
	if p.UnknownVideo > 0 {
		if _, ok := messages.said(tooLarge); ok {
			return transcode.LargePicture("Pictures of more than 8192 x 4320 pixels are never read.")
		}
	}
	switch {
	case container == Picture && len(p.Video) == 0:
		return transcode.BadInput("the picture can't be read")
	case container == Picture:
		return nil
	case p.StillImage:
		return transcode.BadInput("it is a still picture")
	case len(p.Video)+len(p.Audio) == 0 && p.UnknownVideo > 0:
		return transcode.UnsupportedCodec("video of an unknown codec or without a single picture")
	case len(p.Video)+len(p.Audio) == 0:
		return transcode.UnsupportedCodec("neither video nor audio that can be decoded")
	case demuxer[container] == "" && p.Score <= guess && p.Demuxer != "mpeg":
		// MPEG program streams never score higher when they are short.
		f := transcode.BadInput("what it is could only be guessed (" + p.Demuxer + ")")
		f.Advice += " If it does, set Input:Container."
		return f
	}
	return nil
}
