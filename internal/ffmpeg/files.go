package ffmpeg

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/plan"
)

// fileScheme begins the names of inputs in ffmpeg's arguments.
const fileScheme = "file:"

// inputArg reports whether argument i of ffmpeg names a file to read, and gives its name.
func inputArg(args []string, i int) (name string, ok bool) {
	if i == 0 || args[i-1] != "-i" {
		return "", false
	}
	return strings.CutPrefix(args[i], fileScheme)
}

// inputsOf are the files of the job's folder that a step reads: those that its arguments
// name, and the segments of lists.
func inputsOf(dir string, step plan.Step) (names []string, err error) {
	if step.Program != "" {
		return []string{step.Args[len(step.Args)-1]}, nil
	}
	for i := range step.Args {
		name, ok := inputArg(step.Args, i)
		if !ok {
			continue
		}
		if names = append(names, name); filepath.Ext(name) == listSuffix {
			list, err := readList(dir, name)
			if err != nil {
				return nil, err
			}
			names = append(names, list.files...)
		}
	}
	return names, nil
}

// listSuffix ends the names of lists of segments.
const listSuffix = ".m3u8"

var counter = regexp.MustCompile(`%0?\d*d`)

// resultsOf tells the names of what a step may leave: those in its arguments, where a
// number may stand in them.
func resultsOf(step plan.Step) func(name string) bool {
	names, patterns := map[string]bool{}, []*regexp.Regexp{}
	for _, arg := range slices.Concat(step.Args, step.Within) {
		if counter.MatchString(arg) {
			parts := counter.Split(arg, -1)
			for i := range parts {
				parts[i] = regexp.QuoteMeta(parts[i])
			}
			patterns = append(patterns, regexp.MustCompile("^"+strings.Join(parts, `\d+`)+"$"))
		}
		names[arg] = true
	}
	return func(name string) bool {
		if names[name] {
			return true
		}
		for _, p := range patterns {
			if p.MatchString(name) {
				return true
			}
		}
		return false
	}
}

// confine makes the folders of a run for the job whose folder is dir, and tells how many
// bytes its inputs have. It is not shown those that still arrive.
func confine(dir string, inputs []string, arriving map[string]*folder.Arriving) (files *folder.Confined, size int64,
	err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, 0, fmt.Errorf("find the job's folder: %w", err)
	}
	for _, name := range inputs {
		info, err := statLocal(dir, name)
		if err != nil {
			return nil, 0, err
		}
		size += info.Size()
	}
	there := slices.DeleteFunc(slices.Clone(inputs), func(name string) bool { return arriving[name] != nil })
	files, err = folder.New(dir).Confine(there)
	return files, size, err
}

// clear removes the folders of a run; what is left goes with the job's folder.
func (r *Runner) clear(ctx context.Context, files *folder.Confined) {
	if err := files.Remove(); err != nil {
		r.log.WarnContext(ctx, "remove a step's folders", "err", err)
	}
}

// statLocal describes a regular file of the folder.
func statLocal(dir, name string) (os.FileInfo, error) {
	if name != filepath.Base(name) || !filepath.IsLocal(name) {
		return nil, fmt.Errorf("%q is not the name of a file in the job's folder", name)
	}
	info, err := os.Lstat(filepath.Join(dir, name))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, withoutPath(err))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	return info, nil
}
