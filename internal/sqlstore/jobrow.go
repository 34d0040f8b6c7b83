package sqlstore

import (
	"database/sql"
	"encoding/json"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/task"
	"github.com/reelastic/reelastic/internal/transcode"
)

const jobColumns = `status, submit_millis, start_millis, finish_millis, outputs, playlists, detected, doc`

// jobRow is a row of jobs: the document as accepted, and what lies over it.
type jobRow struct {
	status        transcode.Status
	submit        int64
	start, finish sql.Null[int64]
	// outputs and playlists are null as long as all are Submitted, or when the job was canceled.
	outputs, playlists, detected sql.Null[string]
	doc                          string
}

func (r *jobRow) into() []any {
	return []any{&r.status, &r.submit, &r.start, &r.finish, &r.outputs, &r.playlists, &r.detected, &r.doc}
}

// job is the job as a client reads it.
func (r *jobRow) job() (*api.Job, error) {
	j, err := decode[api.Job](r.doc)
	if err != nil {
		return nil, err
	}
	outputs, playlists, err := r.results(j)
	if err != nil {
		return nil, err
	}
	detected, err := states[api.DetectedProperties](r.detected)
	if err != nil {
		return nil, err
	}
	j.Status = new(string(r.status))
	j.Timing = &api.Timing{SubmitTimeMillis: &r.submit}
	if r.start.Valid {
		j.Timing.StartTimeMillis = &r.start.V
	}
	if r.finish.Valid {
		j.Timing.FinishTimeMillis = &r.finish.V
	}
	for i := range min(len(detected), len(j.Inputs)) {
		if detected[i] != (api.DetectedProperties{}) {
			j.Inputs[i].DetectedProperties = &detected[i]
		}
	}
	for i := range j.Outputs {
		layOutput(&j.Outputs[i], outputs[i])
	}
	for i := range j.Playlists {
		j.Playlists[i].Status = new(string(playlists[i].Status))
		j.Playlists[i].StatusDetail = text(playlists[i].Detail)
		if made := playlists[i].Protection; made != nil {
			j.Playlists[i].HlsContentProtection = made
		}
	}
	return echo(j), nil
}

// echo gives a job the members that repeat others, and [] where the service
// wrote it instead of null (original.md 1.7).
func echo(j *api.Job) *api.Job {
	if j.Playlists == nil {
		j.Playlists = []api.Playlist{}
	}
	for i := range j.Outputs {
		if j.Outputs[i].Watermarks == nil {
			j.Outputs[i].Watermarks = []api.JobWatermark{}
		}
	}
	if len(j.Inputs) > 0 {
		j.Input = new(j.Inputs[0])
	}
	if len(j.Outputs) > 0 {
		j.Output = new(j.Outputs[0])
	}
	return j
}

// results is the state of each output and playlist of j. A single output always
// has its job's status, and a canceled job is canceled as a whole.
func (r *jobRow) results(j *api.Job) ([]task.OutputResult, []task.PlaylistResult, error) {
	outputs, err := states[task.OutputResult](r.outputs)
	if err != nil {
		return nil, nil, err
	}
	playlists, err := states[task.PlaylistResult](r.playlists)
	if err != nil {
		return nil, nil, err
	}
	for i := len(outputs); i < len(j.Outputs); i++ {
		outputs = append(outputs, task.OutputResult{Index: i, Status: transcode.Submitted})
	}
	for i := len(playlists); i < len(j.Playlists); i++ {
		playlists = append(playlists, task.PlaylistResult{Index: i, Status: transcode.Submitted})
	}
	for i := range outputs {
		if len(outputs) == 1 || r.status == transcode.Canceled {
			outputs[i].Status = r.status
		}
	}
	for i := range playlists {
		if r.status == transcode.Canceled {
			playlists[i].Status = r.status
		}
	}
	return outputs, playlists, nil
}

func states[T any](column sql.Null[string]) (all []T, err error) {
	if column.Valid {
		err = json.Unmarshal([]byte(column.V), &all)
	}
	return all, err
}

func layOutput(o *api.JobOutput, r task.OutputResult) {
	o.Status = new(string(r.Status))
	o.StatusDetail = text(r.Detail)
	o.AppliedColorSpaceConversion = text(r.ColorSpaceConversion)
	layEncryption(&o.Encryption, r.Encryption)
	layEncryption(&o.ThumbnailEncryption, r.ThumbnailEncryption)
	for i, e := range r.CaptionEncryption {
		layEncryption(&o.Captions.CaptionFormats[i].Encryption, e)
	}
	if r.Duration > 0 {
		o.Duration = new(int64((r.Duration + time.Second - 1) / time.Second))
		o.DurationMillis = new(r.Duration.Round(time.Millisecond).Milliseconds())
	}
	if !r.Size.IsZero() {
		o.Width, o.Height = new(r.Size.Width), new(r.Size.Height)
	}
	if !r.FrameRate.IsZero() {
		o.FrameRate = new(transcode.FrameRateText(r.FrameRate))
	}
	if r.FileSizeBytes > 0 {
		o.FileSize = new(r.FileSizeBytes)
	}
}

// layEncryption shows what was generated in the place of what was asked for.
func layEncryption(member **api.Encryption, generated *api.Encryption) {
	if generated != nil {
		*member = generated
	}
}

// text is a string member whose "" is null.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
