package transcode

import (
	"strconv"

	"github.com/reelastic/reelastic/api"
)

// NewJob makes a Submitted job from a request that has passed [Check], for the
// pipeline p, which exists. Presets holds the presets that the outputs name, by
// id; one that is not there is a [PresetNotFound]. Other errors are an [*Error]
// about the request.
func NewJob(req *api.CreateJobRequest, p *api.Pipeline, presets map[string]*api.Preset, id, region, account string) (*JobDraft, error) {
	inputs, outputs, err := jobParts(req)
	if err != nil {
		return nil, err
	}
	for _, o := range outputs {
		if preset := text(o.PresetId); preset != "" && presets[preset] == nil {
			return nil, PresetNotFound(account, preset)
		}
	}
	doc := &api.Job{
		Id: new(id), Arn: new(ARN(region, account, "job", id)), PipelineId: p.Id, Status: new(string(Submitted)),
		Inputs: inputs, OutputKeyPrefix: req.OutputKeyPrefix,
		Playlists: shownPlaylists(req.Playlists), UserMetadata: req.UserMetadata,
	}
	for i, o := range outputs {
		doc.Outputs = append(doc.Outputs, shownOutput(i, o))
	}
	doc.Input = new(inputs[0])
	spec, err := JobSpecOf(doc, presets)
	if err != nil {
		return nil, err
	}
	showSegmentDurations(doc.Outputs)
	doc.Output = new(doc.Outputs[0])
	return &JobDraft{Doc: doc, Spec: spec}, nil
}

// PresetIDs lists the presets that a job request names, each once, in order.
func PresetIDs(req *api.CreateJobRequest) []string {
	var ids []string
	seen := map[string]bool{}
	outputs := req.Outputs
	if req.Output != nil {
		outputs = append([]api.CreateJobOutput{*req.Output}, outputs...)
	}
	for _, o := range outputs {
		if id := text(o.PresetId); id != "" && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

// jobParts returns the inputs and outputs of either syntax, at least one of
// each. The lists are the job's own. An empty list counts as not given.
func jobParts(req *api.CreateJobRequest) ([]api.JobInput, []api.CreateJobOutput, error) {
	inputs := append([]api.JobInput(nil), req.Inputs...)
	outputs := append([]api.CreateJobOutput(nil), req.Outputs...)
	switch {
	case req.Input != nil && len(inputs) > 0:
		return nil, nil, invalidf("[Input and Inputs are mutually exclusive.]")
	case req.Input == nil && len(inputs) == 0:
		return nil, nil, invalidf("[Input and Inputs are not allowed to both be null.]")
	case req.Output != nil && len(outputs) > 0:
		return nil, nil, invalidf("[Output and Outputs are mutually exclusive.]")
	case req.Output == nil && len(outputs) == 0:
		return nil, nil, invalidf("[Output and Outputs are not allowed to both be null.]")
	}
	if req.Input != nil {
		inputs = []api.JobInput{*req.Input}
	}
	if req.Output != nil {
		outputs = []api.CreateJobOutput{*req.Output}
	}
	for i := range inputs {
		inputs[i].DetectedProperties = nil // for responses only
	}
	return inputs, outputs, nil
}

// shownOutput is an output as it is read back before the job has started; index
// counts from 0.
func shownOutput(index int, o api.CreateJobOutput) api.JobOutput {
	shown := api.JobOutput{
		Id: new(strconv.Itoa(index + 1)), Key: o.Key, PresetId: o.PresetId, Status: new(string(Submitted)),
		ThumbnailPattern: o.ThumbnailPattern, ThumbnailEncryption: o.ThumbnailEncryption, Rotate: o.Rotate,
		SegmentDuration: o.SegmentDuration, Watermarks: o.Watermarks, AlbumArt: o.AlbumArt,
		Composition: o.Composition, Captions: o.Captions, Encryption: o.Encryption,
	}
	if shown.Watermarks == nil {
		shown.Watermarks = []api.JobWatermark{}
	}
	return shown
}

// showSegmentDurations writes the one member that reads back otherwise than it was sent:
// as the original's double printed, "10" as "10.0".
func showSegmentDurations(outputs []api.JobOutput) {
	for i := range outputs {
		if o := &outputs[i]; o.SegmentDuration != nil {
			o.SegmentDuration = new(Decimal(*o.SegmentDuration))
		}
	}
}

func shownPlaylists(playlists []api.CreateJobPlaylist) []api.Playlist {
	shown := make([]api.Playlist, len(playlists))
	for i, p := range playlists {
		shown[i] = api.Playlist{
			Name: p.Name, Format: p.Format, OutputKeys: p.OutputKeys, Status: new(string(Submitted)),
			HlsContentProtection: p.HlsContentProtection, PlayReadyDrm: p.PlayReadyDrm,
		}
	}
	return shown
}
