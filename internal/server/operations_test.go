package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/server"
)

const (
	base       = "/2012-09-25"
	pipelineID = "1502609200466-80khou"
	jobID      = "1502631977930-rabioh"
	presetID   = "1502620000000-preset"
	absentID   = "1111111111111-absent"
	webPreset  = "1351620000001-100070"
)

const createPipeline = `{"Name":"Standard","InputBucket":"in","OutputBucket":"out",
	"Role":"arn:aws:iam::123456789012:role/Elastic_Transcoder_Default_Role",
	"Notifications":{"Progressing":"","Completed":"","Warning":"",
"Error":"arn:aws:sns:us-east-1:123456789012:ET_Errors"}}`

// storedPipeline is the pipeline of createPipeline with the given id.
func storedPipeline(id string) string {
	return `{"Id":"` + id + `","Arn":"arn:aws:elastictranscoder:us-east-1:000000000000:pipeline/` + id + `",
	"Name":"Standard","Status":"Active","InputBucket":"in","OutputBucket":"out",
	"Role":"arn:aws:iam::123456789012:role/Elastic_Transcoder_Default_Role","AwsKmsKeyArn":null,
	"Notifications":{"Progressing":"","Completed":"","Warning":"",
"Error":"arn:aws:sns:us-east-1:123456789012:ET_Errors"},
	"ContentConfig":{"Bucket":"out","StorageClass":null,"Permissions":[]},
	"ThumbnailConfig":{"Bucket":"out","StorageClass":null,"Permissions":[]}}`
}

// id reads the id of what was created, and checks that it is made of the clock.
func id(t *testing.T, a answer, kind string) string {
	t.Helper()
	if a.status != 201 {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	id, _ := member(t, a.body, kind, "Id").(string)
	if !strings.HasPrefix(id, "1502631977930-") || len(id) != 20 {
		t.Fatalf("%s id %q", kind, id)
	}
	return id
}

func TestPipelineOperations(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	created := h.do("POST", base+"/pipelines", createPipeline)
	pid := id(t, created, "Pipeline")
	doc := storedPipeline(pid)
	created.want(t, 201, `{"Pipeline":`+doc+`,"Warnings":[]}`)
	h.do("GET", base+"/pipelines/"+pid, "").want(t, 200, `{"Pipeline":`+doc+`,"Warnings":[]}`)
	h.do("GET", base+"/pipelines", "").want(t, 200, `{"Pipelines":[`+doc+`],"NextPageToken":null}`)

	doc = strings.Replace(doc, `"Name":"Standard"`, `"Name":"Fast"`, 1)
	h.do("PUT", base+"/pipelines/"+pid, `{"Name":"Fast","Role":null}`).want(t, 200,
		`{"Pipeline":`+doc+`,"Warnings":[]}`)

	doc = strings.Replace(doc, `"Status":"Active"`, `"Status":"Paused"`, 1)
	h.do("POST", base+"/pipelines/"+pid+"/status", `{"Id":"`+pid+`","Status":"Paused"}`).want(t, 200,
		`{"Pipeline":`+doc+`}`)
	if n := h.queue.woken(); n != 0 {
		t.Errorf("the dispatcher was woken %d times by Paused", n)
	}
	doc = strings.Replace(doc, `"Status":"Paused"`, `"Status":"Active"`, 1)
	h.do("POST", base+"/pipelines/"+pid+"/status", `{"Status":"Active"}`).want(t, 200, `{"Pipeline":`+doc+`}`)
	if n := h.queue.woken(); n != 1 {
		t.Errorf("the dispatcher was woken %d times by Active", n)
	}

	doc = strings.Replace(doc, `ET_Errors"`, `ET_Errors"`, 1)
	doc = strings.Replace(doc, `"Warning":""`, `"Warning":"arn:aws:sns:us-east-1:123456789012:W"`, 1)
	h.do("POST", base+"/pipelines/"+pid+"/notifications",
		`{"Id":"x","Notifications":{"Warning":"arn:aws:sns:us-east-1:123456789012:W"}}`).want(t, 200,
		`{"Pipeline":`+doc+`}`)

	h.do("DELETE", base+"/pipelines/"+pid, "").want(t, 202, `{"Success":"true"}`)
	h.do("GET", base+"/pipelines", "").want(t, 200, `{"Pipelines":[],"NextPageToken":null}`)
}

func TestPipelineWarnings(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(c *server.Config, _ *harness) { c.Region = "eu-west-1" })
	a := h.do("POST", base+"/pipelines", createPipeline)
	id(t, a, "Pipeline")
	warnings, _ := member(t, a.body, "Warnings").([]any)
	if len(warnings) != 1 || warnings[0].(map[string]any)["Code"] != "6006" {
		t.Errorf("Warnings: %v", warnings)
	}
}

const createPreset = `{"Name":"Voice","Description":"","Container":"mp4",
	"Audio":{"Codec":"AAC","SampleRate":"44100","BitRate":"128","Channels":"2"}}`

func TestPresetOperations(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	created := h.do("POST", base+"/presets", createPreset)
	pid := id(t, created, "Preset")
	stored := h.do("GET", base+"/presets/"+pid, "")
	body := strings.TrimPrefix(strings.TrimSuffix(stored.body, "}"), `{"Preset":`)
	stored.want(t, 200, `{"Preset":`+body+`}`)
	created.want(t, 201, `{"Preset":`+body+`,"Warning":""}`)
	for name, want := range map[string]any{"Type": "Custom", "Name": "Voice", "Description": "", "Container": "mp4",
		"Arn": "arn:aws:elastictranscoder:us-east-1:000000000000:preset/" + pid, "Video": nil, "Thumbnails": nil} {
		if got := member(t, stored.body, "Preset", name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	h.do("DELETE", base+"/presets/"+pid, "").want(t, 202, `{"Success":"true"}`)
	h.do("GET", base+"/presets/"+pid, "").wantError(t, 404, api.ResourceNotFoundException,
		"The specified preset was not found: account=000000000000, presetId="+pid)
}

func TestSystemPresets(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	a := h.do("GET", base+"/presets/"+webPreset, "")
	for name, want := range map[string]any{"Type": "System", "Name": "System preset: Web",
		"Arn": "arn:aws:elastictranscoder:us-east-1:000000000000:preset/" + webPreset} {
		if got := member(t, a.body, "Preset", name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	h.do("DELETE", base+"/presets/"+webPreset, "").wantError(t, 403, api.AccessDeniedException,
		"Deleting a system preset is not allowed: account=000000000000, presetId="+webPreset+".")
}

// pages lists everything, page by page, and returns the ids.
func pages(t *testing.T, h *harness, path, kind string) (ids []string, sizes []int) {
	t.Helper()
	next := ""
	for {
		a := h.do("GET", path+next, "")
		if a.status != 200 {
			t.Fatalf("status %d: %s", a.status, a.body)
		}
		page, _ := member(t, a.body, kind).([]any)
		for _, row := range page {
			ids = append(ids, row.(map[string]any)["Id"].(string))
		}
		sizes = append(sizes, len(page))
		token := member(t, a.body, "NextPageToken")
		if token == nil {
			return ids, sizes
		}
		next = "PageToken=" + token.(string)
		if len(sizes) > 10 {
			t.Fatal("the list does not end")
		}
	}
}

func TestPresetPages(t *testing.T) {
	t.Parallel()
	for custom, want := range map[int][]int{0: {50, 12}, 1: {50, 13}, 38: {50, 50}, 39: {50, 50, 1}, 60: {50, 50, 22},
		88: {50, 50, 50}} {
		h := newHarness(t)
		for i := range custom {
			p := &api.Preset{Id: new(fmt.Sprintf("1502620000000-%06d", i))}
			h.store.presets[*p.Id] = p
		}
		up, sizes := pages(t, h, base+"/presets?", "Presets")
		if fmt.Sprint(sizes) != fmt.Sprint(want) {
			t.Errorf("%d custom presets: pages of %v, want %v", custom, sizes, want)
		}
		if len(up) != 62+custom || up[0] != "1351620000001-000001" {
			t.Errorf("%d custom presets: %d listed, from %s", custom, len(up), up[0])
		}
		down, sizes := pages(t, h, base+"/presets?Ascending=False&", "Presets")
		if sizes[0] != 50 || len(down) != len(up) {
			t.Errorf("%d custom presets, descending: %v", custom, sizes)
		}
		for i := range down {
			if down[i] != up[len(up)-1-i] {
				t.Fatalf("%d custom presets: descending differs at %d", custom, i)
			}
		}
	}
}

func TestPipelinePages(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for i := range 51 {
		p := &api.Pipeline{Id: new(fmt.Sprintf("1502620000000-%06d", i))}
		h.store.pipelines[*p.Id] = p
	}
	down, sizes := pages(t, h, base+"/pipelines?", "Pipelines")
	if fmt.Sprint(sizes) != "[50 1]" || down[0] != "1502620000000-000050" {
		t.Errorf("pages of %v, from %s", sizes, down[0])
	}
	up, _ := pages(t, h, base+"/pipelines?Ascending=True&", "Pipelines")
	if up[0] != "1502620000000-000000" {
		t.Errorf("ascending from %s", up[0])
	}
}

func TestRoleTest(t *testing.T) {
	t.Parallel()
	const role, known, other = "arn:aws:iam::123456789012:role/r", "arn:aws:sns:us-east-1:123456789012:known",
		"arn:aws:sns:us-east-1:123456789012:other"
	test := func(h *harness, role, in, out, topics string) answer {
		return h.do("POST", base+"/roleTests",
			`{"Role":"`+role+`","InputBucket":"`+in+`","OutputBucket":"`+out+`","Topics":[`+topics+`]}`)
	}
	h := newHarness(t, func(cfg *server.Config, _ *harness) { cfg.Topics = topics(known) })
	test(h, role, "in", "out", "").want(t, 200, `{"Success":"true","Messages":[]}`)
	test(h, role, "x", "y", `"`+known+`"`).
		want(t, 200, `{"Success":"false","Messages":["The role `+role+` does not have access to the bucket: x","The `+
			`role `+role+` does not have access to the bucket: y"]}`)
	test(h, role, "in", "out", `"`+known+`"`).want(t, 200, `{"Success":"true","Messages":[]}`)
	test(h, role, "in", "broken", `"`+known+`","`+other+`"`).
		want(t, 200, `{"Success":"false","Messages":["The role `+role+` does not have access to the bucket: `+
			`broken","The role `+role+` does not have access to the topic: `+other+`"]}`)
	test(h, refusedRole, "in", "broken", `"`+other+`"`).
		want(t, 200, `{"Success":"false","Messages":["The role `+refusedRole+` can not be assumed: STS says: `+
			`AccessDenied."]}`)
}

func TestBucketRegions(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for bucket, want := range map[string]string{"in": "", "broken": "", "away": "6000"} {
		a := h.do("POST", base+"/pipelines",
			`{"Name":"p","InputBucket":"`+bucket+`","OutputBucket":"not-made-yet",`+
				`"Role":"arn:aws:iam::123456789012:role/r"}`)
		var made struct{ Warnings []struct{ Code string } }
		if err := json.Unmarshal([]byte(a.body), &made); err != nil || a.status != 201 {
			t.Fatalf("%d %s, %v", a.status, a.body, err)
		}
		got := ""
		for _, w := range made.Warnings {
			got += w.Code
		}
		if got != want {
			t.Errorf("an input bucket %s gives the warnings %q, want %q", bucket, got, want)
		}
	}
}
