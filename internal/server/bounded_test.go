package server

import (
	"fmt"
	"testing"
	"time"
)

// TestNamesAreBounded floods what is kept by names that clients choose, or addresses that
// they have.
func TestNamesAreBounded(t *testing.T) {
	t.Parallel()
	const total = 500
	places, known := newQuota(total, 5), newRegions()
	sources := failures{longest: time.Second, bySource: map[string]failing{}}
	now := time.Now()
	for _, f := range []struct {
		name string
		use  func(name string)
		size func() int
		most int
	}{
		{"holders of connections, bodies and streams that stay", func(name string) { places.take(name) },
			func() int { return len(places.held) }, total},
		{"buckets", func(name string) {
			known.find(bucketOf{name, name}, now, func() string { return "us-east-1" })
		}, known.known.Len, maxRegions},
		{"buckets of which nothing is known", func(name string) {
			known.find(bucketOf{"role", name}, now, func() string { return "" })
		}, known.known.Len, maxRegions},
		{"addresses that fail at once", func(name string) { sources.delay(name, now) },
			func() int { return len(sources.bySource) }, maxSources},
		{"addresses that fail one after the other", func(name string) {
			now = now.Add(time.Second)
			sources.delay(name, now)
		}, func() int { return len(sources.bySource) }, maxSources},
	} {
		for i := range 100_000 {
			f.use(fmt.Sprint("name-", i))
		}
		if n := f.size(); n > f.most {
			t.Errorf("%s: %d are kept, more than %d", f.name, n, f.most)
		}
	}
	brief := newQuota(total, 5)
	for i := range 100_000 {
		if name := fmt.Sprint("name-", i); brief.take(name) {
			brief.give(name)
		}
	}
	if len(brief.held) != 0 || brief.used != 0 {
		t.Errorf("%d holders are kept that hold nothing", len(brief.held))
	}
}
