package presets

import (
	"testing"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// systemPresets is how many come with the service.
const systemPresets = 62

// withdrawn are the system presets that are listed no more and still work.
var withdrawn = []string{
	"1351620000000-000001", "1351620000000-000010", "1351620000000-000020", "1351620000000-000030",
	"1351620000000-000040",
	"1351620000000-000050", "1351620000000-000060", "1351620000000-100010", "1351620000000-100020",
	"1351620000000-100030",
	"1351620000000-100040", "1351620000000-100050", "1351620000000-100060", "1351620000000-100070",
	"1351620000000-100080",
	"1351620000000-100090", "1351620000000-100100", "1351620000001-000060", "1351620000001-100010",
	"1351620000001-100030",
	"1351620000001-100100", "1351620000001-100140", "1351620000001-200070",
}

// TestSystemPresets encodes with every preset that comes with the service. With
// REELASTIC_SOAK it takes sources of other shapes and rates too: an interlaced
// one with pixels that are not square, one from a telephone held upright, and
// one with six channels.
func TestSystemPresets(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	var wanted []want
	for p, err := range s.Client.Presets(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		wanted = append(wanted, want{name: *p.Id + " " + *p.Name, preset: p})
	}
	if len(wanted) != systemPresets {
		t.Errorf("%d presets in a new server, want %d", len(wanted), systemPresets)
	}
	for n, id := range withdrawn {
		read, err := s.Client.ReadPreset(t.Context(), &api.ReadPresetRequest{Id: &id})
		if err != nil {
			t.Errorf("withdrawn preset %s: %v", id, err)
			continue
		}
		if !reelastictest.Soak && n%8 != 0 { // they are what stands in their place, which is encoded above
			continue
		}
		wanted = append(wanted, want{name: id + " " + *read.Preset.Name + ", withdrawn", preset: read.Preset})
	}
	s.check(t, usualSource, wanted)
	if reelastictest.Soak {
		for _, source := range []string{"interlaced", "portrait", "film"} {
			t.Run(source, func(t *testing.T) { s.check(t, source, wanted) })
		}
	}
}
