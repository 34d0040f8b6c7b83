package presets

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/reelastic/reelastic/test/reelastictest"
)

// codec is a video codec in the words of the readers.
var videoCodecs = map[string]struct{ ffprobe, mediainfo string }{
	"H.264": {"h264", "AVC"}, "vp8": {"vp8", "VP8"}, "vp9": {"vp9", "VP9"}, "mpeg2": {"mpeg2video", "MPEG Video"},
	"gif": {"gif", "GIF"},
}

// checkVideo compares the one stream of pictures with the preset's Video.
func (r result) checkVideo(t *testing.T) {
	t.Helper()
	videos, tracks := r.file.kind("video"), r.file.tracks("Video")
	if *r.preset.Container == "gif" {
		tracks = r.file.tracks("Image")
	}
	if len(videos) != 1 || len(tracks) != 1 {
		t.Fatalf("%d streams of pictures for ffprobe, %d for mediainfo, want 1", len(videos), len(tracks))
	}
	v, m := videos[0], tracks[0]
	names := videoCodecs[*r.preset.Video.Codec]
	same(t, "codec (ffprobe)", v.Codec, names.ffprobe)
	same(t, "codec (mediainfo)", m.text("Format"), names.mediainfo)
	r.checkSize(t, v, m)
	r.checkRate(t, v, m)
	r.checkKeys(t, v)
	r.checkBits(t, v)
	r.checkScan(t, v, m)
	r.checkColour(t, v, m)
	switch *r.preset.Video.Codec {
	case "H.264":
		r.checkH264(t, v, m)
	case "mpeg2":
		r.checkMPEG2(t, v, m)
	case "vp8", "vp9":
		r.checkVPx(t, v)
	case "gif":
		r.checkLoops(t)
	}
}

// option is one of CodecOptions; "" where it is not given.
func (r result) option(name string) string { return r.preset.Video.CodecOptions[name] }

// interlaced is the order of fields that the preset asks for: "TFF", "BFF", or
// "" for none.
func (r result) interlaced() string {
	switch r.option("InterlacedMode") {
	case "TopFirst", "Auto": // Auto interlaces the output
		return "TFF"
	case "BottomFirst":
		return "BFF"
	}
	return ""
}

func (r result) checkScan(t *testing.T, v stream, m track) {
	t.Helper()
	order := r.interlaced()
	for i, f := range v.frames {
		if f.interlaced != (order != "") || f.interlaced && f.topLead != (order == "TFF") {
			t.Errorf("frame %d: interlaced %t, top field first %t, want %q", i, f.interlaced, f.topLead, order)
			break
		}
	}
	switch *r.preset.Video.Codec {
	case "vp8", "vp9", "gif":
		return // they have no fields, and the readers say nothing
	}
	same(t, "scan order (mediainfo)", m.text("ScanOrder"), order)
	scan := m.text("ScanType")
	progressive := scan == "Progressive" || scan == "" && *r.preset.Container == "mxf"
	if progressive != (order == "") {
		t.Errorf("scan type (mediainfo): %s, want order %q", scan, order)
	}
	want := map[string]string{"": "progressive", "TFF": "tt", "BFF": "bb"}[order]
	if v.FieldOrder != "" && v.FieldOrder != "unknown" {
		same(t, "field order (ffprobe)", v.FieldOrder, want)
	}
}

// checkH264 reads profile, level and references in the stream itself too.
func (r result) checkH264(t *testing.T, v stream, m track) {
	t.Helper()
	p := readParameters(t, r.file.path)
	same(t, "pixel format", v.PixelFormat, "yuv420p")
	same(t, "progressive frames only, in the parameter set", p.progressive, r.interlaced() == "")
	if profile := r.option("Profile"); profile != "" {
		same(t, "profile_idc", p.profile, map[string]int{"baseline": 66, "main": 77, "high": 100}[profile])
		same(t, "profile (ffprobe)", v.Profile, map[string]string{"baseline": "Constrained Baseline", "main": "Main",
			"high": "High"}[profile])
		got := m.text("Format_Profile")
		if !strings.EqualFold(got, profile) && !strings.EqualFold(got, "Constrained "+profile) {
			t.Errorf("profile (mediainfo): %s, want %s", got, profile)
		}
	}
	if level := r.option("Level"); level != "" {
		same(t, "level_idc", p.level, levelNumber(level, r.option("Profile")))
		if level == "1b" && r.option("Profile") != "high" {
			same(t, "constraint_set3_flag", p.constraints>>4&1, 1)
		}
		same(t, "level (mediainfo)", m.text("Format_Level"), level)
	}
	if references := r.option("MaxReferenceFrames"); references != "" {
		// Predicted frames need one: 0 and 1 are the same to an encoder that has them.
		most := max(1, number(references))
		atMost(t, "max_num_ref_frames", float64(p.references), most)
		atMost(t, "references (mediainfo)", m.number("Format_Settings_RefFrames"), most)
	}
}

// levelNumber is level_idc: ten times the level. Level 1b is 9 in the high
// profile, else 11 and a flag (ITU-T H.264, section 7.4.2.1.1).
func levelNumber(level, profile string) int {
	switch {
	case level == "1b" && profile == "high":
		return 9
	case level == "1b":
		return 11
	}
	return int(10*number(level) + 0.5)
}

func (r result) checkMPEG2(t *testing.T, v stream, m track) {
	t.Helper()
	chroma, mediainfo := r.option("ChromaSubsampling"), "4:2:0"
	if chroma == "" {
		chroma = "yuv420p"
	}
	if chroma == "yuv422p" {
		mediainfo = "4:2:2"
	}
	same(t, "pixel format", v.PixelFormat, chroma)
	same(t, "chroma (mediainfo)", m.text("ChromaSubsampling"), mediainfo)
	same(t, "version (mediainfo)", m.text("Format_Version"), "2")
	profile := "Main"
	if chroma == "yuv422p" {
		profile = "4:2:2"
	}
	same(t, "profile (ffprobe)", v.Profile, profile)
	distance := int(number(reelastictest.Text(r.preset.Video.KeyframesMaxDist)))
	if r.isXDCAM() && len(v.frames) > 4*distance { // mediainfo wants to see so many groups
		same(t, "commercial name (mediainfo)", m.text("Format_Commercial_IfAny"), "XDCAM HD422")
	}
}

// isXDCAM reports whether a preset is for Sony's XDCAM HD422 format.
func (r result) isXDCAM() bool {
	v := r.preset.Video
	return *r.preset.Container == "mxf" && r.option("ChromaSubsampling") == "yuv422p" &&
		reelastictest.Text(v.BitRate) == "50000" && reelastictest.Text(v.MaxHeight) == "1080"
}

func (r result) checkVPx(t *testing.T, v stream) {
	t.Helper()
	profile := r.option("Profile")
	if profile == "" {
		profile = "0"
	}
	if *r.preset.Video.Codec == "vp8" {
		same(t, "pixel format", v.PixelFormat, "yuv420p")
		same(t, "profile (ffprobe)", v.Profile, profile)
		return
	}
	same(t, "pixel format", v.PixelFormat, map[string]string{"0": "yuv420p", "1": "yuv444p", "2": "yuv420p10le",
		"3": "yuv444p10le"}[profile])
	same(t, "profile (ffprobe)", v.Profile, "Profile "+profile)
}

// checkLoops reads the block that tells how often a GIF plays again (Netscape's
// application extension): 0 is without end, and without it the GIF plays once.
func (r result) checkLoops(t *testing.T) {
	t.Helper()
	want := map[string]int{"Infinite": 0, "": 0, "0": -1}
	data, err := os.ReadFile(r.file.path)
	if err != nil {
		t.Fatal(err)
	}
	got := -1
	if _, block, found := bytes.Cut(data, []byte("NETSCAPE2.0\x03\x01")); found && len(block) > 1 {
		got = int(block[0]) | int(block[1])<<8
	}
	loops := r.option("LoopCount")
	n, special := want[loops]
	if !special {
		n = int(number(loops))
	}
	same(t, "loops", got, n)
}

// conversion is the change of colours that the preset asks for, "None" for none;
// "" where it does not say (API model, ColorSpaceConversionMode).
func (r result) conversion() string {
	mode := r.option("ColorSpaceConversionMode")
	switch strings.ToLower(mode) {
	case "bt709tobt601":
		return "Bt709ToBt601"
	case "bt601tobt709":
		return "Bt601ToBt709"
	case "auto":
		return r.automaticConversion()
	}
	return mode
}

// automaticConversion is that of Auto: for interlaced outputs of some rates,
// when the size changes between standard and high definition.
func (r result) automaticConversion() string {
	if r.interlaced() == "" || !slices.Contains([]string{"23.97", "24", "25", "29.97", "50", "60"},
		reelastictest.Text(r.preset.Video.FrameRate)) {
		return "None"
	}
	standard := func(s stream) bool { return s.Width == 720 && (s.Height == 480 || s.Height == 576) }
	high := func(s stream) bool { return s.Width == 1920 && s.Height == 1080 }
	from, to := r.from.kind("video")[0], r.file.kind("video")[0]
	switch {
	case standard(from) && high(to):
		return "Bt601ToBt709"
	case high(from) && standard(to):
		return "Bt709ToBt601"
	}
	return "None"
}

// checkColour compares the colour tags, and the colours with the source's where
// the preset names a conversion.
func (r result) checkColour(t *testing.T, v stream, m track) {
	t.Helper()
	codec := *r.preset.Video.Codec
	if codec != "H.264" && codec != "mpeg2" {
		return
	}
	conversion := r.conversion()
	same(t, "AppliedColorSpaceConversion", reelastictest.Text(r.output.AppliedColorSpaceConversion), conversion)
	want := r.from.kind("video")[0].Matrix
	switch conversion {
	case "Bt709ToBt601":
		want = "smpte170m"
	case "Bt601ToBt709":
		want = "bt709"
	}
	if want == "" || want == "unknown" {
		return
	}
	matrix, transfer := want, want
	if *r.preset.Container == "mxf" && want == "smpte170m" && v.Matrix == "bt470bg" {
		// ffprobe 9 goes by MXF's own names, which are the same for the matrices of
		// both television systems, and for the curves of BT.601 and BT.709.
		matrix, transfer = "bt470bg", "bt709"
	}
	same(t, "matrix (ffprobe)", v.Matrix, matrix)
	same(t, "primaries (ffprobe)", v.Primaries, want)
	same(t, "transfer (ffprobe)", v.Transfer, transfer)
	same(t, "matrix (mediainfo)", m.text("matrix_coefficients"),
		map[string]string{"smpte170m": "BT.601", "bt709": "BT.709"}[want])
	if v := r.preset.Video; conversion != "" && !r.anyRate && reelastictest.Text(v.PaddingPolicy) != "Pad" &&
		number(reelastictest.Text(v.AspectRatio)) == 0 {
		r.checkMean(t, conversion) // which bars change, and coarse quantisers
	}
}
