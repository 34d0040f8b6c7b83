package mpegts

import (
	"bytes"
	"errors"
	"io"
)

const (
	nullPacket = 0x1fff
	// sampleBytes is how much is looked at, at each of sampled places of a file.
	sampleBytes = 1 << 20
	sampled     = 8
)

// packetSizes are the lengths of packets in files: bare, with a time before each (BDAV),
// and with check bytes after.
var packetSizes = []int{PacketBytes, 192, 204}

// Scrambled is the share, 0 to 1, of packets with a payload that are scrambled (ISO/IEC
// 13818-1, transport_scrambling_control), of packets from all over a file of a size. It is 0
// for what is no transport stream.
func Scrambled(r io.ReaderAt, size int64) (float64, error) {
	var all, scrambled int
	buffer := make([]byte, min(size, sampleBytes))
	step := max(int64(len(buffer)), (size-int64(len(buffer)))/(sampled-1))
	for at := int64(0); at < size; at += step {
		n, err := r.ReadAt(buffer, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		a, s := count(buffer[:n])
		all, scrambled = all+a, scrambled+s
	}
	if all == 0 {
		return 0, nil
	}
	return float64(scrambled) / float64(all), nil
}

// count counts the packets of a part of a file and those that are scrambled.
func count(b []byte) (all, scrambled int) {
	first, size := firstPacket(b)
	for ; size > 0 && first+4 <= len(b) && b[first] == syncByte; first += size {
		h := b[first : first+4]
		pid := int(h[1]&0x1f)<<8 | int(h[2])
		if pid == nullPacket || h[3]&0x10 == 0 {
			continue
		}
		if all++; h[3]>>6 != 0 {
			scrambled++
		}
	}
	return all, scrambled
}

// firstPacket finds where packets begin, and how long they are; 0, 0 for none.
func firstPacket(b []byte) (at, size int) {
	const sure = 5 // sync bytes at the same distance
	for at := 0; at < len(b); at++ {
		next := bytes.IndexByte(b[at:], syncByte)
		if next < 0 {
			return 0, 0
		}
		at += next
		for _, size := range packetSizes {
			if len(b)-at > sure*size && aligned(b[at:], size, sure) {
				return at, size
			}
		}
	}
	return 0, 0
}

func aligned(b []byte, size, times int) bool {
	for i := range times {
		if b[i*size] != syncByte {
			return false
		}
	}
	return true
}
