package ffmpeg

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reelastic/reelastic/internal/media"
)

// TestParseColours reads what ffprobe says of colours and transparency, in either
// spelling of the container's tag.
func TestParseColours(t *testing.T) {
	t.Parallel()
	a, err := parseAnswer([]byte(`{"streams": [
		{"index": 0, "codec_type": "video", "codec_name": "vp9", "width": 2, "height": 2, "pix_fmt": "yuv420p", "tags": {"alpha_mode": "1"}},
		{"index": 1, "codec_type": "video", "codec_name": "vp8", "width": 2, "height": 2, "tags": {"ALPHA_MODE": "1"}, "color_space": "reserved"},
		{"index": 2, "codec_type": "video", "codec_name": "vp8", "width": 2, "height": 2, "tags": {"alpha_mode": "0"}},
		{"index": 3, "codec_type": "video", "codec_name": "hevc", "width": 2, "height": 2, "color_range": "tv", "color_space": "bt2020nc",
		 "color_transfer": "arib-std-b67", "color_primaries": "bt2020", "side_data_list": [{"side_data_type": "DOVI configuration record",
		  "dv_version_major": 1, "dv_profile": 8, "dv_level": 4, "rpu_present_flag": 1, "dv_bl_signal_compatibility_id": 4}]}],
		"format": {"format_name": "matroska,webm"}}`))
	if err != nil {
		t.Fatal(err)
	}
	same := media.VideoStream{Coded: media.Size{Width: 2, Height: 2}, SAR: media.NewRational(1, 1),
		FrameRate: media.NewRational(25, 1)}
	vp9, vp8, opaque, dolby := same, same, same, same
	vp9.Codec, vp9.PixFmt, vp9.Alpha = "vp9", "yuv420p", true
	vp8.Index, vp8.Codec, vp8.Alpha = 1, "vp8", true
	opaque.Index, opaque.Codec = 2, "vp8"
	dolby.Index, dolby.Codec, dolby.DolbyVision, dolby.Compatible = 3, "hevc", 8, 4
	dolby.Space, dolby.Transfer, dolby.Primaries, dolby.Range = "bt2020nc", "arib-std-b67", "bt2020", "tv"
	if diff := cmp.Diff([]media.VideoStream{vp9, vp8, opaque, dolby}, a.probe(nil).Video); diff != "" {
		t.Errorf("streams (-want +got):\n%s", diff)
	}
}
