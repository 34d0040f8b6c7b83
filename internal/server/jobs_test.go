package server_test

import (
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/server"
)

// withPipeline puts a pipeline into the store and returns its id.
func withPipeline(t *testing.T, h *harness) string {
	t.Helper()
	return id(t, h.do("POST", base+"/pipelines", createPipeline), "Pipeline")
}

func TestJobOperations(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	pid := withPipeline(t, h)
	created := h.do("POST", base+"/jobs", `{"PipelineId":"`+pid+`","Input":{"Key":"in.mp4"},
		"Output":{"Key":"<a&b>.mp4","PresetId":"`+webPreset+`","ThumbnailPattern":""},"UserMetadata":{"a":"b"}}`)
	jid := id(t, created, "Job")
	if n := h.queue.woken(); n != 1 {
		t.Errorf("the dispatcher was woken %d times", n)
	}
	const output = `{"Id":"1","Key":"<a&b>.mp4","ThumbnailPattern":"","ThumbnailEncryption":null,"Rotate":null,
		"PresetId":"1351620000001-100070","SegmentDuration":null,"Status":"Submitted","StatusDetail":null,
"Duration":null,
		"Width":null,"Height":null,"FrameRate":null,"FileSize":null,"DurationMillis":null,"Watermarks":[],
"AlbumArt":null,
		"Composition":null,"Captions":null,"Encryption":null,"AppliedColorSpaceConversion":null}`
	const input = `{"Key":"in.mp4","FrameRate":null,"Resolution":null,"AspectRatio":null,"Interlaced":null,
"Container":null,
		"Encryption":null,"TimeSpan":null,"InputCaptions":null,"DetectedProperties":null}`
	doc := `{"Id":"` + jid + `","Arn":"arn:aws:elastictranscoder:us-east-1:000000000000:job/` + jid + `",` +
		`"PipelineId":"` + pid + `",
		"Input":` + input + `,"Inputs":[` + input + `],"Output":` + output + `,"Outputs":[` + output + `],
		"OutputKeyPrefix":null,"Playlists":[],"Status":"Submitted","UserMetadata":{"a":"b"},
		"Timing":{"SubmitTimeMillis":1502631977942,"StartTimeMillis":null,"FinishTimeMillis":null}}`
	created.want(t, 201, `{"Job":`+doc+`}`)
	h.do("GET", base+"/jobs/"+jid, "").want(t, 200, `{"Job":`+doc+`}`)
	h.do("GET", base+"/jobsByPipeline/"+pid+"?PipelineId="+pid, "").want(t, 200,
		`{"Jobs":[`+doc+`],"NextPageToken":null}`)
	h.do("GET", base+"/jobsByStatus/Submitted?Status=Submitted", "").want(t, 200,
		`{"Jobs":[`+doc+`],"NextPageToken":null}`)
	h.do("GET", base+"/jobsByStatus/Error", "").want(t, 200, `{"Jobs":[],"NextPageToken":null}`)
	h.do("DELETE", base+"/pipelines/"+pid, "").wantError(t, 409, api.ResourceInUseException,
		"The pipeline contains active jobs: account=000000000000, pipeline="+pid+".")
	h.do("DELETE", base+"/jobs/"+jid, "").want(t, 202, `{"Success":"true"}`)
	h.do("DELETE", base+"/jobs/"+jid, "").wantError(t, 409, api.ResourceInUseException,
		"The job was already in use: accountId=000000000000, resourceId="+jid+".")
	h.do("DELETE", base+"/pipelines/"+pid, "").want(t, 202, `{"Success":"true"}`)
}

// CreateJob looks for the pipeline, then for the presets in the order of the
// outputs, and only then at the rest.
func TestCreateJobMissingParts(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.do("POST", base+"/jobs", `{"PipelineId":"`+absentID+`"}`).wantError(t, 404, api.ResourceNotFoundException,
		"The specified pipeline was not found: account=000000000000, pipelineId="+absentID+".")
	pid := withPipeline(t, h)
	h.do("POST", base+"/jobs", `{"PipelineId":"`+pid+`","Input":{"Key":"a"},"Outputs":[{"Key":"x",`+
		`"PresetId":"`+webPreset+`"},
		{"Key":"y","PresetId":"`+absentID+`"},{"Key":"z","PresetId":"0000000000000-absent"}]}`).
		wantError(t, 404, api.ResourceNotFoundException,
			"The specified preset was not found: account=000000000000, presetId="+absentID)
}

func TestCreateJobWithCustomPreset(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	pid := withPipeline(t, h)
	preset := id(t, h.do("POST", base+"/presets", createPreset), "Preset")
	created := h.do("POST", base+"/jobs", `{"PipelineId":"`+pid+`","Input":{"Key":"a.wav"},
		"Outputs":[{"Key":"a.mp4","PresetId":"`+preset+`"},{"Key":"b.mp4","PresetId":"`+preset+`"}]}`)
	id(t, created, "Job")
}

func TestQuotas(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(c *server.Config, _ *harness) {
		c.Quotas = server.Quotas{Pipelines: 1, Presets: 1, QueuedJobsPerPipeline: 1}
	})
	pid := withPipeline(t, h)
	h.do("POST", base+"/pipelines", createPipeline).wantError(t, 429, api.LimitExceededException,
		"The account already has the maximum number of pipelines allowed: account=000000000000, maximum number of "+
			"pipelines=1")
	id(t, h.do("POST", base+"/presets", createPreset), "Preset")
	h.do("POST", base+"/presets", createPreset).wantError(t, 429, api.LimitExceededException,
		"The account already has the maximum number of presets allowed: account=000000000000, maximum number of "+
			"presets=1")
	job := `{"PipelineId":"` + pid + `","Input":{"Key":"a"},"Output":{"Key":"x","PresetId":"` + webPreset + `"}}`
	id(t, h.do("POST", base+"/jobs", job), "Job")
	h.do("POST", base+"/jobs", job).wantError(t, 429, api.LimitExceededException,
		"The account already has the maximum number of jobs per pipeline in the backlog: account=000000000000, "+
			"maximum number of jobs in backlog for pipeline=1")
	if got := h.answers.last(); got != "CreateJob Too Many Requests LimitExceededException" {
		t.Errorf("observed: %s", got)
	}
}

// A job is accepted even if the dispatcher can't be told, and an id that is taken is
// drawn again.
func TestCreateJobAgainstOdds(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	pid := withPipeline(t, h)
	h.queue.fail = errAway
	h.store.duplicate = 2
	id(t, h.do("POST", base+"/jobs",
		`{"PipelineId":"`+pid+`","Input":{"Key":"a"},"Output":{"Key":"x","PresetId":"`+webPreset+`"}}`), "Job")
}
