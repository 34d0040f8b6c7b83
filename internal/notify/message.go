package notify

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode"
)

// The states of a job in notifications.
const (
	StateProgressing = "PROGRESSING"
	StateCompleted   = "COMPLETED"
	StateWarning     = "WARNING"
	StateError       = "ERROR"
	// StateTest is that of the notifications by which TestRole tries topics. They
	// are no job's.
	StateTest = "TEST"
)

const eventVersion = "2012-09-25"

// Subject is the subject of a notification in the original's words; those
// of a warning and of a test are ours, as the original's are not known. An unknown
// state gives "".
func Subject(state, jobID string) string {
	switch state {
	case StateProgressing:
		return "Amazon Elastic Transcoder has scheduled job " + jobID + " for transcoding."
	case StateCompleted:
		return "Amazon Elastic Transcoder has finished transcoding job " + jobID + "."
	case StateWarning:
		return "Amazon Elastic Transcoder has a warning for job " + jobID + "."
	case StateError:
		return "The Amazon Elastic Transcoder job " + jobID + " has failed."
	case StateTest:
		return "Amazon Elastic Transcoder test notification"
	}
	return ""
}

// TestMessage is the JSON text of the notification by which TestRole tries a topic for
// a role. It is ours: the original's is not known.
func TestMessage(role string) []byte {
	e := object{}
	e.text("state", new(StateTest))
	e.text("version", new(eventVersion))
	e.text("role", &role)
	return e.print(nil, 0)
}

// JobMessage is the JSON text of a notification about a job as it stands, in
// the original's form (original.md 5). State is one of the State
// constants; PROGRESSING shows every output and playlist as Progressing.
// ErrorCode 0 and an empty messageDetails are left out, except that a failed
// job of one output shows that output's.
func JobMessage(job *api.Job, state string, errorCode int, messageDetails string) ([]byte, error) {
	switch state {
	case StateProgressing, StateCompleted, StateWarning, StateError:
	default:
		return nil, fmt.Errorf("event of job %s: unknown state %q", text(job.Id), state)
	}
	if state == StateError && errorCode == 0 && messageDetails == "" && len(job.Outputs) == 1 {
		messageDetails = text(job.Outputs[0].StatusDetail)
		errorCode = detailCode(messageDetails)
	}
	e := object{}
	e.text("state", &state)
	e.number("errorCode", errorCode)
	if messageDetails != "" {
		e.text("messageDetails", &messageDetails)
	}
	e.text("version", new(eventVersion))
	e.text("jobId", job.Id)
	e.text("pipelineId", job.PipelineId)
	if job.Input != nil {
		e.add("input", inputEvent(job.Input))
		e.number("inputCount", len(job.Inputs))
	}
	e.text("outputKeyPrefix", job.OutputKeyPrefix)
	e.list("outputs", outputEvents(job.Outputs, state))
	e.list("playlists", playlistEvents(job.Playlists, state))
	if len(job.UserMetadata) > 0 {
		e.add("userMetadata", metadataEvent(job.UserMetadata))
	}
	return e.print(nil, 0), nil
}

func inputEvent(in *api.JobInput) object {
	o := object{}
	o.text("key", in.Key)
	o.text("frameRate", in.FrameRate)
	o.text("resolution", in.Resolution)
	o.text("aspectRatio", in.AspectRatio)
	o.text("interlaced", in.Interlaced)
	o.text("container", in.Container)
	return o
}

func outputEvents(outputs []api.JobOutput, state string) []printed {
	var list []printed
	for _, out := range outputs {
		o := object{}
		o.text("id", out.Id)
		o.text("presetId", out.PresetId)
		o.text("key", out.Key)
		o.text("thumbnailPattern", out.ThumbnailPattern)
		o.text("rotate", out.Rotate)
		if out.SegmentDuration != nil {
			o.add("segmentDuration", literal(transcode.Decimal(*out.SegmentDuration)))
		}
		o.text("status", eventStatus(out.Status, state))
		o.text("statusDetail", out.StatusDetail)
		if text(out.Status) == string(transcode.Errored) {
			o.number("errorCode", detailCode(text(out.StatusDetail)))
		}
		if out.Duration != nil {
			o.add("duration", literal(strconv.FormatInt(*out.Duration, 10)))
		}
		o.count("width", out.Width)
		o.count("height", out.Height)
		list = append(list, o)
	}
	return list
}

func playlistEvents(playlists []api.Playlist, state string) []printed {
	var list []printed
	for _, p := range playlists {
		o := object{}
		o.text("name", p.Name)
		o.text("format", p.Format)
		var keys []printed
		for _, key := range p.OutputKeys {
			keys = append(keys, quoted(key))
		}
		o.list("outputKeys", keys)
		o.text("status", eventStatus(p.Status, state))
		o.text("statusDetail", p.StatusDetail)
		list = append(list, o)
	}
	return list
}

func metadataEvent(pairs map[string]string) object {
	o := object{}
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		o.text(key, new(pairs[key]))
	}
	return o
}

func eventStatus(status *string, state string) *string {
	if state == StateProgressing {
		return new(string(transcode.Progressing))
	}
	return status
}

// detailCode is the number that a StatusDetail begins with, 0 without one.
func detailCode(detail string) int {
	number, _, _ := strings.Cut(detail, " ")
	code, err := strconv.ParseUint(number, 10, 31)
	if err != nil || len(number) != 4 {
		return 0
	}
	return int(code)
}

// text is the value of a member, "" for null.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
