package transcode

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/reelastic/reelastic/api"
)

// systemPresetsJSON holds the original's presets, from public captures of its answers.
//
//go:embed systempresets.json
var systemPresetsJSON []byte

// systemCatalog finds the text of each system preset. The documents stay text,
// which is small and makes every answer a deep copy.
type systemCatalog struct {
	listed []json.RawMessage // in the order of ListPresets
	byID   map[string]json.RawMessage
}

var systemPresets = sync.OnceValue(func() systemCatalog {
	var file struct {
		Presets    []json.RawMessage `json:"presets"`
		Deprecated []struct{ Id, RecommendedId string }
	}
	if err := json.Unmarshal(systemPresetsJSON, &file); err != nil {
		panic(fmt.Sprintf("embedded system presets: %v", err))
	}
	c := systemCatalog{listed: file.Presets, byID: map[string]json.RawMessage{}}
	for _, text := range file.Presets {
		c.byID[*parsePreset(text).Id] = text
	}
	instead := map[string]string{}
	for _, d := range file.Deprecated {
		instead[d.Id] = d.RecommendedId
	}
	for id, next := range instead {
		for instead[next] != "" { // the recommended one was withdrawn later
			next = instead[next]
		}
		c.byID[id] = c.byID[next]
	}
	return c
})

func parsePreset(text json.RawMessage) *api.Preset {
	p := new(api.Preset)
	if err := json.Unmarshal(text, p); err != nil {
		panic(fmt.Sprintf("embedded system preset: %v", err))
	}
	return p
}

// SystemPreset returns a preset that comes with the service, as a copy of the
// caller's own and without Arn. An id that the original had withdrawn answers
// with the settings of the preset that replaced it. False means that there is
// no such system preset.
func SystemPreset(id string) (*api.Preset, bool) {
	text, ok := systemPresets().byID[id]
	if !ok {
		return nil, false
	}
	p := parsePreset(text)
	p.Id = new(id)
	return p, true
}

// SystemPresets returns the presets that come with the service, ids ascending,
// as copies without Arn. Withdrawn presets are not among them.
func SystemPresets() []*api.Preset {
	texts := systemPresets().listed
	list := make([]*api.Preset, len(texts))
	for i, text := range texts {
		list[i] = parsePreset(text)
	}
	return list
}
