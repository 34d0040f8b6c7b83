package cenc

import (
	"encoding/binary"

	"github.com/reelastic/reelastic/internal/format/mp4box"
)

// System is what a DRM system's players are told in the movie header.
type System struct {
	// ID is the system's UUID.
	ID mp4box.UUID
	// KeyIDs are stated in the box itself, for systems that read them there; without
	// any the box has the older form, version 0.
	KeyIDs [][KeyBytes]byte
	// Data is what the system itself defines.
	Data []byte
}

// CommonSystem is the system of the W3C whose box names keys and nothing else, for
// players that have the key by other ways.
var CommonSystem = mp4box.UUID{0x10, 0x77, 0xef, 0xec, 0xc0, 0xb2, 0x4d, 0x02, 0xac, 0xe3, 0x3c, 0x1e, 0x52, 0xe2, 0xfb,
	0x4b}

// AppendBox writes the system's box, which is "pssh" (ISO/IEC 23001-7, 8.1), or one
// with an extended type in [PIFF], which has no place for key ids.
func (s System) AppendBox(dst []byte, scheme Scheme) []byte {
	content := func(dst []byte) []byte {
		dst = append(dst, s.ID[:]...)
		if scheme == Common && len(s.KeyIDs) > 0 {
			dst = binary.BigEndian.AppendUint32(dst, uint32(len(s.KeyIDs)))
			for _, id := range s.KeyIDs {
				dst = append(dst, id[:]...)
			}
		}
		return append(binary.BigEndian.AppendUint32(dst, uint32(len(s.Data))), s.Data...)
	}
	if scheme == PIFF {
		return mp4box.AppendUUID(dst, mp4box.ProtectionHeader, 0, 0, content)
	}
	return mp4box.AppendFull(dst, "pssh", uint8(min(len(s.KeyIDs), 1)), 0, content)
}

// movie makes the body of the movie header of the encrypted file.
func (e *encrypter) movie(body []byte) ([]byte, error) {
	body, err := e.rewrite(nil, body, "trak", "mdia", "minf", "stbl", "stsd")
	for _, s := range e.Systems {
		body = s.AppendBox(body, e.Scheme)
	}
	return body, err
}

// rewrite copies the boxes of a body to dst. Those of the first type of the path are
// opened; the end of the path has the kinds of samples.
func (e *encrypter) rewrite(dst, body []byte, path ...string) ([]byte, error) {
	for p, err := range mp4box.Parts(body) {
		if err != nil {
			return nil, err
		}
		if p.Type != path[0] {
			dst = append(dst, p.Whole...)
			continue
		}
		dst = mp4box.Append(dst, p.Type, func(dst []byte) []byte {
			if len(path) > 1 {
				dst, err = e.rewrite(dst, p.Body, path[1:]...)
			} else {
				dst, err = e.descriptions(dst, p.Body)
			}
			return dst
		})
		if err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// encrypted are the formats of encrypted samples by those of clear ones.
var encrypted = map[string]string{"avc1": "encv", "mp4a": "enca"}

// descriptions copies the body of "stsd" with every entry renamed, and its old name
// and the encryption at its end.
func (e *encrypter) descriptions(dst, body []byte) ([]byte, error) {
	const head = 8 // version and flags, count
	if len(body) < head {
		return nil, unfit("the descriptions of samples end early")
	}
	dst = append(dst, body[:head]...)
	for p, err := range mp4box.Parts(body[head:]) {
		if err != nil {
			return nil, err
		}
		dst = mp4box.Append(dst, encrypted[p.Type], func(dst []byte) []byte {
			return e.appendProtection(append(dst, p.Body...), p.Type)
		})
	}
	return dst, nil
}

// Versions of the schemes.
const (
	commonVersion = 0x00010000
	piffVersion   = 0x00010001
)

// appendProtection writes "sinf". The body of the innermost box has the same bytes in
// both schemes: AES-CTR, the vectors' length, the key's id.
func (e *encrypter) appendProtection(dst []byte, original string) []byte {
	encryption := func(dst []byte) []byte {
		return append(append(dst, 0, 0, 1, VectorBytes), e.KeyID[:]...)
	}
	return mp4box.Append(dst, "sinf", func(dst []byte) []byte {
		dst = mp4box.Append(dst, "frma", func(dst []byte) []byte { return append(dst, original...) })
		dst = mp4box.AppendFull(dst, "schm", 0, 0, func(dst []byte) []byte {
			version := uint32(commonVersion)
			if e.Scheme == PIFF {
				version = piffVersion
			}
			return binary.BigEndian.AppendUint32(append(dst, e.Scheme...), version)
		})
		return mp4box.Append(dst, "schi", func(dst []byte) []byte {
			if e.Scheme == PIFF {
				return mp4box.AppendUUID(dst, mp4box.TrackEncryption, 0, 0, encryption)
			}
			return mp4box.AppendFull(dst, "tenc", 0, 0, encryption)
		})
	})
}
