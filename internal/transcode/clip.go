package transcode

import (
	"fmt"
	"strings"
	"time"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

// Clip is the part of an input that is used. Its times count from the input's
// first timestamp.
type Clip struct {
	Start time.Duration
	// Duration is 0 for all that follows Start.
	Duration time.Duration
}

// Whole reports whether a clip leaves nothing out.
func (c Clip) Whole() bool { return c == Clip{} }

// clip reads a TimeSpan (API model, TimeSpan; original.md 4.3.2).
func clip(r *reader, member string, t *api.TimeSpan) (c Clip) {
	if t == nil {
		return c
	}
	c.Start = timeOfDay(r, member+":StartTime", t.StartTime)
	if text(t.Duration) == "" {
		return c
	}
	if c.Duration = timeOfDay(r, member+":Duration", t.Duration); c.Duration == 0 {
		r.fail(invalid(member+":Duration", *t.Duration, "it must be more than 0"))
	}
	return c
}

// longestTime is the last instant that both forms can say (API model, TimeSpan).
const longestTime = 24*time.Hour - time.Millisecond

// timeOfDay reads [[HH:]mm:]ss.SSS or sssss.SSS; 0 when it is not given.
func timeOfDay(r *reader, member string, value *string) time.Duration {
	s := text(value)
	if s == "" {
		return 0
	}
	t, ok := ParseTime(s)
	if !ok {
		r.fail(invalid(member, s, "it must be HH:mm:ss.SSS up to 23:59:59.999 or sssss.SSS up to 86399.999"))
		return 0
	}
	return t
}

// ParseTime reads a time as a TimeSpan has it, [[HH:]mm:]ss.SSS or sssss.SSS, up to a day.
func ParseTime(s string) (t time.Duration, ok bool) {
	t, ok = parseTime(s)
	return t, ok && t <= longestTime
}

// parseTime reads up to three numbers between colons, of which the last one may
// have up to three decimals. Alone it may have five digits, else two below 60, and
// hours are below 24.
func parseTime(s string) (t time.Duration, ok bool) {
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return 0, false
	}
	seconds, ok := seconds(parts[len(parts)-1])
	if len(parts) == 1 || !ok {
		return seconds, ok
	}
	if seconds >= time.Minute {
		return 0, false
	}
	t = seconds
	unit, limit := time.Minute, 60
	for i := len(parts) - 2; i >= 0; i-- {
		n, ok := twoDigits(parts[i])
		if !ok || n >= limit {
			return 0, false
		}
		t += time.Duration(n) * unit
		unit, limit = time.Hour, 24
	}
	return t, true
}

// seconds reads 1 to 5 digits, then a point and up to 3 more, exactly.
func seconds(s string) (time.Duration, bool) {
	if _, fraction, _ := strings.Cut(s, "."); len(fraction) > 3 {
		return 0, false
	}
	return parseSeconds(s)
}

func twoDigits(s string) (n int, ok bool) {
	if len(s) < 1 || len(s) > 2 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	for _, digit := range s {
		n = 10*n + int(digit-'0')
	}
	return n, true
}

// outputClip reads an output's Composition, of which there is at most one clip
// (API model, JobOutput:Composition). It is a clip of a whole input: the two ways
// to say it, of which the model deprecates this one, do not mix.
func outputClip(r *reader, composition []api.Clip, inputs []InputSpec) Clip {
	if len(composition) > 1 {
		r.fail(invalid("Composition", fmt.Sprintf("%d clips", len(composition)), "there may be at most one clip"))
	}
	if len(composition) == 0 {
		return Clip{}
	}
	c := clip(r, "Composition:TimeSpan", composition[0].TimeSpan)
	switch {
	case c.Whole():
	case len(inputs) > 1:
		r.fail(invalidf("Composition is allowed with one input only: give each of the Inputs a TimeSpan."))
	case len(inputs) == 1 && !inputs[0].Clip.Whole():
		r.fail(invalidf("Composition:TimeSpan and Input:TimeSpan are mutually exclusive: keep Input:TimeSpan."))
	}
	return c
}

// ClipText is a time as the API writes it, in seconds with up to three decimals.
func ClipText(t time.Duration) string {
	return FrameRateText(media.NewRational(t.Milliseconds(), 1000))
}
