package manifest

import (
	"math"
	"time"
)

// Segment is one file of a segmented output, or a range of the one file.
type Segment struct {
	// Name is the file's name, without a folder and as it is: not percent-encoded.
	Name string
	// Duration is above 0; playlists show microseconds of it.
	Duration time.Duration
	// SizeBytes is the size of the file, or of the range of it from Offset on.
	SizeBytes int64
	Offset    int64
}

// Misaligned reports whether segments of two renditions with the same number begin at
// instants that are further apart than tolerance, with the first such number.
func Misaligned(a, b []Segment, tolerance time.Duration) (number int, differ bool) {
	var atA, atB time.Duration
	for i := range min(len(a), len(b)) {
		if (atA - atB).Abs() > tolerance {
			return i, true
		}
		atA, atB = atA+a[i].Duration, atB+b[i].Duration
	}
	return 0, false
}

// Bandwidth is the peak rate of a rendition in bits per second, up to the next
// whole thousand: the highest rate of any run of segments that lasts between
// half and one and a half of the target duration in seconds (RFC 8216 section 4.1), so
// that a short last segment does not count for itself. Where no run is that
// long, it is the rate of the whole.
func Bandwidth(segments []Segment, target int64) int {
	length := time.Duration(target) * time.Second
	peak := 0.0
	for i := range segments {
		var run Segment
		for _, s := range segments[i:] {
			run.Duration, run.SizeBytes = run.Duration+s.Duration, run.SizeBytes+s.SizeBytes
			if run.Duration > length*3/2 {
				break
			}
			if run.Duration >= length/2 {
				peak = max(peak, run.rate())
			}
		}
	}
	if peak == 0 {
		return AverageBandwidth(segments)
	}
	return thousands(peak)
}

// AverageBandwidth is the mean rate of a rendition in bits per second, up to the next
// whole thousand.
func AverageBandwidth(segments []Segment) int {
	var whole Segment
	for _, s := range segments {
		whole.Duration, whole.SizeBytes = whole.Duration+s.Duration, whole.SizeBytes+s.SizeBytes
	}
	return thousands(whole.rate())
}

func thousands(rate float64) int { return int(math.Ceil(rate/1000)) * 1000 }

// rate is in bits per second.
func (s Segment) rate() float64 {
	if s.Duration <= 0 {
		return 0
	}
	return float64(s.SizeBytes) * 8 / s.Duration.Seconds()
}

// TargetSeconds is the longest duration of segments of one or several renditions,
// rounded up to whole seconds.
func TargetSeconds(renditions ...[]Segment) int64 {
	var longest time.Duration
	for _, segments := range renditions {
		for _, s := range segments {
			longest = max(longest, s.Duration)
		}
	}
	return int64((longest + time.Second - 1) / time.Second)
}
