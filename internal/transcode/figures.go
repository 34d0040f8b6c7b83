package transcode

import (
	"strconv"
	"strings"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

// serviceRates are the frame rates that have a name of their own in the API.
var serviceRates = map[media.Rational]string{
	{Num: 24000, Den: 1001}: "23.97",
	{Num: 30000, Den: 1001}: "29.97",
	{Num: 60000, Den: 1001}: "59.94",
}

// FrameRateText is a rate as the API writes it: the service's name for it
// ("29.97"), or a decimal with at most five digits after the point and no
// trailing zeros. The zero value gives "".
func FrameRateText(r media.Rational) string {
	if r.IsZero() {
		return ""
	}
	if name, ok := serviceRates[media.NewRational(r.Num, r.Den)]; ok {
		return name
	}
	text := strconv.FormatFloat(r.Float(), 'f', 5, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// DetectedProperties is what a probe says in the API's words: the size as
// coded, before rotation, the rate of the main video stream, the length of the
// container. What the file does not tell is null.
func DetectedProperties(p media.Probe) api.DetectedProperties {
	var d api.DetectedProperties
	if v, ok := p.MainVideo(); ok {
		d.Width, d.Height = new(v.Coded.Width), new(v.Coded.Height)
		d.FrameRate = new(FrameRateText(v.FrameRate))
	}
	if p.SizeBytes > 0 {
		d.FileSize = new(p.SizeBytes)
	}
	if p.Duration > 0 {
		d.DurationMillis = new(p.Duration.Milliseconds())
	}
	return d
}

// Decimal writes seconds as a double of the original's printed: always with a point and
// as few digits as tell it from its neighbours ("10.0", "9.5").
func Decimal(seconds string) string {
	f, err := strconv.ParseFloat(seconds, 64)
	if err != nil {
		return "0.0"
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
