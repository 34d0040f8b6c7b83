package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
)

const (
	broughtPipeline = `{"Id":"1400000000000-pipeln","Name":"own","Status":"Paused","InputBucket":"in",` +
		`"OutputBucket":"out","Role":"arn:aws:iam::123456789012:role/r"}`
	broughtPreset = `{"Id":"1400000000000-preset","Name":"own","Container":"mp3","Audio":{"Codec":"mp3",` +
		`"SampleRate":"44100","BitRate":"128","Channels":"2"}}`
)

func importBody(members string, documents ...string) string {
	return `{"pipelines":[` + documents[0] + `],"presets":[` + documents[1] + `]` + members + `}`
}

// TestImport stores documents with their own ids, once, and replaces them when asked.
func TestImport(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	result := func(kind, id, outcome, members string) string {
		return `{"kind":"` + kind + `","id":"1400000000000-` + id + `","outcome":"` + outcome + `","members":[` +
			members + `],"warning":""}`
	}
	both := func(outcome string) string {
		return `{"results":[` + result("pipeline", "pipeln", outcome, "") + `,` +
			result("preset", "preset", outcome, "") + `]}`
	}
	dump := importBody("", broughtPipeline, broughtPreset)
	h.do("POST", "/v1/import", importBody(`,"dryRun":true`, broughtPipeline, broughtPreset)).want(t, 200, both("created"))
	if a := h.do("GET", "/2012-09-25/presets/1400000000000-preset", ""); a.status != 404 {
		t.Errorf("a dry run has stored a preset: %s", a.body)
	}
	h.do("POST", "/v1/import", dump).want(t, 200, both("created"))
	h.do("POST", "/v1/import", dump).want(t, 200, both("unchanged"))
	read := h.do("GET", "/2012-09-25/pipelines/1400000000000-pipeln", "")
	if got := member(t, read.body, "Pipeline", "Status"); got != "Paused" {
		t.Errorf("the pipeline is %v", got)
	}
	if got := member(t, read.body, "Pipeline", "Arn"); !strings.HasSuffix(got.(string), "/1400000000000-pipeln") {
		t.Errorf("the ARN is %v", got)
	}

	other := strings.Replace(broughtPreset, `"128"`, `"192"`, 1)
	h.do("POST", "/v1/import", importBody("", "", other)).wantError(t, 409, api.ResourceInUseException,
		"The preset 1400000000000-preset exists and differs in Audio:BitRate.")
	h.do("POST", "/v1/import", importBody(`,"dryRun":true`, "", other)).want(t, 200,
		`{"results":[`+result("preset", "preset", "differs", `"Audio:BitRate"`)+`]}`)
	h.do("POST", "/v1/import", importBody(`,"replace":true`, "", other)).want(t, 200,
		`{"results":[`+result("preset", "preset", "replaced", `"Audio:BitRate"`)+`]}`)
}

// TestImportRefuses stores nothing of a request of which any document is wrong.
func TestImportRefuses(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, c := range []struct {
		body string
		code api.ErrorCode
		want string
	}{
		{importBody("", broughtPipeline, strings.Replace(broughtPreset, "mp3", "mp9", 1)), api.ValidationException,
			"presets.1 (1400000000000-preset): 1 validation error detected: Value 'mp9' at 'container' failed"},
		{importBody("", strings.Replace(broughtPipeline, `"out"`, `"out","ContentConfig":{"Bucket":"b"}`, 1), ""),
			api.ValidationException, `pipelines.1 (1400000000000-pipeln): OutputBucket "out" is not valid: ` +
				`ContentConfig:Bucket is "b".`},
		{importBody("", strings.Replace(broughtPipeline, "Paused", "Stopped", 1), broughtPreset),
			api.ValidationException, "Value 'Stopped' at 'status' failed"},
		{importBody("", broughtPipeline+","+broughtPipeline, broughtPreset), api.ValidationException,
			"pipelines.2 (1400000000000-pipeln): The id is given twice."},
		{importBody("", "", strings.Replace(broughtPreset, "1400000000000-preset", "1351620000001-000010", 1)),
			api.ValidationException, `Id "1351620000001-000010" is not valid: it is that of a system preset.`},
		{importBody("", broughtPipeline, strings.Replace(broughtPreset, `"Name"`, `"Type":"System","Name"`, 1)),
			api.ValidationException, `Type "System" is not valid: only Custom presets are imported.`},
		{importBody("", broughtPipeline, strings.Replace(broughtPreset, "1400000000000-preset", "mine", 1)),
			api.ValidationException, "Value 'mine' at 'id' failed"},
		{importBody("", broughtPipeline, strings.Replace(broughtPreset, "Container", "Contayner", 1)),
			api.SerializationException, `unknown field "Contayner". (member 'presets.1')`},
		{importBody("", broughtPipeline, `[]`), api.SerializationException, "(member 'presets.1')"},
		{`{"jobs":[]}`, api.SerializationException, `unknown field "jobs"`},
	} {
		a := h.do("POST", "/v1/import", c.body)
		text := fmt.Sprint(member(t, a.body, "message"), member(t, a.body, "Message"))
		if a.exception() != c.code || !strings.Contains(text, c.want) {
			t.Errorf("%s:\n%s, want %s: %s", c.body, a.body, c.code, c.want)
		}
	}
	h.do("GET", "/2012-09-25/pipelines", "").want(t, 200, `{"Pipelines":[],"NextPageToken":null}`)
}

// TestImportTakes asks the caller's policy for the import, by the document, and for all that
// a pipeline reaches.
func TestImportTakes(t *testing.T) {
	t.Parallel()
	const allPresets = `{"Effect":"Allow","Action":"reelastic:ImportResources",` +
		`"Resource":"arn:aws:elastictranscoder:*:*:preset/*"}`
	for _, c := range []struct{ policy, pipelines, presets, denied string }{
		{`{"Effect":"Allow","Action":"elastictranscoder:*","Resource":"*"}`, "", broughtPreset,
			"reelastic:ImportResources on resource: *"},
		{allPresets, "", broughtPreset, ""},
		{allPresets, broughtPipeline, "", "reelastic:ImportResources on resource: " +
			"arn:aws:elastictranscoder:us-east-1:000000000000:pipeline/1400000000000-pipeln"},
		{`{"Effect":"Allow","Action":["reelastic:*","s3:*"],"Resource":"*"}`, broughtPipeline, "",
			"iam:PassRole on resource: arn:aws:iam::123456789012:role/r"},
		{`{"Effect":"Allow","Action":["reelastic:*","s3:GetObject","iam:PassRole"],"Resource":"*"}`, broughtPipeline,
			"", "s3:PutObject on resource: arn:aws:s3:::out/*"},
		{`{"Effect":"Allow","Action":["reelastic:*","s3:*","iam:PassRole"],"Resource":"*"}`, broughtPipeline, "", ""},
	} {
		h := newHarness(t, withPolicy(t, c.policy))
		a := h.do("POST", "/v1/import", importBody(`,"dryRun":true`, c.pipelines, c.presets))
		if c.denied == "" && a.status != 200 {
			t.Errorf("%s: %s", c.policy, a.body)
		}
		if c.denied != "" && (a.exception() != api.AccessDeniedException || !strings.Contains(a.body, c.denied)) {
			t.Errorf("%s: %s, want a denial of %s", c.policy, a.body, c.denied)
		}
	}
}
