package caption

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/reelastic/reelastic/internal/media"
)

func rate(num, den int64) media.Rational { return media.Rational{Num: num, Den: den} }

func TestTimecodes(t *testing.T) {
	t.Parallel()
	for frame, want := range map[int]string{
		0: "00:00:00;00", 29: "00:00:00;29", 1799: "00:00:59;29", 1800: "00:01:00;02", 3597: "00:01:59;29",
		3598: "00:02:00;02", 17981: "00:09:59;29", 17982: "00:10:00;00", 107892: "01:00:00;00",
	} {
		if got := formatDropFrame(frame); got != want {
			t.Errorf("%d is %s, want %s", frame, got, want)
		}
	}
	for text, want := range map[string]int{
		"00:00:01:00": 30, "01:00:00:00": 108000, "01:00:00;00": 107892, "00;01;00;02": 1800, "00:01:00.02": 1800,
		"100:00:00;00": 10789200,
	} {
		if got, ok := parseTimecode(text); !ok || got != want {
			t.Errorf("%s is %d, want %d", text, got, want)
		}
	}
	for _, text := range []string{"", "1", "00:00:00:30", "00:60:00:00", "00:00:60:00", "1000000:00:00:00", "0:0:0:x",
		"00:00:00"} {
		if got, ok := parseTimecode(text); ok {
			t.Errorf("%q is %d", text, got)
		}
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"00:00:01,5": 1500 * ms, "00:00:01.04": 1040 * ms, "1:02": 62 * s, "99:59:59.999": 359999999 * ms,
		"00:00:01.1234567891": 1123456789, "00:00:01,": s, "0:0:0": 0,
		"100:00:00": 100 * time.Hour, "100:00:00,500": 100*time.Hour + 500*ms,
		"999999:59:59.999": 1_000_000*time.Hour - ms,
	} {
		if got, ok := parseClock(text); !ok || got != want {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"", "1", "1:2:3:4", "00:60:00", "00:00:60", "-1:00", "a:00", "00:00:01.1234567891x",
		"1000000:00:00", "999999999:00:00", "00:00:1 2"} {
		if got, ok := parseClock(text); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestFramesRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 1000*3600*30-1).Draw(t, "frame")
		r := rapid.SampledFrom([]media.Rational{rate(30000, 1001), rate(30, 1), rate(25, 1)}).Draw(t, "rate")
		if got := frameAt(timeOfFrame(n, r), r); got != n {
			t.Fatalf("frame %d comes back as %d", n, got)
		}
		if got, ok := parseTimecode(formatDropFrame(n)); !ok || got != n {
			t.Fatalf("%s is %d, not %d", formatDropFrame(n), got, n)
		}
	})
}
