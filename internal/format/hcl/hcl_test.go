package hcl_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	oracle "github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/reelastic/reelastic/internal/format/hcl"
)

// documents are what configurations of Terraform look like.
var documents = []string{
	`resource "aws_elastictranscoder_preset" "web" {
  name      = "a \"web\" preset \\ $${x} %%{y} \u00e9\n"
  container = "mp4" # a comment
  // another
  video_codec_options = {
    Profile = "main"
    "Level" : "3.1",
    MaxReferenceFrames = 3, BufferSize = -12.5e3
  }
  audio {
    codec = "AAC" /* and
    one more */
    channels = 2
  }
  video { codec = "H.264" }
}
`,
	`locals {
  list = [1, true, null, "x", [], {}, ["a", "b",], # with a comment
    "end"
  ]
  text = <<EOT
one
  two
EOT
  indented = <<-EOT
    one
      two

    three
    EOT
  empty = ""
}
variable "bucket" {
  type    = string
  default = "in"
  validation {
    condition     = length(var.bucket) > 2 && var.bucket != "}"
    error_message = "too short: ${var.bucket}"
  }
}
`,
	`resource "aws_elastictranscoder_pipeline" "main" {
  name         = "${var.name}-${local.stage}"
  input_bucket = aws_s3_bucket.in.bucket
  role         = aws_iam_role.roles["a"].arn
  other        = module.x[0].y
  splat        = aws_s3_bucket.in[*].id
  call         = jsonencode({ a = [for x in var.l : upper(x) if x != ""], b = "}" })
  condition    = var.a ? "b" : (
    var.c
  )
  loop = { for k, v in var.m : k => v... }
  directive = "%{ if var.a }yes%{ else }no%{ endif }"
  pure = "${var.x}"
  sum = 1 + 2
  not = !var.x
  heredoc = <<EOT
${var.x}
EOT
  lifecycle {
    ignore_changes = [name, tags["x"]]
  }
}
import {
  to = aws_elastictranscoder_pipeline.main
  id = "1400000000000-aaaaaa"
}
`,
	"a = 1\r\nb = \"x\"\r\n",
	"\ufeffa = 1",
	"a {}\nb x \"y\" {\n}\n",
	"",
}

// stride is how many bytes lie between two that are changed, so that the test is quick.
const stride = 5

// TestAgreesWithOracle reads documents, and all that one changed byte makes of them, as
// HashiCorp's own reader does: what it takes is taken, and values that need not be computed
// are the same.
func TestAgreesWithOracle(t *testing.T) {
	t.Parallel()
	for i, document := range documents {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			if !agree(t, []byte(document)) {
				t.Fatal("the oracle does not take it")
			}
			for at := i; at < len(document); at += stride {
				agree(t, []byte(document[:at]+document[at+1:]))
				for _, b := range "\"{}]\n" {
					agree(t, []byte(document[:at]+string(b)+document[at+1:]))
				}
				if t.Failed() {
					return
				}
			}
		})
	}
}

// agree reports whether the oracle takes a text.
func agree(t *testing.T, text []byte) bool {
	t.Helper()
	if !utf8.Valid(text) {
		return true // which only the oracle takes, in comments
	}
	got, err := hcl.Parse(text)
	file, problems := hclsyntax.ParseConfig(text, "", oracle.InitialPos)
	if problems.HasErrors() {
		return false
	}
	if err != nil {
		t.Errorf("%v:\n%s", err, text)
		return true
	}
	if diff := cmp.Diff(shapeOf(file.Body.(*hclsyntax.Body)), ourShape(got)); diff != "" {
		t.Errorf("(-oracle +got):\n%s\n%s", diff, text)
	}
	return true
}

// shape is a body in a form that both readers' can be brought into.
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

func shapeOf(b *hclsyntax.Body) shape {
	s := shape{Attributes: map[string]attribute{}}
	for name, a := range b.Attributes {
		value, problems := a.Expr.Value(nil)
		shown := computed
		if !problems.HasErrors() && plain(a.Expr) {
			shown = show(value)
		}
		s.Attributes[name] = attribute{a.NameRange.Start.Line, shown}
	}
	for _, inside := range b.Blocks {
		s.Blocks = append(s.Blocks, inner{inside.TypeRange.Start.Line, append([]string{inside.Type}, inside.Labels...),
			shapeOf(inside.Body)})
	}
	return s
}

// plain reports whether an expression is a value as it stands.
func plain(e hclsyntax.Expression) bool {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return true
	case *hclsyntax.TemplateExpr:
		return e.IsStringLiteral() || allPlain(e.Parts)
	case *hclsyntax.TupleConsExpr:
		return allPlain(e.Exprs)
	case *hclsyntax.ObjectConsExpr:
		for _, item := range e.Items {
			if !plain(item.ValueExpr) {
				return false
			}
		}
		return true
	case *hclsyntax.UnaryOpExpr:
		_, number := e.Val.(*hclsyntax.LiteralValueExpr)
		return number && e.Op == hclsyntax.OpNegate
	}
	return false
}

func allPlain(all []hclsyntax.Expression) bool {
	return !slices.ContainsFunc(all, func(e hclsyntax.Expression) bool { return !plain(e) })
}

func show(v cty.Value) string {
	switch {
	case v.IsNull():
		return "null"
	case v.Type() == cty.String:
		return fmt.Sprintf("%q", v.AsString())
	case v.Type() == cty.Number:
		return v.AsBigFloat().Text('g', 20)
	case v.Type() == cty.Bool:
		return fmt.Sprint(v.True())
	case v.Type().IsObjectType():
		all := map[string]string{}
		for name, member := range v.AsValueMap() {
			all[name] = show(member)
		}
		return fmt.Sprint(all)
	}
	all := []string{}
	for _, element := range v.AsValueSlice() {
		all = append(all, show(element))
	}
	return fmt.Sprint(all)
}

func ourShape(b hcl.Body) shape {
	s := shape{Attributes: map[string]attribute{}}
	for _, a := range b.Attributes {
		shown, known := showOurs(a.Value)
		if !known {
			shown = computed
		}
		s.Attributes[a.Name] = attribute{a.Line, shown}
	}
	for _, inside := range b.Blocks {
		s.Blocks = append(s.Blocks, inner{inside.Line, append([]string{inside.Type}, inside.Labels...),
			ourShape(inside.Body)})
	}
	return s
}

func showOurs(v hcl.Value) (text string, known bool) {
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
			text, known := showOurs(part)
			if !known {
				return "", false
			}
			all = append(all, text)
		}
		return fmt.Sprint(all), true
	case hcl.Object:
		all := map[string]string{}
		for _, m := range v.Members {
			text, known := showOurs(m.Value)
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

// TestQuote writes texts that the oracle reads as they are.
func TestQuote(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "plain", `"\`, "a\nb\tc\r", "${x} %{y} $${z} $ % $x", "\x01\x7f", "Ünïcode ✓ 𝄞"} {
		e, problems := hclsyntax.ParseExpression([]byte(hcl.Quote(text)), "", oracle.InitialPos)
		if problems.HasErrors() {
			t.Errorf("%q: %v", text, problems)
			continue
		}
		if v, _ := e.Value(nil); v.AsString() != text {
			t.Errorf("%q is read as %q", text, v.AsString())
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, document := range documents {
		f.Add(document)
	}
	f.Fuzz(func(t *testing.T, text string) { agree(t, []byte(text)) })
}
