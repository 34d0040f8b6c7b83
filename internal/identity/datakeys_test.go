package identity

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
)

func TestDataKeys(t *testing.T) {
	t.Parallel()
	newKeys := func(secret byte) *DataKeys {
		return NewDataKeys(keyringOf(t, bytes.Repeat([]byte{secret}, KeyBytes)), "us-east-1", "000000000000")
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
		{"altered", keys, "", "another installation key or another encryption context, or altered", altered},
		{"other installation", newKeys(2), "", "another installation key or another encryption context, or altered",
			sealed},
		{"no ciphertext of ours", keys, "", "use reelastic key wrap", []byte("0123456789abcdef")},
		{"empty", keys, "", "use reelastic key wrap", nil},
		{"other account", keys, "arn:aws:kms:us-east-1:111111111111:key/any",
			"have ARNs that begin with arn:aws:kms:us-east-1:000000000000:", sealed},
		{"no key", NewDataKeys(NewKeyring(), "us-east-1", "000000000000"), "", "no installation key", sealed},
	} {
		if got, err := c.keys.DecryptKey(t.Context(), c.arn, c.ciphertext); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %x, %v; want %q", c.name, got, err, c.want)
		}
	}
	for _, plain := range [][]byte{nil, make([]byte, maxDataKey+1)} {
		if _, err := keys.EncryptKey(t.Context(), "", plain); err == nil {
			t.Errorf("a key of %d bytes was encrypted", len(plain))
		}
	}
	if bytes.Equal(pairBytes(map[string]string{"a": "bc"}), pairBytes(map[string]string{"ab": "c"})) {
		t.Error("two contexts are the same bytes")
	}
}

func TestKeyNames(t *testing.T) {
	t.Parallel()
	keys := NewDataKeys(testKey(t), "eu-west-1", "123456789012")
	const prefix = "arn:aws:kms:eu-west-1:123456789012:"
	alias, err := keys.KeyARN("alias/films")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"films": prefix + "key/films", "key/films": prefix + "key/films", prefix + "key/films": prefix + "key/films",
		prefix + "alias/films": alias,
	} {
		if got, err := keys.KeyARN(name); err != nil || got != want {
			t.Errorf("%s is %s, %v; want %s", name, got, err, want)
		}
	}
	for _, name := range []string{"a b", "arn:aws:kms:us-east-1:123456789012:key/a", "arn:aws:s3:::b", prefix,
		strings.Repeat("a", 201), "key/"} {
		if got, err := keys.KeyARN(name); err == nil || !strings.HasPrefix(err.Error(), "NotFoundException: ") {
			t.Errorf("%.40q is %s, %v", name, got, err)
		}
	}
}

// TestEncryptionContext opens a ciphertext with contexts that differ in every way.
func TestEncryptionContext(t *testing.T) {
	t.Parallel()
	keys := NewDataKeys(testKey(t), "us-east-1", "000000000000")
	arn, err := keys.KeyARN("k")
	if err != nil {
		t.Fatal(err)
	}
	right := map[string]string{"a": "1", "b": "2"}
	sealed, err := keys.Encrypt(arn, []byte("text"), right)
	if err != nil {
		t.Fatal(err)
	}
	if from, err := keys.CiphertextARN(sealed); err != nil || from != arn {
		t.Errorf("made by %s, %v", from, err)
	}
	if got, err := keys.Decrypt(sealed, map[string]string{"b": "2", "a": "1"}); err != nil || string(got) != "text" {
		t.Errorf("opened %q, %v", got, err)
	}
	for _, wrong := range []map[string]string{nil, {"a": "1"}, {"a": "1", "b": "2", "c": ""}, {"a": "2", "b": "1"},
		{"A": "1", "b": "2"}, {"a": "12", "b": ""}} {
		if got, err := keys.Decrypt(sealed, wrong); err == nil ||
			!strings.HasPrefix(err.Error(), "InvalidCiphertextException: ") {
			t.Errorf("with %v: %q, %v", wrong, got, err)
		}
	}
	// The key's id in a ciphertext is part of what is sealed.
	other := bytes.Replace(sealed, []byte("k"), []byte("l"), 1)
	if got, err := keys.Decrypt(other, right); err == nil {
		t.Errorf("opened %q under another key", got)
	}
}

// TestFirstForm opens what earlier releases have encrypted.
func TestFirstForm(t *testing.T) {
	t.Parallel()
	key := testKey(t)
	keys := NewDataKeys(key, "us-east-1", "000000000000")
	sealed := key.files[0].old.one.Seal([]byte{oneKeyVersion}, nil, []byte("0123456789abcdef"),
		pairBytes(FileContext()))
	for _, arn := range []string{"", "arn:aws:kms:us-east-1:000000000000:key/any"} {
		if got, err := keys.DecryptKey(t.Context(), arn, sealed); err != nil || string(got) != "0123456789abcdef" {
			t.Errorf("with %q: %q, %v", arn, got, err)
		}
	}
}

// TestSecondForm opens what an earlier release has printed, and not with a worker's key.
func TestSecondForm(t *testing.T) {
	t.Parallel()
	ring := keyringOf(t, bytes.Repeat([]byte{1}, KeyBytes))
	sealed, err := base64.StdEncoding.DecodeString("AiQ2ZTE0MjQxZi0yMGMzLTFkYTAtYWJiZi0wZTMwNmVmZDdlOGWok2/TyxLWEzKySUcElVr" +
		"YDCRbDONbi9aMjpL6mWfuhc+QDzwW5pfpMyyFdA==")
	if err != nil {
		t.Fatal(err)
	}
	got, err := NewDataKeys(ring, "us-east-1", "000000000000").DecryptKey(t.Context(), "", sealed)
	if err != nil || string(got) != "0123456789abcdef" {
		t.Errorf("%q, %v", got, err)
	}
	got, err = NewDataKeys(workerRing(t, ring), "us-east-1", "000000000000").DecryptKey(t.Context(), "", sealed)
	if err == nil || !strings.Contains(err.Error(), "encrypt it anew") {
		t.Errorf("with a worker's key: %q, %v", got, err)
	}
}

func FuzzDecrypt(f *testing.F) {
	keys := NewDataKeys(keyringOf(f, bytes.Repeat([]byte{1}, KeyBytes)), "us-east-1", "000000000000")
	sealed, err := keys.EncryptKey(f.Context(), "", []byte("text"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add([]byte{1, 2})
	f.Add([]byte{2, 255, 'a'})
	f.Fuzz(func(t *testing.T, ciphertext []byte) {
		if _, err := keys.Decrypt(ciphertext, FileContext()); err == nil && !bytes.Equal(ciphertext, sealed) {
			t.Errorf("%x was opened", ciphertext)
		}
	})
}
