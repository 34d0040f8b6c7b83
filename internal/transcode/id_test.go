package transcode

import (
	"math/rand/v2"
	"regexp"
	"testing"

	"github.com/reelastic/reelastic/api"
)

func TestNewID(t *testing.T) {
	t.Parallel()
	pattern := regexp.MustCompile(`^\d{13}-[0-9a-z]{6}$`)
	random := rand.New(rand.NewPCG(1, 2))
	seen := map[string]bool{}
	for range 1000 {
		var bytes [8]byte
		for i := range bytes {
			bytes[i] = byte(random.Uint32())
		}
		id := NewID(1502631977930, bytes)
		if !pattern.MatchString(id) || id[:13] != "1502631977930" || seen[id] {
			t.Fatalf("id %q", id)
		}
		seen[id] = true
		if err := Check(&api.ReadJobRequest{Id: &id}); err != nil {
			t.Fatal(err)
		}
	}
	if id := NewID(7, [8]byte{}); id != "0000000000007-000000" {
		t.Errorf("id %q", id)
	}
}

func TestErrorTexts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    *Error
		status int
		want   string
	}{
		{PipelineNotFound("1", "p"), 404, "The specified pipeline was not found: account=1, pipelineId=p."},
		{JobNotFound("1", "j"), 404, "The specified job was not found: account=1, jobId=j."},
		{PresetNotFound("1", "s"), 404, "The specified preset was not found: account=1, presetId=s"},
		{PipelineInUse("1", "p"), 409, "The pipeline contains active jobs: account=1, pipeline=p."},
		{JobInUse("1", "j"), 409, "The job was already in use: accountId=1, resourceId=j."},
		{SystemPresetDelete("1", "s"), 403, "Deleting a system preset is not allowed: account=1, presetId=s."},
		{PipelineLimit("1", 4), 429, "The account already has the maximum number of pipelines allowed: account=1, " +
			"maximum number of pipelines=4"},
		{PresetLimit("1", 50), 429, "The account already has the maximum number of presets allowed: account=1, " +
			"maximum number of presets=50"},
		{JobLimit("1", 9), 429, "The account already has the maximum number of jobs per pipeline in the backlog: " +
			"account=1, maximum number of jobs in backlog for pipeline=9"},
	} {
		if c.err.Message != c.want || c.err.Code.HTTPStatus() != c.status {
			t.Errorf("%d %q, want %d %q", c.err.Code.HTTPStatus(), c.err.Message, c.status, c.want)
		}
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	all := []Status{Submitted, Progressing, Complete, Canceled, Errored}
	legal := map[[2]Status]bool{
		{Submitted, Progressing}: true, {Submitted, Canceled}: true,
		{Progressing, Complete}: true, {Progressing, Errored}: true, {Progressing, Canceled}: true,
	}
	for _, from := range all {
		for _, to := range all {
			if from.CanBecome(to) != legal[[2]Status{from, to}] {
				t.Errorf("%s to %s: %v", from, to, from.CanBecome(to))
			}
		}
		if final := from == Complete || from == Canceled || from == Errored; from.Final() != final {
			t.Errorf("%s final: %v", from, from.Final())
		}
	}
}
