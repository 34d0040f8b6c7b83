package policy

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
	"testing"
)

const (
	job      = "arn:aws:elastictranscoder:us-east-1:000000000000:job/1502631977930-rabioh"
	pipeline = "arn:aws:elastictranscoder:us-east-1:000000000000:pipeline/1111111111111-abcde1"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	statements := func(list ...string) string {
		return `{"Version":"2012-10-17","Statement":[` + strings.Join(list, ",") + `]}`
	}
	const everything = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	for _, c := range []struct {
		name, policy, action, resource string
		want                           Decision
	}{
		{"all", statements(everything), "elastictranscoder:ReadJob", job, Allowed},
		{"one statement without a list", `{"Statement":` + everything + `}`, "kms:Encrypt", "*", Allowed},
		{"other action", statements(`{"Effect":"Allow","Action":"elastictranscoder:ReadJob","Resource":"*"}`),
			"elastictranscoder:CancelJob", job, Unmentioned},
		{"letter case of actions", statements(`{"Effect":"Allow","Action":"ElasticTranscoder:readjob","Resource":"*"}`),
			"elastictranscoder:ReadJob", job, Allowed},
		{"letter case of resources", statements(`{"Effect":"Allow","Action":"*","Resource":"` + strings.Replace(job,
			"job/", "Job/", 1) + `"}`), "elastictranscoder:ReadJob", job, Unmentioned},
		{"prefix", statements(`{"Effect":"Allow","Action":["elastictranscoder:Read*","elastictranscoder:List*"],` +
			`"Resource":"*"}`), "elastictranscoder:ListPresets", "*", Allowed},
		{"one character", statements(`{"Effect":"Allow","Action":"elastictranscoder:ReadJo?","Resource":"*"}`),
			"elastictranscoder:ReadJob", job, Allowed},
		{"one character is one", statements(`{"Effect":"Allow","Action":"elastictranscoder:ReadJob?","Resource":"*"}`),
			"elastictranscoder:ReadJob", job, Unmentioned},
		{"service", statements(`{"Effect":"Allow","Action":"elastictranscoder:*","Resource":"*"}`),
			"reelastic:CreateCredential", "*", Unmentioned},
		{"denial after", statements(everything,
			`{"Effect":"Deny","Action":"elastictranscoder:Delete*","Resource":"*"}`), "elastictranscoder:DeletePreset",
			"*", Denied},
		{"denial before", statements(`{"Effect":"Deny","Action":"elastictranscoder:Delete*","Resource":"*"}`,
			everything), "elastictranscoder:DeletePreset", "*", Denied},
		{"denial of another", statements(everything, `{"Effect":"Deny","Action":"*","Resource":"`+pipeline+`"}`),
			"elastictranscoder:ReadJob", job, Allowed},
		{"resource", statements(`{"Effect":"Allow","Action":"*","Resource":["` + pipeline + `","` + job + `"]}`),
			"elastictranscoder:ReadJob", job, Allowed},
		{"any job", statements(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:elastictranscoder:*:*:job/*"}`),
			"elastictranscoder:ReadJob", job, Allowed},
		{"any job is no pipeline",
			statements(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:elastictranscoder:*:*:job/*"}`),
			"elastictranscoder:ReadPipeline", pipeline, Unmentioned},
		{"a wildcard stays in its part",
			statements(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:*:us-east-1:*:pipeline/*"}`),
			"elastictranscoder:ReadJob", "arn:aws:x:y:us-east-1:pipeline/1", Unmentioned},
		{"colons in the last part", statements(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:sns:*:*:*"}`),
			"reelastic:X", "arn:aws:sns:r:a:topic:with:colons", Allowed},
		{"an ARN does not match no resource", statements(`{"Effect":"Allow","Action":"*","Resource":"arn:*:*:*:*:*"}`),
			"elastictranscoder:ListPresets", "*", Unmentioned},
		{"no resource is no pattern", statements(`{"Effect":"Allow","Action":"*","Resource":"` + job + `"}`),
			"elastictranscoder:ListPresets", "*", Unmentioned},
	} {
		p, err := Parse([]byte(c.policy))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := p.Decide(c.action, c.resource); got != c.want {
			t.Errorf("%s: %s on %s is %d, want %d", c.name, c.action, c.resource, got, c.want)
		}
	}
	if got := (Policy{}).Decide("elastictranscoder:ReadJob", job); got != Unmentioned {
		t.Errorf("no policy decides %d", got)
	}
}

func TestDecideNames(t *testing.T) {
	t.Parallel()
	p := parse(t, `{"Effect":"Allow","Action":"elastictranscoder:*","Resource":"arn:aws:elastictranscoder:*:*:job/*"},
		{"Effect":"Deny","Action":"elastictranscoder:*","Resource":"`+pipeline+`"}`)
	if got := p.Decide("elastictranscoder:ReadJob", job); got != Allowed {
		t.Errorf("the job decides %d", got)
	}
	if got := p.Decide("elastictranscoder:ReadJob", job, pipeline); got != Denied {
		t.Errorf("the job of a denied pipeline decides %d", got)
	}
	p = parse(t, `{"Effect":"Allow","Action":"elastictranscoder:*","Resource":"`+pipeline+`"}`)
	if got := p.Decide("elastictranscoder:ReadJob", job, pipeline); got != Allowed {
		t.Errorf("the job of an allowed pipeline decides %d", got)
	}
}

func parse(t *testing.T, statements string) Policy {
	t.Helper()
	p, err := Parse([]byte(`{"Statement":[` + statements + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDecideEvery(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		allow, deny string
		want        Decision
	}{
		{"*", "", Allowed},
		{"arn:aws:s3:::*", "", Allowed},
		{"arn:aws:s3:::films/*", "", Allowed},
		{"arn:aws:s3:::f*", "", Allowed},
		{"arn:aws:s3:::f?lms*", "", Allowed},
		{"arn:aws:s3:::films", "", Unmentioned},
		{"arn:aws:s3:::films/a*", "", Unmentioned},
		{"arn:aws:s3:::films/?", "", Unmentioned},
		{"arn:aws:s3:::films/*.mp4", "", Unmentioned},
		{"arn:aws:s3:::other/*", "", Unmentioned},
		{"*", "*", Denied},
		{"*", "arn:aws:s3:::films/secret/*", Denied},
		{"*", "arn:aws:s3:::*/secret/*", Denied},
		{"*", "arn:aws:s3:::*.mp4", Denied},
		{"*", "arn:aws:s3:::films", Allowed},
		{"*", "arn:aws:s3:::films2/*", Allowed},
		{"*", "arn:aws:s3:::other/*", Allowed},
	} {
		statements := `{"Effect":"Allow","Action":"s3:GetObject","Resource":"` + c.allow + `"}`
		if c.deny != "" {
			statements += `,{"Effect":"Deny","Action":"s3:*","Resource":"` + c.deny + `"}`
		}
		if got := parse(t, statements).DecideEvery("s3:GetObject", "arn:aws:s3:::films/"); got != c.want {
			t.Errorf("allowed on %s, denied on %q: %d, want %d", c.allow, c.deny, got, c.want)
		}
	}
}

func TestMentions(t *testing.T) {
	t.Parallel()
	p := parse(t, `{"Effect":"Allow","Action":"elastictranscoder:Read*","Resource":"`+job+`"},
		{"Effect":"Deny","Action":"elastictranscoder:DeletePreset","Resource":"*"}`)
	for action, want := range map[string]bool{"ReadJob": true, "ListPresets": false, "DeletePreset": false} {
		if got := p.Mentions("elastictranscoder:" + action); got != want {
			t.Errorf("%s is mentioned: %t", action, got)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	statement := func(members string) string { return `{"Statement":[{` + members + `}]}` }
	for _, c := range []struct{ policy, want string }{
		{``, "not JSON"},
		{`[]`, "can't be read"},
		{`{}`, "no Statement"},
		{`{"Statement":[]}`, "no Statement"},
		{`{"Version":"2020-01-01","Statement":[]}`, `Version "2020-01-01"`},
		{`{"Statements":[]}`, `unknown field "Statements"`},
		{statement(`"Effect":"allow","Action":"*","Resource":"*"`), `statement 1: the Effect "allow"`},
		{statement(`"Effect":"Allow","Action":"*"`), "an Action and a Resource must be given"},
		{statement(`"Effect":"Allow","Action":[],"Resource":"*"`), "an Action and a Resource must be given"},
		{statement(`"Effect":"Allow","Action":"ReadJob","Resource":"*"`), `Action "ReadJob"`},
		{statement(`"Effect":"Allow","Action":"elastic*:ReadJob","Resource":"*"`), `Action "elastic*:ReadJob"`},
		{statement(`"Effect":"Allow","Action":"*","Resource":"job/1"`), `Resource "job/1"`},
		{statement(`"Effect":"Allow","Action":"*","Resource":"arn:aws:elastictranscoder:*"`), "six parts"},
		{statement(`"Effect":"Allow","Action":"*","Resource":"arn:aws:a:b:c:job/${aws:username}"`), "policy variable"},
		{statement(`"Effect":"Allow","NotAction":"*","Resource":"*"`), "NotAction is not supported"},
		{statement(`"Effect":"Allow","Action":"*","NotResource":"*"`), "NotResource is not supported"},
		{statement(`"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}`),
			"Condition is not supported"},
		{statement(`"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"`), "Principal is not supported"},
		{statement(`"Effect":"Allow","Action":"*","Resource":"*","Until":"tomorrow"`), `unknown field "Until"`},
		{statement(`"Effect":"Allow","Action":1,"Resource":"*"`), "can't be read"},
		{`{"Id":"` + strings.Repeat("x", MaxBytes) + `"}`, "at most 10240"},
	} {
		if _, err := Parse([]byte(c.policy)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.80s: %v; want %q", c.policy, err, c.want)
		}
	}
}

func TestIdle(t *testing.T) {
	t.Parallel()
	p, err := Parse([]byte(`{"Statement":{"Effect":"Allow","Action":["elastictranscoder:Read*",` +
		`"elastictranscoder:ReedJob","s3:*"],"Resource":"*"}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"elastictranscoder:ReedJob", "s3:*"}
	if got := p.Idle([]string{"elastictranscoder:ReadJob", "elastictranscoder:ListPresets"}); !slices.Equal(got, want) {
		t.Errorf("idle are %q, want %q", got, want)
	}
}

func TestDocumentIsKept(t *testing.T) {
	t.Parallel()
	const text = `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	p, err := Parse([]byte(" " + text + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	written, err := json.Marshal(p)
	if err != nil || string(written) != text || p.String() != text {
		t.Errorf("%s, %s, %v", written, p, err)
	}
}

// FuzzMatches compares with the standard library's matching of file names, which
// has the same wildcards where there is no slash.
func FuzzMatches(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Add("*", "")
	f.Add("**a", "ba")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		for _, s := range []string{pattern, text} {
			if strings.ContainsAny(s, "/[\\") || strings.ContainsFunc(s, func(r rune) bool { return r > 126 }) {
				t.Skip("not the same there")
			}
		}
		want, err := path.Match(pattern, text)
		if err != nil {
			t.Skip(err)
		}
		if got := matches(pattern, text); got != want {
			t.Errorf("%q and %q: %t, want %t", pattern, text, got, want)
		}
	})
}

// FuzzParse asserts that what is read keeps its meaning when it is written, and
// that a denial of everything added to it leaves nothing allowed.
func FuzzParse(f *testing.F) {
	f.Add(`{"Statement":{"Effect":"Allow","Action":"elastictranscoder:*","Resource":"*"}}`, "elastictranscoder:ReadJob",
		job)
	f.Add(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["arn:*:*:*:*:*"]}]}`,
		"kms:Encrypt", "*")
	f.Fuzz(func(t *testing.T, text, action, resource string) {
		p, err := Parse([]byte(text))
		if err != nil {
			return
		}
		again, err := Parse([]byte(p.String()))
		if err != nil || again.Decide(action, resource) != p.Decide(action, resource) {
			t.Fatalf("%q reads otherwise when it is written: %v", text, err)
		}
		p.statements = append(p.statements, statement{deny: true, actions: []pattern{"*"}, resources: []pattern{"*"}})
		if p.Decide(action, resource) != Denied {
			t.Fatalf("%q overrides a denial", text)
		}
	})
}

// FuzzDecideEvery asserts that what is decided for every resource is true of each.
func FuzzDecideEvery(f *testing.F) {
	f.Add("arn:aws:s3:::f*", "arn:aws:s3:::films/*x?", "films/", "abxc")
	f.Fuzz(func(t *testing.T, allow, deny, prefix, rest string) {
		p := Policy{statements: []statement{
			{actions: []pattern{"*"}, resources: []pattern{pattern(allow)}},
			{deny: true, actions: []pattern{"*"}, resources: []pattern{pattern(deny)}},
		}}
		every := p.DecideEvery("s3:GetObject", "arn:aws:s3:::"+prefix)
		one := p.Decide("s3:GetObject", "arn:aws:s3:::"+prefix+rest)
		if every == Allowed && one != Allowed || one == Denied && every != Denied {
			t.Errorf("every resource %d, one of them %d", every, one)
		}
	})
}
