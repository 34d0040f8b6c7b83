package operators

import (
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/api"
	v1 "github.com/reelastic/reelastic/api/v1"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestSearchJobs finds jobs by the command line.
func TestSearchJobs(t *testing.T) {
	t.Parallel()
	s := &site{Fixture: reelastictest.New(t, "--workers", "0")}
	var jobs []string
	for _, key := range []string{"summer/trip.mp4", "winter/trip.mp4", "winter/snow.mp4"} {
		season, _, _ := strings.Cut(key, "/")
		jobs = append(jobs, s.Submit(t, &api.CreateJobRequest{
			Inputs: []api.JobInput{{Key: &key}}, UserMetadata: map[string]string{"season": season},
			Outputs: []api.CreateJobOutput{reelastictest.Output("film.mp4", reelastictest.Generic480p, "")},
		}))
	}
	s.run(t, "job", "cancel", jobs[2])
	submitted := s.Job(t, jobs[1]).Timing.SubmitTimeMillis
	for _, c := range []struct {
		args []string
		want []string
	}{
		{nil, []string{jobs[2], jobs[1], jobs[0]}},
		{[]string{"--limit", "2"}, []string{jobs[2], jobs[1]}},
		{[]string{"winter"}, []string{jobs[2], jobs[1]}},
		{[]string{"winter/tr"}, []string{jobs[1]}},
		{[]string{"winter", "snow"}, []string{jobs[2]}},
		{[]string{"--text", jobs[0]}, []string{jobs[0]}},
		{[]string{"--metadata", "season=winter", "--status", "Submitted"}, []string{jobs[1]}},
		{[]string{"--pipeline", s.PipelineID, "film"}, []string{jobs[2], jobs[1], jobs[0]}},
		{[]string{"--from", rfc3339(*submitted + 3_600_000)}, nil},
		{[]string{"--until", rfc3339(*submitted + 3_600_000), "trip"}, []string{jobs[1], jobs[0]}},
	} {
		var found []string
		for _, j := range documents[v1.Job](t, s.run(t, append([]string{"job", "list", "--output", "json"},
			c.args...)...)) {
			found = append(found, j.ID)
		}
		if !slices.Equal(found, c.want) {
			t.Errorf("%v: %v, want %v", c.args, found, c.want)
		}
	}
	if table := s.run(t, "job", "list", "snow"); !strings.Contains(table, "winter/snow.mp4") ||
		!strings.Contains(table, "Canceled") || !strings.HasPrefix(table, "ID ") {
		t.Errorf("the table:\n%s", table)
	}
	if out := s.refuse(t, "job", "list", "--status", "Done"); !strings.Contains(out, `status "Done" is not valid`) {
		t.Errorf("a status that there is not: %s", out)
	}
}
