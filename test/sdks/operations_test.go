package sdks

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/test/reelastictest"
)

const (
	account = "000000000000"
	missing = "1111111111111-aaaaaa" // an id that nothing has

	systemMP4   = "1351620000001-000020" // Generic 480p 16:9
	systemHLS6  = "1351620000001-200040" // HLS 600k
	systemHLS4  = "1351620000001-200050" // HLS 400k
	systemCount = 62
	pageSize    = 50
)

var id = regexp.MustCompile(`^\d{13}-[a-z0-9]{6}$`)

// TestOperations calls every operation through every client, and provokes every
// exception that does not need a server in trouble.
func TestOperations(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, k kind) {
		server := reelastictest.Start(t, "--workers", "0", "--max-pipelines", "2")
		server.Bucket("in")
		server.Bucket("out")
		s := &session{t, k, k.open(t, of(server))}
		pipeline := s.pipelines()
		s.presets()
		s.jobs(pipeline)
		s.role()
		s.faults()
		s.denied(server)
		s.otherVersion(server)
	})
}

// want compares an answer with the document that the server should have sent.
func (s *session) want(what string, got object, format string, args ...any) {
	s.Helper()
	want := s.shown(document(s.T, fmt.Appendf(nil, format, args...)))
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// newID takes the id of a created resource and checks its ARN.
func (s *session) newID(resource object, kind string) string {
	s.Helper()
	got, _ := resource["Id"].(string)
	if !id.MatchString(got) {
		s.Fatalf("Id %q", got)
	}
	if want := "arn:aws:elastictranscoder:us-east-1:" + account + ":" + kind + "/" + got; resource["Arn"] != want {
		s.Errorf("Arn %v, want %s", resource["Arn"], want)
	}
	return got
}

// wantSuccess checks the answer of an operation without result members.
func (s *session) wantSuccess(what string, got object) {
	s.Helper()
	want := object{}
	if s.success {
		want["Success"] = "true"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// ids are the Ids of a list's elements, in order.
func ids(list any) (found []string) {
	elements, _ := list.([]any)
	for _, e := range elements {
		found = append(found, e.(object)["Id"].(string))
	}
	return found
}

const pipelineDocument = `{"Id": %q, "Arn": "arn:aws:elastictranscoder:us-east-1:000000000000:pipeline/%[1]s",
	"Name": %[2]q, "Status": %[3]q, "InputBucket": "in", "OutputBucket": "out", "Role": "arn:aws:iam::000000000000:role/transcoder",
	"AwsKmsKeyArn": null, "Notifications": {"Progressing": "", "Completed": %[4]q, "Warning": "", "Error": ""},
	"ContentConfig": {"Bucket": "out", "StorageClass": null, "Permissions": []},
	"ThumbnailConfig": {"Bucket": "out", "StorageClass": null, "Permissions": []}}`

// pipelines goes through the life of two pipelines and returns the one that
// stays, which is paused.
func (s *session) pipelines() string {
	s.Helper()
	created := s.call("CreatePipeline", 201, object{"Name": "first", "InputBucket": "in", "OutputBucket": "out",
		"Role": reelastictest.Role})
	first := s.newID(created["Pipeline"].(object), "pipeline")
	s.want("CreatePipeline", created, `{"Pipeline": `+pipelineDocument+`, "Warnings": []}`, first, "first",
		"Active", "")

	permissions := []object{{"GranteeType": "Group", "Grantee": "AllUsers", "Access": []string{"Read"}}}
	topics := object{"Progressing": "", "Completed": "", "Warning": "",
		"Error": "arn:aws:sns:eu-west-1:000000000000:errors"}
	created = s.call("CreatePipeline", 201, object{"Name": "second", "InputBucket": "in", "Role": reelastictest.Role,
		"Notifications":   topics,
		"ContentConfig":   object{"Bucket": "out", "StorageClass": "Standard", "Permissions": permissions},
		"ThumbnailConfig": object{"Bucket": "thumbs", "StorageClass": "ReducedRedundancy"}})
	second := s.newID(created["Pipeline"].(object), "pipeline")
	s.want("CreatePipeline with configs", created,
		`{"Pipeline": {"Id": %q, "Arn": "arn:aws:elastictranscoder:us-east-1:000000000000:pipeline/%[1]s",
		"Name": "second", "Status": "Active", "InputBucket": "in", "OutputBucket": null, "Role": "arn:aws:iam::000000000000:role/transcoder",
		"AwsKmsKeyArn": null, "Notifications": {"Progressing": "", "Completed": "", "Warning": "", "Error": "arn:aws:sns:eu-west-1:000000000000:errors"},
		"ContentConfig": {"Bucket": "out", "StorageClass": "Standard", "Permissions": [{"GranteeType": "Group", "Grantee": "AllUsers", "Access": ["Read"]}]},
		"ThumbnailConfig": {"Bucket": "thumbs", "StorageClass": "ReducedRedundancy", "Permissions": []}},
		"Warnings": [{"Code": "6006", "Message": "The SNS notification topic for Error events and the pipeline are in different regions, which increases processing time for jobs in the pipeline and can incur additional charges. To decrease processing time and prevent cross-regional charges, use the same region for the SNS notification topic and the pipeline."}]}`, second)

	s.refused("CreatePipeline", object{"Name": "third", "InputBucket": "in", "OutputBucket": "out",
		"Role": reelastictest.Role},
		"LimitExceededException", 429, "The account already has the maximum number of pipelines allowed: account="+
			account+", maximum number of pipelines=2")

	oldest := s.call("ListPipelines", 200, object{"Ascending": "true"})
	if got := ids(oldest["Pipelines"]); !slices.Equal(got, []string{first, second}) {
		s.Errorf("ListPipelines oldest first: %q, want %q, %q", got, first, second)
	}
	newest := s.call("ListPipelines", 200, object{"Ascending": "false"})
	if got := ids(newest["Pipelines"]); !slices.Equal(got, []string{second, first}) {
		s.Errorf("ListPipelines newest first: %q, want %q, %q", got, second, first)
	}
	if token, has := newest["NextPageToken"]; token != nil || has != s.nulls {
		s.Errorf("ListPipelines: the only page has NextPageToken %v (present: %t)", token, has)
	}
	s.wantSuccess("DeletePipeline", s.call("DeletePipeline", 202, object{"Id": second}))

	const topic = "arn:aws:sns:us-east-1:000000000000:done"
	s.want("UpdatePipeline", s.call("UpdatePipeline", 200, object{"Id": first, "Name": "renamed"}),
		`{"Pipeline": `+pipelineDocument+`, "Warnings": []}`, first, "renamed", "Active", "")
	s.want("UpdatePipelineNotifications", s.call("UpdatePipelineNotifications", 200,
		object{"Id": first, "Notifications": object{"Progressing": "", "Completed": topic, "Warning": "",
			"Error": ""}}),
		`{"Pipeline": `+pipelineDocument+`}`, first, "renamed", "Active", topic)
	s.want("UpdatePipelineStatus", s.call("UpdatePipelineStatus", 200, object{"Id": first, "Status": "Paused"}),
		`{"Pipeline": `+pipelineDocument+`}`, first, "renamed", "Paused", topic)
	s.want("ReadPipeline", s.call("ReadPipeline", 200, object{"Id": first}),
		`{"Pipeline": `+pipelineDocument+`, "Warnings": []}`, first, "renamed", "Paused", topic)
	return first
}

// presetRequest is a small picture with bars, keyframes at whole seconds and a
// thumbnail every second.
func presetRequest() object {
	return object{"Name": "small", "Description": "small picture", "Container": "mp4",
		"Video": object{"Codec": "H.264", "CodecOptions": object{"Profile": "main", "Level": "3.1",
			"MaxReferenceFrames": "2"},
			"KeyframesMaxDist": "30", "FixedGOP": "true", "BitRate": "400", "FrameRate": "auto",
			"MaxWidth": "320", "MaxHeight": "240", "SizingPolicy": "Fit", "PaddingPolicy": "Pad",
			"DisplayAspectRatio": "auto"},
		"Audio": object{"Codec": "AAC", "SampleRate": "44100", "BitRate": "96", "Channels": "2",
			"CodecOptions": object{"Profile": "AAC-LC"}},
		"Thumbnails": object{"Format": "jpg", "Interval": "1", "MaxWidth": "160", "MaxHeight": "120",
			"SizingPolicy": "ShrinkToFit", "PaddingPolicy": "NoPad"}}
}

const presetDocument = `{"Id": %q, "Arn": "arn:aws:elastictranscoder:us-east-1:000000000000:preset/%[1]s",
	"Name": "small", "Description": "small picture", "Container": "mp4", "Type": "Custom",
	"Video": {"Codec": "H.264", "CodecOptions": {"Profile": "main", "Level": "3.1", "MaxReferenceFrames": "2"},
		"KeyframesMaxDist": "30", "FixedGOP": "true", "BitRate": "400", "FrameRate": "auto", "MaxFrameRate": "30",
		"Resolution": null, "AspectRatio": null, "MaxWidth": "320", "MaxHeight": "240",
		"SizingPolicy": "Fit", "PaddingPolicy": "Pad", "DisplayAspectRatio": "auto", "Watermarks": null},
	"Audio": {"Codec": "AAC", "SampleRate": "44100", "BitRate": "96", "Channels": "2", "AudioPackingMode": null,
		"CodecOptions": {"Profile": "AAC-LC", "BitDepth": null, "BitOrder": null, "Signed": null}},
	"Thumbnails": {"Format": "jpg", "Interval": "1", "Resolution": null, "AspectRatio": null, "MaxWidth": "160", "MaxHeight": "120",
		"SizingPolicy": "ShrinkToFit", "PaddingPolicy": "NoPad"}}`

// presets goes through the life of a preset; with the system presets there are
// more than a page of them.
func (s *session) presets() {
	s.Helper()
	created := s.call("CreatePreset", 201, presetRequest())
	custom := s.newID(created["Preset"].(object), "preset")
	s.want("CreatePreset", created, `{"Preset": `+presetDocument+`, "Warning": ""}`, custom)
	s.want("ReadPreset", s.call("ReadPreset", 200, object{"Id": custom}), `{"Preset": `+presetDocument+`}`, custom)
	system := s.call("ReadPreset", 200, object{"Id": systemMP4})["Preset"].(object)
	if s.newSystem(system); system["Type"] != "System" || system["Name"] != "System preset: Generic 480p 16:9" {
		s.Errorf("ReadPreset of a system preset: %v", system)
	}

	ascending := s.pagesOf("ListPresets", "Presets", "true")
	if n := len(ascending); n != systemCount+1 || ascending[n-1] != custom {
		s.Errorf("ListPresets gave %d presets, want %d with %s last: %q", n, systemCount+1, custom, ascending)
	}
	descending := s.pagesOf("ListPresets", "Presets", "false")
	slices.Reverse(descending)
	if diff := cmp.Diff(ascending, descending); diff != "" {
		s.Errorf("ListPresets both ways (-oldest first +newest first, reversed):\n%s", diff)
	}
	if s.pages {
		s.want("ListPresets by the client's paginator", object{"Ids": anys(s.paginated("ListPresets", "Presets"))},
			`{"Ids": %s}`, text(s.T, ascending))
	}

	s.wantSuccess("DeletePreset", s.call("DeletePreset", 202, object{"Id": custom}))
	s.refused("ReadPreset", object{"Id": custom}, "ResourceNotFoundException", 404,
		"The specified preset was not found: account="+account+", presetId="+custom)
	s.refused("DeletePreset", object{"Id": systemMP4}, "AccessDeniedException", 403,
		"Deleting a system preset is not allowed: account="+account+", presetId="+systemMP4+".")
}

// newSystem checks the ARN of a system preset: it names the caller's account.
func (s *session) newSystem(preset object) {
	s.Helper()
	if want := "arn:aws:elastictranscoder:us-east-1:" + account + ":preset/" + systemMP4; preset["Arn"] != want {
		s.Errorf("Arn %v, want %s", preset["Arn"], want)
	}
}

// pagesOf follows NextPageToken by hand and returns all Ids.
func (s *session) pagesOf(operation, member, ascending string) (found []string) {
	s.Helper()
	params := object{"Ascending": ascending}
	for {
		page := s.call(operation, 200, params)
		list := ids(page[member])
		found = append(found, list...)
		token, more := page["NextPageToken"].(string)
		if !more {
			return found
		}
		if len(list) != pageSize || !id.MatchString(token) {
			s.Fatalf("%s: a page of %d before token %q, want %d and an id", operation, len(list), token, pageSize)
		}
		params["PageToken"] = token
	}
}

// paginated returns all Ids by the client's own paginator.
func (s *session) paginated(operation, member string) (found []string) {
	s.Helper()
	a := s.ask(s.T, request{"pages", operation, object{}})
	if a.Error != nil {
		s.Fatalf("paginate %s: %+v", operation, *a.Error)
	}
	if !s.merges && len(a.Pages) != 2 {
		s.Errorf("paginate %s: %d pages, want 2", operation, len(a.Pages))
	}
	for _, page := range a.Pages {
		found = append(found, ids(page[member])...)
	}
	return found
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

const (
	inputDocument = `{"Key": "clip.mp4", "FrameRate": null, "Resolution": null, "AspectRatio": null, "Interlaced": null, "Container": null,
		"Encryption": null, "TimeSpan": null, "InputCaptions": null, "DetectedProperties": null}`
	outputDocument = `{"Id": "1", "Key": "movie.mp4", "ThumbnailPattern": "", "ThumbnailEncryption": null, "Rotate": "auto",
		"PresetId": "1351620000001-000020", "SegmentDuration": null, "Status": %[3]q, "StatusDetail": null, "Duration": null,
		"DurationMillis": null, "Width": null, "Height": null, "FrameRate": null, "FileSize": null, "Watermarks": [], "AlbumArt": null,
		"Composition": null, "Captions": null, "Encryption": null, "AppliedColorSpaceConversion": null}`
	jobDocument = `{"Id": %[1]q, "Arn": "arn:aws:elastictranscoder:us-east-1:000000000000:job/%[1]s", "PipelineId": %[2]q,
		"Input": ` + inputDocument + `, "Inputs": [` + inputDocument + `], "Output": ` + outputDocument +
		`, "Outputs": [` + outputDocument + `],
		"OutputKeyPrefix": "made/", "Playlists": [], "Status": %[3]q, "UserMetadata": %[4]s, "Timing": %[5]s}`
)

// jobs goes through the life of a job that is canceled before it begins: the
// pipeline is paused.
func (s *session) jobs(pipeline string) {
	s.Helper()
	params := object{"PipelineId": pipeline, "OutputKeyPrefix": "made/",
		"Output": object{"Key": "movie.mp4", "PresetId": systemMP4, "ThumbnailPattern": "", "Rotate": "auto"}}
	metadata := "null"
	if s.old {
		params["Input"] = object{"Key": "clip.mp4"}
	} else {
		params["Inputs"] = []object{{"Key": "clip.mp4"}}
		params["UserMetadata"] = object{"title": "Sintel", "reelastic:priority": "7"}
		metadata = text(s.T, params["UserMetadata"])
	}
	created := s.call("CreateJob", 201, params)
	job := created["Job"].(object)
	first := s.newID(job, "job")
	submitted, _ := job["Timing"].(object)["SubmitTimeMillis"].(float64)
	timing := fmt.Sprintf(`{"SubmitTimeMillis": %.0f, "StartTimeMillis": null, "FinishTimeMillis": null}`, submitted)
	s.want("CreateJob", created, `{"Job": `+jobDocument+`}`, first, pipeline, "Submitted", metadata, timing)
	s.want("ReadJob", s.call("ReadJob", 200, object{"Id": first}), `{"Job": `+jobDocument+`}`, first, pipeline,
		"Submitted", metadata, timing)

	second := s.newID(s.call("CreateJob", 201, params)["Job"].(object), "job")
	for ascending, want := range map[string][]string{"true": {first, second}, "false": {second, first}} {
		list := s.call("ListJobsByPipeline", 200, object{"PipelineId": pipeline, "Ascending": ascending})
		if got := ids(list["Jobs"]); !slices.Equal(got, want) {
			s.Errorf("ListJobsByPipeline with Ascending %s: %q, want %q", ascending, got, want)
		}
		list = s.call("ListJobsByStatus", 200, object{"Status": "Submitted", "Ascending": ascending})
		if got := ids(list["Jobs"]); !slices.Equal(got, want) {
			s.Errorf("ListJobsByStatus with Ascending %s: %q, want %q", ascending, got, want)
		}
	}

	s.refused("DeletePipeline", object{"Id": pipeline}, "ResourceInUseException", 409,
		"The pipeline contains active jobs: account="+account+", pipeline="+pipeline+".")
	s.wantSuccess("CancelJob", s.call("CancelJob", 202, object{"Id": first}))
	s.refused("CancelJob", object{"Id": first}, "ResourceInUseException", 409,
		"The job was already in use: accountId="+account+", resourceId="+first+".")
	canceled := s.call("ReadJob", 200, object{"Id": first})
	finished, _ := canceled["Job"].(object)["Timing"].(object)["FinishTimeMillis"].(float64)
	if finished < submitted {
		s.Errorf("canceled at %.0f, submitted at %.0f", finished, submitted)
	}
	timing = fmt.Sprintf(`{"SubmitTimeMillis": %.0f, "StartTimeMillis": null, "FinishTimeMillis": %.0f}`,
		submitted, finished)
	s.want("ReadJob of a canceled job", canceled, `{"Job": `+jobDocument+`}`, first, pipeline, "Canceled",
		metadata, timing)
}

// role asks TestRole about buckets that are there and one that is not.
func (s *session) role() {
	s.Helper()
	params := object{"Role": reelastictest.Role, "InputBucket": "in", "OutputBucket": "out", "Topics": []string{}}
	s.want("TestRole", s.call("TestRole", 200, params), `{"Success": "true", "Messages": []}`)
	params["OutputBucket"] = "nowhere"
	s.want("TestRole of a missing bucket", s.call("TestRole", 200, params),
		`{"Success": "false", "Messages": ["The role `+reelastictest.Role+
			` does not have access to the bucket: nowhere"]}`)
}
