package packaging

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/format/caption"
	"github.com/reelastic/reelastic/internal/format/mp4box"
	"github.com/reelastic/reelastic/internal/format/mpegts"
	"github.com/reelastic/reelastic/internal/transcode"
)

// complete adds to the file of an output, in its place, what standards ask for and ffmpeg
// leaves out.
func (p *packer) complete(ctx context.Context, o *output) error {
	add := completion(o)
	if add == nil {
		return nil
	}
	file, err := p.Folder.Edit(ctx, o.Plan.File)
	if err != nil {
		return err
	}
	return errors.Join(add(file), file.Close())
}

// completion is what completes the file of an output; nil where nothing is left out.
func completion(o *output) func(*folder.File) error {
	captioned := o.Plan.Carrier != nil
	switch container := o.spec.Preset.Container; {
	case container == transcode.FMP4:
		return stateDuration
	case container == transcode.WebM:
		return stateVersion
	case container == transcode.MPG:
		return endProgram
	case container == transcode.MP4 && captioned:
		return completeCaptions
	case container == transcode.TS && captioned && !o.spec.Segmented(): // the others when they are divided
		return completeStreamCaptions
	}
	return nil
}

// stateDuration writes the length of a file of fragments into its header.
func stateDuration(file *folder.File) error {
	boxes, err := mp4box.Read(file, file.Size())
	if err != nil {
		return err
	}
	return boxes.StateDuration(file)
}

// stateVersion writes the version of Matroska that a file's elements are of: ffmpeg
// says 2 of all files of WebM, and uses elements of version 4.
func stateVersion(file *folder.File) error {
	const version = 4
	head := make([]byte, 64)
	if _, err := file.ReadAt(head, 0); err != nil {
		return err
	}
	docTypeVersion := []byte{0x42, 0x87, 0x81} // the element's id, and its length of one byte
	at := bytes.Index(head, docTypeVersion)
	if !bytes.HasPrefix(head, []byte{0x1a, 0x45, 0xdf, 0xa3}) || at < 0 {
		return errors.New("the file does not begin as one of WebM")
	}
	_, err := file.WriteAt([]byte{version}, int64(at+len(docTypeVersion)))
	return err
}

// programEnd is the end code of a program stream (ISO/IEC 13818-1, 2.5.3.2).
var programEnd = []byte{0, 0, 1, 0xb9}

// endProgram writes the end code behind a program stream.
func endProgram(file *folder.File) error {
	_, err := file.WriteAt(programEnd, file.Size())
	return err
}

// completeCaptions completes the captions in the frames of a file in which these are whole.
func completeCaptions(file *folder.File) error {
	var mender caption.SEIMender
	buffer := make([]byte, 256<<10)
	for at := int64(0); ; at += int64(len(buffer)) {
		n, err := file.ReadAt(buffer, at)
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

// completeStreamCaptions does so in a transport stream, whose packets divide them.
func completeStreamCaptions(file *folder.File) error {
	return mpegts.Edit(file, file, file.Size(), new(caption.SEIMender).Mend)
}
