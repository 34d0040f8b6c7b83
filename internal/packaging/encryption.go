package packaging

import (
	"io"
	"os"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/format/filecrypt"
)

// Encryption is what the files of one output are encrypted with. Keys stay in memory.
// The zero value encrypts nothing.
type Encryption struct {
	Media, Thumbnails *Cipher
	// Captions has one element for each caption format of the output, or none.
	Captions []*Cipher
	// HLS is set where the media's cipher is that of a protected playlist.
	HLS *HLSKey
	// PlayReady encrypts the samples inside the media.
	PlayReady *PlayReady
}

// captions is nil for a caption format whose files are published as they are.
func (e Encryption) captions(format int) *Cipher {
	if format >= len(e.Captions) {
		return nil
	}
	return e.Captions[format]
}

// Cipher encrypts whole files. A nil one leaves them as they are.
type Cipher struct {
	Mode filecrypt.Mode
	// Key is of a length that the mode takes, Vector of [filecrypt.VectorBytes].
	Key, Vector []byte
	// VectorMade reports that no client has fixed the vector: of an output's segments,
	// thumbnails and captions each has one of its own, [filecrypt.ObjectVector].
	VectorMade bool

	// parts are the lengths of the parts of the file that are encrypted each by
	// itself; nil for the whole.
	parts []int64
}

// inParts is the same cipher for a file of which parts of these lengths are encrypted
// each by itself.
func (c *Cipher) inParts(lengths []int64) *Cipher {
	if c == nil {
		return nil
	}
	divided := *c
	divided.parts = lengths
	return &divided
}

// of is the cipher of one of the objects that an output can have several of.
func (c *Cipher) of(key string) *Cipher {
	if c == nil || !c.VectorMade {
		return c
	}
	own := *c
	own.Vector = filecrypt.ObjectVector(c.Vector, key)
	return &own
}

// Vector is what a file was encrypted with by its Encryption; nil for one that is not, and
// for segments whose playlists say it.
func (o Object) Vector() []byte {
	if o.cipher == nil || !o.Encryption.ByService() {
		return nil
	}
	return o.cipher.Vector
}

// size is how long a file of a length, or one part of it, is when it is encrypted.
func (c *Cipher) size(length int64) int64 {
	if c == nil {
		return length
	}
	return filecrypt.Size(c.Mode, length)
}

func (c *Cipher) encrypt(dst *os.File, clear *folder.File) error {
	if c.parts == nil {
		return filecrypt.Encrypt(dst, clear, c.Mode, c.Key, c.Vector)
	}
	for _, n := range c.parts {
		if err := filecrypt.Encrypt(dst, io.LimitReader(clear, n), c.Mode, c.Key, c.Vector); err != nil {
			return err
		}
	}
	return nil
}
