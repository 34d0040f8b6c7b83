package migrate

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Any account: what a document becomes is looked at, not kept.
const (
	anyRegion  = "us-east-1"
	anyAccount = "000000000000"
)

// judged makes a document of what was found, as far as the API would take it.
func judged(f found) (*Document, Faults) {
	if f.kind == PipelineKind {
		return judgedPipeline(f)
	}
	return judgedPreset(f)
}

// document is what pipelines and presets share.
func (f found) document() *Document {
	return &Document{Kind: f.kind, ID: f.node.string("Id"), Name: f.node.string("Name"), File: f.node.file,
		Line: f.node.line, Notes: f.notes}
}

func judgedPipeline(f found) (*Document, Faults) {
	doc, faults := decode[api.Pipeline](f.node)
	if len(faults) > 0 {
		return nil, faults
	}
	stored, err := transcode.ImportPipeline(doc, anyRegion, anyAccount)
	if err != nil {
		return nil, f.faults(err)
	}
	d := f.document()
	d.Pipeline, d.stored = doc, stored
	return d, f.noteChanges(d, doc, stored)
}

func judgedPreset(f found) (*Document, Faults) {
	doc, faults := decode[api.Preset](f.node)
	if len(faults) > 0 {
		return nil, faults
	}
	if err := transcode.Check(&api.ReadPresetRequest{Id: doc.Id}); err != nil {
		faults = f.faults(err)
	}
	for _, text := range transcode.PresetFaults(doc) {
		faults = append(faults, f.placed(text))
	}
	if len(faults) > 0 {
		return nil, faults
	}
	stored, _, err := transcode.ImportPreset(doc, anyRegion, anyAccount)
	if err != nil {
		return nil, f.faults(err)
	}
	d := f.document()
	d.Preset, d.stored = doc, stored
	return d, f.noteChanges(d, doc, stored)
}

// noteChanges notes the members that are stored in another form than the dump's, but for
// those that are filled in and say nothing.
func (f found) noteChanges(d *Document, doc, stored any) Faults {
	filledIn := []string{"Type", "Status", "Description", "OutputBucket", "Notifications"}
	if d.Pipeline != nil && d.Pipeline.ContentConfig == nil { // OutputBucket stands for both
		filledIn = append(filledIn, "ContentConfig", "ThumbnailConfig")
	}
	members, err := transcode.DifferingMembers(doc, stored)
	if err != nil {
		return Faults{f.node.fault("%s", err)}
	}
	members = slices.DeleteFunc(members, func(member string) bool {
		name, _, _ := strings.Cut(member, ":")
		return slices.Contains(filledIn, name)
	})
	if len(members) > 0 {
		d.Notes = append(d.Notes, "stored in another form, with the same meaning: "+strings.Join(members, ", "))
	}
	return nil
}

// faults are what the API says of a document.
func (f found) faults(err error) (all Faults) {
	text := err.Error()
	if refused, ok := errors.AsType[*transcode.Error](err); ok {
		text = refused.Message
	}
	if _, several, ok := strings.Cut(text, "detected: "); ok {
		for _, one := range strings.Split(several, "; Value ") {
			all = append(all, f.placed("Value "+strings.TrimPrefix(one, "Value ")))
		}
		return all
	}
	return Faults{f.placed(text)}
}

var (
	// constraintPath is the path in the text of a broken constraint.
	constraintPath = regexp.MustCompile(`^Value .* at '([^']+)' failed to satisfy constraint: (?s:.*)$`)
	// sentencePath is the member at the beginning of a sentence.
	sentencePath = regexp.MustCompile(`^\[?([A-Z]\w*(?::[\w.-]+)*)\b`)
)

// placed puts a sentence of the API where the member stands of which it speaks.
func (f found) placed(text string) Fault {
	var path []string
	if match := constraintPath.FindStringSubmatch(text); match != nil {
		path = strings.Split(match[1], ".")
	} else if match := sentencePath.FindStringSubmatch(text); match != nil {
		path = strings.Split(match[1], ":")
	}
	n, left := f.node.find(path)
	at := n.place
	if left != "" && n != f.node {
		at = at.below(left)
	}
	return at.fault("%s", text)
}
