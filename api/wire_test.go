package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

// TestJobWritesNulls: an absent member is an explicit null, an empty list is [].
func TestJobWritesNulls(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(Job{
		Id:        new(goodID),
		Inputs:    []JobInput{{Key: new("in.mp4")}},
		Output:    &JobOutput{Id: new("1"), Width: new(0), FileSize: new(int64(1) << 40), Watermarks: []JobWatermark{}},
		Playlists: []Playlist{},
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"Id":"1502631977930-rabioh","Arn":null,"PipelineId":null,"Input":null,` +
		`"Inputs":[{"Key":"in.mp4","FrameRate":null,"Resolution":null,"AspectRatio":null,"Interlaced":null,` +
		`"Container":null,"Encryption":null,"TimeSpan":null,"InputCaptions":null,"DetectedProperties":null}],` +
		`"Output":{"Id":"1","Key":null,"ThumbnailPattern":null,"ThumbnailEncryption":null,"Rotate":null,"PresetId":null,` +
		`"SegmentDuration":null,"Status":null,"StatusDetail":null,"Duration":null,"Width":0,"Height":null,"FrameRate":null,` +
		`"FileSize":1099511627776,"DurationMillis":null,"Watermarks":[],"AlbumArt":null,"Composition":null,"Captions":null,` +
		`"Encryption":null,"AppliedColorSpaceConversion":null},` +
		`"Outputs":null,"OutputKeyPrefix":null,"Playlists":[],"Status":null,"UserMetadata":null,"Timing":null}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestEmptyStructuresWriteEveryMember holds for all structures of the model.
func TestEmptyStructuresWriteEveryMember(t *testing.T) {
	t.Parallel()
	m := readModel(t)
	for name, typ := range reachable() {
		text, err := json.Marshal(reflect.Zero(typ).Interface())
		if err != nil {
			t.Fatal(err)
		}
		var members []string
		for _, member := range m.Shapes[name].Members {
			if member.Location == "" {
				members = append(members, `"`+member.name+`":null`)
			}
		}
		want := "{" + strings.Join(members, ",") + "}"
		if strings.HasSuffix(name, "Response") && want == "{}" {
			want = `{"Success":"true"}`
		}
		if string(text) != want {
			t.Errorf("%s: got %s, want %s", name, text, want)
		}
	}
}

func TestReadingKeepsNullApartFromEmpty(t *testing.T) {
	t.Parallel()
	var r UpdatePipelineRequest
	body := `{"Id":"ignored","Role":null,"Name":"","Unknown":{},"ContentConfig":{"Permissions":[]},"ThumbnailConfig":{"Permissions":null}}`
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		t.Fatal(err)
	}
	want := UpdatePipelineRequest{Name: new(""), ContentConfig: &PipelineOutputConfig{Permissions: []Permission{}},
		ThumbnailConfig: &PipelineOutputConfig{}}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got %+v", r)
	}
}

// TestBindAndURL sends every operation's URL through a ServeMux built from the
// table and wants the same request back.
func TestBindAndURL(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	var got any
	for _, op := range Operations {
		mux.HandleFunc(op.Method+" "+op.URI, func(_ http.ResponseWriter, r *http.Request) {
			got = op.NewRequest()
			BindPath(got, r.PathValue)
			BindQuery(got, r.URL.Query())
		})
	}
	for _, op := range Operations {
		want := op.NewRequest()
		fill := func(name string) string { return "a/b {Id}?&=%é" + name }
		BindPath(want, fill)
		BindQuery(want, url.Values{"Ascending": {"True"}, "PageToken": {"a b&c", "second"}, "PipelineId": {"repeated"}})
		target, err := op.URL(want)
		if err != nil {
			t.Fatal(err)
		}
		got = nil
		mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(op.Method, target.String(), nil))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s came back as %+v", op.Name, target, got)
		}
	}
	list := &ListJobsByPipelineRequest{PipelineId: new(goodID), Ascending: new("true")}
	op, _ := OperationNamed("ListJobsByPipeline")
	if target, err := op.URL(list); err != nil || target.String() != "/2012-09-25/jobsByPipeline/"+goodID+
		"?Ascending=true" {
		t.Errorf("got %v, %v", target, err)
	}
}

func TestURLRefusesOtherOperations(t *testing.T) {
	t.Parallel()
	op, ok := OperationNamed("DeletePipeline")
	if !ok {
		t.Fatal("no DeletePipeline")
	}
	for _, id := range []*string{nil, new(""), new("."), new("..")} {
		if target, err := op.URL(&DeletePipelineRequest{Id: id}); err == nil {
			t.Errorf("got %s", target)
		}
	}
	if _, ok := OperationNamed("deletePipeline"); ok {
		t.Error("names of operations must match exactly")
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	statuses := map[ErrorCode]int{
		ValidationException: 400, IncompatibleVersionException: 400, ResourceNotFoundException: 404,
		AccessDeniedException: 403, LimitExceededException: 429, ResourceInUseException: 409,
		InternalServiceException: 500,
		SerializationException:   400, IncompleteSignatureException: 400, MissingAuthenticationTokenException: 403,
		ThrottlingException: 429, ProvisionedThroughputExceededException: 429, ConditionalCheckFailedException: 400,
		InternalFailure: 500, InternalServerError: 500, ServiceUnavailableException: 500,
		RequestExpired: 400, UnknownOperationException: 404, RequestEntityTooLargeException: 413,
		ExpiredTokenException: 403, "Other": 500,
	}
	for code, want := range statuses {
		if got := code.HTTPStatus(); got != want {
			t.Errorf("%s: status %d, want %d", code, got, want)
		}
	}
	if len(modelStatuses)+len(frontEndStatuses) != len(statuses)-1 {
		t.Error("this test does not name every code")
	}
	for header, want := range map[string]ErrorCode{
		"LimitExceededException:":                       LimitExceededException,
		"ValidationException":                           ValidationException,
		ValidationException.Header():                    ValidationException,
		"com.amazonaws#ValidationException:http://x/#y": ValidationException,
		" AccessDeniedException:http://x/":              AccessDeniedException,
		"":                                              "",
	} {
		if got := ParseErrorCode(header); got != want {
			t.Errorf("ParseErrorCode(%q) = %q, want %q", header, got, want)
		}
	}
	e := &Error{Code: ResourceNotFoundException, Message: "gone"}
	if e.Error() != "ResourceNotFoundException: gone" || e.HTTPStatus() != 404 {
		t.Errorf("got %v, %d", e, e.HTTPStatus())
	}
	if e := (&Error{Code: UnknownOperationException, Status: 405}); e.Error() != "UnknownOperationException" ||
		e.HTTPStatus() != 405 {
		t.Errorf("got %v, %d", e, e.HTTPStatus())
	}
}
