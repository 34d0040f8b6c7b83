package transcode

import (
	"testing"
	"time"

	"github.com/reelastic/reelastic/api"
)

func TestTimeOfDay(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"0": 0, "5": 5 * time.Second, "00090.5": 90500 * time.Millisecond, "86399.999": longestTime, "7.": 7 * time.Second,
		"1:02": 62 * time.Second, "01:02": 62 * time.Second, "1:2:3.25": 3723250 * time.Millisecond,
		"23:59:59.999": longestTime, "00:00:00.000": 0, "0:59.9": 59900 * time.Millisecond,
	} {
		r := &reader{}
		if got := timeOfDay(r, "StartTime", &text); r.err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, r.err, want)
		}
	}
	for _, text := range []string{"86400", "99999", "24:00:00", "0:60", "1:60:00", "60:00:00", "1.2345", "-1", "1:2:3:4",
		":5", "5:", "1e3", " 1", "123456", "١"} {
		r := &reader{}
		if got := timeOfDay(r, "StartTime", &text); r.err == nil {
			t.Errorf("%q passed as %v", text, got)
		}
	}
}

func TestClip(t *testing.T) {
	t.Parallel()
	span := func(start, duration string) *api.TimeSpan {
		s := &api.TimeSpan{}
		if start != "" {
			s.StartTime = &start
		}
		if duration != "" {
			s.Duration = &duration
		}
		return s
	}
	for _, c := range []struct {
		span *api.TimeSpan
		want Clip
	}{
		{nil, Clip{}},
		{span("", ""), Clip{}},
		{span("0:00", ""), Clip{}},
		{span("1.5", ""), Clip{Start: 1500 * time.Millisecond}},
		{span("", "2"), Clip{Duration: 2 * time.Second}},
		{span("00:01:00", "0:00:30.5"), Clip{time.Minute, 30500 * time.Millisecond}},
	} {
		r := &reader{}
		if got := clip(r, "Input:TimeSpan", c.span); r.err != nil || got != c.want {
			t.Errorf("%v is %v, %v; want %v", c.span, got, r.err, c.want)
		}
	}
	r := &reader{}
	clip(r, "Input:TimeSpan", span("1", "0.000"))
	if want := `Input:TimeSpan:Duration "0.000" is not valid: it is more than 0.`; message(t, r.err) != want {
		t.Errorf("%v, want %s", r.err, want)
	}
}
