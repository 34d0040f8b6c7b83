package caption

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// parseClock reads "[hours:]minutes:seconds[.fraction]", the times of SRT and
// WebVTT. Comma and point both divide the fraction, which is a decimal
// fraction however many digits it has. ok is false for anything else and for
// times beyond [latest].
func parseClock(s string) (d time.Duration, ok bool) {
	parts := strings.Split(s, ":")
	if len(parts) == 2 {
		parts = append([]string{"0"}, parts...)
	}
	if len(parts) != 3 {
		return 0, false
	}
	hours, ok1 := digits(parts[0])
	minutes, ok2 := digits(parts[1])
	seconds, ok3 := parseDecimal(strings.Replace(parts[2], ",", ".", 1))
	if !ok1 || !ok2 || !ok3 || minutes > 59 || seconds >= time.Minute || time.Duration(hours) >= latest/time.Hour {
		return 0, false
	}
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute + seconds, true
}

// parseDecimal reads a number of seconds with an optional point and fraction, of
// which nine digits count.
func parseDecimal(s string) (time.Duration, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	n, ok := digits(whole)
	if !ok {
		return 0, false
	}
	d := time.Duration(n) * time.Second
	if fraction == "" {
		return d, true
	}
	if len(fraction) > 9 {
		if strings.Trim(fraction, "0123456789") != "" {
			return 0, false
		}
		fraction = fraction[:9]
	}
	f, ok := digits(fraction)
	return d + time.Duration(f)*pow10(9-len(fraction)), ok
}

func pow10(n int) time.Duration {
	p := time.Duration(1)
	for range n {
		p *= 10
	}
	return p
}

// digits reads one to nine digits and nothing else.
func digits(s string) (int, bool) {
	if len(s) < 1 || len(s) > 9 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// formatClock writes hours:minutes:seconds and milliseconds behind the mark.
func formatClock(d time.Duration, mark string) string {
	ms := d.Round(time.Millisecond).Milliseconds()
	return fmt.Sprintf("%02d:%02d:%02d%s%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, mark, ms%1000)
}

// parseTiming reads a line "start --> end", with what may follow the end behind
// a blank. line counts from 1, for the error.
func parseTiming(text string, line int) (start, end time.Duration, err error) {
	from, to, _ := strings.Cut(text, "-->")
	from = strings.TrimSpace(from)
	to, _, _ = strings.Cut(strings.TrimSpace(strings.ReplaceAll(to, "\t", " ")), " ")
	start, ok := parseClock(from)
	if !ok {
		return 0, 0, wrong(line, "%s is not a time", quote(from))
	}
	end, ok = parseClock(to)
	if !ok {
		return 0, 0, wrong(line, "%s is not a time", quote(to))
	}
	return start, end, nil
}
