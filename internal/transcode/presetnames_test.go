package transcode

import "testing"

// TestSystemPresetNames has one name for each preset, by which it is found.
func TestSystemPresetNames(t *testing.T) {
	t.Parallel()
	presets := SystemPresets()
	if len(presets) != len(systemNames) {
		t.Errorf("%d presets have %d names", len(presets), len(systemNames))
	}
	for _, p := range presets {
		name := SystemPresetName(*p.Id)
		if name == "" || SystemPresetNamed(name) != *p.Id {
			t.Errorf("%s (%s) is called %q, which is %q", *p.Id, *p.Name, name, SystemPresetNamed(name))
		}
	}
	if name := SystemPresetName("1351620000000-000001"); name != "" {
		t.Errorf("a withdrawn preset is called %q", name)
	}
	if id := SystemPresetNamed("none"); id != "" {
		t.Errorf("none is %q", id)
	}
}
