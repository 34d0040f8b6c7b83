// Package manifesttest validates manifests against the schema of their standard.
package manifesttest

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// xlink declares what the schema of MPEG-DASH uses of XLink, in place of the W3C's own,
// which it would fetch.
//
//go:embed xlink.xsd
var xlink []byte

const (
	xlinkAddress = "http://www.w3.org/XML/2008/06/xlink.xsd"
	catalogue    = `<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog"><system systemId="` + xlinkAddress + `" uri="xlink.xsd"/></catalog>`
)

// DASH holds MPEG-DASH manifests against the schema DASH-MPD.xsd, with xmllint. It
// skips where there is none or where the schema is not beside the repository; where CI is
// set the former is a failure.
func DASH(tb testing.TB, files ...string) {
	tb.Helper()
	if len(files) == 0 {
		return
	}
	if _, err := exec.LookPath("xmllint"); err != nil {
		if os.Getenv("CI") != "" {
			tb.Fatal("xmllint is not installed")
		}
		tb.Skip("xmllint is not installed")
	}
	if !HasSchema() {
		tb.Skip("no schema of MPEG-DASH beside the repository")
	}
	if err := Validate(tb.TempDir(), files...); err != nil {
		tb.Error(err)
	}
}

// HasSchema tells whether there is a schema to hold manifests against.
func HasSchema() bool {
	_, err := schema()
	return err == nil
}

// Validate is [DASH] for those who decide themselves what to do; it needs an empty folder.
func Validate(dir string, files ...string) error {
	xsd, err := schema()
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{"xlink.xsd": xlink, "catalog.xml": []byte(catalogue)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return err
		}
	}
	cmd := exec.Command("xmllint", append([]string{"--noout", "--nonet", "--schema", xsd}, files...)...)
	cmd.Env = append(os.Environ(), "XML_CATALOG_FILES="+filepath.Join(dir, "catalog.xml"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("xmllint: %w\n%s", err, out)
	}
	return nil
}

// schema finds the schema in the collection beside the repository, which an own
// folder of the working directory's parents holds.
func schema() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		path := filepath.Join(dir, "shared", "vectors", "dash", "DASH-MPD.xsd")
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	return "", fmt.Errorf("no schema: %w", os.ErrNotExist)
}
