package main

import (
	"bytes"
	"cmp"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
)

// module is a module that is linked into a program, or Go's standard library.
type module struct {
	path, version string
	// sum is the module's line in go.sum, "h1:..."; "" for the program's own and Go's.
	sum string
	// dir holds its source.
	dir string
	// packages are the folders of its linked packages.
	packages []string
	// needs are the paths of the modules that its linked packages import, sorted.
	needs []string
	// texts are its licences and notices, licence is its own as an SPDX expression.
	texts   []text
	licence string
}

// stdlib is the standard library's name in lists of modules, as other tools have it.
const stdlib = "stdlib"

// modulesOf lists the modules of a program, the program's own first, then sorted. What the
// program says of itself and what go says of its source in a folder must be the same.
func modulesOf(program, source string) ([]*module, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, err
	}
	packages, err := packagesOf(info, source)
	if err != nil {
		return nil, err
	}
	linked := gather(packages, strings.TrimPrefix(info.GoVersion, "go"))
	var all []*module
	for _, dep := range append([]*debug.Module{&info.Main}, info.Deps...) {
		m := linked[dep.Path]
		switch {
		case dep.Replace != nil:
			return nil, fmt.Errorf("%s is replaced, by %s", dep.Path, dep.Replace.Path)
		case m == nil:
			return nil, fmt.Errorf("%s has %s, which its source does not need", program, dep.Path)
		case dep != &info.Main && m.version != dep.Version:
			return nil, fmt.Errorf("%s has %s %s, its source needs %s", program, dep.Path, dep.Version, m.version)
		}
		m.sum = dep.Sum
		all = append(all, m)
		delete(linked, dep.Path)
	}
	all = append(all, linked[stdlib])
	delete(linked, stdlib)
	if len(linked) > 0 {
		return nil, fmt.Errorf("%s lacks %q, which its source needs", program, slices.Sorted(maps.Keys(linked)))
	}
	slices.SortFunc(all[1:], func(a, b *module) int { return cmp.Compare(a.path, b.path) })
	return all, nil
}

// goPackage is what "go list" tells of a package.
type goPackage struct {
	ImportPath string
	Dir        string
	Root       string
	Standard   bool
	Imports    []string
	Module     *struct{ Path, Version, Dir string }
}

// packagesOf lists the packages of the program that info is of, as its settings select them.
func packagesOf(info *buildinfo.BuildInfo, source string) ([]goPackage, error) {
	env := []string{"GOFLAGS=-mod=readonly", "GOWORK=off"}
	for _, s := range info.Settings {
		if s.Key == "CGO_ENABLED" || strings.HasPrefix(s.Key, "GO") {
			env = append(env, s.Key+"="+s.Value)
		}
	}
	return list(source, env, "-deps", info.Path)
}

// list runs "go list" in a folder.
func list(dir string, env []string, args ...string) ([]goPackage, error) {
	args = append([]string{"list", "-json=ImportPath,Dir,Root,Standard,Imports,Module"}, args...)
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cmd, err)
	}
	var all []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", cmd, err)
		}
		all = append(all, p)
	}
}

// module names the module of a package.
func (p goPackage) module() string {
	if p.Standard {
		return stdlib
	}
	return p.Module.Path
}

// gather makes modules of packages, by path. The standard library has a version of its own.
func gather(packages []goPackage, goVersion string) map[string]*module {
	home := map[string]string{}
	modules := map[string]*module{}
	for _, p := range packages {
		path := p.module()
		home[p.ImportPath] = path
		if modules[path] == nil {
			modules[path] = &module{path: path}
			if p.Standard {
				modules[path].version, modules[path].dir = goVersion, p.Root
			} else {
				modules[path].version, modules[path].dir = p.Module.Version, p.Module.Dir
			}
		}
		modules[path].packages = append(modules[path].packages, p.Dir)
	}
	for _, p := range packages {
		m := modules[p.module()]
		for _, imported := range p.Imports {
			if needed := home[imported]; needed != "" && needed != m.path && !slices.Contains(m.needs, needed) {
				m.needs = append(m.needs, needed)
			}
		}
		slices.Sort(m.needs)
	}
	return modules
}
