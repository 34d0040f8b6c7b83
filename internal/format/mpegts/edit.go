package mpegts

import (
	"errors"
	"io"
)

// Edit hands the content of the frames' packets, in their order and with the headers
// of elementary streams, to a function that may change it in place, and writes what it
// says to have changed back. The stream is of size bytes.
func Edit(r io.ReaderAt, w io.WriterAt, size int64, edit func(piece []byte) (changed bool)) error {
	var t tables
	buffer := make([]byte, 512*PacketBytes)
	for at := int64(0); at < size; at += int64(len(buffer)) {
		n, err := r.ReadAt(buffer[:min(int64(len(buffer)), size-at)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		changed := false
		for from := 0; from < n; from += PacketBytes {
			whole := buffer[from:min(from+PacketBytes, n)]
			p, ok := parse(whole)
			if !ok {
				return malformed("packet %d has no header", (at+int64(from))/PacketBytes)
			}
			if t.read(p, whole) {
				continue
			}
			if s := t.stream(p.pid); s >= 0 && t.streams[s].video() && edit(p.payload) {
				changed = true
			}
		}
		if !changed {
			continue
		}
		if _, err := w.WriteAt(buffer[:n], at); err != nil {
			return err
		}
	}
	return nil
}
