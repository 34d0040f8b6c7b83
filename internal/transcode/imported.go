package transcode

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/reelastic/reelastic/api"
)

// Import is pipelines and presets whose ids were chosen by who brings them, and how they are
// stored: all of them or none.
type Import struct {
	// Pipelines are of [ImportPipeline]; one without Status keeps that of the stored one, or
	// becomes Active.
	Pipelines []*api.Pipeline
	// Presets are of [ImportPreset].
	Presets []*api.Preset
	// Replace puts a document in the place of one that differs and has its id.
	Replace bool
	// DryRun stores nothing.
	DryRun bool
	// MaxPipelines and MaxPresets bound how many there may be; 0 does not.
	MaxPipelines, MaxPresets int
}

// ImportOutcome is what becomes of a document of an [Import].
type ImportOutcome string

// The outcomes of documents.
const (
	ImportCreated   ImportOutcome = "created"
	ImportUnchanged ImportOutcome = "unchanged"
	ImportReplaced  ImportOutcome = "replaced"
	// ImportDiffers: another document has its id, and Replace is not set.
	ImportDiffers ImportOutcome = "differs"
	// ImportInUse: it would replace a preset of jobs that have not ended.
	ImportInUse ImportOutcome = "in-use"
)

// Refused reports whether the outcome keeps the whole import from being stored.
func (o ImportOutcome) Refused() bool { return o == ImportDiffers || o == ImportInUse }

// ImportResult is what becomes of one document.
type ImportResult struct {
	// Kind is "pipeline" or "preset".
	Kind, ID string
	Outcome  ImportOutcome
	// Members are those in which it differs from the stored one, as in messages of the API.
	Members []string
}

// JudgeImport says what becomes of a document for whose id another one is stored.
func (i Import) JudgeImport(kind, id string, stored, brought any) (ImportResult, error) {
	members, err := DifferingMembers(stored, brought)
	result := ImportResult{Kind: kind, ID: id, Outcome: ImportDiffers, Members: members}
	switch {
	case len(members) == 0:
		result.Outcome = ImportUnchanged
	case i.Replace:
		result.Outcome = ImportReplaced
	}
	return result, err
}

// ImportPipeline makes a pipeline of a document as ReadPipeline answers it. It keeps Id and
// Status, and has the ARN of this region and account. An OutputBucket beside the configs,
// which it repeats, must say the same as they do.
func ImportPipeline(doc *api.Pipeline, region, account string) (*api.Pipeline, error) {
	if err := Check(&api.ReadPipelineRequest{Id: doc.Id}); err != nil {
		return nil, err
	}
	if doc.Status != nil {
		if err := Check(&api.UpdatePipelineStatusRequest{Id: doc.Id, Status: doc.Status}); err != nil {
			return nil, err
		}
	}
	req, err := PipelineCreation(doc)
	if err != nil {
		return nil, err
	}
	if err := Check(req); err != nil {
		return nil, err
	}
	p, err := NewPipeline(req, *doc.Id, region, account)
	if err != nil {
		return nil, err
	}
	p.Status = doc.Status
	return p, nil
}

// PipelineCreation is the request that makes a pipeline like the one of a document.
func PipelineCreation(doc *api.Pipeline) (*api.CreatePipelineRequest, error) {
	req := &api.CreatePipelineRequest{
		Name: doc.Name, InputBucket: doc.InputBucket, OutputBucket: doc.OutputBucket, Role: doc.Role,
		AwsKmsKeyArn: doc.AwsKmsKeyArn, Notifications: doc.Notifications, ContentConfig: doc.ContentConfig,
		ThumbnailConfig: doc.ThumbnailConfig,
	}
	if doc.OutputBucket == nil || doc.ContentConfig == nil && doc.ThumbnailConfig == nil {
		return req, nil
	}
	if err := sameBucket(doc, "ContentConfig", doc.ContentConfig); err != nil {
		return nil, err
	}
	if err := sameBucket(doc, "ThumbnailConfig", doc.ThumbnailConfig); err != nil {
		return nil, err
	}
	req.OutputBucket = nil
	return req, nil
}

func sameBucket(doc *api.Pipeline, name string, config *api.PipelineOutputConfig) error {
	if config == nil || config.Bucket == nil || *config.Bucket == *doc.OutputBucket {
		return nil
	}
	return invalid("OutputBucket", *doc.OutputBucket, name+":Bucket is "+strconv.Quote(*config.Bucket))
}

// ImportPreset makes a Custom preset of a document as ReadPreset answers it. It keeps Id, and
// has the ARN of this region and account. The warning is that of [NewPreset].
func ImportPreset(doc *api.Preset, region, account string) (p *api.Preset, warning string, err error) {
	if err := Check(&api.ReadPresetRequest{Id: doc.Id}); err != nil {
		return nil, "", err
	}
	if _, taken := SystemPreset(*doc.Id); taken {
		return nil, "", invalid("Id", *doc.Id, "it is that of a system preset")
	}
	if doc.Type != nil && *doc.Type != "Custom" {
		return nil, "", invalid("Type", *doc.Type, "only Custom presets are imported")
	}
	req := PresetCreation(doc)
	if err := Check(req); err != nil {
		return nil, "", err
	}
	return NewPreset(req, *doc.Id, region, account)
}

// PresetCreation is the request that makes a preset like the one of a document.
func PresetCreation(doc *api.Preset) *api.CreatePresetRequest {
	return &api.CreatePresetRequest{
		Name: doc.Name, Description: doc.Description, Container: doc.Container,
		Video: doc.Video, Audio: doc.Audio, Thumbnails: doc.Thumbnails,
	}
}

// DifferingMembers are the members in which two pipelines or two presets differ, by names as
// in messages of the API, sorted. Id and Arn do not count, nor does the order of lists: that
// of grants and watermarks says nothing, and Terraform does not keep it.
func DifferingMembers(a, b any) ([]string, error) {
	first, err := members(a)
	if err != nil {
		return nil, err
	}
	second, err := members(b)
	if err != nil {
		return nil, err
	}
	var names []string
	for name, value := range first {
		if other, ok := second[name]; !ok || value != other {
			names = append(names, name)
		}
	}
	for name := range second {
		if _, ok := first[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// members are the values of a document's members as texts; a list is one value.
func members(doc any) (map[string]string, error) {
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	delete(all, "Id")
	delete(all, "Arn")
	values := map[string]string{}
	return values, addMembers(values, "", all)
}

func addMembers(values map[string]string, prefix string, members map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		value := members[name]
		if value == nil {
			continue
		}
		if inner, ok := value.(map[string]any); ok {
			if err := addMembers(values, prefix+name+":", inner); err != nil {
				return err
			}
			continue
		}
		text, err := json.Marshal(unordered(value))
		if err != nil {
			return err
		}
		if given := string(text); given != "[]" && (name != "StorageClass" || given != `"Standard"`) {
			values[prefix+name] = given
		}
	}
	return nil
}

// unordered is a value with its lists in one order, whatever the one that they came in.
func unordered(value any) any {
	switch v := value.(type) {
	case map[string]any:
		sorted := map[string]any{}
		for name, inner := range v {
			if inner != nil {
				sorted[name] = unordered(inner)
			}
		}
		return sorted
	case []any:
		sorted := make([]any, len(v))
		for i, inner := range v {
			sorted[i] = unordered(inner)
		}
		slices.SortFunc(sorted, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		return sorted
	}
	return value
}
