package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestScreen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"job Ünïcödé 映画 🎬\tdone\n", "job Ünïcödé 映画 🎬\tdone\n"},
		{"\x1b[2J\x1b]0;title\x07", `\u001b[2J\u001b]0;title\u0007`},
		{"a\rb\bc\x7f", `a\u000db\u0008c\u007f`},
		{"\u009b31m", `\u009b31m`},
		{"\x9b31m", `\x9b31m`},
		{"gpj.\u202eexe", `gpj.\u202eexe`},
		{"\U000e0041", `\udb40\udc41`},
		{"\xf0\x9f", ""}, // the beginning of a character
	} {
		for _, step := range []int{1, 2, len(c.text)} {
			var b bytes.Buffer
			s := newScreen(&b)
			for text := []byte(c.text); len(text) > 0; text = text[min(step, len(text)):] {
				part := text[:min(step, len(text))]
				if n, err := s.Write(part); n != len(part) || err != nil {
					t.Errorf("%d of %d bytes, %v", n, len(part), err)
				}
			}
			if b.String() != c.want {
				t.Errorf("%q in steps of %d is shown as %q, want %q", c.text, step, &b, c.want)
			}
		}
	}
}

// TestScreenKeepsDocuments reads back what was shown of JSON.
func TestScreenKeepsDocuments(t *testing.T) {
	t.Parallel()
	const text = "a\x1b\x7f\u009b\u202e\U000e0041\n\"z"
	var b bytes.Buffer
	if err := json.NewEncoder(newScreen(&b)).Encode(text); err != nil {
		t.Fatal(err)
	}
	var got string
	if err := json.Unmarshal(b.Bytes(), &got); err != nil || got != text {
		t.Errorf("%q is read as %q, %v", &b, got, err)
	}
}

func FuzzScreen(f *testing.F) {
	f.Add([]byte("\x1b[2J映\x9b\n"), 3)
	f.Fuzz(func(t *testing.T, text []byte, at int) {
		at = max(0, min(at, len(text)))
		var b bytes.Buffer
		s := newScreen(&b)
		s.Write(text[:at])
		s.Write(text[at:])
		for _, c := range b.Bytes() {
			if c < 0x20 && c != '\n' && c != '\t' || c == 0x7f {
				t.Errorf("%q is shown as %q", text, &b)
			}
		}
	})
}

// TestServersText has a server that answers with what a terminal would obey.
func TestServersText(t *testing.T) {
	t.Parallel()
	const hostile = `a\u001b[2J\nreelastic: b\u009bc`
	remote := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/given-up") {
			io.WriteString(w, `{"jobs":[{"jobId":"`+hostile+`"}]}`)
		} else if r.Method == http.MethodGet {
			io.WriteString(w, `{"credentials":[{"name":"`+hostile+`","policy":{"Id":"`+hostile+`"}}]}`)
		} else {
			w.Header().Set("x-amzn-ErrorType", "ValidationException:")
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"message":"`+hostile+`"}`)
		}
	})
	for _, args := range [][]string{
		{"credentials", "list"}, {"credentials", "revoke", "--yes", "x"}, {"job", "given-up"},
	} {
		var out bytes.Buffer
		Main(append(args, remote...), &out, &out)
		if !strings.Contains(out.String(), `\u001b[2J`) || strings.ContainsAny(out.String(), "\x1b\u009b") {
			t.Errorf("%q shows %q", args, &out)
		}
	}
}
