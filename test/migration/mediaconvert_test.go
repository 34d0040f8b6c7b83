package migration

import (
	"path/filepath"
	"strings"
	"testing"
)

// mediaConvertPreset is an output preset as "aws mediaconvert get-preset" prints it.
const mediaConvertPreset = `{"Preset": {"Name": "web", "Type": "CUSTOM", "Settings": {
  "VideoDescription": {"Width": 640, "Height": 360, "CodecSettings": {"Codec": "H_264", "H264Settings": {
    "RateControlMode": "QVBR", "MaxBitrate": 1000000, "GopSize": 2, "GopSizeUnits": "SECONDS",
    "FramerateControl": "SPECIFIED", "FramerateNumerator": 25, "FramerateDenominator": 1}}},
  "AudioDescriptions": [{"CodecSettings": {"Codec": "AAC", "AacSettings": {"Bitrate": 96000, "SampleRate": 48000,
    "CodingMode": "CODING_MODE_2_0"}}}],
  "ContainerSettings": {"Container": "MP4"}}}}`

// TestMediaConvert makes a preset of one of MediaConvert, once, and tells what is lost.
func TestMediaConvert(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	file := filepath.Join(t.TempDir(), "web.json")
	write(t, file, mediaConvertPreset)
	out := s.run(t, "import", "mediaconvert", file)
	for _, want := range []string{"created  preset  0", "\n  lost: RateControlMode QVBR: ", "\n1 created\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if out := s.run(t, "import", "mediaconvert", file); !strings.HasSuffix(out, "\n1 unchanged\n") {
		t.Errorf("imported again:\n%s", out)
	}
	if n := len(s.documents(t)); n != 1 {
		t.Errorf("%d presets", n)
	}
}
