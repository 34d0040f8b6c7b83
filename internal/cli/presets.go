package cli

import (
	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

type presetCommands struct {
	List presetListCommand `cmd:"" help:"List the presets that come with the program, with their short names."`
}

type presetListCommand struct {
	output `embed:""`
}

// shortPreset is a preset with the name that the command line takes for it.
type shortPreset struct {
	ShortName string `json:"shortName"`
	*api.Preset
}

var presetColumns = []column[shortPreset]{
	{"NAME", func(p shortPreset) string { return p.ShortName }},
	{"ID", func(p shortPreset) string { return *p.Id }},
	{"CONTAINER", func(p shortPreset) string { return *p.Container }},
	{"DESCRIPTION", func(p shortPreset) string { return *p.Description }},
}

// Run lists the system presets.
func (c *presetListCommand) Run(s streams) error {
	var all []shortPreset
	for _, p := range transcode.SystemPresets() {
		all = append(all, shortPreset{transcode.SystemPresetName(*p.Id), p})
	}
	return printList(c.output, s.out, presetColumns, elements(all))
}
