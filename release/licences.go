package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// text is a file of a module that says what may be done with it.
type text struct {
	// name is the file's path in the module.
	name, content string
	// licences are those that were recognized in it, as SPDX names them.
	licences []string
}

var (
	// legalName is the name of a file with a licence or with what must go along with it.
	legalName = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying|notice|patents)([-._].*)?$`)
	// notLegal are files of other kinds with such names.
	notLegal = regexp.MustCompile(`(?i)\.(go|s|h|c|sh|ya?ml|json|tmpl)$`)
	// licenceName is the name of a file that holds a module's own licence.
	licenceName = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying)(\.(txt|md|code))?$`)
	// expression is a licence that a file states itself.
	expression = regexp.MustCompile(`SPDX-License-Identifier: ([\w.() -]+\w)`)
)

// recognized is how many percent of a file must be of known licences. Less is a text of its
// own, in which licences are quoted.
const recognized = 80

// readTexts finds the texts of a module in its root and in the folders of its packages, up to
// the root, and what its licence is.
func (m *module) readTexts() error {
	dirs := map[string]bool{m.dir: true}
	for _, dir := range m.packages {
		for ; m.path != stdlib && strings.HasPrefix(dir, m.dir+string(filepath.Separator)); dir = filepath.Dir(dir) {
			dirs[dir] = true
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if !e.Type().IsRegular() || !legalName.MatchString(e.Name()) || notLegal.MatchString(e.Name()) {
				continue
			}
			if err := m.readText(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return m.judge()
}

func (m *module) readText(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	name, err := filepath.Rel(m.dir, path)
	if err != nil {
		return err
	}
	m.texts = append(m.texts, text{filepath.ToSlash(name), string(content), licencesIn(content)})
	return nil
}

// licencesIn are the licences of a text: what it states of itself, or else what it holds.
func licencesIn(content []byte) (all []string) {
	if stated := expression.FindSubmatch(content); stated != nil {
		return []string{string(stated[1])}
	}
	cover := licensecheck.Scan(content)
	if cover.Percent < recognized {
		return nil
	}
	for _, match := range cover.Match {
		if !slices.Contains(all, match.ID) {
			all = append(all, match.ID)
		}
	}
	slices.Sort(all)
	return all
}

// judge sets the licence of a module: all that the files have that hold licences.
func (m *module) judge() error {
	var all []string
	own := false
	for _, t := range m.texts {
		if !licenceName.MatchString(filepath.Base(t.name)) {
			continue
		}
		if len(t.licences) == 0 {
			return fmt.Errorf("%s: no known licence in %s", m.path, t.name)
		}
		own = own || !strings.Contains(t.name, "/")
		for _, licence := range t.licences {
			if strings.Contains(licence, " ") {
				licence = "(" + licence + ")"
			}
			if !slices.Contains(all, licence) {
				all = append(all, licence)
			}
		}
	}
	if !own {
		return fmt.Errorf("%s: no file with a licence in %s", m.path, m.dir)
	}
	slices.Sort(all)
	m.licence = strings.Join(all, " AND ")
	return nil
}

// permitted are the licences of what is distributed with the program.
var permitted = []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "Unlicense"}

// permits tells whether a licence leaves a choice of which all parts are in a list.
func permits(licence string, list []string) bool {
	for part := range strings.SplitSeq(licence, " AND ") {
		choice := strings.Split(strings.Trim(part, "()"), " OR ")
		if !slices.ContainsFunc(choice, func(one string) bool { return slices.Contains(list, one) }) {
			return false
		}
	}
	return true
}
