package transcode

import "github.com/reelastic/reelastic/api"

// Retry makes a Submitted job of the document of another one, as that was accepted, with
// the presets that it names, by id. The pipeline is the other's; its id and its priority
// are as the document says.
func Retry(old *api.Job, presets map[string]*api.Preset, id, region, account string) (*JobDraft, error) {
	doc := *old
	doc.Id, doc.Arn = new(id), new(ARN(region, account, "job", id))
	doc.Status = new(string(Submitted))
	spec, err := JobSpecOf(&doc, presets)
	if err != nil {
		return nil, err
	}
	return &JobDraft{Doc: &doc, Spec: spec}, nil
}
