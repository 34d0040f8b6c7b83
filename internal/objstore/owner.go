package objstore

import (
	"strconv"
	"strings"

	"github.com/reelastic/reelastic/internal/object"
)

// Owner is the attempt of a job, as objects carry it: "<job id>/<attempt>".
func Owner(job string, attempt int) string { return job + "/" + strconv.Itoa(attempt) }

// splitOwner is the inverse of Owner; ok is false for anything else.
func splitOwner(owner string) (job string, attempt int, ok bool) {
	job, n, ok := strings.Cut(owner, "/")
	attempt, err := strconv.Atoi(n)
	return job, attempt, ok && job != "" && err == nil
}

// MayReplace tells whether a write with these options may replace an object of
// that owner ("" for one that came from elsewhere): only what an earlier
// attempt of o.ReplaceJob left, or anything with o.Overwrite. An attempt does
// not replace its own objects, so that two outputs of a job that want one key
// do not silently become one.
func MayReplace(owner string, o object.PutOptions) bool {
	if o.Overwrite {
		return true
	}
	job, attempt, ok := splitOwner(owner)
	ownJob, ownAttempt, own := splitOwner(o.Owner)
	return ok && own && job == o.ReplaceJob && job == ownJob && attempt < ownAttempt
}
