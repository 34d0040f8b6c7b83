package ffmpeg

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/parallel"
)

// ceaCodecs are the video codecs whose frames may carry cc_data.
var ceaCodecs = []string{"h264", "hevc", "mpeg2video"}

// CEA reads the cc_data that come with the frames of an input, whose times count
// from its first timestamp. It decodes the whole video; videos of codecs that carry
// none are not read. An error that wraps none of ours is about the input.
func (r *Runner) CEA(ctx context.Context, dir, name string, p media.Probe) ([]caption.Frame, error) {
	v, ok := p.MainVideo()
	if !ok || !slices.Contains(ceaCodecs, v.Codec) {
		return nil, nil
	}
	frames, err := r.readCEA(ctx, dir, name, p, v)
	return frames, r.checked(ctx, err)
}

func (r *Runner) readCEA(ctx context.Context, dir, name string, p media.Probe, v media.VideoStream,
) ([]caption.Frame, error) {
	t, err := r.ready(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.arrived(ctx, dir, name); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	files, size, err := confine(dir, []string{name}, nil)
	if err != nil {
		return nil, err
	}
	defer r.clear(ctx, files)
	// The name is our own, and the demuxer one of ffmpeg's words.
	source := fmt.Sprintf("movie=%s:f=%s:si=%d:format_opts=protocol_whitelist=file[out+subcc]", name, p.Demuxer,
		v.Index)
	args := []string{"-v", "level+error", "-of", "json=c=1", "-select_streams", "s", "-show_entries",
		"packet=pts_time,data", "-show_data",
		"-f", "lavfi", "-i", source}
	limited, cancel := context.WithTimeoutCause(ctx, r.limits.wall(p.Duration, size), errTooLong)
	defer cancel()

	var frames []caption.Frame
	messages := new(tail)
	ended, err := t.readJSON(limited, command{program: t.ffprobe, args: args, inputs: files.Inputs(), stderr: messages,
		memory: r.limits.MemoryBytes, fileSize: 1},
		func(out io.Reader) (err error) {
			frames, err = readCC(newMeter(out), p)
			return err
		})
	switch {
	case limited.Err() != nil:
		return nil, context.Cause(limited)
	case ended != exit{}:
		return nil, fmt.Errorf("ffprobe: %s: %s", ended, messages.lastError())
	}
	return frames, err
}

// readJSON runs a program and reads the JSON that it prints. After an error the
// program's next write fails.
func (t *tools) readJSON(ctx context.Context, c command, read func(io.Reader) error) (exit, error) {
	pr, pw := io.Pipe()
	parsed := make(chan error)
	go func() {
		err := parallel.Guard(func() error { return readAnswer(pr, read) })
		pr.CloseWithError(errTooMuch)
		parsed <- err
	}()
	c.stdout = pw
	ended, err := t.start(ctx, c)
	pw.Close()
	return ended, errors.Join(err, <-parsed)
}

// readAnswer reads JSON, and then on to the end, so that the last line break, which
// may come by itself, finds a reader.
func readAnswer(r io.Reader, read func(io.Reader) error) error {
	err := read(r)
	if err == nil {
		_, err = io.Copy(io.Discard, r)
	}
	if err != nil {
		return fmt.Errorf("read ffprobe's answer: %w", err)
	}
	return nil
}

// mostCC bounds the cc_data of an input in bytes, and mostCCFrames the frames that have any:
// those of eighteen hours at 60 frames a second.
const (
	mostCC       = 256 << 20
	mostCCFrames = 4_000_000
)

// readCC reads the packets of ffprobe's answer.
func readCC(m *meter, p media.Probe) (frames []caption.Frame, err error) {
	dec, left := json.NewDecoder(m), mostCC
	if err := expect(dec, json.Delim('{')); err != nil {
		return nil, err
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		if key != "packets" {
			if err := dec.Decode(new(json.RawMessage)); err != nil {
				return nil, err
			}
			continue
		}
		err = eachElement(dec, func() error {
			var packet struct {
				PTS  number `json:"pts_time"`
				Data string `json:"data"`
			}
			if err := dec.Decode(&packet); err != nil {
				return err
			}
			m.reset()
			raw, err := undump(packet.Data)
			if left -= len(raw); left < 0 || len(frames) >= mostCCFrames {
				return errTooMuch
			}
			if at, ok := packet.PTS.seconds(); ok && err == nil {
				frames = append(frames, caption.Frame{Time: at - p.Origin(), CC: caption.ParseTriplets(raw)})
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return frames, expect(dec, json.Delim('}'))
}

// eachElement calls read for each element of an array.
func eachElement(dec *json.Decoder, read func() error) error {
	if err := expect(dec, json.Delim('[')); err != nil {
		return err
	}
	for dec.More() {
		if err := read(); err != nil {
			return err
		}
	}
	return expect(dec, json.Delim(']'))
}

// undump reads ffprobe's dump of bytes: in each line an offset, the bytes in
// columns of four digits, and the characters.
func undump(text string) ([]byte, error) {
	const offset, end = len("00000000: "), len("00000000: ") + 40
	var digits strings.Builder
	for line := range strings.Lines(text) {
		if len(line) > offset {
			digits.WriteString(strings.ReplaceAll(line[offset:min(len(line), end)], " ", ""))
		}
	}
	return hex.DecodeString(digits.String())
}
