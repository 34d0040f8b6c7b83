package mp4box

import "encoding/binary"

// cursor reads numbers from a body. After the first one that is not there, it
// only gives zeros, and err tells.
type cursor struct {
	rest  []byte
	short bool
}

// bytes are the next n bytes, shared; nil when they are not there.
func (c *cursor) bytes(n int) []byte {
	if n < 0 || n > len(c.rest) {
		c.rest, c.short = nil, true
		return nil
	}
	b := c.rest[:n]
	c.rest = c.rest[n:]
	return b
}

func (c *cursor) skip(n int) { c.bytes(n) }

func (c *cursor) u8() uint8 {
	if b := c.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) u16() uint16 {
	if b := c.bytes(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (c *cursor) u24() uint32 { return uint32(c.u8())<<16 | uint32(c.u16()) }

func (c *cursor) u32() uint32 {
	if b := c.bytes(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (c *cursor) u64() uint64 {
	if b := c.bytes(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// wide is a number of 64 bits in the later versions of a box, else of 32.
func (c *cursor) wide(version uint8) uint64 {
	if version == 0 {
		return uint64(c.u32())
	}
	return c.u64()
}

// fourCC is the next four bytes, a code of four characters.
func (c *cursor) fourCC() string { return string(c.bytes(4)) }

// full reads the version and the flags that begin a full box.
func (c *cursor) full() (version uint8, flags uint32) { return c.u8(), c.u24() }

// err reports whether something was not there.
func (c *cursor) err() error {
	if c.short {
		return malformed("it ends early")
	}
	return nil
}
