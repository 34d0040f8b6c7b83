package server_test

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/identity"
	"github.com/reelastic/reelastic/internal/policy"
	"github.com/reelastic/reelastic/internal/server"
	"github.com/reelastic/reelastic/internal/task"
)

const (
	someID    = "1502631977930-rabioh"
	arnPrefix = "arn:aws:elastictranscoder:us-east-1:000000000000:"
	testerARN = "arn:aws:iam::000000000000:user/tester"
)

// requests has one request for every action there is, and the resource it is about.
var requests = []struct{ action, method, target, body, resource string }{
	{"elastictranscoder:CancelJob", "DELETE", base + "/jobs/" + someID, "", arnPrefix + "job/" + someID},
	{"elastictranscoder:CreateJob", "POST", base + "/jobs",
		`{"PipelineId":"` + someID + `","Output":{"PresetId":"p1"}}`, arnPrefix + "pipeline/" + someID},
	{"elastictranscoder:CreatePipeline", "POST", base + "/pipelines", `{}`, "*"},
	{"elastictranscoder:CreatePreset", "POST", base + "/presets", `{}`, "*"},
	{"elastictranscoder:DeletePipeline", "DELETE", base + "/pipelines/" + someID, "", arnPrefix + "pipeline/" + someID},
	{"elastictranscoder:DeletePreset", "DELETE", base + "/presets/" + someID, "", arnPrefix + "preset/" + someID},
	{"elastictranscoder:ListJobsByPipeline", "GET", base + "/jobsByPipeline/" + someID, "",
		arnPrefix + "pipeline/" + someID},
	{"elastictranscoder:ListJobsByStatus", "GET", base + "/jobsByStatus/Complete", "", "*"},
	{"elastictranscoder:ListPipelines", "GET", base + "/pipelines", "", "*"},
	{"elastictranscoder:ListPresets", "GET", base + "/presets", "", "*"},
	{"elastictranscoder:ReadJob", "GET", base + "/jobs/" + someID, "", arnPrefix + "job/" + someID},
	{"elastictranscoder:ReadPipeline", "GET", base + "/pipelines/" + someID, "", arnPrefix + "pipeline/" + someID},
	{"elastictranscoder:ReadPreset", "GET", base + "/presets/" + someID, "", arnPrefix + "preset/" + someID},
	{"elastictranscoder:TestRole", "POST", base + "/roleTests", `{}`, "*"},
	{"elastictranscoder:UpdatePipeline", "PUT", base + "/pipelines/" + someID, `{}`, arnPrefix + "pipeline/" + someID},
	{"elastictranscoder:UpdatePipelineNotifications", "POST", base + "/pipelines/" + someID + "/notifications", `{}`,
		arnPrefix + "pipeline/" + someID},
	{"elastictranscoder:UpdatePipelineStatus", "POST", base + "/pipelines/" + someID + "/status", `{}`,
		arnPrefix + "pipeline/" + someID},
	{"reelastic:ReadJobProgress", "GET", "/v1/jobs/" + someID + "/progress", "", arnPrefix + "job/" + someID},
	{"reelastic:ReadJobEvents", "GET", "/v1/jobs/" + someID + "/events", "", arnPrefix + "job/" + someID},
	{"reelastic:ListGivenUpJobs", "GET", "/v1/jobs/given-up", "", "*"},
	{"reelastic:ImportResources", "POST", "/v1/import", `{}`, "*"},
	{"reelastic:ReadSystem", "GET", "/v1/system", "", "*"},
	{"reelastic:CreateCredential", "POST", "/v1/credentials", `{"name":"x"}`, "*"},
	{"reelastic:ListCredentials", "GET", "/v1/credentials", "", "*"},
	{"reelastic:RotateCredential", "POST", "/v1/credentials/other/rotate", "", "arn:aws:iam::000000000000:user/other"},
	{"reelastic:RevokeCredential", "DELETE", "/v1/credentials/other", "", "arn:aws:iam::000000000000:user/other"},
	// An access key stands for its caller.
	{"reelastic:RevokeCredential", "DELETE", "/v1/credentials/" + caller.AccessKeyID, "", testerARN},
}

// withPolicy gives the caller a policy of these statements.
func withPolicy(t testing.TB, statements string) func(*server.Config, *harness) {
	t.Helper()
	p, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` + statements + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return func(_ *server.Config, h *harness) { h.callers.policy = p }
}

func TestEveryActionIsDeniedWithoutPolicy(t *testing.T) {
	t.Parallel()
	none := newHarness(t, func(_ *server.Config, h *harness) { h.callers.policy = policy.Policy{} })
	denied := newHarness(t,
		withPolicy(t, `{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*"}`))
	for _, r := range requests {
		if r.body != "" {
			r.resource = "*" // a body is not read before
		}
		start := "User: " + testerARN + " is not authorized to perform: " + r.action + " on resource: " + r.resource +
			" "
		none.do(r.method, r.target, r.body).wantError(t, 403, api.AccessDeniedException,
			start+"because its policy does not allow the action "+r.action+" on it")
		denied.do(r.method, r.target, r.body).wantError(t, 403, api.AccessDeniedException,
			start+"with an explicit deny in its policy")
	}
}

func TestEveryRouteIsAmongTheRequests(t *testing.T) {
	t.Parallel()
	actions := map[string]bool{}
	for _, r := range requests {
		actions[r.action] = true
	}
	for _, action := range newHarness(t).server.Actions() {
		ours := strings.HasPrefix(action, "elastictranscoder:") || strings.HasPrefix(action, "reelastic:")
		if ours && !actions[action] {
			t.Errorf("no request of the test needs %s", action)
		}
	}
}

// TestExactlyTheAllowedPasses allows one action on its resource and sees that all
// requests but its own are denied.
func TestExactlyTheAllowedPasses(t *testing.T) {
	t.Parallel()
	for i, allowed := range requests {
		h := newHarness(t, withPolicy(t,
			`{"Effect":"Allow","Action":"`+allowed.action+`","Resource":["`+allowed.resource+`",`+
				`"`+arnPrefix+`preset/p1"]}`))
		for j, r := range requests {
			passes := r.action == allowed.action && r.resource == allowed.resource
			got := h.do(r.method, r.target, r.body).status
			if i == j && !passes || (got == 403) == passes {
				t.Errorf("with %s on %s, %s %s answers %d", allowed.action, allowed.resource, r.method, r.target, got)
			}
		}
	}
}

func TestJobNeedsPipelineAndPresets(t *testing.T) {
	t.Parallel()
	h := newHarness(t, withPolicy(t, `{"Effect":"Allow","Action":"elastictranscoder:*","Resource":"`+arnPrefix+`*"},
		{"Effect":"Deny","Action":"elastictranscoder:CreateJob",
"Resource":"`+arnPrefix+`preset/1351620000001-00002*"}`))
	body := func(preset string) string {
		return `{"PipelineId":"` + someID +
			`","Outputs":[{"Key":"a","PresetId":"1351620000001-000010"},{"Key":"b","PresetId":"` + preset + `"}]}`
	}
	h.do("POST", base+"/jobs", body("1351620000001-000020")).wantError(t, 403, api.AccessDeniedException,
		"User: "+testerARN+" is not authorized to perform: elastictranscoder:CreateJob on "+
			"resource: "+arnPrefix+"preset/1351620000001-000020 with an explicit deny in its policy")
	if got := h.do("POST", base+"/jobs", body("1351620000001-000030")); got.status == 403 {
		t.Errorf("the job is denied: %s", got.body)
	}
}

// TestPipelineNeeds allows all that a request about a pipeline takes, and takes each of it
// away in turn.
func TestPipelineNeeds(t *testing.T) {
	t.Parallel()
	const (
		role   = "arn:aws:iam::000000000000:role/films"
		topics = "arn:aws:sns:us-east-1:000000000000:films-"
		create = `{"Name":"p","Role":"` + role + `","InputBucket":"in","Notifications":{"Progressing":"",` +
			`"Completed":"` + topics + `done","Warning":"","Error":"` + topics + `failed"},` +
			`"ContentConfig":{"Bucket":"out"},"ThumbnailConfig":{"Bucket":"thumbs"}}`
		test = `{"Role":"` + role + `","InputBucket":"in","OutputBucket":"out","Topics":["` + topics + `done"]}`
	)
	allow := func(action, resource string) string {
		return `{"Effect":"Allow","Action":"` + action + `","Resource":"` + resource + `"}`
	}
	objects := []string{allow("s3:GetObject", "arn:aws:s3:::in/*"), allow("s3:PutObject", "arn:aws:s3:::out/*"),
		allow("iam:PassRole", role), allow("sns:Publish", topics+"done")}
	everything := append(slices.Clone(objects), allow("s3:PutObject", "arn:aws:s3:::thumbs/*"),
		allow("sns:Publish", topics+"failed"))
	for _, c := range []struct {
		action, method, target, body string
		needs                        []string
	}{
		{"CreatePipeline", "POST", "/pipelines", create, everything},
		{"UpdatePipeline", "PUT", "/pipelines/" + someID, create, everything},
		{"UpdatePipelineNotifications", "POST", "/pipelines/" + someID + "/notifications",
			`{"Notifications":{"Progressing":"` + topics + `done","Completed":"","Warning":"","Error":""}}`,
			[]string{allow("sns:Publish", topics+"done")}},
		{"TestRole", "POST", "/roleTests", test, objects},
	} {
		own := allow("elastictranscoder:"+c.action, "*")
		answer := func(statements ...string) answer {
			return newHarness(t, withPolicy(t, strings.Join(append(statements, own), ","))).
				do(c.method, base+c.target, c.body)
		}
		if got := answer(c.needs...); got.status == 403 {
			t.Errorf("%s is denied with all that it takes: %s", c.action, got.body)
		}
		for i, missing := range c.needs {
			if got := answer(slices.Concat(c.needs[:i], c.needs[i+1:])...); got.status != 403 {
				t.Errorf("%s without %s answers %d", c.action, missing, got.status)
			}
		}
	}
}

// TestPipelinesBoundJobs has a caller who may do everything on one of two pipelines.
func TestPipelinesBoundJobs(t *testing.T) {
	t.Parallel()
	const mine, other = "1111111111111-aaaaaa", "2222222222222-bbbbbb"
	h := newHarness(t, withPolicy(t, `{"Effect":"Allow","Action":["elastictranscoder:*","reelastic:*Job*"],
		"Resource":"`+arnPrefix+`pipeline/`+mine+`"}`))
	for _, pipeline := range []string{mine, other} {
		h.store.pipelines[pipeline] = &api.Pipeline{Id: new(pipeline)}
		job := "j" + pipeline[1:]
		h.store.jobs[job] = &api.Job{Id: &job, PipelineId: new(pipeline), Status: new("Complete")}
		h.store.givenUp = append(h.store.givenUp, task.GivenUp{Number: 1, JobID: job, PipelineID: pipeline})
	}
	for _, target := range []string{base + "/pipelines", base + "/jobsByStatus/Complete", "/v1/jobs/given-up"} {
		got := h.do("GET", target, "")
		if got.status != 200 || !strings.Contains(got.body, mine) || strings.Contains(got.body, other) {
			t.Errorf("%s answers %d, %s", target, got.status, got.body)
		}
	}
	for _, c := range []struct{ method, start, end string }{
		{"GET", base + "/jobs/j", ""},
		{"DELETE", base + "/jobs/j", ""},
		{"GET", base + "/jobsByPipeline/", ""},
		{"GET", "/v1/jobs/j", "/progress"},
	} {
		for id, denied := range map[string]bool{mine: false, other: true} {
			if strings.HasSuffix(c.start, "j") {
				id = id[1:]
			}
			if got := h.do(c.method, c.start+id+c.end, ""); (got.status == 403) != denied {
				t.Errorf("%s %s%s%s answers %d", c.method, c.start, id, c.end, got.status)
			}
		}
	}
}

// TestJobNeedsKeys sees that a job opens no key that the caller may not open.
func TestJobNeedsKeys(t *testing.T) {
	t.Parallel()
	const keys = "arn:aws:kms:us-east-1:000000000000:key/"
	installation, err := identity.NewKey(make([]byte, identity.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	own := identity.NewDataKeys(identity.NewKeyring(installation), "us-east-1", "000000000000")
	h := newHarness(t, func(c *server.Config, _ *harness) { c.Keys = own },
		withPolicy(t, `{"Effect":"Allow","Action":"elastictranscoder:*","Resource":"*"},
			{"Effect":"Allow","Action":"kms:Decrypt","Resource":"`+keys+`films"}`))
	for name, denied := range map[string]bool{"films": false, "other": true} {
		ciphertext, err := own.EncryptKey(t.Context(), keys+name, make([]byte, 16))
		if err != nil {
			t.Fatal(err)
		}
		encryption := `{"Mode":"aes-cbc-pkcs7","KeyMd5":"x","Key":"` + base64.StdEncoding.EncodeToString(ciphertext) + `"}`
		for _, members := range []string{
			`"Input":{"Key":"a","Encryption":` + encryption + `}`,
			`"Outputs":[{"Key":"a","PresetId":"p","Captions":{"CaptionFormats":[{"Encryption":` + encryption + `}]}}]`,
			`"Playlists":[{"Name":"a","HlsContentProtection":` + strings.Replace(encryption, "aes-cbc-pkcs7", "", 1) +
				`}]`,
		} {
			got := h.do("POST", base+"/jobs", `{"PipelineId":"`+someID+`",`+members+`}`)
			if (got.status == 403) != denied {
				t.Errorf("%s with the key %s answers %d, %s", members, name, got.status, got.body)
			}
		}
	}
}

func TestCredentialDocuments(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	const use = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["elastictranscoder:ListPresets",` +
		`"elastictranscoder:ReadPreset"],"Resource":"*"}]}`
	const all = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	fresh := func(name, policy string) string {
		return `{"name":"` + name + `","arn":"arn:aws:iam::000000000000:user/` + name +
			`","accessKeyId":"RLAFRESH","secretAccessKey":"fresh secret","policy":` +
			policy + `,"created":"2017-08-13T13:46:17.93Z","until":null}`
	}
	a := h.do("POST", "/v1/credentials", `{"name":"web"}`)
	a.want(t, 201, `{"credential":`+fresh("web", use)+`}`)
	if a.header.Get("Cache-Control") != "no-store" {
		t.Error("a secret may be kept on the way")
	}
	h.do("POST", "/v1/credentials", `{"name":"web","policy":`+all+`}`).want(t, 201,
		`{"credential":`+fresh("web", all)+`}`)
	h.do("GET", "/v1/credentials", "").want(t, 200,
		`{"credentials":[{"name":"tester","arn":"`+testerARN+`","accessKeyId":"`+caller.AccessKeyID+
			`","policy":`+all+`,"created":null,"until":"1970-01-01T00:00:00.005Z"}]}`)
	old := `{"name":"web","arn":"arn:aws:iam::000000000000:user/web","accessKeyId":"RLAOLD","policy":` + use +
		`,"created":null,"until":null}`
	h.do("POST", "/v1/credentials/web/rotate", `{"graceSeconds":60}`).want(t, 200,
		`{"credential":`+fresh("web", use)+`,"replaced":`+old+`}`)
	limited := strings.Replace(fresh("web", use), `"until":null`, `"until":"2030-01-02T03:04:05.678Z"`, 1)
	const until = `"until":"2030-01-02T04:04:05.6789+01:00"`
	h.do("POST", "/v1/credentials", `{"name":"web",`+until+`}`).want(t, 201, `{"credential":`+limited+`}`)
	h.do("POST", "/v1/credentials/web/rotate", `{`+until+`}`).want(t, 200,
		`{"credential":`+limited+`,"replaced":`+old+`}`)
	h.do("DELETE", "/v1/credentials/web", "").want(t, 200, `{"revoked":[`+old+`]}`)
	if strings.Contains(h.log.String(), "fresh secret") || !strings.Contains(h.log.String(), "by=tester") {
		t.Errorf("the log is %s", h.log)
	}
}

func TestCredentialRefusals(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, c := range []struct {
		target, body string
		code         api.ErrorCode
		want         string
	}{
		{"/v1/credentials", `{"name":"x","polices":{}}`, api.SerializationException, `unknown field "polices"`},
		{"/v1/credentials", `{"name":"x"} {}`, api.SerializationException, "more than one document"},
		{"/v1/credentials", `{"name":"x","until":"2017-08-13T13:46:17.93Z"}`, api.ValidationException,
			"until 2017-08-13T13:46:17Z is not valid: it must be after now, 2017-08-13T13:46:17Z"},
		{"/v1/credentials", `{"name":"x","until":"tomorrow"}`, api.SerializationException, "can not be read"},
		{"/v1/credentials", `{"name":1}`, api.SerializationException, "can not be read"},
		{"/v1/credentials", `{"name":"x","policy":{"Statement":{"Effect":"Allow","NotAction":"*","Resource":"*"}}}`,
			api.ValidationException, "NotAction is not supported"},
		{"/v1/credentials", `{"name":"x","policy":{"Statement":{"Effect":"Allow",` +
			`"Action":"elastictranscoder:ReedJob",` +
			`"Resource":"*"}}}`, api.ValidationException,
			"no action of this service matches elastictranscoder:ReedJob"},
		{"/v1/credentials/x/rotate", `{"graceSeconds":-1}`, api.ValidationException, "graceSeconds -1"},
		{"/v1/credentials/x/rotate", `{"graceSeconds":2592001}`, api.ValidationException, "from 0 to 2592000"},
	} {
		a := h.do("POST", c.target, c.body)
		var document map[string]string
		if err := json.Unmarshal([]byte(a.body), &document); err != nil {
			t.Fatal(err)
		}
		if message := document["message"] + document["Message"]; a.exception() != c.code ||
			!strings.Contains(message, c.want) {
			t.Errorf("%s: %s", c.body, a.body)
		}
	}
}
