package mp4box

import (
	"errors"
	"io"
)

// encryptedEntries are the types of sample entries whose samples are encrypted: those of
// ISO/IEC 14496-12, 8.12, and those of FairPlay.
var encryptedEntries = map[string]bool{
	"encv": true, "enca": true, "encs": true, "enct": true, "encm": true,
	"drms": true, "drmi": true, "drmt": true,
}

// toSampleEntries are the boxes around the sample entries of a file.
var toSampleEntries = []string{"moov", "trak", "mdia", "minf", "stbl", "stsd"}

// EncryptedEntry is the type of the first sample entry of a file whose samples are
// encrypted ("encv"); "" where there is none, and for what is no MP4 file. Errors are
// those of r.
func EncryptedEntry(r io.ReaderAt, size int64) (string, error) {
	found, err := encryptedEntry(r, 0, size, toSampleEntries)
	if errors.Is(err, ErrMalformed) {
		return found, nil // whether the rest is a file is not asked here
	}
	return found, err
}

func encryptedEntry(r io.ReaderAt, from, to int64, path []string) (string, error) {
	for box, err := range Boxes(r, from, to) {
		switch {
		case err != nil:
			return "", err
		case len(path) == 0 && encryptedEntries[box.Type]:
			return box.Type, nil
		case len(path) == 0 || box.Type != path[0]:
			continue
		}
		begin := box.Body()
		if box.Type == "stsd" {
			begin += 8 // version, flags and the count of entries
		}
		found, err := encryptedEntry(r, begin, box.End(), path[1:])
		if found != "" || err != nil && !errors.Is(err, ErrMalformed) {
			return found, err
		}
	}
	return "", nil
}
