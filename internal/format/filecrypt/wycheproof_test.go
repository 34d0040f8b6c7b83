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

// wycheproof reads the vectors that are for keys and vectors as files have them, and without
// additional data.
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
		for _, c := range g.Tests {
			if len(c.IV) == 2*VectorBytes && c.AAD == "" {
				all = append(all, c)
			}
		}
	}
	return all
}

// TestWycheproof decrypts the vectors of Project Wycheproof, refuses those that are not
// valid, and encrypts the others to the same bytes.
func TestWycheproof(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file  string
		mode  Mode
		least int
	}{{"aes_cbc_pkcs5_test.json", CBC, 200}, {"aes_gcm_test.json", GCM, 10}} {
		tests := wycheproof(t, c.file)
		if len(tests) < c.least {
			t.Errorf("%s: %d vectors", c.file, len(tests))
		}
		for _, v := range tests {
			key, text := unhex(t, v.Key), unhex(t, v.Msg)
			vector, encrypted := unhex(t, v.IV), unhex(t, v.CT+v.Tag)
			var plain bytes.Buffer
			err := Decrypt(&plain, bytes.NewReader(encrypted), c.mode, key, vector)
			if (err == nil) != (v.Result == "valid") || err == nil && !bytes.Equal(plain.Bytes(), text) {
				t.Errorf("%s %d: %v, want %s", c.mode, v.ID, err, v.Result)
			}
			if v.Result == "valid" && !bytes.Equal(sealed(t, c.mode, key, vector, text), encrypted) {
				t.Errorf("%s %d: other bytes", c.mode, v.ID)
			}
		}
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
