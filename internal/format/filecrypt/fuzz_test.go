package filecrypt

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzDecrypt decrypts anything: the answer is [ErrCorrupt], or a text that
// encrypts to the same bytes again.
func FuzzDecrypt(f *testing.F) {
	key, vector := bytes.Repeat([]byte{7}, 24), bytes.Repeat([]byte{0xff}, VectorBytes)
	modes := []Mode{CBC, CTR, GCM}
	for i, mode := range modes {
		for _, length := range []int{0, 1, 16, 100} {
			var sealed bytes.Buffer
			if err := Encrypt(&sealed, bytes.NewReader(bytes.Repeat([]byte("x"), length)), mode, key,
				vector); err != nil {
				f.Fatal(err)
			}
			f.Add(byte(i), sealed.Bytes())
			f.Add(byte(i), sealed.Bytes()[:sealed.Len()/2])
		}
	}
	f.Fuzz(func(t *testing.T, i byte, sealed []byte) {
		mode := modes[int(i)%len(modes)]
		var text, again bytes.Buffer
		switch err := Decrypt(&text, bytes.NewReader(sealed), mode, key, vector); {
		case errors.Is(err, ErrCorrupt):
			return
		case err != nil:
			t.Fatalf("%s: %v", mode, err)
		}
		if err := Encrypt(&again, bytes.NewReader(text.Bytes()), mode, key, vector); err != nil {
			t.Fatalf("%s: %v", mode, err)
		}
		if !bytes.Equal(sealed, again.Bytes()) {
			t.Errorf("%s: %x became %x", mode, sealed, again.Bytes())
		}
		if got := Size(mode, int64(text.Len())); got != int64(len(sealed)) {
			t.Errorf("%s: Size says %d of %d bytes", mode, got, len(sealed))
		}
	})
}
