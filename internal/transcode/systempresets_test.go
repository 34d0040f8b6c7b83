package transcode

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
)

// builtSystemPresets are those that this release can make; all others are
// readable and refused in jobs.
var builtSystemPresets = strings.Fields(`
	000001 000010 000020 000030 000040 000050 000061 100020 100040 100050 100060 100070 100080 100090
	100110 100120 100130 100141 100150
	200010 200015 200020 200025 200030 200035 200040 200045 200050 200055 200060 200071`)

func TestSystemPresets(t *testing.T) {
	t.Parallel()
	list := SystemPresets()
	if len(list) != 62 {
		t.Fatalf("%d system presets, want 62", len(list))
	}
	if !slices.IsSortedFunc(list, func(a, b *api.Preset) int { return strings.Compare(*a.Id, *b.Id) }) {
		t.Error("ids are not in ascending order")
	}
	var built []string
	for _, p := range list {
		if p.Arn != nil || *p.Type != "System" {
			t.Errorf("%s: Arn %v, Type %s", *p.Id, p.Arn, *p.Type)
		}
		_, err := PresetSpecOf(p)
		if err == nil {
			built = append(built, strings.TrimPrefix(*p.Id, "1351620000001-"))
		} else if e, ok := errors.AsType[*Error](err); !ok || !strings.Contains(e.Message, "is not supported by this release") {
			t.Errorf("%s: %v", *p.Id, err)
		}
	}
	if diff := cmp.Diff(builtSystemPresets, built); diff != "" {
		t.Errorf("presets that can be made (-want +got):\n%s", diff)
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
	if n := len(systemPresets().byID); n != 62+23 {
		t.Errorf("%d ids are known, want 85", n)
	}
	if _, ok := SystemPreset("1351620000001-999999"); ok {
		t.Error("an unknown id is known")
	}
}
