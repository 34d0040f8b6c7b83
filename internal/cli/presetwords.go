package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// explain says what a preset makes, part for part.
func explain(p transcode.PresetSpec) (all []explainedWords) {
	add := func(part string, facts ...string) {
		if text := described(facts...); text != "" {
			all = append(all, explainedWords{part, text})
		}
	}
	add("file", fileWords(p))
	if v := p.Video; v != nil {
		add("video", string(v.Codec), prefixed("profile ", v.Profile), prefixed("level ", v.Level), references(v))
		add("bit rate", rateWords(v))
		add("size", sizeWords(v.Sizing), aspectWords(v))
		add("frames", frameWords(v))
		add("keyframes", keyframeWords(v))
		add("colours", conversionWords[v.Conversion], chromaWords(v))
	}
	if a := p.Audio; a != nil {
		add("audio", audioWords(a)...)
	}
	if t := p.Thumbnails; t != nil {
		add("thumbnails", t.Format, fmt.Sprintf("one every %s", durationText(t.Interval)), sizeWords(t.Sizing))
	}
	if p.Video != nil {
		var places []string
		for _, w := range p.Video.Watermarks {
			places = append(places, w.ID)
		}
		add("watermarks", places...)
	}
	return all
}

// containerWords say what a container is good for.
var containerWords = map[transcode.Container]string{
	transcode.MP4:  "plays nearly everywhere",
	transcode.TS:   "segments for HLS, or one transport stream",
	transcode.FMP4: "fragments for MPEG-DASH, Smooth Streaming or HLS version 7",
	transcode.WebM: "for browsers",
	transcode.FLV:  "for Flash players",
	transcode.MXF:  "for broadcast",
	transcode.MPG:  "for DVDs and broadcast",
	transcode.GIF:  "an animation without audio",
}

func fileWords(p transcode.PresetSpec) string {
	text := string(p.Container)
	if words := containerWords[p.Container]; words != "" {
		text += ", " + words
	}
	switch {
	case p.Video == nil:
		return text + "; no video"
	case p.Audio == nil && p.Container != transcode.GIF:
		return text + "; no audio"
	}
	return text
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

func references(v *transcode.VideoSpec) string {
	if v.ReferenceFrames < 0 {
		return ""
	}
	return "at most " + counted(v.ReferenceFrames, "reference frame")
}

// bitRate is a rate for people.
func bitRate(r media.BitRate) string {
	if r == 0 {
		return "auto"
	}
	return fmt.Sprintf("%d kb/s", r)
}

func rateWords(v *transcode.VideoSpec) string {
	text := bitRate(v.BitRate)
	switch {
	case v.Codec == transcode.GIFV:
		return "" // it has none
	case v.BitRate == 0:
		text = "as much as the content needs"
	default:
		text += " on average"
	}
	if v.MaxBitRate > 0 {
		text += fmt.Sprintf(", at most %d kb/s over a buffer of %d kb", v.MaxBitRate, v.BufferSize)
	}
	return text
}

// policyWords say what a sizing policy does with a frame; %s is the limit.
var policyWords = map[transcode.SizingPolicy]string{
	transcode.Fit:          "scaled up or down to fit into %s",
	transcode.Fill:         "scaled to fill %s, and cut at the edges",
	transcode.Stretch:      "stretched to %s, whatever its shape",
	transcode.Keep:         "kept, and cut where it is larger than %s",
	transcode.ShrinkToFit:  "scaled down to fit into %s, never up",
	transcode.ShrinkToFill: "scaled down to fill %s and cut at the edges, never up",
}

func sizeWords(s transcode.Sizing) string {
	if s.KeepSource {
		return fmt.Sprintf("that of the source, at most %s", s.Max)
	}
	text := fmt.Sprintf(policyWords[s.Policy], s.Max)
	if s.Pad {
		text += fmt.Sprintf(", with black bars to be exactly %s", s.Max)
	}
	return text
}

func aspectWords(v *transcode.VideoSpec) string {
	if v.DisplayAspectRatio.IsZero() {
		return ""
	}
	return "shown as " + strings.ReplaceAll(v.DisplayAspectRatio.String(), "/", ":")
}

func frameWords(v *transcode.VideoSpec) string {
	text := transcode.FrameRateText(v.FrameRate) + " a second"
	if v.FrameRate.IsZero() {
		text = "as many as the source has, at most " + transcode.FrameRateText(v.MaxFrameRate) + " a second"
	}
	if v.Scan.Interlaced() {
		text += ", interlaced, " + map[transcode.Scan]string{
			transcode.TopFirst: "top field first", transcode.BottomFirst: "bottom field first",
		}[v.Scan]
	}
	return text
}

func keyframeWords(v *transcode.VideoSpec) string {
	if v.Codec == transcode.GIFV {
		return ""
	}
	text := fmt.Sprintf("at most %d frames apart", v.GOP.MaxFrames)
	if v.GOP.Fixed {
		text = fmt.Sprintf("exactly %d frames apart", v.GOP.MaxFrames)
	}
	if !v.FrameRate.IsZero() {
		text += fmt.Sprintf(" (%.3g s)", float64(v.GOP.MaxFrames)/v.FrameRate.Float())
	}
	return text
}

// conversionWords say what is done to the colours.
var conversionWords = map[transcode.ColorConversion]string{
	transcode.ConvertTo601: "converted from BT.709 to BT.601",
	transcode.ConvertTo709: "converted from BT.601 to BT.709",
	transcode.ConvertAuto:  "converted to what the size of the output usually has",
}

func chromaWords(v *transcode.VideoSpec) string {
	if v.Chroma == transcode.YUV422 {
		return "sampled 4:2:2"
	}
	return ""
}

func audioWords(a *transcode.AudioSpec) []string {
	codec := string(a.Codec)
	if a.Profile != "" {
		codec = a.Profile
		if a.Profile == "auto" {
			codec = "AAC, of the profile that suits the bit rate"
		}
	}
	rate, samples := "", "sample rate of the source"
	if a.BitRate > 0 {
		rate = bitRate(a.BitRate)
	}
	if a.SampleRate > 0 {
		samples = fmt.Sprintf("%d Hz", a.SampleRate)
	}
	depth := ""
	if a.BitDepth > 0 {
		depth = fmt.Sprintf("%d bits a sample", a.BitDepth)
	}
	channels := "channels of the source"
	if a.Channels >= 0 {
		channels = counted(a.Channels, "channel")
	}
	packing := ""
	switch a.Packing {
	case transcode.OneChannelPerTrack:
		packing = "each channel a track"
	case transcode.MosTo8Tracks:
		packing = "each channel a track, with silent ones up to eight"
	}
	return []string{codec, rate, samples, depth, channels, packing}
}

// ladder are the presets with video and a bit rate, the highest first.
func ladder(presets []namedPreset) []namedPreset {
	rungs := slices.DeleteFunc(slices.Clone(presets), func(p namedPreset) bool {
		return p.spec.Video == nil || p.spec.Video.BitRate == 0 || p.spec.Video.Codec == transcode.GIFV
	})
	slices.SortStableFunc(rungs, func(a, b namedPreset) int {
		return cmp.Compare(b.spec.Video.BitRate, a.spec.Video.BitRate)
	})
	return rungs
}

// ladderWidth is that of the longest bar.
const ladderWidth = 32

// drawLadder draws the rungs with bars as long as their bit rates, and the step to the next.
func drawLadder(w io.Writer, rungs []namedPreset) {
	name := 0
	for _, p := range rungs {
		name = max(name, len([]rune(shown(p.label))))
	}
	top := rungs[0].spec.Video.BitRate
	for i, p := range rungs {
		v := p.spec.Video
		step := ""
		if i > 0 {
			step = fmt.Sprintf("  1/%.2g", float64(rungs[i-1].spec.Video.BitRate)/float64(v.BitRate))
		}
		bar := strings.Repeat("#", max(1, int(v.BitRate)*ladderWidth/int(top)))
		fmt.Fprintf(w, "%-*s  %9s  %5d kb/s  %s%s\n", name, shown(p.label), v.Sizing.Max, v.BitRate, bar, step)
	}
}
