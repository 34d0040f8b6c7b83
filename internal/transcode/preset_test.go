package transcode

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
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
	req := presetRequest(t, change)
	if err := Check(req); err != nil {
		return nil, "", err
	}
	return NewPreset(req, testID, testRegion, testAccount)
}

func TestPresetRefusals(t *testing.T) {
	t.Parallel()
	const fixedRate = "When you specify a value for MaxFrameRate, you must also specify 'FrameRate':'Auto'. " +
		"Either change the value of FrameRate or remove the MaxFrameRate object, and resubmit the request."
	for _, c := range []struct{ change, want string }{
		// what the preset is made of
		{`{"Video": null, "Audio": null}`, `[Video and Audio are not allowed to both be null.]`},
		{`{"Video": {"CodecOptions": null}}`, `The ''codecOptions'' field in video is not allowed to be null.`},
		{`{"Video": {"Codec": null}}`, `Video:Codec is not allowed to be null.`},
		{`{"Audio": {"Codec": null}}`, `Audio:Codec is not allowed to be null.`},
		{`{"Video": {"Codec": "vp8"}}`, `Video:Codec "vp8" is not valid: with the container mp4 it is H.264.`},
		{`{"Audio": {"Codec": "vorbis"}}`, `Audio:Codec "vorbis" is not valid: with the container mp4 it is AAC or mp3.`},
		{`{"Container": "mp3"}`, `Video:Codec "H.264" is not valid: the container mp3 has no video.`},
		{`{"Container": "gif", "Video": {"Codec": "gif"}}`, `Audio:Codec "AAC" is not valid: the container gif has no audio.`},
		// video
		{`{"Video": {"BitRate": "09"}}`, `Video:BitRate "09" is not valid: it is auto or a whole number from 10 to 99999.`},
		{`{"Video": {"KeyframesMaxDist": "0"}}`, `Video:KeyframesMaxDist "0" is not valid: it is a whole number from 1 to 100000.`},
		{`{"Video": {"KeyframesMaxDist": "100001"}}`, `Video:KeyframesMaxDist "100001" is not valid: it is a whole number from 1 to 100000.`},
		{`{"Video": {"MaxFrameRate": "60"}}`, fixedRate},
		{`{"Video": {"FrameRate": null, "MaxFrameRate": "60"}}`, fixedRate},
		{`{"Video": {"CodecOptions": {"Profile": "extended"}}}`, `Video:CodecOptions:Profile "extended" is not valid: it is baseline, main or high.`},
		{`{"Video": {"CodecOptions": {"Level": "5"}}}`, `Video:CodecOptions:Level "5" is not valid: it is 1, 1b, 1.1, 1.2, 1.3, 2, 2.1, 2.2, 3, 3.1, 3.2, 4 or 4.1.`},
		{`{"Video": {"CodecOptions": {"MaxReferenceFrames": "17"}}}`, `Video:CodecOptions:MaxReferenceFrames "17" is not valid: it is a whole number from 0 to 16.`},
		{`{"Video": {"CodecOptions": {"MaxReferenceFrames": "-1"}}}`, `Video:CodecOptions:MaxReferenceFrames "-1" is not valid: it is a whole number from 0 to 16.`},
		{`{"Video": {"CodecOptions": {"MaxBitRate": "15"}}}`, `Video:CodecOptions:MaxBitRate "15" is not valid: it is a whole number from 16 to 62500.`},
		{`{"Video": {"CodecOptions": {"MaxBitRate": "62501"}}}`, `Video:CodecOptions:MaxBitRate "62501" is not valid: it is a whole number from 16 to 62500.`},
		{`{"Video": {"CodecOptions": {"BufferSize": "0"}}}`, `Video:CodecOptions:BufferSize "0" is not valid: it is a whole number from 1 to 2147483.`},
		{`{"Video": {"BitRate": "auto", "CodecOptions": {"BufferSize": "5000"}}}`, `Video:CodecOptions:BufferSize "5000" is not valid: with BitRate auto it needs a MaxBitRate.`},
		{`{"Video": {"CodecOptions": {"InterlacedMode": "Interlaced"}}}`, `Video:CodecOptions:InterlacedMode "Interlaced" is not valid: it is Progressive, TopFirst, BottomFirst or Auto.`},
		{`{"Video": {"CodecOptions": {"ChromaSubsampling": "yuv422p"}}}`, `Video:CodecOptions:ChromaSubsampling "yuv422p" is not valid: it is yuv420p.`},
		{`{"Video": {"CodecOptions": {"LoopCount": "3"}}}`, `Video:CodecOptions:LoopCount "3" is not valid: the options of H.264 are Profile, Level, MaxReferenceFrames, MaxBitRate, BufferSize, InterlacedMode, ColorSpaceConversionMode and ChromaSubsampling.`},
		// sizes
		{`{"Video": {"MaxWidth": "641"}}`, `Video:MaxWidth "641" is not valid: it is auto or an even number from 128 to 4096.`},
		{`{"Video": {"MaxWidth": "126"}}`, `Video:MaxWidth "126" is not valid: it is auto or an even number from 128 to 4096.`},
		{`{"Video": {"MaxWidth": "4098"}}`, `Video:MaxWidth "4098" is not valid: it is auto or an even number from 128 to 4096.`},
		{`{"Video": {"MaxHeight": "94"}}`, `Video:MaxHeight "94" is not valid: it is auto or an even number from 96 to 3072.`},
		{`{"Video": {"Resolution": "640x480"}}`, `[Video:Resolution and Video:MaxWidth are mutually exclusive.]`},
		{`{"Thumbnails": {"Resolution": "64x48"}}`, `[Thumbnails:Resolution and Thumbnails:MaxWidth are mutually exclusive.]`},
		{`{"Video": {"Resolution": "641x480", "MaxWidth": null, "MaxHeight": null, "SizingPolicy": null, "PaddingPolicy": null, "DisplayAspectRatio": null}}`,
			`Video:Resolution "641x480" is not valid: it is auto or two even numbers, from 128x96 to 4096x3072.`},
		{`{"Video": {"Resolution": "640x480", "MaxWidth": null, "MaxHeight": null, "SizingPolicy": null, "PaddingPolicy": null, "DisplayAspectRatio": null},
		   "Thumbnails": {"Resolution": "642x480", "MaxWidth": null, "MaxHeight": null, "SizingPolicy": null, "PaddingPolicy": null}}`,
			`Thumbnails:Resolution "642x480" is not valid: it is at most Video:Resolution, 640x480.`},
		{`{"Thumbnails": {"MaxHeight": "30"}}`, `Thumbnails:MaxHeight "30" is not valid: it is auto or an even number from 32 to 3072.`},
		{`{"Thumbnails": {"Interval": "0"}}`, `Thumbnails:Interval "0" is not valid: it is a whole number from 1 to 99999.`},
		// watermarks
		{`{"Video": {"Watermarks": [{"Id": "a"}, {"Id": "a"}]}}`, `Video:Watermarks:Id "a" is not valid: each watermark has an Id of its own.`},
		{`{"Video": {"Watermarks": [{}]}}`, `Video:Watermarks:Id is not allowed to be null.`},
		{`{"Video": {"Watermarks": [{"Id": "a"}, {"Id": "b"}, {"Id": "c"}, {"Id": "d"}, {"Id": "e"}]}}`, `Video:Watermarks "5 watermarks" is not valid: there are at most 4.`},
		{`{"Video": {"Watermarks": [{"Id": "a", "MaxWidth": "15px"}]}}`, `Video:Watermarks:MaxWidth "15px" is not valid: it is from 16px to 1280px or from 0% to 100%.`},
		{`{"Video": {"Watermarks": [{"Id": "a", "MaxHeight": "721px"}]}}`, `Video:Watermarks:MaxHeight "721px" is not valid: it is from 16px to 720px or from 0% to 100%.`},
		{`{"Video": {"Watermarks": [{"Id": "a", "HorizontalOffset": "100.5%"}]}}`, `Video:Watermarks:HorizontalOffset "100.5%" is not valid: it is from 0px to 1280px or from 0% to 100%.`},
		{`{"Video": {"Watermarks": [{"Id": "a", "Opacity": "101"}]}}`, `Video:Watermarks:Opacity "101" is not valid: it is a number from 0 to 100.`},
		// audio
		{`{"Audio": {"SampleRate": "192000"}}`, `Audio:SampleRate "192000" is not valid: with AAC in mp4 it is auto, 22050, 32000, 44100, 48000 or 96000.`},
		{`{"Audio": {"BitRate": "15"}}`, `Audio:BitRate "15" is not valid: it is a whole number from 16 to 320.`},
		{`{"Audio": {"BitRate": "321"}}`, `Audio:BitRate "321" is not valid: it is a whole number from 16 to 320.`},
		{`{"Video": null, "Audio": {"Channels": "0"}}`, `Audio:Channels "0" is not valid: a preset without Video has at least 1.`},
		{`{"Audio": {"AudioPackingMode": "OneChannelPerTrack"}}`, `Audio:AudioPackingMode "OneChannelPerTrack" is not valid: outside the container mxf it is SingleTrack.`},
		{`{"Audio": {"CodecOptions": {"BitDepth": "16"}}}`, `Audio:CodecOptions:BitDepth "16" is not valid: it is for flac and pcm only.`},
		{`{"Audio": {"CodecOptions": {"Signed": "Signed"}}}`, `Audio:CodecOptions:Signed "Signed" is not valid: it is for pcm only.`},
		// the API model's own constraints come first
		{`{"Video": {"Codec": "libvpx"}}`, `1 validation error detected: Value 'libvpx' at 'video.codec' failed to satisfy constraint: ` +
			`Member must satisfy regular expression pattern: (^H\.264$)|(^vp8$)|(^vp9$)|(^mpeg2$)|(^gif$)`},
	} {
		_, _, err := createPreset(t, c.change)
		if got := message(t, err); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.change, got, c.want)
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
		t.Errorf("Description %q, MaxFrameRate %v, CodecOptions %v", *p.Description, p.Video.MaxFrameRate, p.Video.CodecOptions)
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
		{`"FrameRate": "auto", "MaxFrameRate": "23.97"`, func(v *VideoSpec) any { return v.MaxFrameRate }, media.Rational{Num: 24000, Den: 1001}},
		{`"FrameRate": "60"`, func(v *VideoSpec) any { return [2]media.Rational{v.FrameRate, v.MaxFrameRate} }, [2]media.Rational{{Num: 60, Den: 1}, {}}},
		{`"CodecOptions": {"MaxBitRate": "2000"}`, func(v *VideoSpec) any { return [2]media.BitRate{v.MaxBitRate, v.BufferSize} }, [2]media.BitRate{2000, 20000}},
		{`"CodecOptions": {"MaxBitRate": "2000", "BufferSize": "4000"}`, func(v *VideoSpec) any { return [2]media.BitRate{v.MaxBitRate, v.BufferSize} }, [2]media.BitRate{2000, 4000}},
		{`"CodecOptions": {"BufferSize": "4000"}`, func(v *VideoSpec) any { return [2]media.BitRate{v.MaxBitRate, v.BufferSize} }, [2]media.BitRate{1600, 4000}},
		{`"CodecOptions": {"MaxReferenceFrames": "0"}`, func(v *VideoSpec) any { return v.ReferenceFrames }, 0},
		{`"CodecOptions": {"ColorSpaceConversionMode": "Auto"}`, func(v *VideoSpec) any { return v.Conversion }, ConvertAuto},
		{`"DisplayAspectRatio": "auto"`, func(v *VideoSpec) any { return v.DisplayAspectRatio }, media.Rational{}},
		{`"MaxWidth": "auto", "MaxHeight": "auto", "SizingPolicy": "Keep", "PaddingPolicy": "Pad"`, func(v *VideoSpec) any { return v.Sizing },
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
		{`"CodecOptions": {"MaxBitRate": "20000"}`, `The value of MaxBitRate, 20000, is greater than the bit rate in kilobits per second that is recommended for level 3.1: 14000.`},
		{`"FrameRate": "60"`, `The value of FrameRate, 60, is greater than the number of frames per second at this size that is recommended for level 3.1: 30.`},
		{`"MaxWidth": "1282", "FrameRate": "25"`,
			`The value of MaxWidth x MaxHeight or Resolution, 1282x720 (3645 macroblocks of 16x16 pixels), is greater than the number of macroblocks that is recommended for level 3.1: 3600.`},
	} {
		_, got, err := createPreset(t, `{"Video": {`+c.change+`}}`)
		if err != nil || got != c.want {
			t.Errorf("%s:\n got %s (%v)\nwant %s", c.change, got, err, c.want)
		}
	}
}
