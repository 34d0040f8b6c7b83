package presets

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/elastictranscoder"
	"github.com/aws/aws-sdk-go-v2/service/elastictranscoder/types"
	"pgregory.net/rapid"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/transcode/presettest"
)

// TestRandomPresets encodes with presets that were drawn from all valid ones: what
// CreatePreset accepts never fails for a reason that is in the preset.
func TestRandomPresets(t *testing.T) {
	t.Parallel()
	count := 10
	if soak {
		count = 200
	}
	const seed = 4 // any number: the presets are the same in every run
	drawn := rapid.Custom(func(t *rapid.T) *api.CreatePresetRequest {
		return presettest.ValidWithin(t, presettest.Size{Width: 640, Height: 480})
	})
	s := newStudio(t)
	var wanted []want
	for i := range count {
		wanted = append(wanted, want{name: fmt.Sprintf("drawn %d", i), preset: s.create(t, drawn.Example(seed+i)), anyRate: true})
	}
	s.check(t, usualSource, wanted)
}

// create makes a preset of a request that the SDK does not check first.
func (s studio) create(t *testing.T, request *api.CreatePresetRequest) *types.Preset {
	t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	resp, answer := s.server.Send(t, http.MethodPost, "/2012-09-25/presets", body)
	var created struct{ Preset struct{ Id string } }
	if err := json.Unmarshal(answer, &created); err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("%s: %s\n%s", resp.Status, answer, body)
	}
	read, err := s.client.ReadPreset(t.Context(), &elastictranscoder.ReadPresetInput{Id: &created.Preset.Id})
	if err != nil {
		t.Fatal(err)
	}
	return read.Preset
}
