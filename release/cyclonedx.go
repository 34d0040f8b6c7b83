package main

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/CycloneDX/cyclonedx-go"
	"github.com/google/uuid"
)

// release is what is described.
type release struct {
	// name is that of the archive, without its ending; version is the program's.
	name, version string
	// made is the time of the source: that of its last commit.
	made time.Time
	// digest is the SHA-256 of the program, in hexadecimal.
	digest string
	// modules are those that are linked into the program; the first is the program's own.
	modules []*module
}

// tool makes the descriptions.
const tool = "reelastic-release"

// writeCycloneDX writes a bill of materials in the form of CycloneDX 1.6. Its number is derived
// from the program, so that the same program has the same bill.
func (r *release) writeCycloneDX(w io.Writer) error {
	bom := cyclonedx.NewBOM()
	bom.SerialNumber = uuid.NewSHA1(uuid.NameSpaceURL, []byte(r.namespace())).URN()
	bom.Metadata = &cyclonedx.Metadata{
		Timestamp:  r.made.Format(time.RFC3339),
		Lifecycles: &[]cyclonedx.Lifecycle{{Phase: cyclonedx.LifecyclePhaseBuild}},
		Tools: &cyclonedx.ToolsChoice{Components: &[]cyclonedx.Component{
			{Type: cyclonedx.ComponentTypeApplication, Name: tool, Version: r.version},
		}},
	}
	var components []cyclonedx.Component
	var dependencies []cyclonedx.Dependency
	for i, m := range r.modules {
		c := r.component(m)
		if i == 0 {
			c.Type = cyclonedx.ComponentTypeApplication
			c.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: r.digest}}
			bom.Metadata.Component = &c
		} else {
			components = append(components, c)
		}
		needs := []string{}
		for _, path := range m.needs {
			needs = append(needs, r.packageURL(r.module(path)))
		}
		dependencies = append(dependencies, cyclonedx.Dependency{Ref: c.BOMRef, Dependencies: &needs})
	}
	bom.Components, bom.Dependencies = &components, &dependencies
	return cyclonedx.NewBOMEncoder(w, cyclonedx.BOMFileFormatJSON).SetPretty(true).
		EncodeVersion(bom, cyclonedx.SpecVersion1_6)
}

func (r *release) component(m *module) cyclonedx.Component {
	c := cyclonedx.Component{
		Type:       cyclonedx.ComponentTypeLibrary,
		BOMRef:     r.packageURL(m),
		Name:       m.path,
		Version:    r.versionOf(m),
		Scope:      cyclonedx.ScopeRequired,
		PackageURL: r.packageURL(m),
		Licenses:   &cyclonedx.Licenses{{Expression: m.licence}},
	}
	if sum := m.sha256(); sum != "" {
		c.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: sum}}
	}
	return c
}

// namespace is an address of the release that no other has.
func (r *release) namespace() string {
	return "https://" + r.modules[0].path + "/releases/" + r.name + "/" + r.digest
}

func (r *release) module(path string) *module {
	for _, m := range r.modules {
		if m.path == path {
			return m
		}
	}
	return nil // every module is listed that one needs
}

// versionOf is a module's version, or the release's for the program's own.
func (r *release) versionOf(m *module) string {
	if m == r.modules[0] {
		return r.version
	}
	return m.version
}

// packageURL names a module as package-url does, in lower case.
func (r *release) packageURL(m *module) string {
	return "pkg:golang/" + strings.ToLower(m.path) + "@" + url.PathEscape(r.versionOf(m))
}

// sha256 is the sum of a module's files that go.sum has, in hexadecimal, or "".
func (m *module) sha256() string {
	sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.sum, "h1:"))
	if err != nil {
		return ""
	}
	return hex.EncodeToString(sum)
}
