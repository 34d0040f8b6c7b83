package hcl_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/format/hcl"
)

// vector is a text with what HashiCorp's reader (hcl/v2 2.25.0) makes of it.
type vector struct {
	// Document counts the texts. The first vector of each has its Text; the others change the
	// byte At of it to Put, which is "" where it is left out.
	Document int    `json:"document"`
	At       int    `json:"at"`
	Put      string `json:"put"`
	Text     string `json:"text"`
	Shape    shape  `json:"shape"`
}

// vectors are texts as configurations of Terraform have them, and all that one changed byte
// makes of them and HashiCorp's reader takes.
func vectors(tb testing.TB) (all []vector) {
	tb.Helper()
	file, err := os.Open("testdata/vectors.jsonl")
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	documents := map[int]string{}
	for lines := json.NewDecoder(file); ; {
		var v vector
		if err := lines.Decode(&v); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			tb.Fatal(err)
		}
		if document, changed := documents[v.Document]; changed {
			v.Text = document[:v.At] + v.Put + document[v.At+1:]
		} else {
			documents[v.Document] = v.Text
		}
		all = append(all, v)
	}
}

// TestVectors reads texts as HashiCorp's reader does: values that need not be computed are the
// same, and so are lines, names and blocks.
func TestVectors(t *testing.T) {
	t.Parallel()
	all := vectors(t)
	if len(all) < 150 {
		t.Errorf("there are only %d vectors", len(all))
	}
	for _, v := range all {
		got, err := hcl.Parse([]byte(v.Text))
		if err != nil {
			t.Errorf("%v:\n%s", err, v.Text)
		} else if diff := cmp.Diff(v.Shape, shapeOf(got)); diff != "" {
			t.Errorf("(-want +got):\n%s\n%s", diff, v.Text)
		}
	}
}

// shape is a body without what has to be computed.
type shape struct {
	Attributes map[string]attribute
	Blocks     []inner
}

type attribute struct {
	Line int
	// Value is "computed" where it is not the text of a value.
	Value string
}

type inner struct {
	Line   int
	Names  []string
	Inside shape
}

const computed = "computed"

func shapeOf(b hcl.Body) shape {
	s := shape{Attributes: map[string]attribute{}}
	for _, a := range b.Attributes {
		shown, known := show(a.Value)
		if !known {
			shown = computed
		}
		s.Attributes[a.Name] = attribute{a.Line, shown}
	}
	for _, inside := range b.Blocks {
		s.Blocks = append(s.Blocks, inner{inside.Line, append([]string{inside.Type}, inside.Labels...),
			shapeOf(inside.Body)})
	}
	return s
}

func show(v hcl.Value) (text string, known bool) {
	switch v.Kind {
	case hcl.Null:
		return "null", true
	case hcl.Text:
		return fmt.Sprintf("%q", v.Text), true
	case hcl.Number:
		n, _, err := big.ParseFloat(v.Text, 10, 512, big.ToNearestEven)
		return n.Text('g', 20), err == nil
	case hcl.Bool:
		return v.Text, true
	case hcl.List:
		all := []string{}
		for _, part := range v.Parts {
			text, known := show(part)
			if !known {
				return "", false
			}
			all = append(all, text)
		}
		return fmt.Sprint(all), true
	case hcl.Object:
		all := map[string]string{}
		for _, m := range v.Members {
			text, known := show(m.Value)
			if !known {
				return "", false
			}
			all[m.Name] = text
		}
		return fmt.Sprint(all), true
	}
	return "", false
}

// TestRefuses tells the line of what is wrong.
func TestRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"a = 1\nb = \"x\nc = 2\n", "line 2: the text does not end in its line"},
		{"a {\n  b = 1\n", `line 3: "}" must stand here, not the end of the file`},
		{"a {} b\n", `line 1: the line must end here, not go on with "b"`},
		{"a = \n", "line 1: a value must stand here, not the end of the line"},
		{"a = 1\na = 2\n", `line 2: the attribute "a" is given twice`},
		{"a = \"\\q\"\n", `line 1: "\q" is no escape sequence`},
		{"a = <<EOT\nx\n", `line 3: the heredoc does not end with "EOT"`},
		{"/* x\n", "line 1: the comment does not end"},
		{"= 1\n", `line 1: an attribute or a block must begin here, not "="`},
		{"a = [1\n", `line 2: "]" must stand here, not the end of the file`},
		{"a \"${x}\" {}\n", "line 1: a label must be a plain text"},
		{"a = \xff\n", "line 1: it is not UTF-8"},
	} {
		_, err := hcl.Parse([]byte(c.text))
		if err == nil || err.Error() != c.want {
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		}
	}
}

// TestNesting refuses what would use up the stack.
func TestNesting(t *testing.T) {
	t.Parallel()
	for _, opening := range []string{"[", "{a=", "(", `"${`, "x {\n"} {
		text := strings.Repeat(opening, 100_000)
		if opening != "x {\n" {
			text = "a = " + text
		}
		if _, err := hcl.Parse([]byte(text)); err == nil {
			t.Errorf("100000 times %q is taken", opening)
		}
	}
}

// TestQuote writes texts as HashiCorp's writer does, and reads them as they are.
func TestQuote(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": `""`, "plain": `"plain"`, `"\`: `"\"\\"`, "a\nb\tc": `"a\nb\u0009c"`,
		"${x} %{y} $ % $x": `"$${x} %%{y} $ % $x"`, "\x01": `"\u0001"`, "Ünïcode ✓ 𝄞": `"Ünïcode ✓ 𝄞"`,
	} {
		if got := hcl.Quote(text); got != want {
			t.Errorf("%q is written %s, want %s", text, got, want)
		}
		checkQuote(t, text)
	}
	checkQuote(t, "$${z}")
}

// checkQuote reads a text that was quoted.
func checkQuote(t *testing.T, text string) {
	t.Helper()
	body, err := hcl.Parse([]byte("a = " + hcl.Quote(text)))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if v := body.Attributes[0].Value; v.Kind != hcl.Text || v.Text != text {
		t.Errorf("%q is read as %+v", text, v)
	}
}

// FuzzParse reads anything, and anything that was quoted.
func FuzzParse(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = hcl.Parse([]byte(text))
		if utf8.ValidString(text) && !strings.ContainsRune(text, '\r') {
			checkQuote(t, text)
		}
	})
}
