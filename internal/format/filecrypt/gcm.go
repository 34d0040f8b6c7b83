package filecrypt

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
)

const tagBytes = 16

// gcm is AES-GCM over a stream (NIST SP 800-38D), which the standard library has
// for whole messages in memory only. The counter mode is the library's.
type gcm struct {
	stream cipher.Stream
	hash   ghash
	mask   [aes.BlockSize]byte // hides the hash in the tag
}

// newGCM begins a message without additional data. The first counter block is the
// hash of the vector, as for every vector that has not 12 bytes (section 7.1).
func newGCM(block cipher.Block, vector []byte) *gcm {
	g := new(gcm)
	var h [aes.BlockSize]byte
	block.Encrypt(h[:], h[:])
	g.hash = newGHASH(h)

	start := g.hash
	start.write(vector)
	counter := start.sum()
	block.Encrypt(g.mask[:], counter[:])
	// The text begins with the next counter: 32 bits that wrap on their own.
	g.stream = &counter32{block: block, counter: counter}
	return g
}

// tag ends the message.
func (g *gcm) tag() []byte {
	sum := g.hash.sum()
	for i := range sum {
		sum[i] ^= g.mask[i]
	}
	return sum[:]
}

// counter32 is counter mode whose count is the last 32 bits of the block, which
// wrap without a carry; the library's counts all 128. It hands whole runs without
// a wrap to the library.
type counter32 struct {
	block   cipher.Block
	counter [aes.BlockSize]byte // of the last block that was used
	run     cipher.Stream
	left    uint64 // bytes until the count wraps
}

// XORKeyStream implements [cipher.Stream].
func (c *counter32) XORKeyStream(dst, src []byte) {
	for len(src) > 0 {
		if c.left == 0 {
			c.begin()
		}
		n := int(min(uint64(len(src)), c.left))
		c.run.XORKeyStream(dst[:n], src[:n])
		dst, src, c.left = dst[n:], src[n:], c.left-uint64(n)
	}
}

// begin starts a run at the next count.
func (c *counter32) begin() {
	next := binary.BigEndian.Uint32(c.counter[12:]) + 1
	binary.BigEndian.PutUint32(c.counter[12:], next)
	c.run = cipher.NewCTR(c.block, c.counter[:])
	c.left = (1<<32 - uint64(next)) * aes.BlockSize
	binary.BigEndian.PutUint32(c.counter[12:], 0xffffffff) // where the run will end
}

// ghash is the hash of GCM: a polynomial over GF(2^128), four bits at a time.
type ghash struct {
	table  [16]element // of the products of the hash key with all four-bit values
	value  element
	rest   [aes.BlockSize]byte
	inRest int
	bytes  uint64
}

// element is an element of the field: its coefficients from x^0, the highest bit
// of low, to x^127.
type element struct{ low, high uint64 }

// reduction is what the four coefficients above x^127 add when they wrap.
var reduction = [16]uint64{
	0x0000, 0x1c20, 0x3840, 0x2460, 0x7080, 0x6ca0, 0x48c0, 0x54e0,
	0xe100, 0xfd20, 0xd940, 0xc560, 0x9180, 0x8da0, 0xa9c0, 0xb5e0,
}

func newGHASH(key [aes.BlockSize]byte) (g ghash) {
	x := element{binary.BigEndian.Uint64(key[:8]), binary.BigEndian.Uint64(key[8:])}
	// A four-bit value has x^0 in its highest bit, as everything here.
	g.table[8] = x
	for i := 4; i > 0; i /= 2 {
		g.table[i] = g.table[2*i].timesX()
	}
	for i := 2; i < 16; i *= 2 {
		for j := 1; j < i; j++ {
			g.table[i+j] = element{g.table[i].low ^ g.table[j].low, g.table[i].high ^ g.table[j].high}
		}
	}
	return g
}

func (e element) timesX() element {
	carry := e.high & 1
	return element{e.low>>1 ^ carry*(0xe1<<56), e.high>>1 | e.low<<63}
}

// write takes in text; a part that is no multiple of a block waits for more.
func (g *ghash) write(text []byte) {
	g.bytes += uint64(len(text))
	if g.inRest > 0 {
		n := copy(g.rest[g.inRest:], text)
		text, g.inRest = text[n:], g.inRest+n
		if g.inRest < aes.BlockSize {
			return
		}
		g.block(g.rest[:])
		g.inRest = 0
	}
	for len(text) >= aes.BlockSize {
		g.block(text[:aes.BlockSize])
		text = text[aes.BlockSize:]
	}
	g.inRest = copy(g.rest[:], text)
}

func (g *ghash) block(b []byte) {
	g.value.low ^= binary.BigEndian.Uint64(b[:8])
	g.value.high ^= binary.BigEndian.Uint64(b[8:])
	var z element
	for _, word := range [2]uint64{g.value.high, g.value.low} {
		for range 16 {
			over := z.high & 0xf
			z.high = z.high>>4 | z.low<<60
			z.low = z.low>>4 ^ reduction[over]<<48
			t := &g.table[word&0xf]
			z.low, z.high = z.low^t.low, z.high^t.high
			word >>= 4
		}
	}
	g.value = z
}

// sum ends the text with zeros up to a block, and its length in bits.
func (g *ghash) sum() (sum [aes.BlockSize]byte) {
	if g.inRest > 0 {
		clear(g.rest[g.inRest:])
		g.block(g.rest[:])
		g.inRest = 0
	}
	var lengths [aes.BlockSize]byte
	binary.BigEndian.PutUint64(lengths[8:], 8*g.bytes)
	g.block(lengths[:])
	binary.BigEndian.PutUint64(sum[:8], g.value.low)
	binary.BigEndian.PutUint64(sum[8:], g.value.high)
	return sum
}
