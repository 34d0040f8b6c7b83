package migrate

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

// File is a text to read.
type File struct {
	Name string
	Text []byte
	// Other says that the file may be about something else: it was found in a folder.
	Other bool
}

// Kinds of documents.
const (
	PipelineKind = "pipeline"
	PresetKind   = "preset"
)

// Document is a pipeline or a preset of a dump that the API would take.
type Document struct {
	Kind string
	ID   string
	Name string
	// File and Line are where it stands.
	File string
	Line int
	// Pipeline or Preset is the document, as it is brought.
	Pipeline *api.Pipeline
	Preset   *api.Preset
	// Notes say what is other than in the dump.
	Notes []string

	// stored is the document as it would be stored.
	stored any
}

// Skipped is something in a dump that is not imported.
type Skipped struct {
	Kind string
	// ID is "" where there is none.
	ID   string
	Name string
	File string
	Line int
	Why  string
}

// WhySystem is why presets of the type System are skipped.
const WhySystem = "it is a system preset, which comes with the program"

// Dump is what files hold.
type Dump struct {
	Documents []Document
	Skipped   []Skipped
}

// found is a document in the API's form that was found in a file.
type found struct {
	kind string
	// address is what the file calls it; "" where it has no name for it.
	address string
	// state tells that a state of Terraform holds it.
	state bool
	node  *node
	notes []string
}

// ownID is an id for a document that has none, made of what its file calls it and of its own
// name: the same one whenever it is read. It lies before the ids of the original, whose first
// digits are a time.
func ownID(f found) string {
	sum := sha256.Sum256([]byte(f.kind + "\x00" + f.address + "\x00" + f.node.string("Name")))
	millis := binary.BigEndian.Uint64(sum[:8]) % 1_000_000_000_000
	return transcode.NewID(int64(millis), [8]byte(sum[8:16]))
}

// identify gives a document an id when it has none.
func identify(f found) found {
	if f.node.string("Id") != "" {
		return f
	}
	id := ownID(f)
	named := *f.node
	named.fields = nil
	named.set("Id", textAt(f.node.place, id))
	for _, other := range f.node.fields {
		if other.name != "Id" {
			named.fields = append(named.fields, other)
		}
	}
	f.node = &named
	from := "its name"
	if f.address != "" {
		from = f.address + " and its name"
	}
	f.notes = append(f.notes, fmt.Sprintf("the dump has no id: %s is made of %s", id, from))
	return f
}
