package transcode

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

const (
	pipelineID = "1111111111111-abcde1"
	web        = "1351620000001-100070" // mp4 with video, audio and thumbnails
	aac        = "1351620000001-100120" // mp4, audio only
	hls400     = "1351620000001-200050"
	hls600     = "1351620000001-200040"

	jobDocument = `{"PipelineId": "` + pipelineID +
		`", "Input": {"Key": "in.mov"}, "Output": {"Key": "out.mp4", "PresetId": "` + web + `"}}`
	hlsDocument = `{"PipelineId": "` + pipelineID + `", "Inputs": [{"Key": "in.mov"}], "OutputKeyPrefix": "p/",
		"Outputs": [{"Key": "a", "PresetId": "` + hls600 + `", "SegmentDuration": "10"}, {"Key": "b", "PresetId": "` +
		hls400 + `", "SegmentDuration": "10.0"}],
		"Playlists": [{"Name": "m", "Format": "HLSv3", "OutputKeys": ["b", "a"]}]}`
)

// createJob makes a job of a document with some changes laid over it. Presets
// "1111111111111-custom", a ts preset that names the conversion Auto, and
// "1111111111111-nothum", an mp4 preset without thumbnails, exist beside the system's.
func createJob(t testing.TB, document, change string) (*JobDraft, error) {
	t.Helper()
	req := edit(t, edit(t, new(api.CreateJobRequest), document), change)
	if err := Check(req); err != nil {
		return nil, err
	}
	return NewJob(req, &api.Pipeline{Id: new(pipelineID)}, testPresets(t, req), testID, testRegion, testAccount)
}

func testPresets(t testing.TB, req *api.CreateJobRequest) map[string]*api.Preset {
	t.Helper()
	presets := map[string]*api.Preset{}
	for _, id := range PresetIDs(req) {
		if p, ok := SystemPreset(id); ok {
			presets[id] = p
		}
	}
	converting, _ := SystemPreset(hls400)
	converting.Video.CodecOptions["ColorSpaceConversionMode"] = "Auto"
	presets["1111111111111-custom"] = converting
	plain, _ := SystemPreset(web)
	plain.Thumbnails = nil
	presets["1111111111111-nothum"] = plain
	return presets
}

func TestJobRefusals(t *testing.T) {
	t.Parallel()
	const two = `"Outputs": [{"Key": "a", "PresetId": "` + web + `"}, {"Key": "b", "PresetId": "` + web + `"`
	for _, c := range []struct{ change, want string }{
		// the two syntaxes
		{`{"Inputs": [{"Key": "other"}]}`, `[Input and Inputs are mutually exclusive.]`},
		{`{"Input": null}`, `[Input and Inputs are not allowed to both be null.]`},
		{`{"Input": null, "Inputs": []}`, `[Input and Inputs are not allowed to both be null.]`},
		{`{"Outputs": [{"Key": "b"}]}`, `[Output and Outputs are mutually exclusive.]`},
		{`{"Output": null}`, `[Output and Outputs are not allowed to both be null.]`},
		// inputs
		{`{"Input": {"Key": null}}`, `Input:Key is not allowed to be null.`},
		{`{"Input": {"Resolution": "640x480"}}`, `Input:Resolution "640x480" is not valid: it must be auto.`},
		{`{"Input": {"Encryption": {"Mode": "aes-cbc-pkcs7"}}}`, `Input:Encryption:Key is not allowed to be null.`},
		{`{"Input": {"Encryption": {"Mode": "s3", "Key": "AAAA"}}}`,
			`Input:Encryption:Key, KeyMd5 and InitializationVector are allowed with the AES modes only.`},
		{`{"Input": {"TimeSpan": {"StartTime": "24:00:00"}}}`,
			`1 validation error detected: Value '24:00:00' at 'input.timeSpan.startTime' failed to satisfy constraint: Member must satisfy regular expression pattern: (^\d{1,5}(\.\d{0,3})?$)|(^([0-1]?[0-9]:|2[0-3]:)?([0-5]?[0-9]:)?[0-5]?[0-9](\.\d{0,3})?$)`},
		{`{"Input": {"TimeSpan": {"StartTime": "86400"}}}`,
			`Input:TimeSpan:StartTime "86400" is not valid: it must be HH:mm:ss.SSS up to 23:59:59.999 or sssss.SSS up to 86399.999.`},
		{`{"Input": {"TimeSpan": {"Duration": "0"}}}`,
			`Input:TimeSpan:Duration "0" is not valid: it must be more than 0.`},
		{`{"Input": {"InputCaptions": {"MergePolicy": "Override", "CaptionSources": [{"Key": "en.srt"}]}}}`,
			`Input:InputCaptions:CaptionSources:Language is not allowed to be null.`},
		// outputs
		{`{"Output": {"Key": null}}`, `Output 1: Key is not allowed to be null.`},
		{`{"Output": {"PresetId": null}}`, `Output 'out.mp4': PresetId is not allowed to be null.`},
		{`{"Output": null, ` + two + `, "SegmentDuration": "10"}]}`,
			`Output 'b': SegmentDuration "10" is not valid: SegmentDuration is available only for 'ts' and 'fmp4' containers, and the preset's is 'mp4'.`},
		{`{"Output": {"PresetId": "` + hls400 + `", "SegmentDuration": "0.9"}}`,
			`Output 'out.mp4': SegmentDuration "0.9" is not valid: it must be from 1 to 60 seconds.`},
		{`{"Output": {"PresetId": "` + hls400 + `", "SegmentDuration": "061"}}`,
			`Output 'out.mp4': SegmentDuration "061" is not valid: it must be from 1 to 60 seconds.`},
		{`{"Output": {"PresetId": "` + hls400 + `", "SegmentDuration": "0.25"}}`,
			`Output 'out.mp4': SegmentDuration "0.25" is not valid: it must be from 1 to 60 seconds.`},
		{`{"Output": {"PresetId": "` + hls400 + `", "SegmentDuration": "60.00001"}}`,
			`Output 'out.mp4': SegmentDuration "60.00001" is not valid: it must be from 1 to 60 seconds.`},
		{`{"Output": {"PresetId": "` + aac + `", "ThumbnailPattern": "t{count}"}}`,
			`Output 'out.mp4': ThumbnailPattern "t{count}" is not valid: the preset ` + aac +
				` has no Video to take thumbnails from.`},
		{`{"Output": {"PresetId": "1111111111111-nothum", "ThumbnailPattern": "t{count}"}}`,
			`Output 'out.mp4': ThumbnailPattern "t{count}" is not valid: the preset ` + web + ` has no Thumbnails.`},
		{`{"Output": {"ThumbnailPattern": "thumb"}}`,
			`1 validation error detected: Value 'thumb' at 'output.thumbnailPattern' failed to satisfy constraint: Member must satisfy regular expression pattern: (^$)|(^.*\{count\}.*$)`},
		{`{"Output": null, "Outputs": [{"Key": "a", "PresetId": "` + web + `"}, {"Key": "a", "PresetId": "` + web +
			`"}]}`,
			`Outputs:Key "a" is not valid: each output must have a Key of its own.`},
		{`{"Output": {"Encryption": {"Mode": "aes-gcm", "Key": "AAAA"}}}`,
			`Output 'out.mp4': Encryption:Key and KeyMd5 must be given together, or both be left out; a key is then generated.`},
		{`{"Output": {"Encryption": {"Mode": "aes-gcm", "Key": "AAAA", "KeyMd5": "AAAAAAAAAAAAAAAAAAAAAA=="}}}`,
			`Output 'out.mp4': Encryption:KeyMd5 "AAAAAAAAAAAAAAAAAAAAAA==" is not valid: the MD5 digest of the decoded Key is aT6a+E09/MceZA4AW9xeLg==.`},
		{`{"Output": {"Encryption": {"Mode": "aes-gcm", "InitializationVector": "AAAA"}}}`,
			`Output 'out.mp4': Encryption:InitializationVector "AAAA" is not valid: it must be the base64 text of 16 bytes.`},
		{`{"Output": {"Encryption": {"InitializationVector": "AAAA"}}}`,
			`Output 'out.mp4': Encryption:Mode is not allowed to be null.`},
		{`{"Output": {"ThumbnailEncryption": {"Mode": "s3"}}}`,
			`Output 'out.mp4': ThumbnailEncryption:Mode "s3" is not valid: the output has no ThumbnailPattern.`},
		{`{"Output": {"Encryption": {"Mode": "s3-aws-kms", "Key": "AAAA"}}}`,
			`Output 'out.mp4': Encryption:Key, KeyMd5 and InitializationVector are allowed with the AES modes only.`},
		{`{"Output": {"ThumbnailEncryption": {"Mode": "aes-ctr"}}}`,
			`Output 'out.mp4': ThumbnailEncryption:Mode "aes-ctr" is not valid: the output has no ThumbnailPattern.`},
		{`{"Output": {"Watermarks": [{"PresetWatermarkId": "Middle", "InputKey": "logo.png"}]}}`,
			`Output 'out.mp4': Watermarks:PresetWatermarkId "Middle" is not valid: the preset 1351620000001-100070 defines TopLeft, TopRight, BottomLeft and BottomRight.`},
		{`{"Output": {"Watermarks": [{"PresetWatermarkId": "TopLeft"}]}}`,
			`Output 'out.mp4': Watermarks:InputKey is not allowed to be null.`},
		{`{"Output": {"PresetId": "1351620000001-300010", "Watermarks": [{"PresetWatermarkId": "TopLeft", "InputKey": "logo.png"}]}}`, `Output 'out.mp4': Watermarks require a preset with video; the preset 1351620000001-300010 has none.`},
		{`{"Output": {"Watermarks": [{"PresetWatermarkId": "TopLeft", "InputKey": "logo.png", "Encryption": {"Mode": "aes-ctr"}}]}}`, `Output 'out.mp4': Watermarks:Encryption:Key is not allowed to be null.`},
		{`{"Input": {"TimeSpan": {"StartTime": "1"}}, "Output": {"Composition": [{"TimeSpan": {"Duration": "1"}}]}}`,
			`Output 'out.mp4': Composition:TimeSpan and Input:TimeSpan are mutually exclusive: keep Input:TimeSpan.`},
		{`{"Output": {"Composition": [{}, {}]}}`,
			`Output 'out.mp4': Composition "2 clips" is not valid: there may be at most one clip.`},
		{`{"Output": {"Captions": {"MergePolicy": "Override"}}}`,
			`Output 'out.mp4': Captions:CaptionFormats is not allowed to be empty.`},
		{`{"Output": {"AlbumArt": {"MergePolicy": "Replace", "Artwork": [{"InputKey": "cover.png"}]}}}`,
			`Output 'out.mp4': AlbumArt requires a preset without video whose container is mp3, mp4 or flac; the preset 1351620000001-100070 is not one.`},
		{`{"Output": {"PresetId": "1351620000001-300010", "AlbumArt": {"Artwork": [{"InputKey": "cover.png"}]}}}`,
			`Output 'out.mp4': AlbumArt:MergePolicy is not allowed to be null.`},
		{`{"Output": {"PresetId": "1351620000001-300010", "AlbumArt": {"MergePolicy": "Replace", "Artwork": [{"InputKey": "cover.png", "MaxWidth": "31"}]}}}`, `Output 'out.mp4': AlbumArt:Artwork:MaxWidth "31" is not valid: it must be auto or an even number from 32 to 4096.`},
		// metadata
		{`{"UserMetadata": {"reelastic:fast": "1"}}`,
			`UserMetadata "reelastic:fast" is not valid: the options are reelastic:overwrite, reelastic:priority and reelastic:speed.`},
		{`{"UserMetadata": {"reelastic:priority": "10"}}`,
			`UserMetadata:reelastic:priority "10" is not valid: it must be a digit, 0 to 9, the highest first.`},
		{`{"UserMetadata": {"reelastic:priority": ""}}`,
			`UserMetadata:reelastic:priority "" is not valid: it must be a digit, 0 to 9, the highest first.`},
		{`{"UserMetadata": {"reelastic:speed": "placebo"}}`, `UserMetadata:reelastic:speed "placebo" is not valid: ` +
			`it must be one of ultrafast, superfast, veryfast, faster, fast, medium, slow, slower, veryslow.`},
		{`{"UserMetadata": {"reelastic:overwrite": "yes"}}`,
			`UserMetadata:reelastic:overwrite "yes" is not valid: it must be true or false.`},
		{`{"UserMetadata": {"a": "1", "b": "1", "c": "1", "d": "1", "e": "1", "f": "1", "g": "1", "h": "1", "i": "1", "j": "1", "k": "1"}}`, `UserMetadata "11 pairs" is not valid: there may be at most 10.`},
		{`{"UserMetadata": {"": "1"}}`,
			`UserMetadata "" is not valid: a key must have 1 to 128 of the characters 0-9, A-Z, a-z, space and _.:/=+-%@.`},
		{`{"UserMetadata": {"a": "#"}}`,
			`UserMetadata:a "#" is not valid: a value may have at most 256 of the characters 0-9, A-Z, a-z, space and _.:/=+-%@.`},
		{`{"UserMetadata": {"` + strings.Repeat("k", 129) + `": "1"}}`, `UserMetadata "` + strings.Repeat("k", 129) +
			`" is not valid: a key must have 1 to 128 of the characters 0-9, A-Z, a-z, space and _.:/=+-%@.`},
		{`{"UserMetadata": {"a": "` + strings.Repeat("v", 257) + `"}}`, `UserMetadata:a "` + strings.Repeat("v", 257) +
			`" is not valid: a value may have at most 256 of the characters 0-9, A-Z, a-z, space and _.:/=+-%@.`},
		// names that meet
		{`{"Output": null, ` + two + `, "ThumbnailPattern": "t{count}"}, {"Key": "c", "PresetId": "` + web +
			`", "ThumbnailPattern": "t{count}"}]}`,
			`ThumbnailPattern "t{count}" is not valid: the thumbnails of 'c' and 'b' would be written as the same objects.`},
		{`{"Output": null, ` + two +
			`, "Captions": {"CaptionFormats": [{"Format": "srt", "Pattern": "cc"}]}}, {"Key": "c", "PresetId": "` +
			web + `", "Captions": {"CaptionFormats": [{"Format": "srt", "Pattern": "cc{language}"}]}}]}`,
			`1 validation error detected: Value 'cc' at 'outputs.2.member.captions.captionFormats.1.member.pattern' failed to satisfy constraint: Member must satisfy regular expression pattern: (^$)|(^.*\{language\}.*$)`},
		{`{"Output": null, ` + two +
			`, "Captions": {"CaptionFormats": [{"Format": "srt"}]}}, {"Key": "c", "PresetId": "` +
			web + `", "Captions": {"CaptionFormats": [{"Format": "srt", "Pattern": "{language}"}]}}]}`,
			`Captions:CaptionFormats:Pattern "{language}" is not valid: the captions of 'b' and 'c' would be written as the same objects.`},
		{`{"Output": null, "Outputs": [{"Key": "a", "PresetId": "` + hls400 +
			`", "SegmentDuration": "10"}, {"Key": "a.m3u8", "PresetId": "` + web + `"}]}`,
			`the playlist of output 'a' and Output 'a.m3u8' would both be written as "a.m3u8": give one of them another name.`},
		{`{"Output": null, "Outputs": [{"Key": "a", "PresetId": "` + hls400 +
			`", "SegmentDuration": "10"}, {"Key": "a00003.ts", "PresetId": "` + hls400 + `"}]}`,
			`Output 'a00003.ts' would be written as a segment of output 'a': give one of them another name.`},
	} {
		_, err := createJob(t, jobDocument, c.change)
		if got := message(t, err); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.change, got, c.want)
		}
	}
}

// Members that ask for nothing beyond what is done anyway are accepted, and
// read back as given.
func TestJobAcceptsWhatHasNoEffect(t *testing.T) {
	t.Parallel()
	for _, change := range []string{
		`{"Inputs": [], "Outputs": [], "Playlists": [], "UserMetadata": {}}`,
		`{"Input": {"Encryption": {"Mode": "s3-aws-kms"}, "TimeSpan": {"StartTime": "00:00:00.000"}}}`,
		`{"Input": {"Container": "auto", "FrameRate": "auto", "AspectRatio": "auto", "Resolution": "auto", "Interlaced": "auto"}}`,
		`{"Output": {"Watermarks": [], "Composition": [], "Captions": {}, "ThumbnailPattern": "", "Rotate": "auto", "Encryption": {}}}`,
		`{"Output": {"Composition": [{"TimeSpan": {"StartTime": "0"}}], "AlbumArt": {"MergePolicy": "Replace", "Artwork": []}}}`,
		`{"Output": {"AlbumArt": {"MergePolicy": "Append"}}}`,
	} {
		draft, err := createJob(t, jobDocument, change)
		if err != nil {
			t.Errorf("%s: %v", change, err)
			continue
		}
		plain, err := createJob(t, jobDocument, `{}`)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(plain.Spec, draft.Spec); diff != "" {
			t.Errorf("%s: spec (-plain +got):\n%s", change, diff)
		}
	}
}

func TestJobReadsBack(t *testing.T) {
	t.Parallel()
	draft, err := createJob(t, jobDocument, `{"UserMetadata": {"reelastic:priority": "7", "k": "v"}}`)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.MarshalIndent(draft.Doc, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	input := `{"Key": "in.mov", "FrameRate": null, "Resolution": null, "AspectRatio": null, "Interlaced": null, "Container": null,
		"Encryption": null, "TimeSpan": null, "InputCaptions": null, "DetectedProperties": null}`
	output := `{"Id": "1", "Key": "out.mp4", "ThumbnailPattern": null, "ThumbnailEncryption": null, "Rotate": null, "PresetId": "` + web + `",
		"SegmentDuration": null, "Status": "Submitted", "StatusDetail": null, "Duration": null, "Width": null, "Height": null, "FrameRate": null,
		"FileSize": null, "DurationMillis": null, "Watermarks": [], "AlbumArt": null, "Composition": null, "Captions": null, "Encryption": null,
		"AppliedColorSpaceConversion": null}`
	want := fromJSON(t, `{"Id": "`+testID+`", "Arn": "arn:aws:elastictranscoder:us-east-1:123456789012:job/`+testID+
		`", "PipelineId": "`+pipelineID+`",
		"Input": `+input+`, "Inputs": [`+input+`], "Output": `+output+`, "Outputs": [`+output+
		`], "OutputKeyPrefix": null, "Playlists": [],
		"Status": "Submitted", "UserMetadata": {"reelastic:priority": "7", "k": "v"}, "Timing": null}`)
	if diff := cmp.Diff(want, fromJSON(t, string(encoded))); diff != "" {
		t.Errorf("job (-want +got):\n%s", diff)
	}
}

// TestSegmentDurationReadsBack holds the answer against what java.lang.Double.toString
// prints, as in the recorded exchanges.
func TestSegmentDurationReadsBack(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		"10": "10.0", "10.00": "10.0", "00010": "10.0", "1": "1.0", "60": "60.0", "60.": "60.0", "9.": "9.0",
		"9.5":   "9.5",
		"2.50":  "2.5",
		"6.006": "6.006", "1.00001": "1.00001", "59.99999": "59.99999", "1.1": "1.1", "4.1": "4.1",
	} {
		draft, err := createJob(t, jobDocument, `{"Output": null, "Outputs": [{"Key": "a", "PresetId": "`+hls400+
			`", "SegmentDuration": "`+sent+`"},
			{"Key": "b", "PresetId": "`+web+`"}]}`)
		if err != nil {
			t.Errorf("%q: %v", sent, err)
			continue
		}
		if got := draft.Doc.Outputs[0].SegmentDuration; got == nil || *got != want {
			t.Errorf("%q reads back in Outputs as %q, want %q", sent, text(got), want)
		}
		if got := draft.Doc.Output.SegmentDuration; got == nil || *got != want {
			t.Errorf("%q reads back in Output as %q, want %q", sent, text(got), want)
		}
		if draft.Doc.Outputs[1].SegmentDuration != nil {
			t.Error("an output without SegmentDuration has one")
		}
		if seconds, ok := parseSeconds(sent); !ok || draft.Spec.Outputs[0].SegmentDuration != seconds {
			t.Errorf("%q: segments of %v", sent, draft.Spec.Outputs[0].SegmentDuration)
		}
	}
}

func TestJobSpec(t *testing.T) {
	t.Parallel()
	draft, err := createJob(t, hlsDocument,
		`{"Inputs": [{"Key": "in.mov", "Container": "mov", "FrameRate": "23.97", "AspectRatio": "4:3", "Interlaced": "true",
		"DetectedProperties": {"Width": 1}}], "UserMetadata": {"reelastic:priority": "7", "reelastic:overwrite": "true",
		"reelastic:speed": "slow"}}`)
	if err != nil {
		t.Fatal(err)
	}
	if draft.Doc.Inputs[0].DetectedProperties != nil {
		t.Error("DetectedProperties of the request were kept")
	}
	if got := []string{*draft.Doc.Outputs[0].Id, *draft.Doc.Outputs[1].Id, *draft.Doc.Output.Id,
		*draft.Doc.Playlists[0].Status}; !cmp.Equal(got, []string{"1", "2", "1", "Submitted"}) {
		t.Errorf("ids and status %v", got)
	}
	spec := draft.Spec
	want := InputSpec{Key: "in.mov", Container: "mov", FrameRate: media.Rational{Num: 24000, Den: 1001},
		AspectRatio: media.Rational{Num: 4, Den: 3}, Interlaced: "true"}
	if diff := cmp.Diff([]InputSpec{want}, spec.Inputs); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
	if spec.Priority != 7 || !spec.Overwrite || spec.Speed != "slow" || spec.OutputKeyPrefix != "p/" ||
		spec.ID != testID {
		t.Errorf("spec %+v", spec)
	}
	if diff := cmp.Diff([]PlaylistSpec{{Name: "m", Format: HLSv3, Outputs: []int{1, 0}}}, spec.Playlists); diff != "" {
		t.Errorf("playlists (-want +got):\n%s", diff)
	}
	if o := spec.Outputs[1]; o.ID != "2" || o.Key != "b" || o.Rotate != -1 || o.SegmentDuration != 10*time.Second ||
		o.Preset.ID != hls400 || !o.Segmented() {
		t.Errorf("output %+v", o)
	}
}

// A stored job gives the same spec when a worker reads it.
func TestJobSpecOfStoredDocument(t *testing.T) {
	t.Parallel()
	draft, err := createJob(t, hlsDocument, `{}`)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(draft.Doc)
	if err != nil {
		t.Fatal(err)
	}
	stored := edit(t, new(api.Job), string(encoded))
	presets := testPresets(t, edit(t, new(api.CreateJobRequest), hlsDocument))
	spec, err := JobSpecOf(stored, presets)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(draft.Spec, spec); diff != "" {
		t.Errorf("spec (-created +stored):\n%s", diff)
	}
	delete(presets, hls400)
	if _, err := JobSpecOf(stored, presets); message(t, err) != `Output 'b': PresetId "`+hls400+
		`" is not valid: there is no such preset.` {
		t.Errorf("without the preset: %v", err)
	}
}

func TestJobWithUnknownPreset(t *testing.T) {
	t.Parallel()
	_, err := createJob(t, jobDocument, `{"Output": {"PresetId": "1111111111111-nobody"}}`)
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Code != api.ResourceNotFoundException ||
		e.Message != "The specified preset was not found: account=123456789012, presetId=1111111111111-nobody" {
		t.Errorf("error %v", err)
	}
}

func TestPresetsNamed(t *testing.T) {
	t.Parallel()
	system := "1351620000001-000010"
	outputs := []api.CreateJobOutput{{PresetId: new("b")}, {}, {PresetId: &system}, {PresetId: new("a")},
		{PresetId: new("b")}}
	req := &api.CreateJobRequest{Output: &api.CreateJobOutput{PresetId: new("z")}, Outputs: outputs}
	ids := PresetIDs(req)
	if want := []string{"z", "b", "", system, "a", "b"}; !cmp.Equal(ids, want) {
		t.Errorf("ids %q, want %q", ids, want)
	}
	found, err := PresetsNamed(ids, func(ids []string) (map[string]*api.Preset, error) {
		if want := []string{"a", "b", "z"}; !cmp.Equal(ids, want) {
			t.Errorf("asked for %q, want %q", ids, want)
		}
		return map[string]*api.Preset{"a": {Id: new("a")}}, nil
	})
	if err != nil || len(found) != 2 || *found["a"].Id != "a" || *found[system].Id != system {
		t.Errorf("found %v, %v", found, err)
	}
	found, err = PresetsNamed(JobPresetIDs(&api.Job{Outputs: []api.JobOutput{{PresetId: &system}}}),
		func([]string) (map[string]*api.Preset, error) { return nil, errors.New("asked for none") })
	if err != nil || len(found) != 1 {
		t.Errorf("found %v, %v", found, err)
	}
}

// Every system preset that can be made can be used, and the other way round.
func TestJobsOfSystemPresets(t *testing.T) {
	t.Parallel()
	for _, p := range SystemPresets() {
		_, presetErr := PresetSpecOf(p)
		_, jobErr := createJob(t, jobDocument, `{"Output": {"PresetId": "`+*p.Id+`"}}`)
		if (presetErr == nil) != (jobErr == nil) {
			t.Errorf("%s: preset %v, job %v", *p.Id, presetErr, jobErr)
		}
	}
}

func TestTenPairsBesideOptions(t *testing.T) {
	t.Parallel()
	var pairs []string
	for i := range 10 {
		pairs = append(pairs, strconv.Quote("k"+strconv.Itoa(i))+`: "a b_.:/=+-%@"`)
	}
	if _, err := createJob(t, jobDocument, `{"UserMetadata": {"reelastic:overwrite": "false", `+strings.Join(pairs,
		",")+
		`}}`); err != nil {
		t.Error(err)
	}
}

func TestRotate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{`null`: -1, `"auto"`: -1, `"0"`: 0, `"90"`: 90, `"180"`: 180, `"270"`: 270} {
		draft, err := createJob(t, jobDocument, `{"Output": {"Rotate": `+text+`}}`)
		if err != nil || draft.Spec.Outputs[0].Rotate != want {
			t.Errorf("Rotate %s: %v, %v", text, draft, err)
		}
	}
}
