package transcode

import "github.com/reelastic/reelastic/api"

// JobDraft is a job that passed validation and is ready to be stored.
type JobDraft struct {
	// Doc is the job in the form in which it is read back, Submitted, without timing.
	Doc *api.Job
	// Spec is the same in typed form.
	Spec JobSpec
}

// NewJob makes a Submitted job from a request that has passed [Check], for the
// pipeline p, which exists. Presets holds the presets that the outputs name, by
// id; one that is not there is a [PresetNotFound]. Other errors are an [*Error]
// about the request.
func NewJob(req *api.CreateJobRequest, p *api.Pipeline, presets map[string]*api.Preset,
	id, region, account string) (*JobDraft, error) {
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
	if err := checkVectors(spec); err != nil {
		return nil, err
	}
	showSegmentDurations(doc.Outputs)
	doc.Output = new(doc.Outputs[0])
	return &JobDraft{Doc: doc, Spec: spec}, nil
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

// JobSpec is a job in typed form, with the presets of its outputs resolved.
type JobSpec struct {
	ID        string
	Inputs    []InputSpec
	Outputs   []OutputSpec
	Playlists []PlaylistSpec
	// Images are those that outputs use, each once.
	Images []ImageSpec
	// CaptionFiles are the caption files that inputs and outputs use, each once.
	CaptionFiles []CaptionFileSpec
	// OutputKeyPrefix stands before every output, playlist and thumbnail key.
	OutputKeyPrefix string
	// Priority is 0 to 9, higher first (reelastic:priority); the default is 0.
	Priority int
	// Overwrite lets the job replace objects that exist (reelastic:overwrite).
	Overwrite bool
	// Speed is one of [Speeds] (reelastic:speed); "" is the installation's.
	Speed string
}

// JobSpecOf derives the typed form of a job from its document, with the presets
// that its outputs name, by id. It is the one place that judges jobs: an
// [*Error] says what is wrong, or which member this release can't honour yet.
func JobSpecOf(doc *api.Job, presets map[string]*api.Preset) (JobSpec, error) {
	r := &reader{}
	spec := JobSpec{ID: text(doc.Id), OutputKeyPrefix: text(doc.OutputKeyPrefix)}
	readOptions(r, doc.UserMetadata, &spec)
	images, files := &imageList{}, &captionFileList{}
	spec.Inputs = inputSpecs(r, doc.Inputs, files)
	for i := range doc.Outputs {
		o := &doc.Outputs[i]
		r.within(outputName(o), func(r *reader) {
			spec.Outputs = append(spec.Outputs, outputSpec(r, o, presets, spec.Inputs, images, files))
		})
	}
	spec.Images, spec.CaptionFiles = images.all, files.all
	checkUnique(r, spec.Outputs)
	if r.err != nil {
		return JobSpec{}, r.err
	}
	spec.Playlists = playlistSpecs(r, doc.Playlists, spec.Outputs)
	for i, o := range spec.Outputs {
		spec.Outputs[i].Formats = formatsOf(i, o, spec.Playlists)
	}
	if r.err == nil {
		checkShared(r, spec)
		checkKeys(r, spec)
	}
	if r.err != nil {
		return JobSpec{}, r.err
	}
	return spec, nil
}
