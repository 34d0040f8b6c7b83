package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/reelastic/reelastic/internal/folder"
	"github.com/reelastic/reelastic/internal/job"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/packaging"
)

// ExistsError tells that a file is in the way of a result.
type ExistsError struct {
	Path string
	// Source reports that it is one of the files that the job reads, which nothing replaces.
	Source bool
}

func (e *ExistsError) Error() string {
	if e.Source {
		return fmt.Sprintf("%s is read by the job and would be replaced: choose another folder or name", e.Path)
	}
	return fmt.Sprintf("%s exists: choose another folder or name, or replace it with --overwrite", e.Path)
}

// file is where the object of a key goes.
func (j Job) file(key string) string { return filepath.Join(j.Folder, filepath.FromSlash(key)) }

// knownFiles are those results whose names are known before any work: the first of a row
// stands for all.
func knownFiles(j Job) (paths []string) {
	for _, o := range j.Spec.Outputs {
		for _, k := range j.Spec.FixedKeys(o) {
			paths = append(paths, j.file(k.Key))
		}
		if o.ThumbnailPattern != "" && !strings.Contains(o.ThumbnailPattern, "{resolution}") {
			paths = append(paths, j.file(j.Spec.ThumbnailKey(o, 1, media.Size{})))
		}
	}
	for _, p := range j.Spec.Playlists {
		for _, key := range j.Spec.MasterKeys(p) {
			paths = append(paths, j.file(key))
		}
	}
	return paths
}

// refuseTaken is an [*ExistsError] for the first file that is there and may not be replaced.
func refuseTaken(paths []string, j Job) error {
	for _, path := range paths {
		there, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for _, source := range j.Sources {
			if info, err := os.Stat(source); err == nil && os.SameFile(info, there) {
				return &ExistsError{Path: path, Source: true}
			}
		}
		if !j.Spec.Overwrite || there.IsDir() {
			return &ExistsError{Path: path}
		}
	}
	return nil
}

// move is a file of the scratch folder and its place.
type move struct{ from, to string }

// moves are those of objects.
func (j Job) moves(dir folder.Folder, objects []packaging.Object) (all []move) {
	for _, o := range objects {
		all = append(all, move{dir.Path(o.File), j.file(o.Key)})
	}
	return all
}

// place moves the results of a job to their places, media before the playlists that name
// it: all, or none where one can't be moved.
func (r *Runner) place(j Job, made *packaging.Package, dir folder.Folder, outcome *job.Outcome, result *Result) error {
	var all []move
	for i, files := range made.Outputs {
		if outcome.Open(i) {
			moves := j.moves(dir, files.All())
			all, result.Files[i] = append(all, moves...), places(moves)
		}
	}
	var playlists []int
	for i, p := range made.Playlists {
		if p.Failure == nil && !slices.ContainsFunc(j.Spec.Playlists[i].Outputs, func(output int) bool {
			return !outcome.Open(output)
		}) {
			moves := j.moves(dir, p.Objects)
			all, result.Playlists[i] = append(all, moves...), places(moves)
			playlists = append(playlists, i)
		}
	}
	if err := r.moveAll(j, all); err != nil {
		return err
	}
	for i := range made.Outputs {
		if outcome.Open(i) {
			outcome.Complete(i)
		}
	}
	for _, i := range playlists {
		outcome.CompletePlaylist(i)
	}
	return nil
}

func places(moves []move) (paths []string) {
	for _, m := range moves {
		paths = append(paths, m.to)
	}
	return paths
}

// moveAll moves files. When one can't be moved, those that have been are removed again; one
// that has replaced another stays.
func (r *Runner) moveAll(j Job, all []move) (err error) {
	if err := refuseTaken(places(all), j); err != nil {
		return err
	}
	mode, err := r.scratch.mode()
	if err != nil {
		return err
	}
	var moved, made []string
	defer func() {
		if err == nil {
			return
		}
		for _, path := range slices.Backward(append(made, moved...)) {
			_ = os.Remove(path) // a folder that others use by now stays
		}
	}()
	for _, m := range all {
		fresh, err := makeFolder(filepath.Dir(m.to))
		made = append(made, fresh...)
		if err != nil {
			return err
		}
		if err := os.Chmod(m.from, mode); err != nil {
			return err
		}
		replaced, err := moveTo(m, j.Spec.Overwrite)
		if err != nil {
			return err
		}
		if !replaced {
			moved = append(moved, m.to)
		}
	}
	return nil
}

// moveTo moves a file, and reports whether it may have replaced another. Without overwrite
// it never does, also where a file came into being just now.
func moveTo(m move, overwrite bool) (replaced bool, err error) {
	if overwrite {
		return true, os.Rename(m.from, m.to)
	}
	err = unix.Renameat2(unix.AT_FDCWD, m.from, unix.AT_FDCWD, m.to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) { // not on this file system
		err = os.Link(m.from, m.to)
	}
	if errors.Is(err, fs.ErrExist) {
		return false, &ExistsError{Path: m.to}
	}
	if err != nil {
		return false, fmt.Errorf("move a result to %s: %w", m.to, err)
	}
	return false, nil
}
