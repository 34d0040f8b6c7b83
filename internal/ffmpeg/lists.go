package ffmpeg

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// lists are ffmpeg's lists of names by the options that print them. Each costs a start of
// ffmpeg, so they are kept on disk for as long as the program stays the same.
type lists map[string]map[string]bool

// listsFile is the name of the file that holds [keptLists].
const listsFile = "ffmpeg.json"

// keptLists are the lists of one build of ffmpeg.
type keptLists struct {
	// Build is what [buildOf] made of the program.
	Build string `json:"build"`
	Lists lists  `json:"lists"`
}

// maxListsBytes is more than the lists of any ffmpeg.
const maxListsBytes = 4 << 20

// readLists reads the lists of a build from a folder; nil when it does not hold them.
func readLists(folder, build string) lists {
	f, err := os.Open(filepath.Join(folder, listsFile))
	if err != nil {
		return nil
	}
	defer f.Close()
	var kept keptLists
	if json.NewDecoder(io.LimitReader(f, maxListsBytes)).Decode(&kept) != nil || kept.Build != build {
		return nil
	}
	return kept.Lists
}

// keepLists writes the lists of a build into a folder, in the place of those of another one.
func keepLists(folder, build string, all lists) (err error) {
	text, err := json.Marshal(keptLists{Build: build, Lists: all})
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, "."+listsFile+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(folder, listsFile))
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}

// buildOf tells one build of a program from others: by its bytes, and by what it says of
// itself, which the versions of its libraries are part of.
func buildOf(program, about string) (string, error) {
	f, err := os.Open(program)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", filepath.Base(program), withoutPath(err))
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("read %s: %w", filepath.Base(program), withoutPath(err))
	}
	sum.Write([]byte(about))
	return hex.EncodeToString(sum.Sum(nil)), nil
}
