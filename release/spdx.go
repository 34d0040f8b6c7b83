package main

import (
	"fmt"
	"io"
	"time"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx"
	"github.com/spdx/tools-golang/spdx/v2/common"
)

// notSaid is the word of SPDX for what a document does not say.
const notSaid = "NOASSERTION"

// writeSPDX writes a bill of materials in the form of SPDX 2.3.
func (r *release) writeSPDX(w io.Writer) error {
	doc := &spdx.Document{
		SPDXVersion:       spdx.Version,
		DataLicense:       spdx.DataLicense,
		SPDXIdentifier:    "DOCUMENT",
		DocumentName:      r.name,
		DocumentNamespace: r.namespace(),
		CreationInfo: &spdx.CreationInfo{
			Created:  r.made.Format(time.RFC3339),
			Creators: []common.Creator{{CreatorType: "Tool", Creator: tool + "-" + r.version}},
		},
	}
	ids := map[string]common.ElementID{}
	for i, m := range r.modules {
		ids[m.path] = common.ElementID(fmt.Sprintf("Package-%d", i))
		doc.Packages = append(doc.Packages, r.spdxPackage(m, ids[m.path]))
	}
	doc.Relationships = append(doc.Relationships, relate("DOCUMENT", common.TypeRelationshipDescribe,
		ids[r.modules[0].path]))
	for _, m := range r.modules {
		for _, needed := range m.needs {
			doc.Relationships = append(doc.Relationships,
				relate(ids[m.path], common.TypeRelationshipDependsOn, ids[needed]))
		}
	}
	return spdxjson.Write(doc, w, spdxjson.Indent("  "))
}

func (r *release) spdxPackage(m *module, id common.ElementID) *spdx.Package {
	p := &spdx.Package{
		PackageName:             m.path,
		PackageSPDXIdentifier:   id,
		PackageVersion:          r.versionOf(m),
		PackageDownloadLocation: notSaid,
		PackageLicenseConcluded: notSaid,
		PackageLicenseDeclared:  m.licence,
		PackageCopyrightText:    notSaid,
		PackageExternalReferences: []*spdx.PackageExternalReference{
			{Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: r.packageURL(m)},
		},
		PrimaryPackagePurpose: "LIBRARY",
	}
	sum := m.sha256()
	if m == r.modules[0] {
		p.PrimaryPackagePurpose, p.PackageFileName, sum = "APPLICATION", "reelastic", r.digest
	}
	if sum != "" {
		p.PackageChecksums = []spdx.Checksum{{Algorithm: spdx.SHA256, Value: sum}}
	}
	return p
}

func relate(a common.ElementID, kind string, b common.ElementID) *spdx.Relationship {
	return &spdx.Relationship{
		RefA:         common.MakeDocElementID("", string(a)),
		RefB:         common.MakeDocElementID("", string(b)),
		Relationship: kind,
	}
}
