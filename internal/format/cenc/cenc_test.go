package cenc

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/format/mp4box"
)

// unit is a NAL unit of a type and a length, with its length before it.
func unit(kind byte, length int) []byte {
	b := append([]byte{0, 0, byte(length >> 8), byte(length)}, 0x60|kind)
	return append(b, make([]byte, length-1)...)
}

func TestDivide(t *testing.T) {
	t.Parallel()
	const sps, sei, aud = 7, 6, 9
	for _, c := range []struct {
		name   string
		sample []byte
		want   []part
	}{
		{"nothing", nil, []part{{}}},
		{"no slice", bytes.Join([][]byte{unit(sps, 300), unit(sei, 20)}, nil), []part{{clear: 328}}},
		{"a short slice", unit(slice, 60), []part{{clear: 64}}},
		{"a slice without a whole block", unit(slice, 75), []part{{clear: 79}}},
		{"one block", unit(slice, 76), []part{{64, 16}}},
		{"a rest stays in front", unit(sliceIDR, 107), []part{{79, 32}}},
		{"what precedes is clear with it", bytes.Join([][]byte{unit(aud, 2), unit(sps, 20), unit(sliceIDR, 1000)}, nil),
			[]part{{6 + 24 + 76, 928}}},
		{"two slices", bytes.Join([][]byte{unit(slice, 92), unit(slice, 93)}, nil), []part{{64, 32}, {65, 32}}},
		{"what follows is clear", bytes.Join([][]byte{unit(slice, 92), unit(sei, 4)}, nil), []part{{64, 32}, {8, 0}}},
		{"more than a count can hold", bytes.Join([][]byte{unit(sei, 65000), unit(sei, 1000), unit(slice, 92)}, nil),
			[]part{{65535, 0}, {65004 + 1004 + 64 - 65535, 32}}},
	} {
		got, err := divide(c.sample, 4)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(part{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	for name, sample := range map[string][]byte{"half a length": {0, 0}, "too long": {0, 0, 0, 9, 0x65},
		"empty": {0, 0, 0, 0}} {
		if parts, err := divide(sample, 4); !errors.Is(err, ErrUnfit) {
			t.Errorf("%s: %v, %v", name, parts, err)
		}
	}
}

func FuzzDivide(f *testing.F) {
	f.Add(unit(sliceIDR, 200), 4)
	f.Add([]byte{1, 0x65}, 1)
	f.Add([]byte{0, 1, 0x41, 0, 2, 6, 0}, 2)
	f.Fuzz(func(t *testing.T, sample []byte, lengthBytes int) {
		if lengthBytes != 1 && lengthBytes != 2 && lengthBytes != 4 {
			return
		}
		parts, err := divide(sample, lengthBytes)
		if err != nil {
			return
		}
		total := 0
		for _, p := range parts {
			if p.encrypted%16 != 0 {
				t.Errorf("part of %d bytes", p.encrypted)
			}
			total += int(p.clear) + int(p.encrypted)
		}
		if total != len(sample) {
			t.Errorf("parts of %d bytes of %d", total, len(sample))
		}
	})
}

// The first box is the example of the W3C's "cenc" initialization data format, the
// second one from the W3C's tests of encrypted media.
func TestPublishedSystemBoxes(t *testing.T) {
	t.Parallel()
	common := System{ID: CommonSystem, KeyIDs: [][16]byte{[16]byte([]byte("0123456789012345")),
		[16]byte([]byte("ABCDEFGHIJKLMNOP"))}}
	want := "0000004470737368" + "01000000" + "1077efecc0b24d02ace33c1e52e2fb4b" + "00000002" +
		"30313233343536373839303132333435" + "4142434445464748494a4b4c4d4e4f50" + "00000000"
	if got := hex.EncodeToString(common.AppendBox(nil, Common)); got != want {
		t.Errorf("common\n got %s\nwant %s", got, want)
	}
	older := System{ID: mp4box.UUID{0x9a, 0x04, 0xf0, 0x79, 0x98, 0x40, 0x42, 0x86, 0xab, 0x92, 0xe6, 0x5b, 0xe0, 0x88,
		0x5f, 0x95}, Data: make([]byte, 762)}
	head := base64.StdEncoding.EncodeToString(older.AppendBox(nil, Common)[:32])
	if want := "AAADGnBzc2gAAAAAmgTweZhAQoarkuZb4IhflQAAAvo="; head != want {
		t.Errorf("playready\n got %s\nwant %s", head, want)
	}
	piff := hex.EncodeToString(older.AppendBox(nil, PIFF)[:48])
	if want := "0000032a75756964" + "d08a4f1810f34a82b6c832d8aba183d3" + "00000000" +
		"9a04f07998404286ab92e65be0885f95" + "000002fa"; piff != want {
		t.Errorf("piff\n got %s\nwant %s", piff, want)
	}
}

// bytesAt is a file in memory.
type bytesAt struct{ b []byte }

func (f *bytesAt) WriteAt(b []byte, at int64) (int, error) {
	if end := int(at) + len(b); end > len(f.b) {
		f.b = append(f.b, make([]byte, end-len(f.b))...)
	}
	return copy(f.b[at:], b), nil
}

func encrypt(src []byte, p Protection) ([]byte, error) {
	dst := &bytesAt{}
	n, err := Encrypt(dst, bytes.NewReader(src), int64(len(src)), p)
	if err == nil && n != int64(len(dst.b)) {
		return nil, errors.New("the length is not that of what was written")
	}
	return dst.b, err
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	if _, err := encrypt(nil, Protection{Key: make([]byte, 15)}); err == nil || !strings.Contains(err.Error(),
		"15 bytes") {
		t.Errorf("a short key: %v", err)
	}
	if _, err := encrypt([]byte("hello, this is no media file"), Protection{Key: make([]byte, 16)}); !errors.Is(err,
		mp4box.ErrMalformed) {
		t.Errorf("no media file: %v", err)
	}
}
