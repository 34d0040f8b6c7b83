package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/format/mpegts"
	"github.com/reelastic/reelastic/internal/transcode"
)

// mendMedia completes the file of output i in its place, where ffmpeg leaves something
// out that standards ask for.
func (a *attempt) mendMedia(ctx context.Context, i int) error {
	out, path := a.spec.Outputs[i], filepath.Join(a.dir, a.plan.Outputs[i].File)
	var mend func(context.Context, *os.File) error
	captioned := a.plan.Outputs[i].Carrier != nil
	switch c := out.Preset.Container; {
	case c == transcode.FMP4:
		mend = stateDuration
	case c == transcode.WebM:
		mend = stateVersion
	case c == transcode.MPG:
		mend = endProgram
	case c == transcode.MP4 && captioned:
		mend = mendCaptions
	case c == transcode.TS && captioned && !out.Segmented(): // the others are mended when they are divided
		mend = mendStreamCaptions
	default:
		return nil
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("output %s: complete: %w", out.ID, err)
	}
	if err := errors.Join(mend(ctx, file), file.Close()); err != nil {
		return fmt.Errorf("output %s: complete: %w", out.ID, err)
	}
	return nil
}

// stateDuration writes the length of a file of fragments into its header.
func stateDuration(ctx context.Context, file *os.File) error {
	boxes, err := readFragments(interruptibleAt{ctx, file})
	if err != nil {
		return err
	}
	return boxes.StateDuration(file)
}

// stateVersion writes the version of Matroska that a file's elements are of: ffmpeg
// says 2 of all files of WebM, and uses elements of version 4.
func stateVersion(_ context.Context, file *os.File) error {
	const version = 4
	head := make([]byte, 64)
	if _, err := io.ReadFull(file, head); err != nil {
		return err
	}
	mark := []byte{0x42, 0x87, 0x81} // DocTypeVersion, of one byte
	at := bytes.Index(head, mark)
	if !bytes.HasPrefix(head, []byte{0x1a, 0x45, 0xdf, 0xa3}) || at < 0 {
		return errors.New("the file does not begin as one of WebM")
	}
	_, err := file.WriteAt([]byte{version}, int64(at+len(mark)))
	return err
}

// programEnd is the end code of a program stream (ISO/IEC 13818-1, 2.5.3.2).
var programEnd = []byte{0, 0, 1, 0xb9}

// endProgram writes the end code behind a program stream.
func endProgram(_ context.Context, file *os.File) error {
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(programEnd, end)
	return err
}

// mendCaptions completes the captions in the pictures of a file in which these are whole.
func mendCaptions(ctx context.Context, file *os.File) error {
	var mender caption.SEIMender
	buffer := make([]byte, 256<<10)
	for at := int64(0); ; at += int64(len(buffer)) {
		n, err := interruptibleAt{ctx, file}.ReadAt(buffer, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if mender.Mend(buffer[:n]) {
			if _, err := file.WriteAt(buffer[:n], at); err != nil {
				return err
			}
		}
		if n < len(buffer) {
			return nil
		}
	}
}

// mendStreamCaptions does so in a transport stream, whose packets divide them.
func mendStreamCaptions(ctx context.Context, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return mpegts.Edit(interruptibleAt{ctx, file}, file, info.Size(), new(caption.SEIMender).Mend)
}
