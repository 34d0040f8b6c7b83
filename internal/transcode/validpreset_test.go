package transcode

import (
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/reelastic/reelastic/internal/transcode/presettest"
)

// TestValidPresets draws presets that are valid by construction: each is
// accepted, and a job gets from the stored document what was said.
func TestValidPresets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		req := presettest.Valid(t)
		p, _, err := judge(req)
		if err != nil {
			t.Fatalf("refused: %v", err)
		}
		spec := checkStoredPreset(t, p)
		if string(spec.Container) != *req.Container || (spec.Video == nil) != (req.Video == nil) ||
			(spec.Audio == nil) != (req.Audio == nil) || (spec.Thumbnails == nil) != (req.Thumbnails == nil) {
			t.Fatalf("the spec has other parts: %+v", spec)
		}
	})
}

// TestValidPresetsWithin holds the bound of the pictures that are made larger.
func TestValidPresetsWithin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, _, err := judge(presettest.ValidWithin(t, presettest.Size{Width: 640, Height: 480}))
		if err != nil {
			t.Fatalf("refused: %v", err)
		}
		spec := checkStoredPreset(t, p)
		if v := spec.Video; v != nil && (v.Sizing.Max.Width > 640 || v.Sizing.Max.Height > 480) &&
			(v.Sizing.Pad || v.Sizing.Policy == Fit || v.Sizing.Policy == Fill || v.Sizing.Policy == Stretch) {
			t.Fatalf("pictures are made as large as %v", v.Sizing)
		}
	})
}

// TestValidPresetsCoverage draws presets with fixed seeds, and looks for every
// value that a member can have from a list, alone and beside its container.
func TestValidPresetsCoverage(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	drawn := rapid.Custom(presettest.Valid)
	for seed := range 5000 {
		encoded, err := json.Marshal(drawn.Example(seed))
		if err != nil {
			t.Fatal(err)
		}
		var document map[string]any
		if err := json.Unmarshal(encoded, &document); err != nil {
			t.Fatal(err)
		}
		collect(seen, document["Container"].(string), "", document)
	}
	for _, codec := range videoCodecs {
		for _, container := range codec.containers {
			expect(t, seen, container, "Video:Codec", codec.name)
			for _, name := range codec.options {
				expect(t, seen, container, "Video:CodecOptions:"+name, given)
			}
			expect(t, seen, container, "Video:CodecOptions:Profile", codec.profiles...)
			expect(t, seen, container, "Video:CodecOptions:ChromaSubsampling", codec.chromas...)
		}
	}
	for _, codec := range audioCodecs {
		for _, container := range codec.containers {
			expect(t, seen, container, "Audio:Codec", codec.name)
		}
	}
	expect(t, seen, MP4, "Video:CodecOptions:Level", levelNames()...)
	expect(t, seen, MPG, "Video:CodecOptions:InterlacedMode", interlacedModes...)
	expect(t, seen, MP4, "Video:CodecOptions:ColorSpaceConversionMode", conversionModes...)
	expect(t, seen, GIF, "Video:CodecOptions:LoopCount", "Infinite", "0", "100")
	expect(t, seen, TS, "Video:FrameRate", append(frameRates, "auto")...)
	expect(t, seen, TS, "Video:MaxFrameRate", frameRates...)
	expect(t, seen, WebM, "Video:SizingPolicy", sizingPolicies...)
	expect(t, seen, WebM, "Video:DisplayAspectRatio", aspectRatios...)
	expect(t, seen, MP4, "Video:Watermarks:Id", "place 3")
	expect(t, seen, MP4, "Thumbnails:Resolution", given)
	expect(t, seen, WAV, "Audio:CodecOptions:BitDepth", PCM.rules().bitDepths...)
	expect(t, seen, FLAC, "Audio:CodecOptions:BitDepth", FLACAudio.rules().bitDepths...)
	expect(t, seen, MP4, "Audio:CodecOptions:Profile", "auto", aacLC, heAAC, heAACv2)
	expect(t, seen, MXF, "Audio:AudioPackingMode", packings...)
	expect(t, seen, WAV, "Audio:SampleRate", PCM.rules().sampleRates...)
}

// given stands for any value.
const given = "*"

// collect notes each member and value of a document for its container.
func collect(seen map[string]bool, container, member string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, v := range value {
			collect(seen, container, join(member, name), v)
		}
	case []any:
		for _, v := range value {
			collect(seen, container, member, v)
		}
	case string:
		seen[fmt.Sprint(container, member, value)] = true
		if value != "" {
			seen[fmt.Sprint(container, member, given)] = true
		}
	}
}

func join(member, name string) string {
	if member == "" {
		return name
	}
	return member + ":" + name
}

// expect reports values that were not drawn.
func expect[S ~string](t *testing.T, seen map[string]bool, container Container, member string, values ...S) {
	t.Helper()
	for _, value := range values {
		if !seen[fmt.Sprint(string(container), member, string(value))] {
			t.Errorf("no preset for %s has %s %q", container, member, string(value))
		}
	}
}
