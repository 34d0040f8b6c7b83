package plan

import (
	"testing"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

func TestOutputRate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ source, fixed, limit, want string }{
		{"25", "", "30", "25"},
		{"24000/1001", "", "30", "24000/1001"},
		{"24000/1001", "30", "", "30"},
		{"50", "", "30", "25"},
		{"60", "", "30", "30"},
		{"60000/1001", "", "30", "30000/1001"},
		{"60000/1001", "", "60", "60000/1001"},
		{"48", "", "30", "24"},
		{"120", "", "60", "60"},
		{"120000/1001", "", "30", "30000/1001"},
		{"100", "", "30", "25"},
		{"60", "", "25", "15"},
		{"60", "", "30000/1001", "30000/1001"},
		{"30", "", "30000/1001", "30000/1001"},
		{"24", "", "24000/1001", "24000/1001"},
		{"12", "", "30", "12"},
		{"8797/1000", "", "30", "8797/1000"},
		{"37200/1241", "", "30", "30000/1001"},
		{"810000/13487", "", "30", "30"},
		{"750000/71393", "", "30", "2101/200"},
		{"140000/5087", "", "30", "27521/1000"},
		{"47", "", "30", "47/2"},
		{"240", "", "30", "30"},
		{"1/100000", "", "30", "10"},
	} {
		spec := transcode.VideoSpec{FrameRate: ratio(t, c.fixed), MaxFrameRate: ratio(t, c.limit)}
		if got := outputRate(ratio(t, c.source), spec); got != ratio(t, c.want) {
			t.Errorf("source %s, fixed %q, limit %q: %s, want %s", c.source, c.fixed, c.limit, got, c.want)
		}
	}
}

func TestOutputRateMPEG2(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ source, limit, want string }{
		{"25", "30", "25"},
		{"60000/1001", "30", "30000/1001"},
		{"25/2", "30", "12"},
		{"7", "30", "8"},
		{"15/2", "8", "8"},
		{"15/2", "6", "4"},
		{"47", "30", "24000/1001"},
		{"810000/13487", "60", "60"},
		{"1/10", "30", "10"},
	} {
		spec := transcode.VideoSpec{Codec: transcode.MPEG2, MaxFrameRate: ratio(t, c.limit)}
		if got := outputRate(ratio(t, c.source), spec); got != ratio(t, c.want) {
			t.Errorf("source %s, limit %q: %s, want %s", c.source, c.limit, got, c.want)
		}
	}
}

func ratio(t *testing.T, s string) media.Rational {
	t.Helper()
	if s == "" {
		return media.Rational{}
	}
	r, err := media.ParseRational(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
