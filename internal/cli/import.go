package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/client"
	"github.com/reelastic/reelastic/internal/migrate"
)

type importCommands struct {
	Documents    importDocumentsCommand    `cmd:"" default:"withargs" help:"Import pipelines and presets with their ids."`
	MediaConvert importMediaConvertCommand `cmd:"" name:"mediaconvert" help:"Make presets of those of MediaConvert."`
}

// importing is what all imports share.
type importing struct {
	DryRun  bool `name:"dry-run" help:"Store nothing; say what would become of each document."`
	Replace bool `name:"replace" help:"Put documents in the place of others that have their ids."`
	JSON    bool `name:"json" help:"Print a JSON document."`
	remote  `embed:""`
}

type importDocumentsCommand struct {
	Files     []string          `arg:"" name:"file" help:"Files or folders; - is standard input."`
	Var       map[string]string `name:"var" placeholder:"NAME=VALUE" mapsep:"none" help:"Variable or parameter."`
	importing `embed:""`
}

// Help says what is read.
func (*importDocumentsCommand) Help() string {
	return "It reads what \"aws elastictranscoder\" prints (list-pipelines, list-presets, read-pipeline and " +
		"read-preset, in JSON or YAML), plain documents of the API, states and configurations of Terraform, what " +
		"\"terraform show -json\" prints, and templates of CloudFormation with custom resources. All is imported or " +
		"nothing. What is there already is left as it is: importing again changes nothing."
}

// Run imports pipelines and presets.
func (c *importDocumentsCommand) Run(ctx context.Context, s streams) error {
	files, err := readFiles(s.in, c.Files)
	if err != nil {
		return err
	}
	dump, err := migrate.Read(files, c.Var)
	if faults, ok := errors.AsType[migrate.Faults](err); ok {
		return c.refuse(s.out, faults)
	}
	return c.store(ctx, s, dump)
}

// standardInput is how messages call what is read from there.
const standardInput = "standard input"

// readFiles reads files, folders and standard input.
func readFiles(in io.Reader, names []string) (all []migrate.File, err error) {
	for _, name := range names {
		if name == "-" {
			text, err := io.ReadAll(in)
			if err != nil {
				return nil, err
			}
			all = append(all, migrate.File{Name: standardInput, Text: text})
			continue
		}
		found, err := readFileOrFolder(name)
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil, &usageError{err}
			}
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func readFileOrFolder(name string) ([]migrate.File, error) {
	about, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !about.IsDir() {
		text, err := os.ReadFile(name)
		return []migrate.File{{Name: name, Text: text}}, err
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, err
	}
	var all []migrate.File
	for _, e := range entries {
		if e.IsDir() || !migrate.Readable(e.Name()) {
			continue
		}
		path := filepath.Join(name, e.Name())
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		all = append(all, migrate.File{Name: path, Text: text, Other: true})
	}
	if len(all) == 0 {
		return nil, &usageError{fmt.Errorf("%s holds no file that can be imported: their names end in %s", name,
			strings.Join(migrate.Endings, ", "))}
	}
	return all, nil
}

// importReport is the document of import --json.
type importReport struct {
	DryRun bool `json:"dryRun"`
	// Imported tells that the documents are stored.
	Imported  bool               `json:"imported"`
	Documents []importedDocument `json:"documents"`
	// Faults are what is wrong with the files; then nothing else is told.
	Faults []importFault `json:"faults"`
}

// importedDocument is a document, and what became of it, or would.
type importedDocument struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name"`
	File string `json:"file"`
	Line int    `json:"line"`
	// Outcome is created, unchanged, replaced, skipped, differs or in-use.
	Outcome string   `json:"outcome"`
	Notes   []string `json:"notes"`
}

// importFault is what is wrong in a place.
type importFault struct {
	File string `json:"file"`
	// Line counts from 1; 0 is the file as a whole.
	Line   int    `json:"line"`
	Member string `json:"member"`
	Text   string `json:"text"`
}

// refuse tells all faults of files of which nothing is imported.
func (c *importing) refuse(w io.Writer, faults migrate.Faults) error {
	told := importReport{DryRun: c.DryRun, Documents: []importedDocument{}, Faults: []importFault{}}
	for _, f := range faults {
		told.Faults = append(told.Faults, importFault(f))
		if !c.JSON {
			fmt.Fprintf(w, "fault    %s\n", inLine(f.String()))
		}
	}
	if c.JSON {
		if err := writeDocument(w, told); err != nil {
			return err
		}
	}
	return fmt.Errorf("nothing was imported: %s", counted(len(faults), "fault"))
}

// store has the server judge all documents, and store them if none is refused.
func (c *importing) store(ctx context.Context, s streams, dump migrate.Dump) error {
	requests, err := importRequests(dump.Documents, c.Replace)
	if err != nil {
		return err
	}
	var results []v1.ImportedResource
	err = c.with(func(cl *client.Client) error {
		results, err = sendImport(ctx, cl, requests, true)
		if err != nil || c.DryRun || refusedOf(results) > 0 {
			return err
		}
		results, err = sendImport(ctx, cl, requests, false)
		return err
	})
	if err != nil {
		return err
	}
	refused := refusedOf(results)
	told := reportOf(dump, results)
	told.DryRun, told.Imported = c.DryRun, !c.DryRun && refused == 0
	if c.JSON {
		err = writeDocument(s.out, told)
	} else {
		err = told.print(s.out)
	}
	if err == nil && refused > 0 {
		err = fmt.Errorf("nothing was imported: %s can't be stored, see the lines that begin with differs or in-use; "+
			"--replace stores those that differ", counted(refused, "document"))
	}
	return err
}

func refusedOf(results []v1.ImportedResource) (n int) {
	for _, r := range results {
		if r.Outcome == "differs" || r.Outcome == "in-use" {
			n++
		}
	}
	return n
}

// longestRequest is how many bytes of documents one request has at most; half of what servers
// take by default.
const longestRequest = 512 << 10

// importRequests are the requests that import documents: one, but for a great many of them.
func importRequests(documents []migrate.Document, replace bool) (all []v1.ImportResourcesRequest, err error) {
	size := longestRequest
	for _, d := range documents {
		var text []byte
		if d.Kind == migrate.PipelineKind {
			text, err = json.Marshal(d.Pipeline)
		} else {
			text, err = json.Marshal(d.Preset)
		}
		if err != nil {
			return nil, err
		}
		if size += len(text); size > longestRequest {
			all = append(all, v1.ImportResourcesRequest{Replace: replace})
			size = len(text)
		}
		last := &all[len(all)-1]
		if d.Kind == migrate.PipelineKind {
			last.Pipelines = append(last.Pipelines, text)
		} else {
			last.Presets = append(last.Presets, text)
		}
	}
	return all, nil
}

// sendImport sends requests one after the other.
func sendImport(ctx context.Context, cl *client.Client, requests []v1.ImportResourcesRequest, dryRun bool) (
	results []v1.ImportedResource, err error) {
	for _, in := range requests {
		in.DryRun = dryRun
		part, err := cl.ImportResources(ctx, in)
		if err != nil {
			return nil, err
		}
		results = append(results, part...)
	}
	return results, nil
}

// reportOf joins what the server said to what stands in the files. Results are in the order of
// the documents.
func reportOf(dump migrate.Dump, results []v1.ImportedResource) importReport {
	told := importReport{Documents: []importedDocument{}, Faults: []importFault{}}
	for i, d := range dump.Documents {
		one := importedDocument{d.Kind, d.ID, d.Name, d.File, d.Line, results[i].Outcome, slices.Clone(d.Notes)}
		if members := results[i].Members; len(members) > 0 {
			one.Notes = append(one.Notes, "differs from the stored one in "+strings.Join(members, ", "))
		}
		if results[i].Outcome == "in-use" {
			one.Notes = append(one.Notes, "jobs that have not ended use the stored one")
		}
		if results[i].Warning != "" {
			one.Notes = append(one.Notes, results[i].Warning)
		}
		told.Documents = append(told.Documents, one)
	}
	for _, skipped := range dump.Skipped {
		told.Documents = append(told.Documents, importedDocument{skipped.Kind, skipped.ID, skipped.Name, skipped.File,
			skipped.Line, "skipped", []string{skipped.Why}})
	}
	for i := range told.Documents {
		if told.Documents[i].Notes == nil {
			told.Documents[i].Notes = []string{}
		}
	}
	return told
}

// print prints a row for each document, their notes below, and how many there are of each
// outcome. System presets, of which every list is full, are counted only.
func (r importReport) print(w io.Writer) error {
	var rows []importedDocument
	system := 0
	outcomes := map[string]int{}
	for _, d := range r.Documents {
		outcomes[d.Outcome]++
		if slices.Equal(d.Notes, []string{migrate.WhySystem}) {
			system++
			continue
		}
		rows = append(rows, d)
	}
	if err := printRows(w, rows); err != nil {
		return err
	}
	if system > 0 {
		fmt.Fprintf(w, "skipped: %s, as the program comes with them\n", counted(system, "system preset"))
	}
	fmt.Fprintln(w, r.summary(outcomes))
	return nil
}

func printRows(w io.Writer, rows []importedDocument) error {
	if len(rows) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "OUTCOME\tKIND\tID\tNAME\tFROM")
	for _, d := range rows {
		from := d.File
		if d.Line > 0 {
			from = fmt.Sprintf("%s:%d", d.File, d.Line)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", d.Outcome, d.Kind, cell(d.ID), cell(d.Name), cell(from))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, d := range rows {
		if len(d.Notes) > 0 {
			fmt.Fprintf(w, "\n%s:\n", inLine(cmp.Or(strings.TrimSpace(d.ID+" "+d.Name), d.File)))
		}
		for _, note := range d.Notes {
			fmt.Fprintf(w, "  %s\n", inLine(note))
		}
	}
	fmt.Fprintln(w)
	return nil
}

// summary is a sentence of what became of how many.
func (r importReport) summary(outcomes map[string]int) string {
	var parts []string
	for _, outcome := range []string{"created", "replaced", "unchanged", "skipped", "differs", "in-use"} {
		if outcomes[outcome] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", outcomes[outcome], outcome))
		}
	}
	text := cmp.Or(strings.Join(parts, ", "), "nothing to import")
	if r.DryRun {
		return "dry run: " + text
	}
	return text
}
