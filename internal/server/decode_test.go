package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	var got api.CreateJobRequest
	err := decode([]byte(` {"PipelineId":"old","pipelineid":"not this","Input":{"Key":"gone","FrameRate":"25"},
		"Inputs":[{"Key":"a","DetectedProperties":{"Width":1920,"FileSize":5000000000}},{}],"Outputs":[],
		"Unknown":{"x":[1,{"y":null}]},"UserMetadata":{"k":"v","gone":null,"":""},"OutputKeyPrefix":null,
		"PipelineId":"p\u00e9\ud800","Input":{"Key":"k"}} `), &got)
	if err != nil {
		t.Fatal(err)
	}
	want := api.CreateJobRequest{
		PipelineId: new("pé\ufffd"), Input: &api.JobInput{Key: new("k")},
		Inputs: []api.JobInput{{Key: new("a"),
			DetectedProperties: &api.DetectedProperties{Width: new(1920), FileSize: new(int64(5000000000))}}, {}},
		Outputs:      []api.CreateJobOutput{},
		UserMetadata: map[string]string{"k": "v", "": ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodeNothing(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", " \n", "null", "{}", `{"Name":null}`} {
		var got api.CreatePipelineRequest
		if err := decode([]byte(body), &got); err != nil || !reflect.ValueOf(got).IsZero() {
			t.Errorf("%q: %+v, %v", body, got, err)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for body, want := range map[string]string{
		`[]`:              "Start of list found where not expected.",
		`"x"`:             "STRING_VALUE can not be converted to a structure",
		`{"Input":"x"}`:   "STRING_VALUE can not be converted to a structure (member 'input')",
		`{"Inputs":{}}`:   "Start of structure or map found where not expected. (member 'inputs')",
		`{"Inputs":true}`: "TRUE_VALUE can not be converted to a list (member 'inputs')",
		`{"Outputs":[{"Key":"a"},{"Captions":{"CaptionSources":[{"Key":{}}]}}]}`: "Start of structure or map found " +
			"where not expected. (member 'outputs.2.member.captions.captionSources.1.member.key')",
		`{"UserMetadata":{"a":1.5}}`: "NUMBER_VALUE can not be converted to a String " +
			"(member 'userMetadata.a')",
		`{"UserMetadata":[]}`: "Start of list found where not expected. (member " +
			"'userMetadata')",
		`{"Inputs":[null]}`: "A list can not hold null. (member 'inputs.1.member')",
		`{"Input":{"DetectedProperties":{"Width":1e400}}}`: "NUMBER_VALUE can not be converted to an Integer: " +
			"it is no whole number of its range. (member 'input.detectedProperties.width')",
		`{"Input":{"DetectedProperties":{"Width":2147483648}}}`: "NUMBER_VALUE can not be converted to an Integer: " +
			"it is no whole number of its range. (member 'input.detectedProperties.width')",
		`{"Input":{"DetectedProperties":{"FileSize":"1"}}}`: "STRING_VALUE can not be converted to a Long " +
			"(member 'input.detectedProperties.fileSize')",
		`{"Input":{"Key":"a\u0000"}}`: "A text can not hold the character U+0000. (member " +
			"'input.key')",
		`{"UserMetadata":{"a\u0000":""}}`: "A text can not hold the character U+0000. (member " +
			"'userMetadata.a\x00')",
		`{"x":` + deep(101) + `}`: "The request body is nested more than 100 deep.",
		deep(20000): "The request body is not valid JSON: invalid " +
			"character '[' exceeded max depth, at byte 10001.",
		`{} {}`: "The request body is not valid JSON: invalid " +
			"character '{' after top-level value, at byte 4.",
		`{"a":1,}`: "The request body is not valid JSON: invalid " +
			"character '}' looking for beginning of object key string, at byte 8.",
		`{"a":NaN}`: "The request body is not valid JSON: invalid " +
			"character 'N' looking for beginning of value, at byte 6.",
		"{\"PipelineId\":\"\xc3\x28\"}": "The request body is not valid UTF-8.",
		"\xef\xbb\xbf{}": "The request body is not valid JSON: invalid " +
			"character 'ï' looking for beginning of value, at byte 1.",
	} {
		err := decode([]byte(body), new(api.CreateJobRequest))
		e, ok := errors.AsType[*api.Error](err)
		if !ok || e.Code != api.SerializationException || e.Message != want {
			t.Errorf("%.80s:\n got %v\nwant %s", body, err, want)
		}
	}
}

// FuzzDecode holds that decode never panics, fails only with a
// SerializationException, and agrees with encoding/json where it succeeds.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{}`, `null`, `{"PipelineId":"x","Outputs":[{"Key":"a","Watermarks":[]}]}`,
		`{"UserMetadata":{"a":"b"}}`,
		`{"Inputs":[{"DetectedProperties":{"Width":1}}]}`, `{"Input":1}`, `[[[[`, `{"a":{"b":[{}]}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var got api.CreateJobRequest
		if err := decode(body, &got); err != nil {
			if e, ok := errors.AsType[*api.Error](err); !ok || e.Code != api.SerializationException {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		text, err := marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var again api.CreateJobRequest
		if err := decode(text, &again); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		var std api.CreateJobRequest
		if err := json.Unmarshal(text, &std); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(std, again); diff != "" {
			t.Fatalf("%q (-encoding/json +decode):\n%s", bytes.TrimSpace(body), diff)
		}
	})
}

// Lists keep one member more than the API allows, and no more.
func TestListsAreBounded(t *testing.T) {
	t.Parallel()
	var r api.CreateJobRequest
	outputs := `{"Outputs":[` + strings.Repeat(`{"Key":"a"},`, 50_000) + `{}]}`
	if err := decode([]byte(outputs), &r); err != nil || len(r.Outputs) != 31 {
		t.Errorf("%d outputs, %v", len(r.Outputs), err)
	}
	marks := `{"Output":{"Watermarks":[` + strings.Repeat(`{},`, 50_000) + `{}]}}`
	if err := decode([]byte(marks), &r); err == nil || !strings.Contains(err.Error(), "more than 1000 members") {
		t.Errorf("watermarks: %v", err)
	}
	var metadata strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&metadata, `"k%d":"v",`, i)
	}
	if err := decode([]byte(`{"UserMetadata":{`+metadata.String()+`"a":"b"}}`), &r); err == nil ||
		!strings.Contains(err.Error(), "more than 1000 entries") {
		t.Errorf("metadata: %v", err)
	}
}
