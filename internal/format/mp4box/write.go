package mp4box

import "encoding/binary"

// Append writes a box after dst: its header, and the body that write appends to
// what it is given and returns. The box is shorter than 4 GiB.
func Append(dst []byte, boxType string, write func([]byte) []byte) []byte {
	at := len(dst)
	dst = append(binary.BigEndian.AppendUint32(dst, 0), boxType[:4]...)
	dst = write(dst)
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at))
	return dst
}

// AppendFull is [Append] for a box whose body begins with a version and 24 flags.
func AppendFull(dst []byte, boxType string, version uint8, flags uint32, write func([]byte) []byte) []byte {
	return Append(dst, boxType, func(dst []byte) []byte {
		return write(binary.BigEndian.AppendUint32(dst, uint32(version)<<24|flags&0xffffff))
	})
}

// AppendUUID is [AppendFull] for a box with an extended type.
func AppendUUID(dst []byte, id UUID, version uint8, flags uint32, write func([]byte) []byte) []byte {
	return Append(dst, "uuid", func(dst []byte) []byte {
		return write(binary.BigEndian.AppendUint32(append(dst, id[:]...), uint32(version)<<24|flags&0xffffff))
	})
}
