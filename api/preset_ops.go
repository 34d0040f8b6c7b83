package api

// CreatePresetRequest is the input of CreatePreset.
type CreatePresetRequest struct {
	// Label of 1 to 40 characters.
	Name *string `json:"Name" check:"required,min=1,max=40"`
	// Free text, up to 255 characters.
	Description *string `json:"Description" check:"min=0,max=255"`
	// File format: flac flv fmp4 gif mp2 mp3 mp4 mpg mxf oga ogg ts wav webm.
	Container *string `json:"Container" check:"required,pattern=PresetContainer"`
	// Video settings; null for none.
	Video *VideoParameters `json:"Video"`
	// Audio settings; null for none.
	Audio *AudioParameters `json:"Audio"`
	// Thumbnail settings; null for none.
	Thumbnails *Thumbnails `json:"Thumbnails"`
}

// CreatePresetResponse is the output of CreatePreset.
type CreatePresetResponse struct {
	// The preset as stored.
	Preset *Preset `json:"Preset"`
	// Why the settings may not play everywhere; "" when nothing is to be said.
	Warning *string `json:"Warning"`
}

// ReadPresetRequest is the input of ReadPreset.
type ReadPresetRequest struct {
	// Preset to read, of the system or the account.
	Id *string `json:"-" uri:"Id" check:"required,pattern=Id"`
}

// ReadPresetResponse is the output of ReadPreset.
type ReadPresetResponse struct {
	// The preset as stored.
	Preset *Preset `json:"Preset"`
}

// DeletePresetRequest is the input of DeletePreset, which refuses system presets.
type DeletePresetRequest struct {
	// Preset to delete.
	Id *string `json:"-" uri:"Id" check:"required,pattern=Id"`
}

// DeletePresetResponse is the output of DeletePreset. The model gives it no
// members; on the wire it is {"Success":"true"}, which marshalling gives.
type DeletePresetResponse struct{}

// ListPresetsRequest is the input of ListPresets, which lists system and custom
// presets together.
type ListPresetsRequest struct {
	// "true" lists the oldest first, "false" the newest; any letter case.
	Ascending *string `json:"-" query:"Ascending" check:"pattern=Ascending,anycase"`
	// NextPageToken of the page before; null for the first page.
	PageToken *string `json:"-" query:"PageToken" check:"pattern=Id"`
}

// ListPresetsResponse is one page of presets.
type ListPresetsResponse struct {
	// The presets of this page.
	Presets []Preset `json:"Presets"`
	// Token of the next page, in the form of an identifier; null on the last.
	NextPageToken *string `json:"NextPageToken" check:"pattern=Id"`
}
