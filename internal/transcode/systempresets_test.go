package transcode

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
)

func TestSystemPresets(t *testing.T) {
	t.Parallel()
	list := SystemPresets()
	if len(list) != 62 {
		t.Fatalf("%d system presets, want 62", len(list))
	}
	if !slices.IsSortedFunc(list, func(a, b *api.Preset) int { return strings.Compare(*a.Id, *b.Id) }) {
		t.Error("ids are not in ascending order")
	}
	for _, p := range list {
		if p.Arn != nil || *p.Type != "System" {
			t.Errorf("%s: Arn %v, Type %s", *p.Id, p.Arn, *p.Type)
		}
	}
}

// TestSystemPresetsAreValid holds all 85 ids against the judge.
func TestSystemPresetsAreValid(t *testing.T) {
	t.Parallel()
	for id := range systemPresets().byID {
		p, _ := SystemPreset(id)
		if _, err := PresetSpecOf(p); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestSystemPresetIsACopy(t *testing.T) {
	t.Parallel()
	const id = "1351620000001-000010"
	first, _ := SystemPreset(id)
	want, _ := SystemPreset(id)
	*first.Video.Codec = "changed"
	first.Video.CodecOptions["Level"] = "changed"
	first.Video.Watermarks[0].Id = nil
	again, _ := SystemPreset(id)
	if diff := cmp.Diff(want, again); diff != "" {
		t.Errorf("a caller changed the preset (-before +after):\n%s", diff)
	}
}

func TestWithdrawnSystemPreset(t *testing.T) {
	t.Parallel()
	old, ok := SystemPreset("1351620000000-100100")
	if !ok {
		t.Fatal("a withdrawn id is not known")
	}
	replacement, _ := SystemPreset("1351620000001-100080")
	replacement.Id = new("1351620000000-100100")
	if diff := cmp.Diff(replacement, old); diff != "" {
		t.Errorf("withdrawn preset (-replacement +got):\n%s", diff)
	}
	twice, _ := SystemPreset("1351620000000-000060")
	replacement, _ = SystemPreset("1351620000001-000061")
	replacement.Id = new("1351620000000-000060")
	if diff := cmp.Diff(replacement, twice); diff != "" {
		t.Errorf("preset whose replacement was withdrawn too (-replacement +got):\n%s", diff)
	}
	if n := len(systemPresets().byID); n != 62+23 {
		t.Errorf("%d ids are known, want 85", n)
	}
	if _, ok := SystemPreset("1351620000001-999999"); ok {
		t.Error("an unknown id is known")
	}
}
