package manifest

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
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

// longest is a bound on a segment's duration that keeps sums of them exact.
const longest = 24 * time.Hour

// ParseSegments reads a finished media playlist as ffmpeg writes it and returns
// its segments in order, at least one, without sizes unless these are ranges. A
// list that has not been ended, a segment without a duration and a name with a
// folder are errors that name the line.
func ParseSegments(list []byte) ([]Segment, error) {
	var segments []Segment
	var next Segment
	ended := false
	for i, line := range strings.Split(string(list), "\n") {
		line = strings.TrimSuffix(line, "\r")
		value, isDuration := strings.CutPrefix(line, "#EXTINF:")
		byteRange, isRange := strings.CutPrefix(line, "#EXT-X-BYTERANGE:")
		var err error
		switch {
		case i == 0:
			if line != "#EXTM3U" {
				err = errors.New("the list does not begin with #EXTM3U")
			}
		case line == "":
		case ended:
			err = errors.New("something follows the end of the list")
		case isDuration && next.Duration != 0:
			err = errors.New("two durations in a row")
		case isDuration:
			next.Duration, err = parseDuration(value)
		case isRange:
			next.SizeBytes, next.Offset, err = parseRange(byteRange)
		case line == "#EXT-X-ENDLIST":
			ended = true
		case strings.HasPrefix(line, "#"):
		case next.Duration == 0:
			err = errors.New("a segment without a duration")
		case strings.ContainsRune(line, '/'):
			err = errors.New("a segment in a folder")
		default:
			next.Name = line
			segments = append(segments, next)
			next = Segment{}
		}
		if err != nil {
			return nil, fmt.Errorf("segment list, line %d: %w", i+1, err)
		}
	}
	if !ended || next != (Segment{}) || len(segments) == 0 {
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

// parseRange reads the value of EXT-X-BYTERANGE with its offset: "length@offset".
func parseRange(value string) (size, offset int64, err error) {
	length, start, _ := strings.Cut(value, "@")
	n, err1 := strconv.ParseUint(length, 10, 48)
	at, err2 := strconv.ParseUint(start, 10, 48)
	if err1 != nil || err2 != nil || n == 0 {
		return 0, 0, fmt.Errorf("%q is not a range of bytes", value)
	}
	return int64(n), int64(at), nil
}

// ticksPerSecond is the clock of transport streams (ISO/IEC 13818-1, 2.4.2.2).
const ticksPerSecond = 90000

// ticks is a duration on that clock, on which all durations of a list of ts segments
// are whole: what ffmpeg prints of them is rounded to a microsecond.
func ticks(d time.Duration) int64 {
	return (int64(d)*9 + 50_000) / 100_000
}

// Join makes segments of consecutive ranges of one file, such as GOPs: each but the
// last begins at the first range that begins at a multiple of target or after it,
// as ffmpeg cuts. The durations are exact sums.
func Join(ranges []Segment, target time.Duration) (segments []Segment) {
	var at, began int64
	for _, r := range ranges {
		if n := len(segments); n == 0 || at+1 >= ticks(time.Duration(n)*target) {
			segments, began = append(segments, Segment{Name: r.Name, Offset: r.Offset}), at
		}
		at += ticks(r.Duration)
		last := &segments[len(segments)-1]
		last.SizeBytes += r.SizeBytes
		last.Duration = time.Duration(at-began) * time.Second / ticksPerSecond
	}
	return segments
}

// Misaligned tells whether segments of two renditions with the same number begin at
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
