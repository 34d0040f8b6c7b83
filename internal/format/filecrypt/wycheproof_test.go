package filecrypt

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// wycheproofTest is a vector of Project Wycheproof for a cipher.
type wycheproofTest struct {
	ID                                 int `json:"tcId"`
	Key, IV, AAD, Msg, CT, Tag, Result string
}

// wycheproof reads all vectors of a file.
func wycheproof(t *testing.T, name string) (all []wycheproofTest) {
	t.Helper()
	file := filepath.Join("..", "..", "..", "..", "shared", "vectors", "wycheproof", name)
	text, err := os.ReadFile(file)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("the folder of other people's test vectors is not there: " + file)
	}
	var suite struct {
		Groups []struct {
			Tests []wycheproofTest `json:"tests"`
		} `json:"testGroups"`
	}
	if err := json.Unmarshal(text, &suite); err != nil {
		t.Fatal(err)
	}
	for _, g := range suite.Groups {
		all = append(all, g.Tests...)
	}
	return all
}

// TestWycheproof decrypts the vectors of Project Wycheproof, refuses those that are not
// valid, and encrypts the others to the same bytes. Files have vectors of 16 bytes and no
// additional data: what was encrypted with others is refused, too.
func TestWycheproof(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file                string
		mode                Mode
		all, valid, foreign int
	}{
		{"aes_cbc_pkcs5_test.json", CBC, 216, 72, 0},
		{"aes_gcm_test.json", GCM, 316, 57, 259},
	} {
		tests := wycheproof(t, c.file)
		valid, foreign := 0, 0
		for _, v := range tests {
			ours := len(v.IV) == 2*VectorBytes && v.AAD == ""
			if !ours {
				foreign++
			} else if v.Result == "valid" {
				valid++
			}
			checkVector(t, c.mode, v, ours && v.Result == "valid")
		}
		if len(tests) != c.all || valid != c.valid || foreign != c.foreign {
			t.Errorf("%s: %d vectors, of which %d are valid and %d not for files; want %d, %d and %d", c.file,
				len(tests), valid, foreign, c.all, c.valid, c.foreign)
		}
	}
}

func checkVector(t *testing.T, mode Mode, v wycheproofTest, valid bool) {
	t.Helper()
	key, text := unhex(t, v.Key), unhex(t, v.Msg)
	vector, encrypted := unhex(t, v.IV), unhex(t, v.CT+v.Tag)
	var plain bytes.Buffer
	err := Decrypt(&plain, bytes.NewReader(encrypted), mode, key, vector)
	if (err == nil) != valid || valid && !bytes.Equal(plain.Bytes(), text) {
		t.Errorf("%s %d: %v, want valid to be %v", mode, v.ID, err, valid)
	}
	if valid && !bytes.Equal(sealed(t, mode, key, vector, text), encrypted) {
		t.Errorf("%s %d: other bytes", mode, v.ID)
	}
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
