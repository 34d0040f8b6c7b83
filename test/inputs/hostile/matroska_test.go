package hostile

import (
	"bytes"
	"encoding/binary"
)

// element is a Matroska element with its size in eight bytes (RFC 8794).
func element(id string, content ...[]byte) []byte {
	all := bytes.Join(content, nil)
	return append(binary.BigEndian.AppendUint64([]byte(id), 1<<56|uint64(len(all))), all...)
}

func ebmlHead() []byte {
	return element("\x1a\x45\xdf\xa3", element("\x42\x82", []byte("matroska")))
}

// manyTracks is a Matroska file of audio tracks, and sound for the first.
func manyTracks(n int) []byte {
	var tracks [][]byte
	for i := range n {
		number := binary.BigEndian.AppendUint16(nil, uint16(i+1))
		tracks = append(tracks, element("\xae", element("\xd7", number), element("\x73\xc5", number),
			element("\x83", []byte{2}),
			element("\x86", []byte("A_PCM/INT/LIT")),
			element("\xe1", element("\x9f", []byte{1}), element("\x62\x64", []byte{16}))))
	}
	cluster := element("\x1f\x43\xb6\x75", element("\xe7", []byte{0}),
		element("\xa3", []byte("\x81\x00\x00\x80"), make([]byte, 4000)))
	return append(ebmlHead(), element("\x18\x53\x80\x67", element("\x16\x54\xae\x6b", tracks...), cluster)...)
}

// ebmlVoid is a Matroska file whose first element claims a size.
func ebmlVoid(size uint64) []byte {
	void := binary.BigEndian.AppendUint64([]byte{0xec}, 1<<56|size)
	return append(ebmlHead(), element("\x18\x53\x80\x67", void)...)
}
