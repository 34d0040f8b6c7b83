package dir

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestFileName(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	for key, want := range map[string]string{
		"a/b.ts":         "a/b.ts",
		"/output/400k":   "%-/output/400k",
		"a//b/":          "a/%-/b/%-",
		"..":             "%-..",
		"./a":            "%-./a",
		"...":            "...",
		"100%/%20":       "100%/%20",
		"%-":             "%-%25-",
		"%=%":            "%-%25=%25",
		"a\x00":          "%-a%00",
		"a/" + long:      "a/%+" + long[:253] + "/%=" + long[253:],
		long[:255]:       long[:255],
		"%+" + long[:10]: "%-%25+" + long[:10],
	} {
		got, err := fileName(key)
		if err != nil || got != want {
			t.Errorf("fileName(%q) = %q, %v; want %q", key, got, err, want)
		}
	}
	for _, key := range []string{"", strings.Repeat("k", 1025)} {
		if name, err := fileName(key); err == nil {
			t.Errorf("fileName(%q) = %q", key, name)
		}
	}
}

func TestKeyOfForeignNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"%-plain", "%+open", "%=last", "%+a/b", "%-%25-x%2", "a/../b", "", "%+a/%-/%=b"} {
		if key, ok := keyOf(name); ok {
			t.Errorf("keyOf(%q) = %q", name, key)
		}
	}
}

// anyKey draws keys that are rich in what must be escaped.
func anyKey(t *rapid.T, label string) string {
	segment := rapid.OneOf(
		rapid.SampledFrom([]string{"", ".", "..", "%-", "%+", "%=", "%-a", "%25", "a\x00b", "%00", "ü", "a"}),
		rapid.StringMatching(`[%+=\-.a\x00]{0,6}`),
		rapid.String(),
		rapid.Map(rapid.IntRange(250, 270),
			func(n int) string { return strings.Repeat("é", n/2) + strings.Repeat("%", n%2) }),
		rapid.Map(rapid.IntRange(120, 600), func(n int) string { return strings.Repeat("%", n) }),
	)
	return strings.Join(rapid.SliceOfN(segment, 1, 4).Draw(t, label), "/")
}

func TestFileNameProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key, other := anyKey(t, "key"), anyKey(t, "other")
		name, err := fileName(key)
		if err != nil {
			if key != "" && len(key) <= maxKeyBytes {
				t.Fatalf("fileName(%q): %v", key, err)
			}
			return
		}
		for n := range strings.SplitSeq(name, "/") {
			if n == "" || n == "." || n == ".." || len(n) > maxNameBytes || strings.Contains(n, "\x00") {
				t.Fatalf("fileName(%q) = %q, which no folder can hold", key, name)
			}
		}
		if back, ok := keyOf(name); !ok || back != key {
			t.Fatalf("keyOf(%q) = %q, %t; want %q", name, back, ok, key)
		}
		if second, err := fileName(other); err == nil && second == name && other != key {
			t.Fatalf("keys %q and %q share the file %q", key, other, name)
		}
	})
}

func FuzzKeyOf(f *testing.F) {
	f.Add("%-/output/400k")
	f.Add("%+aaaa/%=b/%-..")
	f.Fuzz(func(t *testing.T, name string) {
		key, ok := keyOf(name)
		if !ok {
			return
		}
		if back, err := fileName(key); err != nil || back != name {
			t.Errorf("keyOf(%q) = %q, but its file is %q, %v", name, key, back, err)
		}
	})
}
