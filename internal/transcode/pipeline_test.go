package transcode

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
)

const (
	bucketPipeline = `{"Name": "default", "InputBucket": "in", "OutputBucket": "out", "Role": "arn:aws:iam::123456789012:role/Transcode"}`
	configPipeline = `{"Name": "default", "InputBucket": "in", "Role": "arn:aws:iam::123456789012:role/Transcode",
		"ContentConfig": {"Bucket": "media", "StorageClass": "Standard"}, "ThumbnailConfig": {"Bucket": "thumbs",
		"Permissions": [{"GranteeType": "Group", "Grantee": "AllUsers", "Access": ["Read"]}]}}`
)

func createPipeline(t testing.TB, document, change string) (*api.Pipeline, error) {
	t.Helper()
	req := edit(t, edit(t, new(api.CreatePipelineRequest), document), change)
	if err := Check(req); err != nil {
		return nil, err
	}
	return NewPipeline(req, testID, testRegion, testAccount)
}

func TestPipelineRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ document, change, want string }{
		{bucketPipeline, `{"OutputBucket": null}`,
			`[OutputBucket and ContentConfig:Bucket are not allowed to both be null.]`},
		{bucketPipeline, `{"OutputBucket": null, "ContentConfig": {}}`,
			`[OutputBucket and ContentConfig:Bucket are not allowed to both be null.]`},
		{bucketPipeline, `{"ContentConfig": {"Bucket": "media"}}`,
			`[OutputBucket and ContentConfig are mutually exclusive.]`},
		{bucketPipeline, `{"ThumbnailConfig": {"Bucket": "thumbs"}}`,
			`[OutputBucket and ThumbnailConfig are mutually exclusive.]`},
		{configPipeline, `{"ThumbnailConfig": null}`,
			`[ThumbnailConfig:Bucket is not allowed to be null if ContentConfig is specified.]`},
		{configPipeline, `{"ThumbnailConfig": {"Bucket": null}}`,
			`[ThumbnailConfig:Bucket is not allowed to be null if ContentConfig is specified.]`},
		{configPipeline, `{"ThumbnailConfig": {"Permissions": [{"GranteeType": "Group", "Grantee": "Everyone", "Access": ["Read"]}]}}`,
			`ThumbnailConfig:Permissions:Grantee "Everyone" is not valid: a Group is AllUsers, AuthenticatedUsers or LogDelivery.`},
		{configPipeline, `{"ContentConfig": {"Permissions": [{"Grantee": "a"}]}}`,
			`ContentConfig:Permissions:GranteeType is not allowed to be null.`},
		{configPipeline, `{"ContentConfig": {"Permissions": [{"GranteeType": "Email"}]}}`,
			`ContentConfig:Permissions:Grantee is not allowed to be null.`},
		{bucketPipeline, `{"Role": null}`, `Role cannot be blank`},
		{bucketPipeline, `{"Role": ""}`, `Role cannot be blank`},
		{bucketPipeline, `{"Role": "arn:aws:iam::1:role/x"}`, `Role ARN is invalid: arn:aws:iam::1:role/x`},
		{bucketPipeline, `{"InputBucket": null}`,
			`1 validation error detected: Value null at 'inputBucket' failed to satisfy constraint: Member must not be null`},
		{bucketPipeline, `{"InputBucket": null, "Role": null}`,
			`2 validation errors detected: Value null at 'inputBucket' failed to satisfy constraint: Member must not be null; ` +
				`Value null at 'role' failed to satisfy constraint: Member must not be null`},
	} {
		_, err := createPipeline(t, c.document, c.change)
		if got := message(t, err); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.change, got, c.want)
		}
	}
}

func TestPipelineReadsBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ document, change, want string }{
		{bucketPipeline, `{"AwsKmsKeyArn": "", "Notifications": {"Error": "arn:aws:sns:us-east-1:123456789012:e"}}`, `{
			"Id": "1502631977930-rabioh", "Arn": "arn:aws:elastictranscoder:us-east-1:123456789012:pipeline/1502631977930-rabioh",
			"Name": "default", "Status": "Active", "InputBucket": "in", "OutputBucket": "out", "Role": "arn:aws:iam::123456789012:role/Transcode",
			"Notifications": {"Progressing": "", "Completed": "", "Warning": "", "Error": "arn:aws:sns:us-east-1:123456789012:e"},
			"ContentConfig": {"Bucket": "out", "Permissions": []}, "ThumbnailConfig": {"Bucket": "out", "Permissions": []}}`},
		{configPipeline, `{}`, `{
			"Id": "1502631977930-rabioh", "Arn": "arn:aws:elastictranscoder:us-east-1:123456789012:pipeline/1502631977930-rabioh",
			"Name": "default", "Status": "Active", "InputBucket": "in", "Role": "arn:aws:iam::123456789012:role/Transcode",
			"Notifications": {"Progressing": "", "Completed": "", "Warning": "", "Error": ""},
			"ContentConfig": {"Bucket": "media", "StorageClass": "Standard", "Permissions": []},
			"ThumbnailConfig": {"Bucket": "thumbs", "Permissions": [{"GranteeType": "Group", "Grantee": "AllUsers", "Access": ["Read"]}]}}`},
	} {
		p, err := createPipeline(t, c.document, c.change)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(fromJSON(t, c.want), asJSON(t, p)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.change, diff)
		}
	}
}

// TestOutputBucketOfConfigs reads back whether both configs say what one OutputBucket
// would: programs build addresses from it.
func TestOutputBucketOfConfigs(t *testing.T) {
	t.Parallel()
	const everybody = `{"GranteeType": "Group", "Grantee": "AllUsers", "Access": ["Read", "ReadAcp"]}`
	const owner = `{"GranteeType": "Email", "Grantee": "a@example.com", "Access": ["FullControl"]}`
	for _, c := range []struct {
		content, thumbnails string // members beside Bucket
		want                bool
	}{
		{``, ``, true},
		{`, "StorageClass": "Standard", "Permissions": []`, `, "StorageClass": "Standard", "Permissions": []`, true},
		{`, "StorageClass": "ReducedRedundancy"`, `, "StorageClass": "ReducedRedundancy"`, true},
		{`, "Permissions": [` + everybody + `]`, `, "Permissions": [` + everybody + `]`, true},
		{`, "Permissions": [` + everybody + `, ` + owner + `]`, `, "Permissions": [` + owner + `, ` + everybody + `]`, true},
		{`, "StorageClass": "Standard"`, ``, true}, // the class of objects that are given none
		{`, "Permissions": []`, ``, true},
		{`, "Bucket": "other"`, ``, false},
		{`, "StorageClass": "ReducedRedundancy"`, `, "StorageClass": "Standard"`, false},
		{``, `, "StorageClass": "ReducedRedundancy"`, false},
		{`, "Permissions": [` + everybody + `]`, ``, false},
		{`, "Permissions": [` + everybody + `]`, `, "Permissions": [` + owner + `]`, false},
		{`, "Permissions": [` + everybody + `, ` + everybody + `]`, `, "Permissions": [` + everybody + `, ` + owner + `]`,
			false},
		{`, "Permissions": [` + everybody + `]`, `, "Permissions": [` + strings.Replace(everybody, `, "ReadAcp"`, ``, 1) +
			`]`, false},
	} {
		p, err := createPipeline(t, `{"Name": "n", "InputBucket": "in", "Role": "arn:aws:iam::123456789012:role/r", "ContentConfig": {"Bucket": "out"`+
			c.content+`}, "ThumbnailConfig": {"Bucket": "out"`+c.thumbnails+`}}`, `{}`)
		if err != nil {
			t.Fatal(err)
		}
		if got := text(p.OutputBucket); (got == "out") != c.want || (p.OutputBucket == nil) == c.want {
			t.Errorf("ContentConfig%s and ThumbnailConfig%s show the OutputBucket %q", c.content, c.thumbnails, got)
		}
	}
}

func TestUpdatePipeline(t *testing.T) {
	t.Parallel()
	const topics = `{"AwsKmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/k", "Notifications": {
		"Progressing": "arn:aws:sns:us-east-1:123456789012:p", "Warning": "arn:aws:sns:us-east-1:123456789012:w"}}`
	for _, c := range []struct{ document, change, want string }{
		{bucketPipeline, `{}`, `{}`},
		{bucketPipeline, `{"Name": "other", "InputBucket": "in2", "Role": "arn:aws:iam::123456789012:role/Other"}`,
			`{"Name": "other", "InputBucket": "in2", "Role": "arn:aws:iam::123456789012:role/Other"}`},
		{bucketPipeline, `{"AwsKmsKeyArn": "", "Notifications": {"Warning": ""}}`,
			`{"AwsKmsKeyArn": null, "Notifications": {"Warning": ""}}`},
		{bucketPipeline, `{"ContentConfig": {"StorageClass": "Standard"}}`,
			`{"ContentConfig": {"StorageClass": "Standard"}}`},
		{bucketPipeline, `{"ContentConfig": {"StorageClass": "ReducedRedundancy"}}`,
			`{"OutputBucket": null, "ContentConfig": {"StorageClass": "ReducedRedundancy"}}`},
		{bucketPipeline, `{"ContentConfig": {"Bucket": "new"}}`,
			`{"OutputBucket": null, "ContentConfig": {"Bucket": "new"}}`},
		{bucketPipeline, `{"ContentConfig": {"Bucket": "new"}, "ThumbnailConfig": {"Bucket": "new"}}`,
			`{"OutputBucket": "new", "ContentConfig": {"Bucket": "new"}, "ThumbnailConfig": {"Bucket": "new"}}`},
		{configPipeline, `{"ThumbnailConfig": {"Bucket": "media", "Permissions": []}}`,
			`{"OutputBucket": "media", "ThumbnailConfig": {"Bucket": "media", "Permissions": []}}`},
		{configPipeline, `{"ThumbnailConfig": {"Permissions": []}}`, `{"ThumbnailConfig": {"Permissions": []}}`},
		{configPipeline, `{"ThumbnailConfig": {"Bucket": "t2"}}`, `{"ThumbnailConfig": {"Bucket": "t2"}}`},
	} {
		p, err := createPipeline(t, c.document, topics)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := createPipeline(t, c.document, topics)
		if err := UpdatePipeline(p, edit(t, new(api.UpdatePipelineRequest), c.change)); err != nil {
			t.Errorf("%s: %v", c.change, err)
		}
		if diff := cmp.Diff(asJSON(t, edit(t, before, c.want)), asJSON(t, p)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.change, diff)
		}
	}
}

func TestUpdatePipelineRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ change, want string }{
		{`{"Name": "changed", "Role": ""}`, `Role cannot be blank`},
		{`{"Name": "changed", "ContentConfig": {"Permissions": [{"GranteeType": "Email"}]}}`,
			`ContentConfig:Permissions:Grantee is not allowed to be null.`},
	} {
		p, err := createPipeline(t, configPipeline, `{}`)
		if err != nil {
			t.Fatal(err)
		}
		if got := message(t, UpdatePipeline(p, edit(t, new(api.UpdatePipelineRequest), c.change))); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.change, got, c.want)
		}
		if *p.Name != "default" {
			t.Errorf("%s: a refused change was made", c.change)
		}
	}
}

func TestNotificationsAndStatus(t *testing.T) {
	t.Parallel()
	p, err := createPipeline(t, bucketPipeline, `{"Notifications": {"Error": "arn:aws:sns:us-east-1:123456789012:e"}}`)
	if err != nil {
		t.Fatal(err)
	}
	UpdateNotifications(p, edit(t, new(api.UpdatePipelineNotificationsRequest),
		`{"Notifications": {"Completed": "arn:aws:sns:us-east-1:123456789012:c", "Error": ""}}`))
	want := fromJSON(t, `{"Progressing": "", "Completed": "arn:aws:sns:us-east-1:123456789012:c", "Warning": "", "Error": ""}`)
	if diff := cmp.Diff(want, asJSON(t, p.Notifications)); diff != "" {
		t.Errorf("topics (-want +got):\n%s", diff)
	}
	if SetStatus(p, "Paused"); *p.Status != "Paused" {
		t.Errorf("status %s", *p.Status)
	}
}

// nowhere is a store that does not know regions.
func nowhere(string) string { return "" }

func TestBucketWarnings(t *testing.T) {
	t.Parallel()
	const configs = `{"OutputBucket": null, "InputBucket": "%s", "ContentConfig": {"Bucket": "%s"}, "ThumbnailConfig": {"Bucket": "%s"}, "AwsKmsKeyArn": "%s"}`
	const here, there = "arn:aws:kms:us-east-1:123456789012:key/k", "arn:aws:kms:eu-west-1:123456789012:key/k"
	asked := 0
	regions := func(bucket string) string {
		asked++
		return map[string]string{"home": testRegion, "away": "eu-west-1"}[bucket]
	}
	for _, c := range []struct{ input, content, thumbnails, key, want string }{
		{"home", "home", "home", here, ""},
		{"unknown", "home", "home", here, ""},
		{"away", "home", "home", here, "6000"},
		{"home", "away", "home", "", "6001"},
		{"home", "home", "away", "", "6002"},
		{"away", "away", "away", there, "6000 6001 6002"},
		{"home", "away", "home", there, "6001 6008"},
		{"home", "home", "away", here, "6002 6008"},
		{"unknown", "unknown", "unknown", there, "6007 6008"},
	} {
		p, err := createPipeline(t, bucketPipeline, fmt.Sprintf(configs, c.input, c.content, c.thumbnails, c.key))
		if err != nil {
			t.Fatal(err)
		}
		var codes []string
		asked = 0
		for _, w := range Warnings(p, testRegion, regions) {
			codes = append(codes, *w.Code)
			if *w.Code == "6001" && *w.Message != "The ContentConfig bucket and the pipeline are in different regions, which increases processing time for jobs in the pipeline and can incur additional charges. To decrease processing time and prevent cross-regional charges, use the same region for the ContentConfig bucket and the pipeline." {
				t.Errorf("the message is %q", *w.Message)
			}
		}
		if got := strings.Join(codes, " "); got != c.want || asked > 2 {
			t.Errorf("%+v: warnings %q, asked %d times", c, got, asked)
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	p, err := createPipeline(t, bucketPipeline,
		`{"AwsKmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/k", "Notifications": {
		"Progressing": "arn:aws:sns:us-east-1:123456789012:p", "Error": "arn:aws:sns:eu-west-1:123456789012:e"}}`)
	if err != nil {
		t.Fatal(err)
	}
	want := fromJSON(t, `[
		{"Code": "6006", "Message": "The SNS notification topic for Error events and the pipeline are in different regions, which increases processing time for jobs in the pipeline and can incur additional charges. To decrease processing time and prevent cross-regional charges, use the same region for the SNS notification topic and the pipeline."},
		{"Code": "6007", "Message": "The AWS KMS key and ContentConfig bucket specified for this pipeline are in different regions, which causes outputs using s3-aws-kms encryption mode to fail. To use s3-aws-kms encryption mode, use the same region for the KMS key and the ContentConfig bucket."},
		{"Code": "6008", "Message": "The AWS KMS key and ThumbnailConfig bucket specified for this pipeline are in different regions, which causes outputs using s3-aws-kms encryption mode to fail. To use s3-aws-kms encryption mode, use the same region for the KMS key and the ThumbnailConfig bucket."}]`)
	if diff := cmp.Diff(want, asJSON(t, Warnings(p, testRegion, nowhere))); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	p, _ = createPipeline(t, bucketPipeline, `{"AwsKmsKeyArn": "alias/key"}`)
	if got := Warnings(p, testRegion, nowhere); got == nil || len(got) != 0 {
		t.Errorf("warnings %v, want an empty list", got)
	}
}
