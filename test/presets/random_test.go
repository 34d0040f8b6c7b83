package presets

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"pgregory.net/rapid"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode/presettest"
	"github.com/reelastic/reelastic/test/reelastictest"
)

// TestRandomPresets encodes with presets that were drawn from all valid ones: what
// CreatePreset accepts never fails for a reason that is in the preset.
func TestRandomPresets(t *testing.T) {
	t.Parallel()
	count := 10
	if reelastictest.Soak {
		count = 200
	}
	const seed = 4 // any number: the presets are the same in every run
	drawn := rapid.Custom(func(t *rapid.T) *api.CreatePresetRequest {
		return presettest.ValidWithin(t, presettest.Size{Width: 640, Height: 480})
	})
	s := newStudio(t)
	var wanted []want
	for i := range count {
		wanted = append(wanted, want{name: fmt.Sprintf("drawn %d", i), preset: s.create(t, drawn.Example(seed+i)),
			anyRate: true})
	}
	s.check(t, usualSource, wanted)
}

// create makes a preset of a request that no client checks first.
func (s studio) create(t *testing.T, request *api.CreatePresetRequest) *api.Preset {
	t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	resp, answer := s.Send(t, http.MethodPost, "/2012-09-25/presets", body)
	var created struct{ Preset struct{ Id string } }
	if err := json.Unmarshal(answer, &created); err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("%s: %s\n%s", resp.Status, answer, body)
	}
	return s.ReadPreset(t, created.Preset.Id)
}
