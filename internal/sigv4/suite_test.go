package sigv4

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// vectors is a folder of other people's test vectors, which lies beside the repository.
func vectors(t *testing.T, name string) string {
	t.Helper()
	folder := filepath.Join("..", "..", "..", "shared", "vectors", name)
	if _, err := os.Stat(folder); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("the folder of other people's test vectors is not there: " + folder)
	}
	return folder
}

// noRequests are the cases whose request line holds a space, which HTTP has not (RFC 9112
// section 3): their signature is of the space, a client's is of its %20.
var noRequests = map[string]bool{"get-space-normalized": true, "get-space-unnormalized": true}

// TestSuite verifies the signed requests of AWS's test suite for Signature Version 4, and
// refuses each with another body or date.
func TestSuite(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob(filepath.Join(vectors(t, "sigv4"), "*", "header-signed-request.txt"))
	if err != nil || len(cases) != 38 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, file := range cases {
		name := filepath.Base(filepath.Dir(file))
		r, body := readRequest(t, file)
		var context struct {
			Credentials struct {
				ID     string `json:"access_key_id"`
				Secret string `json:"secret_access_key"`
				Token  string `json:"token"`
			} `json:"credentials"`
			Time time.Time `json:"timestamp"`
		}
		text, err := os.ReadFile(filepath.Join(filepath.Dir(file), "context.json"))
		if err == nil {
			err = json.Unmarshal(text, &context)
		}
		if err != nil {
			t.Fatal(err)
		}
		lookup := func(id string) (Credentials, bool) {
			found := Credentials{AccessKeyID: id, SecretAccessKey: context.Credentials.Secret,
				SessionToken: context.Credentials.Token}
			return found, id == context.Credentials.ID
		}
		if _, err = Verify(r, body, lookup, context.Time); (err != nil) != noRequests[name] {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Verify(r, append(body, 'x'), lookup, context.Time); err == nil {
			t.Errorf("%s: another body is accepted", name)
		}
		if _, err := Verify(r, body, lookup, context.Time.Add(time.Hour)); err == nil {
			t.Errorf("%s: an hour later it is accepted", name)
		}
	}
}

// readRequest reads a request of the suite, whose bodies have no length before them.
func readRequest(t *testing.T, file string) (*http.Request, []byte) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n\n")
	line, rest, _ := strings.Cut(head, "\n")
	if method, target, ok := strings.Cut(strings.TrimSuffix(line, " HTTP/1.1"), " "); ok { // some hold a space
		line = method + " " + strings.NewReplacer(" ", "%20").Replace(target) + " HTTP/1.1"
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(line + "\n" + rest + "\n\n")))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	_, _ = io.Copy(io.Discard, r.Body)
	return r, []byte(body)
}

// TestWycheproofHMAC holds the keyed hash against the vectors of Project Wycheproof.
func TestWycheproofHMAC(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(vectors(t, "wycheproof"), "hmac_sha256_test.json"))
	if err != nil {
		t.Fatal(err)
	}
	var suite struct {
		Groups []struct {
			TagBits int `json:"tagSize"`
			Tests   []struct {
				ID                    int `json:"tcId"`
				Key, Msg, Tag, Result string
			} `json:"tests"`
		} `json:"testGroups"`
	}
	if err := json.Unmarshal(text, &suite); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, g := range suite.Groups {
		for _, c := range g.Tests {
			key, _ := hex.DecodeString(c.Key)
			message, _ := hex.DecodeString(c.Msg)
			tag := hex.EncodeToString(keyed(key, string(message))[:g.TagBits/8])
			if (tag == c.Tag) != (c.Result == "valid") {
				t.Errorf("%d: %s, want %s to be %s", c.ID, tag, c.Tag, c.Result)
			}
			ran++
		}
	}
	if ran < 100 {
		t.Errorf("%d vectors", ran)
	}
}
