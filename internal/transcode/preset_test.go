package transcode

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode/presettest"
)

const presetDocument = `{
	"Name": "web", "Container": "mp4",
	"Video": {
		"Codec": "H.264", "CodecOptions": {"Profile": "main", "Level": "3.1", "MaxReferenceFrames": "3"},
		"KeyframesMaxDist": "90", "FixedGOP": "true", "BitRate": "1600", "FrameRate": "29.97",
		"MaxWidth": "1280", "MaxHeight": "720", "SizingPolicy": "ShrinkToFit", "PaddingPolicy": "NoPad", "DisplayAspectRatio": "16:9"
	},
	"Audio": {"Codec": "AAC", "SampleRate": "44100", "BitRate": "128", "Channels": "2", "CodecOptions": {"Profile": "AAC-LC"}},
	"Thumbnails": {"Format": "jpg", "Interval": "5", "MaxWidth": "192", "MaxHeight": "108", "SizingPolicy": "Fit", "PaddingPolicy": "Pad"}
}`

func presetRequest(t testing.TB, change string) *api.CreatePresetRequest {
	t.Helper()
	return edit(t, edit(t, new(api.CreatePresetRequest), presetDocument), change)
}

func createPreset(t testing.TB, change string) (*api.Preset, string, error) {
	t.Helper()
	return judge(presetRequest(t, change))
}

// judge does what CreatePreset does with a request that could be read.
func judge(req *api.CreatePresetRequest) (*api.Preset, string, error) {
	if err := Check(req); err != nil {
		return nil, "", err
	}
	return NewPreset(req, testID, testRegion, testAccount)
}

// TestPresetRefusals holds what is said about bad presets, and that each of
// them would be valid without its change.
func TestPresetRefusals(t *testing.T) {
	t.Parallel()
	for _, name := range presettest.Names() {
		if req, err := presettest.Request(name, `{}`); err != nil {
			t.Error(err)
		} else if _, _, err := judge(req); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	refusals := presettest.Refusals()
	if len(refusals) < 150 {
		t.Errorf("%d bad presets, want at least 150", len(refusals))
	}
	for _, c := range refusals {
		req, err := c.Request()
		if err != nil {
			t.Error(err)
			continue
		}
		_, _, err = judge(req)
		if got := message(t, err); got != c.Message {
			t.Errorf("%s with %s:\n got %s\nwant %s", c.Of, c.Change, got, c.Message)
		}
	}
}

func TestPresetReadsBackAsGiven(t *testing.T) {
	t.Parallel()
	p, warning, err := createPreset(t, `{"Video": {"FrameRate": "auto", "CodecOptions": {"MaxBitRate": "", "BufferSize": ""}}}`)
	if err != nil || warning != "" {
		t.Fatalf("warning %q, error %v", warning, err)
	}
	want := edit(t, new(api.Preset), presetDocument)
	edit(t, want, `{"Id": "`+testID+`", "Arn": "arn:aws:elastictranscoder:us-east-1:123456789012:preset/`+testID+`",
		"Type": "Custom", "Description": "", "Video": {"FrameRate": "auto", "MaxFrameRate": "30"}}`)
	if diff := cmp.Diff(asJSON(t, want), asJSON(t, p)); diff != "" {
		t.Errorf("preset (-want +got):\n%s", diff)
	}
	p, _, err = createPreset(t, `{"Description": "mine", "Video": {"CodecOptions": {"InterlacedMode": "Progressive", "ColorSpaceConversionMode": "Auto"}}}`)
	if err != nil {
		t.Fatal(err)
	}
	if *p.Description != "mine" || p.Video.MaxFrameRate != nil || len(p.Video.CodecOptions) != 5 {
		t.Errorf("Description %q, MaxFrameRate %v, CodecOptions %v", *p.Description, p.Video.MaxFrameRate,
			p.Video.CodecOptions)
	}
}

func TestPresetSpec(t *testing.T) {
	t.Parallel()
	p, _, err := createPreset(t, `{}`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := PresetSpecOf(p)
	if err != nil {
		t.Fatal(err)
	}
	want := PresetSpec{
		ID: testID, Container: MP4,
		Video: &VideoSpec{
			Codec: H264, Profile: "main", Level: "3.1", ReferenceFrames: 3, BitRate: 1600,
			GOP: GOP{MaxFrames: 90, Fixed: true}, FrameRate: media.Rational{Num: 30000, Den: 1001},
			Sizing:             Sizing{Max: media.Size{Width: 1280, Height: 720}, Policy: ShrinkToFit},
			DisplayAspectRatio: media.Rational{Num: 16, Den: 9},
		},
		Audio: &AudioSpec{Codec: AAC, SampleRate: 44100, BitRate: 128, Channels: 2, Profile: "AAC-LC"},
		Thumbnails: &ThumbnailSpec{Format: "jpg", Interval: 5e9,
			Sizing: Sizing{Max: media.Size{Width: 192, Height: 108}, Policy: Fit, Pad: true}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
}

// What is not given has a default in the spec, and stays null in the document.
func TestPresetSpecDefaults(t *testing.T) {
	t.Parallel()
	p := edit(t, new(api.Preset), `{"Container": "ts", "Video": {"Codec": "H.264", "CodecOptions": {}}, "Audio": {"Codec": "AAC"}, "Thumbnails": {}}`)
	got, err := PresetSpecOf(p)
	if err != nil {
		t.Fatal(err)
	}
	auto := Sizing{Max: media.Size{Width: 1920, Height: 1080}, Policy: ShrinkToFit}
	want := PresetSpec{
		Container: TS,
		Video: &VideoSpec{Codec: H264, ReferenceFrames: -1, GOP: GOP{MaxFrames: 90},
			MaxFrameRate: media.Rational{Num: 30, Den: 1}, Sizing: auto},
		Audio:      &AudioSpec{Codec: AAC, Channels: -1, Profile: "AAC-LC"},
		Thumbnails: &ThumbnailSpec{Format: "png", Interval: 60e9, Sizing: auto},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
}

func TestVideoSpecValues(t *testing.T) {
	t.Parallel()
	const old = `"MaxWidth": null, "MaxHeight": null, "SizingPolicy": null, "PaddingPolicy": null, "DisplayAspectRatio": null`
	wide := media.Rational{Num: 16, Den: 9}
	for _, c := range []struct {
		change string
		got    func(v *VideoSpec) any
		want   any
	}{
		{`"BitRate": "auto"`, func(v *VideoSpec) any { return v.BitRate }, media.BitRate(0)},
		{`"FrameRate": "auto", "MaxFrameRate": "23.97"`, func(v *VideoSpec) any { return v.MaxFrameRate },
			media.Rational{Num: 24000, Den: 1001}},
		{`"FrameRate": "60"`, func(v *VideoSpec) any { return [2]media.Rational{v.FrameRate, v.MaxFrameRate} },
			[2]media.Rational{{Num: 60, Den: 1}, {}}},
		{`"CodecOptions": {"MaxBitRate": "2000"}`,
			func(v *VideoSpec) any { return [2]media.BitRate{v.MaxBitRate, v.BufferSize} }, [2]media.BitRate{2000, 20000}},
		{`"CodecOptions": {"MaxBitRate": "2000", "BufferSize": "4000"}`,
			func(v *VideoSpec) any { return [2]media.BitRate{v.MaxBitRate, v.BufferSize} }, [2]media.BitRate{2000, 4000}},
		{`"CodecOptions": {"BufferSize": "4000"}`,
			func(v *VideoSpec) any { return [2]media.BitRate{v.MaxBitRate, v.BufferSize} }, [2]media.BitRate{1600, 4000}},
		{`"CodecOptions": {"MaxReferenceFrames": "0"}`, func(v *VideoSpec) any { return v.ReferenceFrames }, 0},
		{`"CodecOptions": {"ColorSpaceConversionMode": "Auto"}`, func(v *VideoSpec) any { return v.Conversion }, ConvertAuto},
		{`"DisplayAspectRatio": "auto"`, func(v *VideoSpec) any { return v.DisplayAspectRatio }, media.Rational{}},
		{`"MaxWidth": "auto", "MaxHeight": "auto", "SizingPolicy": "Keep", "PaddingPolicy": "Pad"`,
			func(v *VideoSpec) any { return v.Sizing },
			Sizing{Max: media.Size{Width: 1920, Height: 1080}, Policy: Keep, Pad: true}},
		{`"AspectRatio": "16:9"`, func(v *VideoSpec) any { return v.Sizing },
			Sizing{Max: media.Size{Width: 1280, Height: 720}, Policy: ShrinkToFit, Aspect: wide}},
		{`"Resolution": "640x480", ` + old, func(v *VideoSpec) any { return v.Sizing },
			Sizing{Max: media.Size{Width: 640, Height: 480}, Policy: Fit}},
		{`"Resolution": "640x480", "AspectRatio": "16:9", ` + old, func(v *VideoSpec) any { return v.Sizing },
			Sizing{Max: media.Size{Width: 640, Height: 480}, Policy: Fit, Pad: true, Aspect: wide}},
		{`"Resolution": "auto", "AspectRatio": "auto", ` + old, func(v *VideoSpec) any { return v.Sizing },
			Sizing{Max: media.Size{Width: 4096, Height: 3072}, Policy: ShrinkToFit, KeepSource: true}},
		{`"AspectRatio": "16:9", ` + old, func(v *VideoSpec) any { return v.Sizing },
			Sizing{Max: media.Size{Width: 4096, Height: 3072}, Policy: ShrinkToFit, KeepSource: true, Aspect: wide}},
	} {
		p, _, err := createPreset(t, `{"Video": {`+c.change+`}}`)
		if err != nil {
			t.Errorf("%s: %v", c.change, err)
			continue
		}
		spec, err := PresetSpecOf(p)
		if err != nil {
			t.Errorf("%s: %v", c.change, err)
			continue
		}
		if diff := cmp.Diff(c.want, c.got(spec.Video)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.change, diff)
		}
	}
}

func TestLevelWarnings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ change, want string }{
		{`"CodecOptions": {"Level": "4.1", "MaxReferenceFrames": "4"}, "MaxWidth": "auto", "MaxHeight": "auto"`, ``},
		{`"CodecOptions": {"Level": "4.1", "MaxReferenceFrames": "5"}, "MaxWidth": "auto", "MaxHeight": "auto"`,
			`The value of MaxReferenceFrames, 5, is greater than the number that is recommended for level 4.1: 4.`},
		{`"BitRate": "14001"`, `The value of BitRate, 14001, is greater than the bit rate in kilobits per second that is recommended for level 3.1: 14000.`},
		{`"BitRate": "14001", "CodecOptions": {"Profile": "high"}`, ``},
		{`"CodecOptions": {"MaxBitRate": "20000"}`,
			`The value of MaxBitRate, 20000, is greater than the bit rate in kilobits per second that is recommended for level 3.1: 14000.`},
		{`"FrameRate": "60"`, `The value of FrameRate, 60, is greater than the number of frames per second at this size that is recommended for level 3.1: 30.`},
		// what is automatic goes beyond nothing before an input is known
		{`"FrameRate": "auto", "MaxFrameRate": "60"`, ``},
		{`"FrameRate": "auto"`, ``},
		{`"FrameRate": "auto", "MaxWidth": "auto", "MaxHeight": "auto", "CodecOptions": {"Level": "2.2", "MaxReferenceFrames": "1"}, "BitRate": "auto"`, ``},
		{`"FrameRate": "auto", "MaxWidth": "auto", "MaxHeight": "auto", "CodecOptions": {"Level": "1", "MaxReferenceFrames": "1"}, "BitRate": "auto"`, ``},
		{`"FrameRate": "60", "MaxWidth": "auto", "MaxHeight": "auto", "CodecOptions": {"MaxReferenceFrames": "2"}`, ``},
		{`"FrameRate": "60", "MaxWidth": "1920", "MaxHeight": "auto", "CodecOptions": {"MaxReferenceFrames": "2"}`, ``},
		{`"FrameRate": "60", "CodecOptions": {"Level": "3.1", "MaxReferenceFrames": "2"}, "Resolution": "auto", "MaxWidth": null, "MaxHeight": null,
			"SizingPolicy": null, "PaddingPolicy": null, "DisplayAspectRatio": null`, ``},
		{`"FrameRate": "auto", "MaxWidth": "auto", "MaxHeight": "auto", "CodecOptions": {"Level": "2.2", "MaxReferenceFrames": "2"}`,
			`The value of MaxReferenceFrames, 2, is greater than the number that is recommended for level 2.2: 1.`},
		{`"FrameRate": "auto", "MaxWidth": "auto", "MaxHeight": "auto", "CodecOptions": {"Level": "1", "MaxReferenceFrames": "3"}, "BitRate": "auto"`,
			`The value of MaxReferenceFrames, 3, is greater than the number that is recommended for level 1: 1.`},
		{`"FrameRate": "15", "CodecOptions": {"Level": "2", "MaxReferenceFrames": "1"}, "BitRate": "2000"`,
			`The value of MaxWidth x MaxHeight or Resolution, 1280x720 (3600 macroblocks of 16x16 pixels), is greater than the number of macroblocks that is recommended for level 2: 396. ` +
				`The value of FrameRate, 15, is greater than the number of frames per second at this size that is recommended for level 2: 3.3.`},
		{`"CodecOptions": {"Level": "1b"}, "MaxWidth": "176", "MaxHeight": "144", "FrameRate": "15", "BitRate": "128"`, ``},
		{`"CodecOptions": {"Level": "1.1"}, "MaxWidth": "176", "MaxHeight": "144", "FrameRate": "30", "BitRate": "200"`,
			`The value of BitRate, 200, is greater than the bit rate in kilobits per second that is recommended for level 1.1: 192.`},
		// 1922x1080 has fewer pixels than the level's 8192 macroblocks, and more macroblocks
		{`"CodecOptions": {"Level": "4.1"}, "MaxWidth": "1922", "MaxHeight": "1080", "FrameRate": "24"`,
			`The value of MaxWidth x MaxHeight or Resolution, 1922x1080 (8228 macroblocks of 16x16 pixels), is greater than the number of macroblocks that is recommended for level 4.1: 8192.`},
		{`"CodecOptions": {"Level": "2", "InterlacedMode": "TopFirst", "MaxReferenceFrames": "2"}, "MaxWidth": "352", "MaxHeight": "288"`,
			`An InterlacedMode other than Progressive is not recommended for level 2.`},
		{`"CodecOptions": {"InterlacedMode": "Auto"}, "FrameRate": "25"`,
			`The value of MaxWidth x MaxHeight or Resolution, 1280x720 (3680 macroblocks of 16x16 pixels), is greater than the number of macroblocks that is recommended for level 3.1: 3600.`},
		{`"CodecOptions": {"Level": "2.1", "InterlacedMode": "TopFirst"}, "MaxWidth": "352", "MaxHeight": "288"`, ``},
		{`"MaxWidth": "1282", "FrameRate": "25"`,
			`The value of MaxWidth x MaxHeight or Resolution, 1282x720 (3645 macroblocks of 16x16 pixels), is greater than the number of macroblocks that is recommended for level 3.1: 3600.`},
	} {
		_, got, err := createPreset(t, `{"Video": {`+c.change+`}}`)
		if err != nil || got != c.want {
			t.Errorf("%s:\n got %s (%v)\nwant %s", c.change, got, err, c.want)
		}
	}
}
