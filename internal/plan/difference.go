package plan

import (
	"fmt"
	"time"

	"github.com/reelastic/reelastic/internal/transcode"
)

// different is the failure of a result that is not as planned: a fault of the service.
func different(got, want string) *transcode.Failure {
	return transcode.Internal(fmt.Sprintf("The result has %s; %s was planned.", got, want))
}

// tolerance is how far a length may be off: half a second or two percent.
func tolerance(length time.Duration) time.Duration { return max(500*time.Millisecond, length/50) }

// rounded is a length as messages give it.
func rounded(d time.Duration) string { return d.Round(time.Millisecond).String() }
