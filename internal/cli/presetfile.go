package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

// namedPreset is a preset, and what files that are made with it are called by.
type namedPreset struct {
	label string
	doc   *api.Preset
	spec  transcode.PresetSpec
}

// findPresets finds presets by number, by short name, or as files. Those of files get ids of
// their own, where a file gives none or one that another has.
func findPresets(names []string) ([]namedPreset, error) {
	var all []namedPreset
	for i, name := range names {
		id := fmt.Sprintf("0000000000000-file%02d", i+1)
		p, err := findPreset(name, id)
		if err != nil {
			return nil, err
		}
		for _, other := range all {
			if other.label == p.label {
				return nil, fmt.Errorf("--preset %q: two presets are called %q", name, p.label)
			}
			if *other.doc.Id == *p.doc.Id {
				p.doc.Id, p.spec.ID = &id, id
			}
		}
		all = append(all, p)
	}
	return all, nil
}

func findPreset(name, otherwise string) (namedPreset, error) {
	id := name
	if named := transcode.SystemPresetNamed(name); named != "" {
		id = named
	}
	if doc, ok := transcode.SystemPreset(id); ok {
		label := transcode.SystemPresetName(id)
		if label == "" { // it was withdrawn
			label = id
		}
		spec, err := transcode.PresetSpecOf(doc)
		return namedPreset{label, doc, spec}, err
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return namedPreset{}, unknownPreset(name)
	}
	if err != nil {
		return namedPreset{}, fmt.Errorf("--preset: %w", err)
	}
	doc, err := readPreset(text)
	if err == nil && doc.Id == nil {
		doc.Id = &otherwise
	}
	var spec transcode.PresetSpec
	if err == nil {
		spec, err = judgePreset(doc)
	}
	if err != nil {
		return namedPreset{}, fmt.Errorf("--preset %q: %s", name, sentence(err))
	}
	label := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	return namedPreset{label, doc, spec}, nil
}

// presetNumber is the form of ids of presets.
var presetNumber = regexp.MustCompile(`^\d{13}-\w{6}$`)

// unknownPreset is the error for a preset that is not there, with names that are like it.
func unknownPreset(name string) error {
	if presetNumber.MatchString(name) {
		return fmt.Errorf("--preset %q: it is no system preset; a preset of your own must be given as a file, "+
			"such as the answer of ReadPreset", name)
	}
	var like []string
	for _, p := range transcode.SystemPresets() {
		if short := transcode.SystemPresetName(*p.Id); name != "" && strings.Contains(short, strings.ToLower(name)) {
			like = append(like, short)
		}
	}
	if len(like) > 0 {
		return fmt.Errorf("--preset %q: there is no such preset or file; there is %s", name, strings.Join(like, ", "))
	}
	return fmt.Errorf("--preset %q: there is no such preset or file; \"reelastic preset list\" lists all names", name)
}

// readPreset reads a preset in the API's JSON: the answer of ReadPreset, or the request of
// CreatePreset.
func readPreset(text []byte) (*api.Preset, error) {
	var answer struct {
		Preset  *api.Preset `json:"Preset"`
		Warning *string     `json:"Warning"`
	}
	var form struct{ Preset json.RawMessage }
	if json.Unmarshal(text, &form) == nil && form.Preset != nil && string(form.Preset) != "null" {
		err := decodeStrictly(text, &answer)
		return answer.Preset, err
	}
	doc := new(api.Preset)
	return doc, decodeStrictly(text, doc)
}

// creation is the request that makes a preset.
func creation(p *api.Preset) *api.CreatePresetRequest {
	return &api.CreatePresetRequest{
		Name: p.Name, Description: p.Description, Container: p.Container,
		Video: p.Video, Audio: p.Audio, Thumbnails: p.Thumbnails,
	}
}

// judgePreset is a preset in typed form when the API would take it; else an error in the
// API's words.
func judgePreset(p *api.Preset) (transcode.PresetSpec, error) {
	if err := transcode.Check(creation(p)); err != nil {
		return transcode.PresetSpec{}, err
	}
	return transcode.PresetSpecOf(p)
}

// sentence is what an error of the API says, without the name of the exception.
func sentence(err error) string {
	if refused, ok := errors.AsType[*transcode.Error](err); ok {
		return refused.Message
	}
	return err.Error()
}
