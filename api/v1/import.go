package v1

import "encoding/json"

// ImportResourcesRequest asks to store pipelines and presets with the ids that they have
// (POST /v1/import). All of them are stored, or none.
type ImportResourcesRequest struct {
	// Pipelines are documents as ReadPipeline answers them, in the original's form. One without
	// Status keeps that of the stored one, or becomes Active.
	Pipelines []json.RawMessage `json:"pipelines,omitempty"`
	// Presets are documents as ReadPreset answers them, in the original's form.
	Presets []json.RawMessage `json:"presets,omitempty"`
	// Replace puts a document in the place of one that differs and has its id. Without it,
	// such a document is refused.
	Replace bool `json:"replace,omitempty"`
	// DryRun stores nothing, and answers what would become of each document.
	DryRun bool `json:"dryRun,omitempty"`
}

// ImportResourcesResponse says what became of each document: of the pipelines, then of the
// presets, in the order of the request.
type ImportResourcesResponse struct {
	Results []ImportedResource `json:"results"`
}

// ImportedResource is what became of a document.
type ImportedResource struct {
	// Kind is pipeline or preset.
	Kind string `json:"kind"`
	ID   string `json:"id"`
	// Outcome is created, unchanged or replaced. A dry run also answers differs (another
	// document has the id) and in-use (it would replace a preset of jobs that have not ended),
	// for which the import is refused.
	Outcome string `json:"outcome"`
	// Members are those in which it differs from the stored document, such as Video:BitRate.
	Members []string `json:"members"`
	// Warning says which settings of a preset go beyond its H.264 level; "" when none does.
	Warning string `json:"warning"`
}
