package server

import (
	"testing"
	"time"
)

func TestRegionsAreRemembered(t *testing.T) {
	t.Parallel()
	r := newRegions()
	asked, now := 0, time.Unix(0, 0)
	want := func(role, region string, times int) {
		t.Helper()
		got := r.find(bucketOf{role, "films"}, now, func() string {
			asked++
			return role // as the region
		})
		if got != region || asked != times {
			t.Errorf("%q after %d questions, want %q after %d", got, asked, region, times)
		}
	}
	want("eu-west-1", "eu-west-1", 1)
	want("eu-west-1", "eu-west-1", 1)
	want("", "", 2)
	now = now.Add(strayTime)
	want("", "", 3)
	want("eu-west-1", "eu-west-1", 3)
	now = now.Add(regionTime)
	want("eu-west-1", "eu-west-1", 4)
}
