package analyser

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// xlink declares what the schema of MPEG-DASH uses of XLink, in place of the W3C's own,
// which xmllint would fetch.
//
//go:embed xlink.xsd
var xlink []byte

const catalogue = `<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">` +
	`<system systemId="http://www.w3.org/XML/2008/06/xlink.xsd" uri="xlink.xsd"/></catalog>`

// repository is the folder that holds the folder of the tests.
func repository() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..")
}

// schema is that of MPEG-DASH, in the collection beside the repository; "" without one.
func schema() string {
	path := filepath.Join(repository(), "..", "shared", "vectors", "dash", "DASH-MPD.xsd")
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// HasSchema reports whether there is a schema for [ValidateDASH].
func HasSchema() bool { return schema() != "" }

func hasValidator() bool {
	_, err := exec.LookPath("xmllint")
	return err == nil
}

// ValidateDASH holds MPEG-DASH manifests against the schema of the standard, with
// xmllint; dir is an empty folder. Without a schema it does nothing.
func ValidateDASH(dir string, manifests ...string) error {
	xsd := schema()
	if xsd == "" || len(manifests) == 0 {
		return nil
	}
	for name, text := range map[string][]byte{"xlink.xsd": xlink, "catalog.xml": []byte(catalogue)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return err
		}
	}
	cmd := exec.Command("xmllint", append([]string{"--noout", "--nonet", "--schema", xsd}, manifests...)...)
	cmd.Env = append(os.Environ(), "XML_CATALOG_FILES="+filepath.Join(dir, "catalog.xml"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("xmllint: %w\n%s", err, out)
	}
	return nil
}
