package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ours begins the paths of the repository's modules.
const ours = "github.com/reelastic/reelastic"

// forTests are the licences of modules that only tests and tools have.
var forTests = append(slices.Clone(permitted), "MPL-2.0")

// choices are modules whose files hold several licences, of which one may be chosen.
var choices = map[string]string{"github.com/spdx/tools-golang": "Apache-2.0 AND GPL-2.0"}

// TestLicencesArePermitted reads the licences of all modules that the program has, and of those
// that the tests and tools of all three modules of the repository have.
func TestLicencesArePermitted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dir       string
		args      []string
		permitted []string
		least     int
	}{
		{"..", []string{"-deps", "./cmd/reelastic"}, permitted, 60},
		{"..", []string{"-deps", "-test", "./..."}, forTests, 60},
		{"../test", []string{"-deps", "-test", "./..."}, forTests, 50},
		{".", []string{"-deps", "-test", "./...", "tool"}, forTests, 5},
	} {
		packages, err := list(c.dir, nil, c.args...)
		if err != nil {
			t.Fatal(err)
		}
		modules := gather(packages, "")
		if len(modules) < c.least {
			t.Errorf("%s: only %d modules", c.dir, len(modules))
		}
		for _, path := range slices.Sorted(maps.Keys(modules)) {
			if strings.HasPrefix(path, ours) {
				continue
			}
			m := modules[path]
			if err := m.readTexts(); err != nil {
				t.Errorf("%s: %v", c.dir, err)
			} else if !permits(m.licence, c.permitted) && m.licence != choices[path] {
				t.Errorf("%s: the licence of %s, %s, is not permitted", c.dir, path, m.licence)
			}
		}
	}
}

// TestLicenceIsRead makes modules and reads their licences.
func TestLicenceIsRead(t *testing.T) {
	t.Parallel()
	mit, err := os.ReadFile("testdata/MIT")
	if err != nil {
		t.Fatal(err)
	}
	const gpl = "SPDX-License-Identifier: GPL-3.0-only\n"
	const choice = "/* SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only */\n"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string // the licence, or the error
	}{
		{"one", map[string]string{"LICENSE": string(mit)}, "MIT"},
		{"none", map[string]string{"README.md": string(mit)}, "m: no file with a licence in "},
		{"not its own", map[string]string{"sub/LICENSE": string(mit)}, "m: no file with a licence in "},
		{"unknown", map[string]string{"LICENSE": "do as you like"}, "m: no known licence in LICENSE"},
		{"mostly unknown", map[string]string{"LICENSE": string(mit) + strings.Repeat("and this ", 99)},
			"m: no known licence in LICENSE"},
		{"a part's", map[string]string{"COPYING": string(mit), "sub/LICENSE": gpl}, "GPL-3.0-only AND MIT"},
		{"another part's", map[string]string{"COPYING": string(mit), "other/LICENSE": gpl}, "MIT"},
		{"code", map[string]string{"LICENSE.md": string(mit), "license.go": gpl}, "MIT"},
		{"a choice", map[string]string{"License": choice}, "(BSD-3-Clause OR GPL-2.0-only)"},
		{"beside", map[string]string{"LICENSE": string(mit), "NOTICE": "we", "LICENSE-LOGO": "not you"}, "MIT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := writeAll(t, c.files)
			m := &module{path: "m", dir: dir, packages: []string{dir}}
			if _, err := os.Stat(filepath.Join(dir, "sub")); err == nil {
				m.packages = append(m.packages, filepath.Join(dir, "sub"))
			}
			got := ""
			if err := m.readTexts(); err != nil {
				got = err.Error()
			} else {
				got = m.licence
			}
			if got != c.want && !(strings.HasSuffix(c.want, " in ") && strings.HasPrefix(got, c.want)) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			texts := len(c.files)
			if strings.HasSuffix(c.want, " in ") {
				return
			}
			if c.name == "code" || c.name == "another part's" {
				texts--
			}
			if len(m.texts) != texts {
				t.Errorf("%d texts, want %d", len(m.texts), texts)
			}
		})
	}
}

func TestPermits(t *testing.T) {
	t.Parallel()
	for licence, want := range map[string]bool{
		"MIT": true, "Apache-2.0 AND MIT": true, "(BSD-3-Clause OR GPL-2.0-only)": true,
		"(BSD-3-Clause OR GPL-2.0-only) AND MIT": true,
		"":                                       false, "MPL-2.0": false, "GPL-2.0-only": false,
		"MIT AND GPL-2.0-only":            false,
		"(GPL-2.0-only OR AGPL-3.0-only)": false,
	} {
		if got := permits(licence, permitted); got != want {
			t.Errorf("%q: %v, want %v", licence, got, want)
		}
	}
}
