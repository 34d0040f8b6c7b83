package filecrypt

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func sealed(t *testing.T, mode Mode, key, vector, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Encrypt(&out, bytes.NewReader(text), mode, key, vector); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestRoundTrip brings texts of all lengths around a block and a buffer through
// each mode and back, read in odd portions.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{CBC, CTR, GCM} {
		for _, n := range []int{0, 1, 15, 16, 17, 31, 32, 4096, bufferBytes - 1, bufferBytes, bufferBytes + 1,
			2*bufferBytes + 17} {
			text := make([]byte, n)
			for i := range text {
				text[i] = byte(i * 7)
			}
			key, vector := bytes.Repeat([]byte{3}, 16), bytes.Repeat([]byte{9}, 16)
			file := sealed(t, mode, key, vector, text)
			var back bytes.Buffer
			if err := Decrypt(&back, iotest.HalfReader(bytes.NewReader(file)), mode, key, vector); err != nil {
				t.Fatalf("%s, %d bytes: %v", mode, n, err)
			}
			if !bytes.Equal(back.Bytes(), text) {
				t.Errorf("%s: %d bytes came back different", mode, n)
			}
		}
	}
}

// TestGCMIsTheLibrarys compares with the library's code for messages in memory.
func TestGCMIsTheLibrarys(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key")
		key = append(key, rapid.SampledFrom([][]byte{nil, key[:8], key}).Draw(t, "more")...)
		vector := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "vector")
		text := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "text")
		block, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := cipher.NewGCMWithNonceSize(block, VectorBytes)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := Encrypt(&got, bytes.NewReader(text), GCM, key, vector); err != nil {
			t.Fatal(err)
		}
		if want := whole.Seal(nil, vector, text, nil); !bytes.Equal(got.Bytes(), want) {
			t.Fatalf("got %x, want %x", got.Bytes(), want)
		}
	})
}

// TestCounterWraps lets the 32-bit count of GCM wrap in the middle of a text.
func TestCounterWraps(t *testing.T) {
	t.Parallel()
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	c := &counter32{block: block}
	copy(c.counter[:], "prefix of block.")
	binary.BigEndian.PutUint32(c.counter[12:], 0xfffffffd)
	got := make([]byte, 5*aes.BlockSize)
	c.XORKeyStream(got, got)
	for i, count := range []uint32{0xfffffffe, 0xffffffff, 0, 1, 2} {
		var want [aes.BlockSize]byte
		copy(want[:], "prefix of block.")
		binary.BigEndian.PutUint32(want[12:], count)
		block.Encrypt(want[:], want[:])
		if !bytes.Equal(got[i*aes.BlockSize:(i+1)*aes.BlockSize], want[:]) {
			t.Errorf("block %d is not that of count %#x", i, count)
		}
	}
}

// TestOpenSSL has another program read what was written, and the other way round.
func TestOpenSSL(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("openssl is not installed")
		}
		t.Skip("openssl is not installed")
	}
	dir := t.TempDir()
	text := bytes.Repeat([]byte("a film of some length. "), 9000)
	vector := bytes.Repeat([]byte{0xfe}, 16)
	for name, bits := range map[string]int{"128": 128, "192": 192, "256": 256} {
		key := bytes.Repeat([]byte{0x5a}, bits/8)
		for mode, suite := range map[Mode]string{CBC: "cbc", CTR: "ctr"} {
			file := filepath.Join(dir, name+suite)
			if err := os.WriteFile(file, sealed(t, mode, key, vector, text), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), openssl, "enc", "-d", "-aes-"+name+"-"+suite,
				"-K", hex.EncodeToString(key), "-iv", hex.EncodeToString(vector), "-in", file).Output()
			if err != nil || !bytes.Equal(out, text) {
				t.Errorf("openssl does not read %s with %s bits: %v", mode, name, err)
			}
		}
	}
}

// TestDamage changes, cuts and lengthens files.
func TestDamage(t *testing.T) {
	t.Parallel()
	key, vector := bytes.Repeat([]byte{1}, 32), make([]byte, 16)
	text := bytes.Repeat([]byte("x"), 1000)
	for _, mode := range []Mode{CBC, GCM} {
		file := sealed(t, mode, key, vector, text)
		flipped := bytes.Clone(file)
		flipped[len(flipped)-1] ^= 1
		wrong := bytes.Clone(key)
		wrong[0] ^= 1
		for name, c := range map[string]struct{ file, key []byte }{
			"empty":      {nil, key},
			"cut":        {file[:len(file)-7], key},
			"a bit less": {file[:8], key},
			"changed":    {flipped, key},
			"wrong key":  {file, wrong},
		} {
			if err := Decrypt(io.Discard, bytes.NewReader(c.file), mode, c.key, vector); !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s, %s: %v, want ErrCorrupt", mode, name, err)
			}
		}
	}
}

// TestRefused gives keys, vectors and modes that there are not.
func TestRefused(t *testing.T) {
	t.Parallel()
	key, vector := make([]byte, 16), make([]byte, 16)
	for name, err := range map[string]error{
		"key of 96 bits":   Encrypt(io.Discard, nil, GCM, key[:12], vector),
		"vector of 8":      Encrypt(io.Discard, nil, CBC, key, vector[:8]),
		"vector of none":   Decrypt(io.Discard, nil, CTR, key, nil),
		"mode of storages": Decrypt(io.Discard, nil, "s3", key, vector),
	} {
		if err == nil || errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFailingEnds passes the errors of both ends on.
func TestFailingEnds(t *testing.T) {
	t.Parallel()
	key, vector := make([]byte, 16), make([]byte, 16)
	broken := errors.New("broken")
	for _, mode := range []Mode{CBC, CTR, GCM} {
		if err := Encrypt(io.Discard, iotest.ErrReader(broken), mode, key, vector); !errors.Is(err, broken) {
			t.Errorf("%s: reading gave %v", mode, err)
		}
		if err := Encrypt(failing{broken}, bytes.NewReader(make([]byte, 100)), mode, key, vector); !errors.Is(err,
			broken) {
			t.Errorf("%s: writing gave %v", mode, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func BenchmarkGCM(b *testing.B) {
	key, vector, text := make([]byte, 16), make([]byte, 16), make([]byte, 1<<20)
	b.SetBytes(1 << 20)
	for b.Loop() {
		if err := Encrypt(io.Discard, bytes.NewReader(text), GCM, key, vector); err != nil {
			b.Fatal(err)
		}
	}
}
