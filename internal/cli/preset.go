package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/internal/transcode"
)

type presetCommands struct {
	List    listPresetsCommand   `cmd:"" help:"List the presets that come with the program, by their names, or those of a server."`
	Create  createPresetCommand  `cmd:"" help:"Create a preset on a server."`
	Show    showPresetCommand    `cmd:"" help:"Show all members of a preset."`
	Delete  deletePresetCommand  `cmd:"" help:"Delete a preset of a server. Jobs that name it are not changed."`
	Explain explainPresetCommand `cmd:"" help:"Say in plain words what presets make."`
	Check   checkPresetCommand   `cmd:"" help:"Say whether a preset in a file is valid, and all that is wrong."`
	Diff    diffPresetsCommand   `cmd:"" help:"Show in what two presets differ."`
}

type listPresetsCommand struct {
	Custom bool `name:"custom" help:"List the presets of a server that do not come with the program."`
	output `embed:""`
	remote `embed:""`
}

// shortPreset is a preset with the name that the command line takes for it.
type shortPreset struct {
	ShortName string `json:"shortName"`
	*api.Preset

	spec transcode.PresetSpec
}

// presetColumns are those of the list of presets.
var presetColumns = []column[shortPreset]{
	{"NAME", func(p shortPreset) string { return p.ShortName }},
	{"ID", func(p shortPreset) string { return textOf(p.Id) }},
	{"CONTAINER", func(p shortPreset) string { return textOf(p.Container) }},
	{"VIDEO", func(p shortPreset) string {
		if v := p.spec.Video; v != nil {
			return fmt.Sprintf("%s %s %s", v.Codec, v.Sizing.Max, bitRate(v.BitRate))
		}
		return ""
	}},
	{"AUDIO", func(p shortPreset) string {
		if a := p.spec.Audio; a != nil {
			return fmt.Sprintf("%s %s", a.Codec, bitRate(a.BitRate))
		}
		return ""
	}},
	{"DESCRIPTION", func(p shortPreset) string { return textOf(p.Description) }},
}

// Run lists the presets.
func (c *listPresetsCommand) Run(ctx context.Context, s streams) error {
	if c.Custom {
		return c.with(func(cl *client.Client) error {
			return printList(c.output, s.out, presetColumns, customPresets(cl.Presets(ctx)))
		})
	}
	var all []shortPreset
	for _, doc := range transcode.SystemPresets() {
		spec, err := transcode.PresetSpecOf(doc)
		if err != nil {
			return err
		}
		all = append(all, shortPreset{transcode.SystemPresetName(*doc.Id), doc, spec})
	}
	return printList(c.output, s.out, presetColumns, elements(all))
}

// presetSource finds presets that a command is about: system presets by name or number,
// files, and others by their numbers through a server.
type presetSource struct {
	remote `embed:""`
}

// find finds presets.
func (p presetSource) find(ctx context.Context, names []string) ([]namedPreset, error) {
	var all []namedPreset
	for _, name := range names {
		found, err := findPreset(name, name)
		if err != nil && presetNumber.MatchString(name) {
			found, err = p.ask(ctx, name)
			if err != nil {
				return nil, err
			}
		}
		if err != nil {
			return nil, &usageError{err}
		}
		all = append(all, found)
	}
	return all, nil
}

// ask asks the server for a preset.
func (p presetSource) ask(ctx context.Context, id string) (found namedPreset, err error) {
	err = p.with(func(cl *client.Client) error {
		answer, err := cl.ReadPreset(ctx, &api.ReadPresetRequest{Id: &id})
		if err != nil {
			return err
		}
		found = namedPreset{label: id, doc: answer.Preset}
		found.spec, err = transcode.PresetSpecOf(answer.Preset)
		return err
	})
	if err != nil {
		return found, fmt.Errorf("preset %s is no system preset, and no server tells it: %w", id, err)
	}
	return found, nil
}

type explainPresetCommand struct {
	Names        []string `arg:"" name:"preset" help:"Names, numbers or files of presets."`
	JSON         bool     `name:"json" help:"Print a JSON document."`
	presetSource `embed:""`
}

// explainedPresets is the document of preset explain --json.
type explainedPresets struct {
	Presets []explainedPreset `json:"presets"`
	// Ladder is the names of the presets with video, the highest bit rate first.
	Ladder []string `json:"ladder"`
}

// explainedPreset is a preset in words.
type explainedPreset struct {
	Name  string           `json:"name"`
	ID    string           `json:"id"`
	Title string           `json:"title"`
	Words []explainedWords `json:"words"`
}

// explainedWords are words about a part of a preset.
type explainedWords struct {
	Part string `json:"part"`
	Text string `json:"text"`
}

// Run explains the presets.
func (c *explainPresetCommand) Run(ctx context.Context, s streams) error {
	presets, err := c.find(ctx, c.Names)
	if err != nil {
		return err
	}
	told := explainedPresets{Presets: []explainedPreset{}, Ladder: []string{}}
	for _, p := range presets {
		told.Presets = append(told.Presets, explainedPreset{
			Name: p.label, ID: *p.doc.Id, Title: titleOf(p.doc), Words: explain(p.spec),
		})
	}
	rungs := ladder(presets)
	for _, p := range rungs {
		told.Ladder = append(told.Ladder, p.label)
	}
	if c.JSON {
		return writeDocument(s.out, told)
	}
	for i, p := range told.Presets {
		if i > 0 {
			fmt.Fprintln(s.out)
		}
		fmt.Fprintf(s.out, "%s (%s): %s\n", inLine(p.Name), inLine(p.ID), inLine(p.Title))
		for _, words := range p.Words {
			fmt.Fprintf(s.out, "  %-10s  %s\n", words.Part, inLine(words.Text))
		}
	}
	if len(rungs) > 1 {
		fmt.Fprintln(s.out)
		drawLadder(s.out, rungs)
	}
	return nil
}

// titleOf is what a preset is called by its maker.
func titleOf(p *api.Preset) string {
	var texts []string
	for _, text := range []*string{p.Name, p.Description} {
		if text == nil {
			continue
		}
		if title := strings.TrimPrefix(*text, "System preset: "); title != "" && !slices.Contains(texts, title) {
			texts = append(texts, title)
		}
	}
	return strings.Join(texts, ": ")
}

type checkPresetCommand struct {
	File string `arg:"" name:"file" help:"Preset in JSON: the answer of ReadPreset, or the request of CreatePreset."`
	JSON bool   `name:"json" help:"Print a JSON document."`
}

// checkedPreset is the document of preset check --json.
type checkedPreset struct {
	Valid bool `json:"valid"`
	// Faults are what CreatePreset would refuse, Warnings what it would warn of.
	Faults   []string `json:"faults"`
	Warnings []string `json:"warnings"`
}

// Run checks the preset.
func (c *checkPresetCommand) Run(s streams) error {
	text, err := os.ReadFile(c.File)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return &usageError{err}
		}
		return err
	}
	found := checkPreset(text)
	if c.JSON {
		err = writeDocument(s.out, found)
	} else {
		found.print(s.out, c.File)
	}
	if err == nil && !found.Valid {
		err = fmt.Errorf("the preset is not valid: %s", counted(len(found.Faults), "fault"))
	}
	return err
}

// checkPreset finds all that is wrong with a preset.
func checkPreset(text []byte) checkedPreset {
	found := checkedPreset{Faults: []string{}, Warnings: []string{}}
	doc, err := readPreset(text)
	if err != nil {
		found.Faults = append(found.Faults, capital(err.Error())+".")
		doc = lenientPreset(text)
	}
	if doc != nil {
		found.Faults = append(found.Faults, transcode.PresetFaults(doc)...)
	}
	found.Valid = len(found.Faults) == 0
	if found.Valid {
		found.Warnings = append(found.Warnings, transcode.PresetWarnings(doc)...)
	}
	return found
}

// lenientPreset reads what there is of a preset whose form is not quite right; nil for none.
func lenientPreset(text []byte) *api.Preset {
	var answer struct{ Preset *api.Preset }
	if json.Unmarshal(text, &answer) == nil && answer.Preset != nil {
		return answer.Preset
	}
	doc := new(api.Preset)
	if json.Unmarshal(text, doc) != nil {
		return nil
	}
	return doc
}

// capital is a text with a capital at its beginning.
func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func (c checkedPreset) print(w io.Writer, file string) {
	for _, fault := range c.Faults {
		fmt.Fprintf(w, "fault    %s\n", inLine(fault))
	}
	for _, warning := range c.Warnings {
		fmt.Fprintf(w, "warning  %s\n", inLine(warning))
	}
	if c.Valid {
		fmt.Fprintf(w, "%s is valid\n", inLine(file))
	}
}

type diffPresetsCommand struct {
	A            string `arg:"" name:"a" help:"Name, number or file of a preset."`
	B            string `arg:"" name:"b" help:"Name, number or file of another one."`
	JSON         bool   `name:"json" help:"Print a JSON document."`
	presetSource `embed:""`
}

// presetDifferences is the document of preset diff --json.
type presetDifferences struct {
	A           string             `json:"a"`
	B           string             `json:"b"`
	Differences []presetDifference `json:"differences"`
}

// presetDifference is a member with its values as texts; null where it is not given.
type presetDifference struct {
	Member string  `json:"member"`
	A      *string `json:"a"`
	B      *string `json:"b"`
}

// Run shows the differences.
func (c *diffPresetsCommand) Run(ctx context.Context, s streams) error {
	presets, err := c.find(ctx, []string{c.A, c.B})
	if err != nil {
		return err
	}
	found, err := differences(presets[0].doc, presets[1].doc)
	if err != nil {
		return err
	}
	if c.JSON {
		return writeDocument(s.out, presetDifferences{presets[0].label, presets[1].label, found})
	}
	if len(found) == 0 {
		fmt.Fprintln(s.out, "they make the same")
		return nil
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "MEMBER\t%s\t%s\n", inLine(presets[0].label), inLine(presets[1].label))
	for _, d := range found {
		fmt.Fprintf(table, "%s\t%s\t%s\n", inLine(d.Member), valueCell(d.A), valueCell(d.B))
	}
	return table.Flush()
}

// valueCell is a value in a table.
func valueCell(value *string) string {
	if value == nil {
		return "-"
	}
	return cell(*value)
}
