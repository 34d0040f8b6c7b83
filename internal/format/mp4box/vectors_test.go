package mp4box

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// unhex reads bytes written in groups.
func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBoxes(t *testing.T) {
	t.Parallel()
	file := unhex(t, "0000000c 66747970 69736f6d"+ // a size of 32 bits
		"00000001 66726565 0000000000000014 01020304"+ // of 64
		"0000001a 75756964 a2394f525a9b4f14a2446c427c648df4 0102"+ // an extended type
		"00000001 75756964 0000000000000021 8974dbce7be74c5184f97148f9882554 ff"+ // both
		"00000000 6d646174 aabbcc") // to the end
	var got []Box
	for b, err := range Boxes(bytes.NewReader(file), 0, int64(len(file))) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, b)
	}
	want := []Box{
		{Type: "ftyp", Offset: 0, Header: 8, Size: 12},
		{Type: "free", Offset: 12, Header: 16, Size: 20},
		{Type: "uuid", UUID: SampleEncryption, Offset: 32, Header: 24, Size: 26},
		{Type: "uuid", UUID: TrackEncryption, Offset: 58, Header: 32, Size: 33},
		{Type: "mdat", Offset: 91, Header: 8, Size: 11},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("boxes (-want +got):\n%s", diff)
	}
}

func TestBoxesRefuse(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"less than a header":            "00000008 6d6f",
		"smaller than its header":       "00000007 6d6f6f76 00",
		"larger than the file":          "00000010 6d6f6f76 00",
		"64 bits that are not there":    "00000001 6d6f6f76 0000",
		"64 bits, smaller than itself":  "00000001 6d6f6f76 000000000000000f 00",
		"64 bits, larger than the file": "00000001 6d6f6f76 7fffffffffffffff",
		"64 bits, negative":             "00000001 6d6f6f76 ffffffffffffffff",
		"half an extended type":         "00000010 75756964 a2394f525a9b4f14",
		"smaller than its type":         "00000010 75756964 a2394f525a9b4f14a2446c427c648df4",
	} {
		file := unhex(t, text)
		var last error
		for _, err := range Boxes(bytes.NewReader(file), 0, int64(len(file))) {
			last = err
		}
		if !errors.Is(last, ErrMalformed) {
			t.Errorf("%s: %v", name, last)
		}
		for _, err := range Parts(file) {
			last = err
		}
		if !errors.Is(last, ErrMalformed) {
			t.Errorf("%s, in memory: %v", name, last)
		}
	}
}

func TestBoxesOfABrokenReader(t *testing.T) {
	t.Parallel()
	short := bytes.NewReader(unhex(t, "00000010 66726565"))
	for _, err := range Boxes(short, 0, 16) {
		if err != nil {
			return
		}
	}
	if _, err := Read(short, 1<<20); err == nil || errors.Is(err, ErrMalformed) {
		t.Errorf("a file that is shorter than its size: %v", err)
	}
}

// avcVector is the configuration that x264 makes for High at level 3.1.
const avcVector = "01 64001f ff e1 0004 67640 01f 01 0003 68ebe3"

func TestAVCConfig(t *testing.T) {
	t.Parallel()
	got, err := ParseAVCConfig(unhex(t, avcVector))
	if err != nil {
		t.Fatal(err)
	}
	want := &AVCConfig{Profile: 100, Level: 31, LengthSize: 4,
		SPS: [][]byte{{0x67, 0x64, 0, 0x1f}}, PPS: [][]byte{{0x68, 0xeb, 0xe3}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
	for name, text := range map[string]string{
		"nothing": "", "another version": "02 64001f ff e0 00", "lengths of three bytes": "01 64001f fe e0 00",
		"a set that is not there": "01 64001f ff e1 0004 6764", "no frame sets": "01 64001f ff e0",
	} {
		if _, err := ParseAVCConfig(unhex(t, text)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCodecNames(t *testing.T) {
	t.Parallel()
	audio := func(objectType uint8, specific string) SampleEntry {
		return SampleEntry{Format: "mp4a", ES: &ESDescriptor{ObjectType: objectType, Specific: unhex(t, specific)}}
	}
	for want, entry := range map[string]SampleEntry{
		"avc1.64001f": {Format: "avc1", AVC: &AVCConfig{Profile: 100, Level: 31}},
		"avc1.42c01e": {Format: "avc1", AVC: &AVCConfig{Profile: 66, Compatibility: 0xc0, Level: 30}},
		"avc1.4d400b": {Format: "encv", AVC: &AVCConfig{Profile: 77, Compatibility: 0x40, Level: 11},
			Protection: &Protection{Original: "avc1"}},
		"mp4a.40.2":  audio(0x40, "1210"),
		"mp4a.40.5":  audio(0x40, "2b920800"),
		"mp4a.40.29": audio(0x40, "eb8a0800"),
		"mp4a.40.42": audio(0x40, "f94c00"), // USAC, past the short numbers
		"mp4a.6b":    audio(0x6b, ""),
		"hvc1":       {Format: "hvc1"},
	} {
		if got := entry.Codec(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// esVector has lengths of one byte and of four, and all optional members.
const esVector = "00000000 03 808080 1f 0001 e0 0002 03 616263 0003" +
	"04 12 40 15 000600 0001f400 0001f3ff 05 03 121056"

func TestESDescriptor(t *testing.T) {
	t.Parallel()
	got, err := parseESDescriptor(unhex(t, esVector))
	if err != nil {
		t.Fatal(err)
	}
	want := &ESDescriptor{ObjectType: 0x40, MaxBitRate: 128000, AvgBitRate: 127999, Specific: []byte{0x12, 0x10, 0x56}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("descriptor (-want +got):\n%s", diff)
	}
	whole := unhex(t, esVector)
	for n := range whole {
		if _, err := parseESDescriptor(whole[:n]); !errors.Is(err, ErrMalformed) {
			t.Errorf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
}

func TestIndexVector(t *testing.T) {
	t.Parallel()
	box := Box{Type: "sidx", Offset: 100, Header: 8, Size: 52}
	got, err := ParseIndex(box, unhex(t, "00000000 00000001 00003200 00000400 00000014 0000 0002"+
		"0001e240 0000c800 90000000 80000064 00000001 00000000"))
	if err != nil {
		t.Fatal(err)
	}
	want := Index{Box: box, TrackID: 1, Timescale: 12800, Earliest: 1024, First: 172, References: []Reference{
		{Size: 123456, Duration: 51200, StartsWithSAP: true, SAPType: 1}, {ToIndex: true, Size: 100, Duration: 1}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("index (-want +got):\n%s", diff)
	}
	if got.Duration() != 4*time.Second+78125*time.Nanosecond {
		t.Errorf("duration %s", got.Duration())
	}
}

func TestInTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		units int64
		scale uint32
		want  time.Duration
	}{
		{0, 1, 0}, {1001, 30000, 33366667}, {-1001, 30000, -33366667}, {3600 * 10_000_000, 10_000_000, time.Hour},
		{math.MaxInt64, 1, math.MaxInt64}, {math.MinInt64, 1, math.MinInt64},
		{math.MaxInt64, math.MaxUint32, 2147483648500000000},
	} {
		if got := InTime(c.units, c.scale); got != c.want {
			t.Errorf("%d/%d s: %d, want %d", c.units, c.scale, got, c.want)
		}
	}
}

// tinyFile has one track of two fragments: three samples with all members, and
// two that take everything from the defaults, with the times of Smooth Streaming.
func tinyFile() []byte {
	u32 := binary.BigEndian.AppendUint32
	numbers := func(n ...uint32) func([]byte) []byte {
		return func(b []byte) []byte {
			for _, v := range n {
				b = u32(b, v)
			}
			return b
		}
	}
	file := Append(nil, "ftyp", func(b []byte) []byte { return append(b, "iso6\x00\x00\x00\x00iso6dash"...) })
	file = Append(file, "moov", func(b []byte) []byte {
		b = AppendFull(b, "mvhd", 0, 0, numbers(0, 0, 1000, 0))
		b = Append(b, "trak", func(b []byte) []byte {
			b = AppendFull(b, "tkhd", 0, 3, numbers(0, 0, 7))
			b = Append(b, "edts", func(b []byte) []byte {
				return AppendFull(b, "elst", 0, 0, numbers(2, 40, 0xffffffff, 1<<16, 0, 2, 1<<16))
			})
			return Append(b, "mdia", func(b []byte) []byte {
				b = AppendFull(b, "mdhd", 0, 0, numbers(0, 0, 25, 0, 0x15c70000))
				b = AppendFull(b, "hdlr", 0, 0, func(b []byte) []byte { return append(b, "\x00\x00\x00\x00vide"...) })
				return Append(b, "minf", func(b []byte) []byte {
					return Append(b, "stbl", func(b []byte) []byte {
						return AppendFull(b, "stsd", 0, 0, func(b []byte) []byte {
							return Append(u32(b, 1), "avc1", func(b []byte) []byte {
								b = numbers(0, 1, 0, 0, 0, 0, 640<<16|360)(b)
								b = append(b, make([]byte, 50)...)
								b = Append(b, "avcC", func(b []byte) []byte {
									return append(b, 1, 77, 0x40, 30, 0xff,
										0xe0, 0)
								})
								return Append(b, "pasp", numbers(4, 3))
							})
						})
					})
				})
			})
		})
		return Append(b, "mvex", func(b []byte) []byte {
			return AppendFull(b, "trex", 0, 0,
				numbers(7, 1, 1, 5, 0x10000))
		})
	})
	file = AppendFull(file, "sidx", 0, 0, numbers(7, 25, 0, 0, 1, 50, 5, 0x90000000))
	fragment := func(b []byte, sequence uint32, traf func([]byte) []byte) []byte {
		return Append(b, "moof", func(b []byte) []byte {
			return Append(AppendFull(b, "mfhd", 0, 0, numbers(sequence)),
				"traf", traf)
		})
	}
	file = fragment(file, 1, func(b []byte) []byte {
		b = AppendFull(b, "tfhd", 0, 0x020000, numbers(7))
		b = AppendFull(b, "tfdt", 1, 0, numbers(0, 0))
		return AppendFull(b, "trun", 1, 0x0f01, numbers(3, 144, 1, 4, 0, 2, 1, 3, 0x10000, 0xffffffff, 1, 2, 0x10000,
			0))
	})
	file = Append(file, "mdat", func(b []byte) []byte { return append(b, "aaaabbbcc"...) })
	file = fragment(file, 2, func(b []byte) []byte {
		b = AppendFull(b, "tfhd", 0, 0, numbers(7))
		b = AppendFull(b, "trun", 0, 0x05, numbers(2, 161, 0))
		b = AppendUUID(b, FragmentTimes, 0, 0, numbers(3, 2))
		return AppendUUID(b, NextFragmentTimes, 1, 0,
			func(b []byte) []byte { return numbers(0, 5, 0, 2)(append(b, 1)) })
	})
	file = Append(file, "mdat", func(b []byte) []byte { return append(b, "ddddd22222"...) })
	return Append(file, "mfra", func(b []byte) []byte {
		return AppendFull(b, "tfra", 1, 0, func(b []byte) []byte {
			return append(numbers(7, 0, 1, 0, 3, 0, 500)(b), 1,
				1, 1)
		})
	})
}
