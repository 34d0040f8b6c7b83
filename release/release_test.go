package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/CycloneDX/cyclonedx-go"
	"github.com/santhosh-tekuri/jsonschema/v6"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx"
	"github.com/spdx/tools-golang/spdxlib"
)

const version = "1.2.3-test"

// TestRelease makes a release for this machine's architecture twice, of two copies of the
// source and in two environments, and reads one as its users do.
func TestRelease(t *testing.T) {
	t.Parallel()
	key := makeKey(t)
	one := makeRelease(t, "..", "RELEASE_KEY="+key)
	two := makeRelease(t, copyOfSource(t), "TZ=Asia/Tokyo", "LC_ALL=C", "GOAMD64=v3", "GOARM64=v9.0", "CGO_ENABLED=1",
		"GOFLAGS=-tags=others", "RELEASE_KEY=")
	names := compare(t, one, two)
	name := "reelastic_" + version + "_linux_" + runtime.GOARCH
	want := []string{"SHA256SUMS", "SHA256SUMS.sig", name + ".cdx.json", name + ".spdx.json", name + ".tar.gz"}
	if !slices.Equal(names, want) {
		t.Fatalf("files %q, want %q", names, want)
	}
	verify(t, one, key+".pub")
	folder := unpack(t, filepath.Join(one, name+".tar.gz"))
	checkFiles(t, filepath.Join(folder, name))
	program := filepath.Join(folder, name, "reelastic")
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := digestOf(program)
	if err != nil {
		t.Fatal(err)
	}
	checkCycloneDX(t, filepath.Join(one, name+".cdx.json"), info, digest)
	checkSPDX(t, filepath.Join(one, name+".spdx.json"), info, digest)
	checkNotices(t, filepath.Join(folder, name, "THIRD-PARTY-NOTICES.txt"), info)
}

// makeRelease runs the script in a copy of the source and returns the folder of its files.
func makeRelease(t *testing.T, source string, env ...string) string {
	t.Helper()
	dist := filepath.Join(t.TempDir(), "dist")
	cmd := exec.CommandContext(t.Context(), filepath.Join(source, "scripts", "release.sh"))
	cmd.Env = append(os.Environ(), "DIST="+dist, "VERSION=v"+version, "ARCHITECTURES="+runtime.GOARCH,
		"SOURCE_DATE_EPOCH=1700000000")
	cmd.Env = append(cmd.Env, env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return dist
}

// copyOfSource copies the files of the repository, but for those that git ignores, to a folder
// that others can't read.
func copyOfSource(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", "-C", "..", "ls-files", "-z", "--cached", "--others",
		"--exclude-standard").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		from, to := filepath.Join("..", name), filepath.Join(dir, name)
		info, err := os.Stat(from)
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, content, info.Mode().Perm()&0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// compare wants the same files in two folders, but for the signature, and returns the names of
// those in the first.
func compare(t *testing.T, one, two string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(one)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
		if e.Name() == "SHA256SUMS.sig" {
			continue
		}
		a, err := os.ReadFile(filepath.Join(one, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(two, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s is not the same when it is made again", e.Name())
		}
	}
	return names
}

// makeKey makes a key that signs.
func makeKey(t *testing.T) string {
	t.Helper()
	key := filepath.Join(t.TempDir(), "key")
	run(t, nil, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "releases", "-f", key)
	return key
}

// verify follows the steps of docs/operations.md, and has each find what it is for.
func verify(t *testing.T, dist, public string) {
	t.Helper()
	key, err := os.ReadFile(public)
	if err != nil {
		t.Fatal(err)
	}
	signers := filepath.Join(t.TempDir(), "signers")
	if err := os.WriteFile(signers, append([]byte("reelastic "), key...), 0o600); err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(dist, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	signed := func(sums []byte) error {
		cmd := exec.CommandContext(t.Context(), "ssh-keygen", "-Y", "verify", "-f", signers, "-I", "reelastic",
			"-n", "reelastic-release", "-s", filepath.Join(dist, "SHA256SUMS.sig"))
		cmd.Stdin = bytes.NewReader(sums)
		return cmd.Run()
	}
	if err := signed(sums); err != nil {
		t.Errorf("the signature: %v", err)
	}
	if signed(append(sums, '\n')) == nil {
		t.Error("other sums have the same signature")
	}
	check := exec.CommandContext(t.Context(), "sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS")
	check.Dir = dist
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if n := strings.Count(string(sums), "\n"); n != 3 {
		t.Errorf("%d sums, want 3", n)
	}
}

// unpack unpacks an archive, of which all is the root's, and others may only read.
func unpack(t *testing.T, archive string) string {
	t.Helper()
	file, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for reader := tar.NewReader(unzipped); ; {
		h, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Mode&0o7022 != 0 || h.ModTime.Unix() != 1700000000 {
			t.Errorf("%s: %d:%d, mode %o, %s", h.Name, h.Uid, h.Gid, h.Mode, h.ModTime)
		}
		path := filepath.Join(dir, h.Name)
		if h.Typeflag == tar.TypeDir {
			err = os.Mkdir(path, 0o700)
		} else {
			err = writeFile(path, func(w io.Writer) error { _, err := io.Copy(w, reader); return err })
		}
		if err == nil {
			err = os.Chmod(path, h.FileInfo().Mode())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// checkFiles wants an archive's files, and a program that runs.
func checkFiles(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"LICENSE", "CHANGELOG.md", "THIRD-PARTY-NOTICES.txt", "systemd/reelastic.service",
		"systemd/reelastic-worker.service", "systemd/reelastic.sysusers.conf", "systemd/reelastic.tmpfiles.conf"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	if out := run(t, nil, filepath.Join(dir, "reelastic"), "version"); out != "reelastic "+version+"\n" {
		t.Errorf("its version: %q", out)
	}
	program, err := os.ReadFile(filepath.Join(dir, "reelastic"))
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(program, []byte(here)) {
		t.Errorf("the program has the path of its source, %s", here)
	}
}

// run runs a program and returns what it printed.
func run(t *testing.T, stdin io.Reader, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin = stdin
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return string(out)
}

// partsOf are the modules of a program and their versions, as it says itself, and Go's.
func partsOf(info *buildinfo.BuildInfo) map[string]string {
	parts := map[string]string{"stdlib": strings.TrimPrefix(info.GoVersion, "go")}
	for _, m := range info.Deps {
		parts[m.Path] = m.Version
	}
	return parts
}

// validate holds a document against a schema, of whose references the others are.
func validate(t *testing.T, document, schema string, others map[string]string) {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	for id, path := range others {
		if err := compiler.AddResource(id, readJSON(t, path)); err != nil {
			t.Fatal(err)
		}
	}
	const id = "file:///schema.json"
	if err := compiler.AddResource(id, readJSON(t, schema)); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(readJSON(t, document)); err != nil {
		t.Errorf("%s: %v", document, err)
	}
}

func readJSON(t *testing.T, path string) any {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	value, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return value
}

// checkCycloneDX holds a bill against CycloneDX's own schema, and against the program.
func checkCycloneDX(t *testing.T, path string, info *buildinfo.BuildInfo, digest string) {
	t.Helper()
	dir := strings.TrimSpace(run(t, nil, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go"))
	schemas := filepath.Join(dir, "schema")
	validate(t, path, filepath.Join(schemas, "bom-1.6.schema.json"), map[string]string{
		"http://cyclonedx.org/schema/spdx.schema.json":     filepath.Join(schemas, "spdx.schema.json"),
		"http://cyclonedx.org/schema/jsf-0.82.schema.json": filepath.Join(schemas, "jsf-0.82.schemax.json"),
	})
	var bom cyclonedx.BOM
	content, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(content, &bom)
	}
	if err != nil {
		t.Fatal(err)
	}
	if hash := (*bom.Metadata.Component.Hashes)[0].Value; hash != digest {
		t.Errorf("CycloneDX is of the program %s, not %s", hash, digest)
	}
	refs := map[string]bool{bom.Metadata.Component.BOMRef: true}
	parts := partsOf(info)
	for _, c := range *bom.Components {
		if parts[c.Name] != c.Version {
			t.Errorf("CycloneDX has %s %s, the program %q", c.Name, c.Version, parts[c.Name])
		}
		delete(parts, c.Name)
		refs[c.BOMRef] = true
	}
	if len(parts) > 0 {
		t.Errorf("CycloneDX lacks %v", parts)
	}
	needed := map[string]bool{}
	for _, d := range *bom.Dependencies {
		if d.Dependencies == nil {
			continue
		}
		for _, ref := range *d.Dependencies {
			if needed[ref] = refs[ref]; !refs[ref] {
				t.Errorf("%s needs %s, which is no part", d.Ref, ref)
			}
		}
	}
	if len(needed) != len(refs)-1 {
		t.Errorf("of %d parts %d are needed by others", len(refs)-1, len(needed))
	}
}

// checkSPDX holds a bill against what SPDX says, and against the program.
func checkSPDX(t *testing.T, path string, info *buildinfo.BuildInfo, digest string) {
	t.Helper()
	validate(t, path, filepath.Join("testdata", "spdx.schema.json"), nil)
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	doc := new(spdx.Document)
	if err := spdxjson.ReadInto(file, doc); err != nil {
		t.Fatal(err)
	}
	if err := spdxlib.ValidateDocument(doc); err != nil {
		t.Error(err)
	}
	if sum := doc.Packages[0].PackageChecksums[0].Value; sum != digest {
		t.Errorf("SPDX is of the program %s, not %s", sum, digest)
	}
	parts := partsOf(info)
	for _, p := range doc.Packages[1:] {
		if parts[p.PackageName] != p.PackageVersion {
			t.Errorf("SPDX has %s %s, the program %q", p.PackageName, p.PackageVersion, parts[p.PackageName])
		}
		delete(parts, p.PackageName)
	}
	if len(parts) > 0 {
		t.Errorf("SPDX lacks %v", parts)
	}
}

// checkNotices wants every module named twice: in the list, and over its licence.
func checkNotices(t *testing.T, path string, info *buildinfo.BuildInfo) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, version := range partsOf(info) {
		listed := strings.Contains(string(content), "\n"+name+" "+version+": ")
		if !listed || !strings.Contains(string(content), "\n"+name+" "+version+", ") {
			t.Errorf("the notices lack %s %s", name, version)
		}
	}
	for _, text := range []string{"Apache License", "Permission is hereby granted, free of charge", "HashiCorp",
		"Redistribution and use in source and binary forms", "This is free and unencumbered software"} {
		if !strings.Contains(string(content), text) {
			t.Errorf("the notices lack a text with %q", text)
		}
	}
}
