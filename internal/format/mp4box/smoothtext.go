package mp4box

import (
	"encoding/binary"
	"io"
	"iter"
)

// TextFragment is a document of timed text, and when it is shown.
type TextFragment struct {
	FragmentTime
	Document []byte
}

// SmoothTimescale is what a second has in files for Smooth Streaming: units of 100 ns.
const SmoothTimescale = 10_000_000

// WriteSmoothText writes a file of timed text (TTML) for Smooth Streaming (.ismt): a track
// with the id 1, in which each fragment has one document as its only sample. Language is of
// ISO 639-2; another text counts as not known.
func WriteSmoothText(dst io.Writer, language string, fragments iter.Seq[TextFragment]) error {
	b := Append(nil, "ftyp", func(b []byte) []byte { return append(b, "isml\x00\x00\x00\x01ismlpiffiso2"...) })
	b = Append(b, "moov", func(b []byte) []byte { return appendTextMovie(b, language) })
	var points []AccessPoint
	at := uint64(len(b))
	for f := range fragments {
		if _, err := dst.Write(b); err != nil {
			return err
		}
		points = append(points, AccessPoint{Time: f.Start, Moof: at})
		b = appendTextFragment(b[:0], uint32(len(points)), f)
		at += uint64(len(b))
	}
	_, err := dst.Write(appendAccess(b, textTrack, points))
	return err
}

const textTrack = 1

func zeros(b []byte, n int) []byte { return append(b, make([]byte, n)...) }

// unity is the matrix that leaves frames as they are.
func unity(b []byte) []byte {
	for _, v := range []uint32{0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

func appendTextMovie(b []byte, language string) []byte {
	b = AppendFull(b, "mvhd", 0, 0, func(b []byte) []byte {
		b = zeros(b, 8)
		b = binary.BigEndian.AppendUint32(b, SmoothTimescale)
		b = zeros(b, 4)
		b = binary.BigEndian.AppendUint32(b, 0x10000) // plays at its own speed
		b = zeros(b, 12)
		b = zeros(unity(b), 24)
		return binary.BigEndian.AppendUint32(b, textTrack+1)
	})
	b = Append(b, "trak", func(b []byte) []byte {
		const enabledInMovie = 3
		b = AppendFull(b, "tkhd", 0, enabledInMovie, func(b []byte) []byte {
			b = binary.BigEndian.AppendUint32(zeros(b, 8), textTrack)
			return zeros(unity(zeros(b, 24)), 8)
		})
		return Append(b, "mdia", func(b []byte) []byte { return appendTextMedia(b, language) })
	})
	return Append(b, "mvex", func(b []byte) []byte {
		return AppendFull(b, "trex", 0, 0, func(b []byte) []byte {
			b = binary.BigEndian.AppendUint32(b, textTrack)
			b = binary.BigEndian.AppendUint32(b, 1)
			return zeros(b, 12)
		})
	})
}

func appendTextMedia(b []byte, language string) []byte {
	b = AppendFull(b, "mdhd", 0, 0, func(b []byte) []byte {
		b = binary.BigEndian.AppendUint32(zeros(b, 8), SmoothTimescale)
		b = zeros(b, 4)
		b = binary.BigEndian.AppendUint16(b, packLanguage(language))
		return zeros(b, 2)
	})
	b = AppendFull(b, "hdlr", 0, 0, func(b []byte) []byte {
		b = append(zeros(b, 4), "subt"...)
		return zeros(b, 13)
	})
	return Append(b, "minf", func(b []byte) []byte {
		b = AppendFull(b, "sthd", 0, 0, func(b []byte) []byte { return b })
		b = Append(b, "dinf", func(b []byte) []byte {
			return AppendFull(b, "dref", 0, 0, func(b []byte) []byte {
				const inThisFile = 1
				return AppendFull(binary.BigEndian.AppendUint32(b, 1), "url ", 0, inThisFile,
					func(b []byte) []byte { return b })
			})
		})
		return Append(b, "stbl", func(b []byte) []byte {
			b = AppendFull(b, "stsd", 0, 0, func(b []byte) []byte {
				return Append(binary.BigEndian.AppendUint32(b, 1), "stpp", func(b []byte) []byte {
					b = append(zeros(b, 7), 1) // the data reference
					return append(b, "http://www.w3.org/ns/ttml\x00\x00\x00"...)
				})
			})
			for _, none := range []struct {
				table string
				bytes int
			}{{"stts", 4}, {"stsc", 4}, {"stsz", 8}, {"stco", 4}} {
				b = AppendFull(b, none.table, 0, 0, func(b []byte) []byte { return zeros(b, none.bytes) })
			}
			return b
		})
	})
}

// packLanguage makes five bits of each letter.
func packLanguage(code string) (packed uint16) {
	if len(code) != 3 {
		code = "und"
	}
	for _, c := range []byte(code) {
		if c < 'a' || c > 'z' {
			return packLanguage("und")
		}
		packed = packed<<5 | uint16(c-0x60)
	}
	return packed
}

func appendTextFragment(b []byte, sequence uint32, f TextFragment) []byte {
	at := len(b)
	place := 0
	b = Append(b, "moof", func(b []byte) []byte {
		b = AppendFull(b, "mfhd", 0, 0, func(b []byte) []byte { return binary.BigEndian.AppendUint32(b, sequence) })
		return Append(b, "traf", func(b []byte) []byte {
			const baseIsFragment = 0x020000
			b = AppendFull(b, "tfhd", 0, baseIsFragment,
				func(b []byte) []byte { return binary.BigEndian.AppendUint32(b, textTrack) })
			const offsetDurationSize = 0x301
			b = AppendFull(b, "trun", 0, offsetDurationSize, func(b []byte) []byte {
				b = binary.BigEndian.AppendUint32(b, 1)
				place = len(b)
				b = zeros(b, 4)
				b = binary.BigEndian.AppendUint32(b, uint32(f.Duration))
				return binary.BigEndian.AppendUint32(b, uint32(len(f.Document)))
			})
			return AppendUUID(b, FragmentTimes, 1, 0, func(b []byte) []byte {
				return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, f.Start), f.Duration)
			})
		})
	})
	binary.BigEndian.PutUint32(b[place:], uint32(len(b)-at+8))
	return Append(b, "mdat", func(b []byte) []byte { return append(b, f.Document...) })
}
