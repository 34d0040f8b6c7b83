package job

import (
	"testing"
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	l := Limits{Pixels: 100, Streams: 3, Duration: time.Hour}
	picture := func(w, h int) media.Probe {
		return media.Probe{Streams: 1, Video: []media.VideoStream{{Coded: media.Size{Width: w, Height: h}}}}
	}
	for _, c := range []struct {
		probe media.Probe
		want  string
	}{
		{picture(10, 10), ""},
		{picture(10, 11), "4001: The width x height of the input file exceeds the maximum. It has 10x11, which is " +
			"110 pixels; the limit is 100 (--max-input-pixels)."},
		{media.Probe{Streams: 3, Duration: time.Hour}, ""},
		{media.Probe{Streams: 4}, "4000: Amazon Elastic Transcoder could not interpret the media file. The reader " +
			"says: the file has 4 streams; the limit is 3 (--max-input-streams). Check that the file is complete " +
			"and plays elsewhere."},
		{media.Probe{Duration: 2 * time.Hour}, "4000: Amazon Elastic Transcoder could not interpret the media file. " +
			"The reader says: the file has a duration of 2h0m0s; the limit is 1h0m0s (--max-input-duration). " +
			"Check that the file is complete and plays elsewhere."},
	} {
		got := ""
		if f := l.refuse(c.probe); f != nil {
			got = f.Error()
		}
		if got != c.want {
			t.Errorf("got %s\nwant %s", got, c.want)
		}
		if f := (Limits{}).refuse(c.probe); f != nil {
			t.Errorf("without limits: %v", f)
		}
	}
}
