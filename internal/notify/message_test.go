package notify

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
)

// The two captured messages of original.md 5, in the layout that the
// original had.
const completedMessage = `{
  "state" : "COMPLETED",
  "version" : "2012-09-25",
  "jobId" : "1502631977930-rabioh",
  "pipelineId" : "1502609200466-80khou",
  "input" : {
    "key" : "video/97f0fc90.mp4"
  },
  "inputCount" : 1,
  "outputKeyPrefix" : "HLS/97f0fc90-1502631977694",
  "outputs" : [ {
    "id" : "1",
    "presetId" : "1351620000001-200055",
    "key" : "/output/400k",
    "thumbnailPattern" : "thumbs-97f0fc90-{count}",
    "segmentDuration" : 10.0,
    "status" : "Complete",
    "duration" : 6,
    "width" : 400,
    "height" : 228
  } ],
  "playlists" : [ {
    "name" : "/97f0fc90-master-playlist",
    "format" : "HLSv4",
    "outputKeys" : [ "/output/400k" ],
    "status" : "Complete"
  } ]
}`

const failedMessage = `{
  "state" : "ERROR",
  "errorCode" : 3002,
  "messageDetails" : "3002 25319782-210b-45b2-a8a2-fb929b87d46b: The specified object could not be saved in the specified bucket because an object by that name already exists: bucket=bucket_name, key=output.mp3.",
  "version" : "2012-09-25",
  "jobId" : "1396802241671-jkmme8",
  "pipelineId" : "1396802241671-abcdef",
  "input" : {
    "key" : "input.mp3"
  },
  "inputCount" : 1,
  "outputs" : [ {
    "id" : "1",
    "presetId" : "1351620000001-300040",
    "key" : "output.mp3",
    "status" : "Error",
    "statusDetail" : "3002 25319782-210b-45b2-a8a2-fb929b87d46b: The specified object could not be saved in the specified bucket because an object by that name already exists: bucket=bucket_name, key=output.mp3.",
    "errorCode" : 3002
  } ]
}`

func completedJob(t *testing.T) *api.Job {
	return read(t, `{"Id": "1502631977930-rabioh", "PipelineId": "1502609200466-80khou", "OutputKeyPrefix": "HLS/97f0fc90-1502631977694",
		"Input": {"Key": "video/97f0fc90.mp4", "DetectedProperties": {"Width": 400}}, "Inputs": [{"Key": "video/97f0fc90.mp4"}],
		"Outputs": [{"Id": "1", "PresetId": "1351620000001-200055", "Key": "/output/400k", "ThumbnailPattern": "thumbs-97f0fc90-{count}",
			"SegmentDuration": "10", "Status": "Complete", "Duration": 6, "DurationMillis": 5900, "Width": 400, "Height": 228, "FileSize": 1, "Watermarks": []}],
		"Playlists": [{"Name": "/97f0fc90-master-playlist", "Format": "HLSv4", "OutputKeys": ["/output/400k"], "Status": "Complete"}], "Status": "Complete"}`)
}

func failedJob(t *testing.T) *api.Job {
	return read(t, `{"Id": "1396802241671-jkmme8", "PipelineId": "1396802241671-abcdef", "Input": {"Key": "input.mp3"}, "Inputs": [{"Key": "input.mp3"}],
		"Outputs": [{"Id": "1", "PresetId": "1351620000001-300040", "Key": "output.mp3", "Status": "Error",
			"StatusDetail": "3002 25319782-210b-45b2-a8a2-fb929b87d46b: The specified object could not be saved in the specified bucket because an object by that name already exists: bucket=bucket_name, key=output.mp3."}],
		"Playlists": []}`)
}

func TestEventMessage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		job         *api.Job
		state, want string
	}{
		{completedJob(t), StateCompleted, completedMessage},
		{failedJob(t), StateError, failedMessage},
	} {
		got, err := JobMessage(c.job, c.state, 0, "")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.state, diff)
		}
	}
}

func TestProgressingEvent(t *testing.T) {
	t.Parallel()
	job := read(t, `{"Id": "j", "PipelineId": "p", "Inputs": [{"Key": "a"}, {"Key": "b"}],
		"Input": {"Key": "a", "FrameRate": "auto", "Resolution": "auto", "AspectRatio": "4:3", "Interlaced": "true", "Container": "mp4"},
		"Outputs": [{"Id": "1", "PresetId": "s", "Key": "\"<é>\"", "ThumbnailPattern": "", "Rotate": "90", "SegmentDuration": "6.5", "Status": "Submitted"},
			{"Id": "2", "PresetId": "s", "Key": "o", "Status": "Submitted"}],
		"Playlists": [{"Name": "m", "Format": "HLSv3", "OutputKeys": ["x", "o"], "Status": "Submitted"}],
		"UserMetadata": {"z": "1", "a": ""}}`)
	got, err := JobMessage(job, StateProgressing, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "state" : "PROGRESSING",
  "version" : "2012-09-25",
  "jobId" : "j",
  "pipelineId" : "p",
  "input" : {
    "key" : "a",
    "frameRate" : "auto",
    "resolution" : "auto",
    "aspectRatio" : "4:3",
    "interlaced" : "true",
    "container" : "mp4"
  },
  "inputCount" : 2,
  "outputs" : [ {
    "id" : "1",
    "presetId" : "s",
    "key" : "\"<é>\"",
    "thumbnailPattern" : "",
    "rotate" : "90",
    "segmentDuration" : 6.5,
    "status" : "Progressing"
  }, {
    "id" : "2",
    "presetId" : "s",
    "key" : "o",
    "status" : "Progressing"
  } ],
  "playlists" : [ {
    "name" : "m",
    "format" : "HLSv3",
    "outputKeys" : [ "x", "o" ],
    "status" : "Progressing"
  } ],
  "userMetadata" : {
    "a" : "",
    "z" : "1"
  }
}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

func TestEventErrors(t *testing.T) {
	t.Parallel()
	job := failedJob(t)
	job.Outputs = append(job.Outputs, job.Outputs[0])
	top := func(code int, detail string) map[string]any {
		t.Helper()
		message, err := JobMessage(job, StateError, code, detail)
		if err != nil {
			t.Fatal(err)
		}
		decoded := map[string]any{}
		if err := json.Unmarshal(message, &decoded); err != nil {
			t.Fatal(err)
		}
		return decoded
	}
	if m := top(0, ""); m["errorCode"] != nil || m["messageDetails"] != nil {
		t.Errorf("several outputs: %v, %v", m["errorCode"], m["messageDetails"])
	}
	if m := top(3001, "3001 x: gone"); m["errorCode"] != 3001.0 || m["messageDetails"] != "3001 x: gone" {
		t.Errorf("given: %v, %v", m["errorCode"], m["messageDetails"])
	}
	if _, err := JobMessage(job, "DONE", 0, ""); err == nil {
		t.Error("an unknown state was accepted")
	}
}

func TestEventSubject(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]string{
		StateProgressing: "Amazon Elastic Transcoder has scheduled job j for transcoding.",
		StateCompleted:   "Amazon Elastic Transcoder has finished transcoding job j.",
		StateWarning:     "Amazon Elastic Transcoder has a warning for job j.",
		StateError:       "The Amazon Elastic Transcoder job j has failed.",
		"":               "",
	} {
		if got := Subject(state, "j"); got != want {
			t.Errorf("%s: %q", state, got)
		}
	}
}

func read(t *testing.T, document string) *api.Job {
	t.Helper()
	job := new(api.Job)
	if err := json.Unmarshal([]byte(document), job); err != nil {
		t.Fatal(err)
	}
	return job
}

// FuzzJobMessage tells of jobs of any form: the message is always JSON.
func FuzzJobMessage(f *testing.F) {
	f.Add(`{}`)
	f.Add(`{"Id": "1", "Outputs": [{"Key": "\"<é>\"", "SegmentDuration": "6.5"}], "UserMetadata": {"a": ""}}`)
	f.Fuzz(func(t *testing.T, document string) {
		job := new(api.Job)
		if json.Unmarshal([]byte(document), job) != nil {
			return
		}
		message, err := JobMessage(job, StateProgressing, 0, "")
		if err != nil || !json.Valid(message) {
			t.Fatalf("%s (%v)", message, err)
		}
	})
}
