package cli

import "testing"

func TestWrapped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text            string
		indent, columns int
		want            string
	}{
		{"a bucket that nobody may write", 2, 24, "a bucket that nobody\n  may write"},
		{"a bucket that nobody may write", 2, 23, "a bucket that nobody\n  may write"},
		{"a bucket that nobody may write", 2, 22, "a bucket that nobody\n  may write"},
		{"a bucket that nobody may write", 2, 21, "a bucket that nobody may write"},
		{"a bucket that nobody may write", 2, 0, "a bucket that nobody may write"},
		{"averyveryverylongnameofabucket is full", 1, 21, "averyveryverylongnameofabucket\n is full"},
		{"fünf Wörter, die passen", 0, 23, "fünf Wörter, die passen"},
	} {
		if got := wrapped(c.text, c.indent, c.columns); got != c.want {
			t.Errorf("%q in %d columns after %d is %q, want %q", c.text, c.columns, c.indent, got, c.want)
		}
	}
}
