// Package filecrypt encrypts and decrypts whole files in the modes of the API
// (API model, Encryption:Mode): AES-CBC with PKCS #7 padding, AES-CTR and AES-GCM,
// with keys of 128, 192 or 256 bits and an initialization vector of 16 bytes. Files
// are streamed: nothing holds more than a buffer of them.
//
// The bytes are those of OpenSSL and of the cipher suites of other languages: a
// CBC file is the padded text; a CTR file is as long as the text, with the vector
// as the first counter block; a GCM file ends in its tag of 16 bytes, with no
// additional data.
package filecrypt

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Mode is how a file is encrypted, in the spelling of the API.
type Mode string

// The modes of the API model that are encrypted by the service itself.
const (
	CBC Mode = "aes-cbc-pkcs7"
	CTR Mode = "aes-ctr"
	GCM Mode = "aes-gcm"
)

// VectorBytes is the length of an initialization vector (API model).
const VectorBytes = 16

// ObjectVector is the vector of an object where others may be encrypted with the same
// key: the first 16 bytes of the SHA-256 of the vector that they have in common and the
// object's key. Whoever knows these can tell it.
func ObjectVector(common []byte, key string) []byte {
	sum := sha256.Sum256(append(slices.Clone(common), key...))
	return sum[:VectorBytes]
}

// ErrCorrupt reports that a file is not what its key and mode made: the padding, the
// length or the tag is wrong. What was written until then is not to be used.
var ErrCorrupt = errors.New("the file does not decrypt with this key")

// bufferBytes is how much of a file is in memory at a time.
const bufferBytes = 64 << 10

// Encrypt writes src to dst, encrypted. An error of the key, the vector or the
// mode comes before anything is written; all others are those of src and dst.
func Encrypt(dst io.Writer, src io.Reader, mode Mode, key, vector []byte) error {
	block, err := open(mode, key, vector)
	if err != nil {
		return err
	}
	switch mode {
	case CBC:
		return encryptCBC(dst, src, cipher.NewCBCEncrypter(block, vector))
	case GCM:
		g := newGCM(block, vector)
		if err := each(src, func(b []byte) error {
			g.stream.XORKeyStream(b, b)
			g.hash.write(b)
			_, err := dst.Write(b)
			return err
		}); err != nil {
			return err
		}
		_, err := dst.Write(g.tag())
		return err
	default:
		return xor(dst, src, cipher.NewCTR(block, vector))
	}
}

// Decrypt writes src to dst, decrypted. The error is [ErrCorrupt] when the file
// shows that it was not made with this key; a file in CTR mode can't show it. With
// GCM that is known only at the end.
func Decrypt(dst io.Writer, src io.Reader, mode Mode, key, vector []byte) error {
	block, err := open(mode, key, vector)
	if err != nil {
		return err
	}
	switch mode {
	case CBC:
		return decryptCBC(dst, src, cipher.NewCBCDecrypter(block, vector))
	case GCM:
		return decryptGCM(dst, src, newGCM(block, vector))
	default:
		return xor(dst, src, cipher.NewCTR(block, vector))
	}
}

// Size is how long a file of a length in bytes is when it is encrypted.
func Size(mode Mode, length int64) int64 {
	switch mode {
	case CBC:
		return length/aes.BlockSize*aes.BlockSize + aes.BlockSize
	case GCM:
		return length + tagBytes
	}
	return length
}

func open(mode Mode, key, vector []byte) (cipher.Block, error) {
	switch mode {
	case CBC, CTR, GCM:
	default:
		return nil, fmt.Errorf("encryption mode %q is not %s, %s or %s", mode, CBC, CTR, GCM)
	}
	if len(vector) != VectorBytes {
		return nil, fmt.Errorf("the initialization vector has %d bytes; it must have %d", len(vector), VectorBytes)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("the key has %d bits; it must have 128, 192 or 256", 8*len(key))
	}
	return block, nil
}

// each calls do with one part of src after the other; only the last one may be
// shorter than the buffer, whose length is a multiple of the cipher's block.
func each(src io.Reader, do func([]byte) error) error {
	buffer := make([]byte, bufferBytes)
	for {
		n, err := io.ReadFull(src, buffer)
		if n > 0 {
			if err := do(buffer[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
	}
}

func xor(dst io.Writer, src io.Reader, stream cipher.Stream) error {
	return each(src, func(b []byte) error {
		stream.XORKeyStream(b, b)
		_, err := dst.Write(b)
		return err
	})
}

// encryptCBC pads the end with as many bytes as are missing to a block, a whole
// block where none is missing (RFC 5652, section 6.3).
func encryptCBC(dst io.Writer, src io.Reader, cbc cipher.BlockMode) error {
	var rest []byte
	err := each(src, func(b []byte) error {
		whole := len(b) / aes.BlockSize * aes.BlockSize
		rest = append(rest[:0], b[whole:]...)
		cbc.CryptBlocks(b[:whole], b[:whole])
		_, err := dst.Write(b[:whole])
		return err
	})
	if err != nil {
		return err
	}
	missing := aes.BlockSize - len(rest)
	last := append(rest, bytes.Repeat([]byte{byte(missing)}, missing)...)
	cbc.CryptBlocks(last, last)
	_, err = dst.Write(last)
	return err
}

// decryptCBC holds the last block back until it is known to be the last.
func decryptCBC(dst io.Writer, src io.Reader, cbc cipher.BlockMode) error {
	var held []byte
	err := each(src, func(b []byte) error {
		if len(b)%aes.BlockSize != 0 {
			return ErrCorrupt
		}
		cbc.CryptBlocks(b, b)
		if _, err := dst.Write(held); err != nil {
			return err
		}
		end := len(b) - aes.BlockSize
		held = append(held[:0], b[end:]...)
		_, err := dst.Write(b[:end])
		return err
	})
	if err != nil {
		return err
	}
	if len(held) == 0 {
		return ErrCorrupt
	}
	padding := int(held[len(held)-1])
	if padding < 1 || padding > aes.BlockSize ||
		!bytes.Equal(held[aes.BlockSize-padding:], bytes.Repeat([]byte{byte(padding)}, padding)) {
		return ErrCorrupt
	}
	_, err = dst.Write(held[:aes.BlockSize-padding])
	return err
}

// decryptGCM holds the last 16 bytes back: they are the tag.
func decryptGCM(dst io.Writer, src io.Reader, g *gcm) error {
	var held []byte
	err := each(src, func(b []byte) error {
		held = append(held, b...)
		text := held[:max(0, len(held)-tagBytes)]
		g.hash.write(text)
		g.stream.XORKeyStream(text, text)
		if _, err := dst.Write(text); err != nil {
			return err
		}
		held = append(held[:0], held[len(text):]...)
		return nil
	})
	if err != nil {
		return err
	}
	if len(held) < tagBytes || subtle.ConstantTimeCompare(held, g.tag()) != 1 {
		return ErrCorrupt
	}
	return nil
}
