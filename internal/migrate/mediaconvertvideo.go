package migrate

import (
	"fmt"
	"strconv"
	"strings"
)

// videoCodec is a codec of presets that MediaConvert has, too.
type videoCodec struct {
	name, settings string
	// fixed tells that the codec has FixedGOP, plain that it has sizes and a frame rate only.
	fixed, plain bool
}

var videoCodecs = map[string]videoCodec{
	"H_264": {"H.264", "H264Settings", true, false},
	"MPEG2": {"mpeg2", "Mpeg2Settings", true, false},
	"VP8":   {"vp8", "Vp8Settings", false, false},
	"VP9":   {"vp9", "Vp9Settings", false, false},
	"GIF":   {"gif", "GifSettings", false, true},
}

// video makes the video of a preset, or says why there can't be one.
func (c *conversion) video(description *node) (made *node, why string) {
	settings := description.get("CodecSettings")
	name := c.take(settings, "Codec")
	codec, known := videoCodecs[name]
	if !known {
		return nil, fmt.Sprintf("the video codec %s has no counterpart", name)
	}
	v := &videoConversion{conversion: c, made: object(description.place), from: settings.get(codec.settings),
		options: object(description.place), codec: codec}
	v.say("Codec", codec.name)
	v.size(description)
	rate := v.frameRate()
	if !codec.plain {
		v.gop(rate)
		v.rates()
		v.codecOptions()
	}
	v.made.set("CodecOptions", v.options)
	return v.made, ""
}

// videoConversion makes the video of one preset.
type videoConversion struct {
	*conversion
	made, from, options *node
	codec               videoCodec
}

func (v *videoConversion) say(name, value string) { v.made.set(name, textAt(v.made.place, value)) }

func (v *videoConversion) option(name, value string) {
	v.options.set(name, textAt(v.made.place, value))
}

// sizings are the policies of MediaConvert's behaviours; the first is what it does by default.
var sizings = map[string]struct{ sizing, padding string }{
	"":                  {"Fit", "Pad"},
	"DEFAULT":           {"Fit", "Pad"},
	"FIT":               {"Fit", "NoPad"},
	"FIT_NO_UPSCALE":    {"ShrinkToFit", "NoPad"},
	"FILL":              {"Fill", "NoPad"},
	"STRETCH_TO_OUTPUT": {"Stretch", "NoPad"},
}

// size takes the size of the picture. Without one it is the source's, up to the largest.
func (v *videoConversion) size(description *node) {
	width, height := v.take(description, "Width"), v.take(description, "Height")
	behaviour := description.string("ScalingBehavior")
	policy, known := sizings[behaviour]
	if known {
		v.take(description, "ScalingBehavior")
	} else {
		policy = sizings[""]
	}
	switch {
	case width == "" && height == "":
		width, height = "4096", "3072"
		policy.sizing, policy.padding = "ShrinkToFit", "NoPad"
	case width == "" || height == "":
		policy.padding = "NoPad"
	}
	for _, side := range []*string{&width, &height} {
		if *side == "" {
			*side = "auto"
		}
	}
	v.say("MaxWidth", width)
	v.say("MaxHeight", height)
	v.say("SizingPolicy", policy.sizing)
	v.say("PaddingPolicy", policy.padding)
	v.say("DisplayAspectRatio", "auto")
}

// rates are the frame rates of presets by their fractions.
var rates = map[string]string{"10/1": "10", "15/1": "15", "24000/1001": "23.97", "24/1": "24", "25/1": "25",
	"30000/1001": "29.97", "30/1": "30", "50/1": "50", "60/1": "60"}

// usualRate counts frames where the rate is the source's.
const usualRate = 30

// frameRate takes the frame rate, and returns it for counting frames.
func (v *videoConversion) frameRate() float64 {
	if v.from.string("FramerateControl") != "SPECIFIED" {
		v.take(v.from, "FramerateControl")
		v.say("FrameRate", "auto")
		v.say("MaxFrameRate", "60")
		return usualRate
	}
	v.take(v.from, "FramerateControl")
	over, under := v.take(v.from, "FramerateNumerator"), v.take(v.from, "FramerateDenominator")
	numerator, denominator := wholeNumber(over), max(wholeNumber(under), 1)
	rate, known := rates[lowest(numerator, denominator)]
	if known {
		v.say("FrameRate", rate)
	} else {
		v.say("FrameRate", "auto")
		v.say("MaxFrameRate", "60")
		v.lose("the frame rate %s/%s, which presets do not have: it is the source's", over, under)
	}
	return float64(numerator) / float64(denominator)
}

func wholeNumber(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

// lowest is a fraction in lowest terms.
func lowest(a, b int) string {
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	if x == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", a/x, b/x)
}

// usualGOP is the distance of keyframes where MediaConvert chooses it.
const usualGOP = 90

// gop takes the distance of keyframes.
func (v *videoConversion) gop(rate float64) {
	size, units := v.take(v.from, "GopSize"), v.take(v.from, "GopSizeUnits")
	frames, err := strconv.ParseFloat(size, 64)
	switch {
	case err != nil || frames <= 0 || units == "AUTO":
		frames = usualGOP
		v.lose("the distance of keyframes that is chosen by the content: it is %d frames", usualGOP)
	case units == "SECONDS":
		frames *= rate
		if v.made.string("FrameRate") == "auto" {
			v.lose("GopSize in seconds: it is counted at %d frames a second", usualRate)
		}
	}
	v.say("KeyframesMaxDist", strconv.Itoa(max(int(frames+0.5), 1)))
	if v.codec.fixed {
		v.say("FixedGOP", strconv.FormatBool(v.take(v.from, "SceneChangeDetect") == "DISABLED"))
	}
}

// kilobits is a rate in bits per second as presets give it; "" for none.
func kilobits(bits string) string {
	if n := wholeNumber(bits); n > 0 {
		return strconv.Itoa(max(n/1000, 1))
	}
	return ""
}

// rates takes the bit rate and its bounds.
func (v *videoConversion) rates() {
	mode := v.take(v.from, "RateControlMode")
	rate, highest := kilobits(v.take(v.from, "Bitrate")), kilobits(v.take(v.from, "MaxBitrate"))
	buffer := kilobits(v.from.string("HrdBufferSize"))
	switch {
	case mode == "QVBR":
		rate = "auto"
		v.lose("RateControlMode QVBR: the encoder chooses the quality, within MaxBitRate")
	case mode == "CBR":
		highest = rate
		v.lose("RateControlMode CBR: the rate is bounded, and not filled up")
	case rate == "":
		rate = "auto"
	}
	v.say("BitRate", rate)
	if highest == "" || highest == "0" {
		return
	}
	v.option("MaxBitRate", highest)
	if buffer != "" {
		v.take(v.from, "HrdBufferSize")
		v.option("BufferSize", buffer)
	}
}

// scans are interlaced modes by MediaConvert's.
var scans = map[string]string{"PROGRESSIVE": "Progressive", "TOP_FIELD": "TopFirst", "BOTTOM_FIELD": "BottomFirst",
	"FOLLOW_TOP_FIELD": "Auto", "FOLLOW_BOTTOM_FIELD": "Auto"}

// codecOptions takes what only some codecs have.
func (v *videoConversion) codecOptions() {
	if !v.codec.fixed { // vp8 and vp9
		v.option("Profile", "0")
		return
	}
	if scan := scans[v.from.string("InterlaceMode")]; scan != "" {
		v.take(v.from, "InterlaceMode")
		v.option("InterlacedMode", scan)
	}
	if v.codec.name != "H.264" {
		return
	}
	v.h264Profile()
	if level, ok := strings.CutPrefix(v.from.string("CodecLevel"), "LEVEL_"); ok {
		v.take(v.from, "CodecLevel")
		v.option("Level", strings.ReplaceAll(level, "_", "."))
	} else if v.from.string("CodecLevel") == "AUTO" {
		v.take(v.from, "CodecLevel")
	}
	if frames := v.take(v.from, "NumberReferenceFrames"); frames != "" {
		v.option("MaxReferenceFrames", frames)
	}
}

// h264Profile takes the profile; those with more than eight bits or other colours are high.
func (v *videoConversion) h264Profile() {
	profile := v.from.string("CodecProfile")
	switch profile {
	case "":
		profile = "MAIN"
	case "BASELINE", "MAIN", "HIGH":
		v.take(v.from, "CodecProfile")
	default:
		profile = "HIGH"
	}
	v.option("Profile", strings.ToLower(profile))
}
