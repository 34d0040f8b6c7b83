package identity

import (
	"bytes"
	"strings"
	"testing"
)

func TestDataKeys(t *testing.T) {
	t.Parallel()
	newKeys := func(secret byte) *DataKeys {
		key, err := NewKey(bytes.Repeat([]byte{secret}, KeyBytes))
		if err != nil {
			t.Fatal(err)
		}
		return NewDataKeys(key, "us-east-1", "000000000000")
	}
	keys := newKeys(1)
	const arn = "arn:aws:kms:us-east-1:000000000000:key/any"
	plain, sealed, err := keys.GenerateKey(t.Context(), "", 128)
	if err != nil || len(plain) != 16 || bytes.Contains(sealed, plain) {
		t.Fatalf("%x in %x, %v", plain, sealed, err)
	}
	if got, err := keys.DecryptKey(t.Context(), arn, sealed); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("opened %x, %v; want %x", got, err, plain)
	}
	altered := bytes.Clone(sealed)
	altered[len(altered)-1] ^= 1
	for _, c := range []struct {
		name       string
		keys       *DataKeys
		arn, want  string
		ciphertext []byte
	}{
		{"altered", keys, "", "another installation key, or altered", altered},
		{"other installation", newKeys(2), "", "another installation key, or altered", sealed},
		{"no ciphertext of ours", keys, "", "use reelastic key wrap", []byte("0123456789abcdef")},
		{"empty", keys, "", "use reelastic key wrap", nil},
		{"other account", keys, "arn:aws:kms:us-east-1:111111111111:key/any", "answers to the ARNs that begin with arn:aws:kms:us-east-1:000000000000:", sealed},
		{"no key", NewDataKeys(Key{}, "us-east-1", "000000000000"), "", "no installation key", sealed},
	} {
		if got, err := c.keys.DecryptKey(t.Context(), c.arn, c.ciphertext); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %x, %v; want %q", c.name, got, err, c.want)
		}
	}
	for _, plain := range [][]byte{nil, make([]byte, maxDataKey+1)} {
		if _, err := keys.EncryptKey(t.Context(), "", plain); err == nil {
			t.Errorf("a key of %d bytes was encrypted", len(plain))
		}
	}
	if bytes.Equal(contextBytes(map[string]string{"a": "bc"}), contextBytes(map[string]string{"ab": "c"})) {
		t.Error("two contexts are the same bytes")
	}
}
