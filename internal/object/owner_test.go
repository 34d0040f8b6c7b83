package object

import (
	"encoding/json"
	"testing"
)

func TestMayReplace(t *testing.T) {
	t.Parallel()
	second := PutOptions{Owner: Owner{"job", 2}, ReplaceJob: "job"}
	for _, c := range []struct {
		owner string
		opts  PutOptions
		want  bool
	}{
		{"job/1", second, true},
		{"job/2", second, false},
		{"job/3", second, false},
		{"other/1", second, false},
		{"", second, false},
		{"job", second, false},
		{"job/x", second, false},
		{"job/1", PutOptions{Owner: Owner{"job", 2}}, false},
		{"job/1", PutOptions{Owner: Owner{"other", 2}, ReplaceJob: "job"}, false},
		{"/1", PutOptions{Owner: Owner{"", 2}}, false},
		{"", PutOptions{Overwrite: true}, true},
		{"other/9", PutOptions{Overwrite: true}, true},
	} {
		if got := c.opts.MayReplace(ParseOwner(c.owner)); got != c.want {
			t.Errorf("%+v may replace an object of %q: %t", c.opts, c.owner, got)
		}
	}
}

func TestOwnerText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Owner{
		"1502631977930-rabioh/12": {"1502631977930-rabioh", 12},
		"":                        {},
	} {
		if got := ParseOwner(text); got != want || got.String() != text {
			t.Errorf("ParseOwner(%q) = %v", text, got)
		}
	}
	for _, text := range []string{"/1", "job", "job/", "job/x", "job/1/2"} {
		if got := ParseOwner(text); got != (Owner{}) {
			t.Errorf("ParseOwner(%q) = %v, want nobody", text, got)
		}
	}
	encoded, err := json.Marshal(Owner{"job", 1})
	var decoded Owner
	if err != nil || string(encoded) != `"job/1"` || json.Unmarshal(encoded, &decoded) != nil ||
		decoded != (Owner{"job", 1}) {
		t.Errorf("%s (%v) is read as %v", encoded, err, decoded)
	}
}

// FuzzParseOwner reads owners: none is written in a way that reads as another.
func FuzzParseOwner(f *testing.F) {
	for _, text := range []string{"", "1796130677423-jtkypr/2", "/1", "a/", "a/b/3", "a/-1", "a/99999999999999999999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		owner := ParseOwner(text)
		if again := ParseOwner(owner.String()); again != owner {
			t.Errorf("%q is %+v, which is read as %+v", text, owner, again)
		}
	})
}
