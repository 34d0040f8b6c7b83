package manifest

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Segment is one file of a segmented output.
type Segment struct {
	// Name is the file's name, without a folder and as it is: not percent-encoded.
	Name string
	// Duration is above 0; playlists show microseconds of it.
	Duration time.Duration
	// SizeBytes is the size of the file; needed for [Bandwidth] only.
	SizeBytes int64
}

// longest is a bound on a segment's duration that keeps sums of them exact.
const longest = 24 * time.Hour

// ParseSegments reads a finished media playlist as ffmpeg writes it and returns
// its segments in order, at least one, without sizes. A list that has not been
// ended, a segment without a duration and a name with a folder are errors that
// name the line.
func ParseSegments(list []byte) ([]Segment, error) {
	var segments []Segment
	var duration time.Duration
	ended := false
	for i, line := range strings.Split(string(list), "\n") {
		line = strings.TrimSuffix(line, "\r")
		value, isDuration := strings.CutPrefix(line, "#EXTINF:")
		var err error
		switch {
		case i == 0:
			if line != "#EXTM3U" {
				err = errors.New("the list does not begin with #EXTM3U")
			}
		case line == "":
		case ended:
			err = errors.New("something follows the end of the list")
		case isDuration && duration != 0:
			err = errors.New("two durations in a row")
		case isDuration:
			duration, err = parseDuration(value)
		case line == "#EXT-X-ENDLIST":
			ended = true
		case strings.HasPrefix(line, "#"):
		case duration == 0:
			err = errors.New("a segment without a duration")
		case strings.ContainsRune(line, '/'):
			err = errors.New("a segment in a folder")
		default:
			segments = append(segments, Segment{Name: line, Duration: duration})
			duration = 0
		}
		if err != nil {
			return nil, fmt.Errorf("segment list, line %d: %w", i+1, err)
		}
	}
	if !ended || duration != 0 || len(segments) == 0 {
		return nil, errors.New("segment list: it was not finished")
	}
	return segments, nil
}

// parseDuration reads the value of EXTINF: decimal seconds, then a comma and
// perhaps a title.
func parseDuration(value string) (time.Duration, error) {
	number, _, _ := strings.Cut(value, ",")
	seconds, err := strconv.ParseFloat(number, 64)
	if err != nil || !(seconds >= 0.000001) || seconds > longest.Seconds() {
		return 0, fmt.Errorf("%q is not a duration in seconds", number)
	}
	return time.Duration(seconds*1e6+0.5) * time.Microsecond, nil
}

// Bandwidth is the peak rate of a rendition in bits per second, up to the next
// whole thousand: the highest rate of any run of segments that lasts between
// half and one and a half of the target duration (RFC 8216 section 4.1), so
// that a short last segment does not count for itself. Where no run is that
// long, it is the rate of the whole.
func Bandwidth(segments []Segment) int {
	target := time.Duration(targetSeconds(segments)) * time.Second
	peak := 0.0
	for i := range segments {
		var length time.Duration
		var size int64
		for _, s := range segments[i:] {
			length, size = length+s.Duration, size+s.SizeBytes
			if length > target*3/2 {
				break
			}
			if length >= target/2 {
				peak = max(peak, rate(size, length))
			}
		}
	}
	if peak == 0 {
		var length time.Duration
		var size int64
		for _, s := range segments {
			length, size = length+s.Duration, size+s.SizeBytes
		}
		peak = rate(size, length)
	}
	return int(math.Ceil(peak/1000)) * 1000
}

func rate(sizeBytes int64, length time.Duration) float64 {
	if length <= 0 {
		return 0
	}
	return float64(sizeBytes) * 8 / length.Seconds()
}

// targetSeconds is the longest duration, rounded up to whole seconds.
func targetSeconds(segments []Segment) int64 {
	var longest time.Duration
	for _, s := range segments {
		longest = max(longest, s.Duration)
	}
	return int64((longest + time.Second - 1) / time.Second)
}
