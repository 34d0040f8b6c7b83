// Command release describes a built program: it writes bills of materials in the forms of
// CycloneDX and SPDX, and the licences and notices of all that the program contains.
// scripts/release.sh runs it.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

func main() {
	program := flag.String("program", "", "the program, as it was built")
	source := flag.String("source", "..", "folder of the source that it was built from")
	name := flag.String("name", "", "name of the release, without an ending")
	version := flag.String("version", "", "version of the program")
	made := flag.Int64("time", 0, "time of the source, in seconds since 1970")
	out := flag.String("out", "", "folder for NAME.cdx.json, NAME.spdx.json and NAME.notices.txt")
	flag.Parse()
	r := &release{name: *name, version: *version, made: time.Unix(*made, 0).UTC()}
	if err := r.describe(*program, *source, *out); err != nil {
		fmt.Fprintf(os.Stderr, "release: %v\n", err)
		os.Exit(1)
	}
}

// describe reads a program and its source, and writes what describes it.
func (r *release) describe(program, source, out string) (err error) {
	if r.digest, err = digestOf(program); err != nil {
		return err
	}
	if r.modules, err = modulesOf(program, source); err != nil {
		return err
	}
	var wrong []error
	for _, m := range r.modules {
		if err := m.readTexts(); err != nil {
			wrong = append(wrong, err)
		} else if !permits(m.licence, permitted) {
			wrong = append(wrong, fmt.Errorf("%s: the licence %s is not permitted", m.path, m.licence))
		}
	}
	if len(wrong) > 0 {
		return errors.Join(wrong...)
	}
	for ending, write := range map[string]func(io.Writer) error{
		".cdx.json": r.writeCycloneDX, ".spdx.json": r.writeSPDX, ".notices.txt": r.writeNotices,
	} {
		if err := writeFile(filepath.Join(out, r.name+ending), write); err != nil {
			return err
		}
	}
	return nil
}

func digestOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	buffer := bufio.NewWriter(file)
	return errors.Join(write(buffer), buffer.Flush(), file.Close())
}
