package access

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/sigv4"
	"github.com/reelastic/reelastic/internal/transcode"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// tenant is one of two who share a server.
type tenant struct {
	name, pipeline, job, subscription string
	key                               who
	blob                              string // a data key under the tenant's key, base64
}

// attempt is a request that a tenant may make about what is theirs.
type attempt struct {
	method, path, body string
	// kms is the operation, for a request of the key service.
	kms string
	// list says that the answer lists things: those of another are not in it.
	list bool
	// nobody says that no tenant may make the request at all.
	nobody bool
}

// policyOf is the policy of docs/security.md, with a tenant's names.
func policyOf(t *testing.T, name, pipeline string) string {
	t.Helper()
	document := reelastictest.ReadFile(t, "../../docs/security.md")
	block := regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(document)
	if block == nil {
		t.Fatal("docs/security.md has no policy")
	}
	return strings.NewReplacer("PIPELINE", pipeline, "TENANT", name).Replace(string(block[1]))
}

// pipelineOf is the body of a request about a tenant's pipeline, with some members.
func pipelineOf(name string, members ...string) string {
	all := object{"Name": name, "InputBucket": name + "-in", "OutputBucket": name + "-out",
		"Role": "arn:aws:iam::000000000000:role/" + name}
	for i := 0; i < len(members); i += 2 {
		all[members[i]] = json.RawMessage(members[i+1])
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic(err) // the members are a test's own
	}
	return string(text)
}

// send makes a signed request as somebody.
func (d *desk) send(t *testing.T, as who, a attempt) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), a.method, d.Endpoint()+a.path, strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	service := "elastictranscoder"
	if a.kms != "" {
		service = "kms"
		r.Header.Set("X-Amz-Target", "TrentService."+a.kms)
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	}
	if err := sigv4.Sign(r, []byte(a.body), sigv4.Credentials{AccessKeyID: as[0], SecretAccessKey: as[1]}, "us-east-1",
		service, time.Now()); err != nil {
		t.Fatal(err)
	}
	answer, err := d.HTTP().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var text bytes.Buffer
	if _, err := io.CopyN(&text, answer.Body, 1<<20); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	return answer.StatusCode, text.String()
}

// sent is send for what has to work, and reads a member of the answer.
func (d *desk) sent(t *testing.T, as who, a attempt, path ...string) string {
	t.Helper()
	status, body := d.send(t, as, a)
	if status/100 != 2 {
		t.Fatalf("%s %s answers %d, %s", a.method, a.path, status, body)
	}
	var value any
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		t.Fatal(err)
	}
	for _, name := range path {
		value = value.(object)[name]
	}
	text, _ := value.(string)
	return text
}

const base = "/2012-09-25"

// settle makes a tenant with a pipeline, a job, a key and a subscription.
func (d *desk) settle(t *testing.T, name string) *tenant {
	t.Helper()
	d.Bucket(name + "-in")
	d.Bucket(name + "-out")
	x := &tenant{name: name}
	x.pipeline = d.sent(t, d.first(), attempt{method: "POST", path: base + "/pipelines", body: pipelineOf(name)},
		"Pipeline", "Id")
	x.key = d.create(t, name, policyOf(t, name, x.pipeline))
	x.job = d.sent(t, x.key, attempt{method: "POST", path: base + "/jobs", body: `{"PipelineId":"` + x.pipeline +
		`","Input":{"Key":"a"},"Output":{"Key":"b","PresetId":"1351620000001-000010"}}`}, "Job", "Id")
	x.subscription = d.sent(t, x.key, attempt{method: "POST", path: "/v1/subscriptions", body: `{"topicArn":"` +
		x.topic() + `","endpoint":"http://127.0.0.1:9/","format":"cloudevents"}`}, "subscription", "id")
	x.blob = d.sent(t, x.key, attempt{method: "POST", path: "/", kms: "GenerateDataKey", body: `{"KeyId":"` + name +
		`","KeySpec":"AES_128","EncryptionContext":{"service":"elastictranscoder.amazonaws.com"}}`}, "CiphertextBlob")
	return x
}

func (x *tenant) topic() string { return "arn:aws:sns:us-east-1:000000000000:" + x.name + "-done" }

// topics are the Notifications of a pipeline.
func (x *tenant) topics() string {
	return `{"Progressing":"","Completed":"` + x.topic() + `","Warning":"","Error":""}`
}

// encryption has the tenant's data key.
func (x *tenant) encryption(t *testing.T) string {
	t.Helper()
	blob, err := base64.StdEncoding.DecodeString(x.blob)
	if err != nil {
		t.Fatal(err)
	}
	return `{"Mode":"aes-cbc-pkcs7","Key":"` + x.blob + `","KeyMd5":"` + transcode.KeyMD5(blob) + `"}`
}

// attempts are what a tenant may do with what belongs to x, from a pipeline of their own
// where they need one.
func attempts(t *testing.T, own, x *tenant) []attempt {
	pipeline, from := base+"/pipelines/"+x.pipeline, base+"/pipelines/"+own.pipeline
	put := func(members ...string) attempt {
		body := pipelineOf(own.name, members...)
		return attempt{method: "PUT", path: from, body: strings.Replace(body, `"OutputBucket":"`+own.name+`-out",`, "", 1)}
	}
	quoted := func(s string) string { return `"` + s + `"` }
	bucket := `{"Bucket":"` + x.name + `-out"}`
	job := func(members string) attempt {
		return attempt{method: "POST", path: base + "/jobs", body: `{"PipelineId":"` + own.pipeline + `",` + members + `}`}
	}
	test := func(members ...string) attempt {
		return attempt{method: "POST", path: base + "/roleTests", body: strings.Replace(pipelineOf(own.name,
			append([]string{"Topics", "[]"}, members...)...), `"Name":"`+own.name+`",`, "", 1)}
	}
	kms := func(operation, body string) attempt {
		return attempt{method: "POST", path: "/", kms: operation, body: body}
	}
	const preset = `"PresetId":"1351620000001-000010"`
	encryption := x.encryption(t)
	return []attempt{
		// the pipeline
		{method: "GET", path: pipeline},
		{method: "PUT", path: pipeline, body: `{"Name":"taken"}`},
		{method: "PUT", path: pipeline, body: `{"InputBucket":"` + own.name + `-in"}`},
		{method: "PUT", path: pipeline, body: `{"ContentConfig":{"Bucket":"` + own.name + `-out"}}`},
		{method: "POST", path: pipeline + "/status", body: `{"Status":"Paused"}`},
		{method: "POST", path: pipeline + "/notifications", body: `{"Id":"x","Notifications":` + own.topics() + `}`},
		{method: "GET", path: base + "/pipelines", list: true},
		{method: "POST", path: base + "/pipelines", body: pipelineOf(x.name), nobody: true},
		// its role, buckets, topics and key, in a pipeline of one's own
		put("Role", quoted("arn:aws:iam::000000000000:role/"+x.name)),
		put("InputBucket", quoted(x.name+"-in")),
		put("ContentConfig", bucket),
		put("ThumbnailConfig", bucket),
		put("Notifications", x.topics()),
		put("AwsKmsKeyArn", quoted("arn:aws:kms:us-east-1:000000000000:key/"+x.name)),
		{method: "POST", path: from + "/notifications", body: `{"Id":"x","Notifications":` + x.topics() + `}`},
		test("Role", quoted("arn:aws:iam::000000000000:role/"+x.name)),
		test("InputBucket", quoted(x.name+"-in")),
		test("OutputBucket", quoted(x.name+"-out")),
		test("Topics", `["`+x.topic()+`"]`),
		// its jobs
		{method: "POST", path: base + "/jobs", body: `{"PipelineId":"` + x.pipeline +
			`","Input":{"Key":"a"},"Output":{"Key":"c",` + preset + `}}`},
		{method: "GET", path: base + "/jobs/" + x.job},
		{method: "GET", path: base + "/jobsByPipeline/" + x.pipeline},
		{method: "GET", path: base + "/jobsByStatus/Submitted", list: true},
		{method: "GET", path: "/v1/jobs/" + x.job + "/progress"},
		{method: "DELETE", path: base + "/jobs/" + x.job},
		{method: "GET", path: "/v1/jobs/" + x.job + "/events"}, // of a job that has ended
		{method: "GET", path: "/v1/jobs/given-up", list: true},
		// its keys, and files that only they open
		kms("Encrypt", `{"KeyId":"`+x.name+`","Plaintext":"aGVsbG8="}`),
		kms("Encrypt", `{"KeyId":"arn:aws:kms:us-east-1:000000000000:key/`+x.name+`","Plaintext":"aGVsbG8="}`),
		kms("Decrypt", `{"CiphertextBlob":"`+x.blob+`","EncryptionContext":{"service":"elastictranscoder.amazonaws.com"}}`),
		kms("GenerateDataKey", `{"KeyId":"`+x.name+`","KeySpec":"AES_256"}`),
		kms("DescribeKey", `{"KeyId":"`+x.name+`"}`),
		job(`"Input":{"Key":"a","Encryption":` + encryption + `},"Output":{"Key":"d",` + preset + `}`),
		job(`"Input":{"Key":"a"},"Outputs":[{"Key":"e",` + preset + `,"Encryption":` + encryption + `}]`),
		job(`"Input":{"Key":"a"},"Output":{"Key":"f",` + preset + `,"ThumbnailPattern":"f-{count}",` +
			`"ThumbnailEncryption":` + encryption + `}`),
		job(`"Input":{"Key":"a"},"Output":{"Key":"g",` + preset + `,"Captions":{"CaptionFormats":[` +
			`{"Format":"srt","Pattern":"g-{language}","Encryption":` + encryption + `}]}}`),
		job(`"Inputs":[{"Key":"a","InputCaptions":{"MergePolicy":"Override","CaptionSources":[{"Key":"s.srt",` +
			`"Language":"en","Encryption":` + encryption + `}]}}],"Output":{"Key":"h",` + preset + `}`),
		// its subscriptions
		{method: "POST", path: "/v1/subscriptions", body: `{"topicArn":"` + x.topic() +
			`","endpoint":"http://127.0.0.1:9/","format":"cloudevents"}`},
		{method: "GET", path: "/v1/subscriptions", list: true},
		{method: "DELETE", path: "/v1/subscriptions/" + x.subscription},
		{method: "DELETE", path: pipeline},
		// its credentials, and what administrators manage
		{method: "GET", path: "/v1/credentials", nobody: true},
		{method: "POST", path: "/v1/credentials", body: `{"name":"` + x.name + `2"}`, nobody: true},
		{method: "POST", path: "/v1/credentials/" + x.name + "/rotate", body: "{}", nobody: true},
		{method: "POST", path: "/v1/credentials/" + x.key[0] + "/rotate", body: "{}", nobody: true},
		{method: "DELETE", path: "/v1/credentials/" + x.name, nobody: true},
		{method: "DELETE", path: "/v1/credentials/" + x.key[0], nobody: true},
		{method: "GET", path: "/v1/deliveries", nobody: true},
		{method: "POST", path: "/v1/deliveries/resend", body: `{"all":true}`, nobody: true},
		{method: "POST", path: "/v1/deliveries/discard", body: `{"all":true}`, nobody: true},
		{method: "DELETE", path: base + "/presets/1351620000001-000010", nobody: true},
	}
}

// TestTenants has one of two tenants try to reach what is the other's, and then the
// other do the same, so that no attempt is refused for another reason.
func TestTenants(t *testing.T) {
	t.Parallel()
	d := open(t, "--workers", "0", "--subscriber-networks", "127.0.0.0/8", "--refusal-delay", "0")
	films, news := d.settle(t, "films"), d.settle(t, "news")
	all := attempts(t, films, news)
	if len(all) < 40 {
		t.Errorf("only %d attempts", len(all))
	}
	for _, a := range all {
		status, body := d.send(t, films.key, a)
		refused := strings.Contains(body, "is not authorized to perform")
		if a.list {
			refused = status == 200 && !strings.Contains(body, "news")
		}
		if !refused {
			t.Errorf("%s %s %s%s answers %d, %s", a.method, a.path, a.kms, a.body, status, body)
		}
	}
	d.refused(t, films.key, "elastictranscoder", "read_job", object{"Id": news.job}, "AccessDeniedException", 403, "")
	for _, a := range attempts(t, news, news) {
		status, body := d.send(t, news.key, a)
		if denied := strings.Contains(body, "is not authorized to perform"); denied != a.nobody || status >= 500 {
			t.Errorf("its owner's %s %s %s%s answers %d, %s", a.method, a.path, a.kms, a.body, status, body)
		}
	}
}
