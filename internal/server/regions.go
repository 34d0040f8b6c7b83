package server

import (
	"context"
	"sync"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/recent"
	"github.com/reelastic/reelastic/internal/transcode"
)

const (
	// regionTimeout bounds what one answer may ask of the store about regions.
	regionTimeout = 3 * time.Second
	// regionTime is how long a bucket is taken to stay where it is, and strayTime how
	// long one of which nothing is known is not asked for again.
	regionTime = 10 * time.Minute
	strayTime  = time.Minute
	// maxRegions bounds what is remembered.
	maxRegions = 10000
)

// regions remembers where buckets are, so that a store far away does not slow down
// every answer about a pipeline.
type regions struct {
	mu    sync.Mutex
	known *recent.Map[bucketOf, placed]
}

func newRegions() *regions { return &regions{known: recent.New[bucketOf, placed](maxRegions)} }

// bucketOf is a bucket as a role sees it.
type bucketOf struct{ role, bucket string }

type placed struct {
	region string
	until  time.Time
}

// find returns what is remembered, or asks and remembers.
func (r *regions) find(key bucketOf, now time.Time, ask func() string) string {
	r.mu.Lock()
	found, ok := r.known.Get(key)
	r.mu.Unlock()
	if ok && now.Before(found.until) {
		return found.region
	}
	found = placed{region: ask(), until: now.Add(regionTime)}
	if found.region == "" {
		found.until = now.Add(strayTime)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known.Put(key, found)
	return found.region
}

// warnings are those of a pipeline. A store that does not say where a bucket is, in
// time, gives no warning about it.
func (s *Server) warnings(ctx context.Context, p *api.Pipeline) []api.Warning {
	ctx, cancel := context.WithTimeout(ctx, regionTimeout)
	defer cancel()
	return transcode.Warnings(p, s.cfg.Region, func(bucket string) string {
		return s.regions.find(bucketOf{*p.Role, bucket}, s.cfg.Now(), func() string {
			region, err := s.buckets.BucketRegion(ctx, *p.Role, bucket)
			if err != nil {
				s.cfg.Log.DebugContext(ctx, "region of a bucket not known", "bucket", bucket, "err", err)
			}
			return region
		})
	})
}
