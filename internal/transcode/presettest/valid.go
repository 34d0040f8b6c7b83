package presettest

import (
	"fmt"
	"strconv"

	"pgregory.net/rapid"

	"github.com/reelastic/reelastic/api"
)

// Size is a width and a height in pixels.
type Size struct{ Width, Height int }

// largest is the largest picture of the API model.
var largest = Size{4096, 3072}

// Valid draws a preset that CreatePreset accepts: any container, codec, option
// and size, any member given or not.
func Valid(t *rapid.T) *api.CreatePresetRequest { return ValidWithin(t, largest) }

// ValidWithin is [Valid] for presets whose pictures are enlarged up to a limit
// only, at least 640x480, so that they are quickly encoded.
func ValidWithin(t *rapid.T, limit Size) *api.CreatePresetRequest {
	d := draw{t, limit}
	req := &api.CreatePresetRequest{Name: new(d.one("Name", "p", "a preset", "Ünïcode ✓")),
		Description: d.maybe("Description", "", "drawn"), Container: new(d.one("Container", containers...))}
	holds := codecs[*req.Container]
	parts := []string{"Video", "Audio", "both"}
	switch {
	case len(holds.video) == 0:
		parts = parts[1:2]
	case len(holds.audio) == 0:
		parts = parts[:1]
	case *req.Container == "mxf":
		parts = []string{"Video", "both"}
	}
	part := d.one("parts", parts...)
	if part != "Audio" {
		req.Video = d.video(*req.Container, d.one("Video:Codec", holds.video...))
	}
	if part != "Video" {
		req.Audio = d.audio(*req.Container, d.one("Audio:Codec", holds.audio...), part == "Audio")
	}
	if req.Video != nil && d.yes("Thumbnails") {
		req.Thumbnails = d.thumbnails(req.Video)
	}
	return req
}

var containers = []string{"flac", "flv", "fmp4", "gif", "mp2", "mp3", "mp4", "mpg", "mxf", "oga", "ogg", "ts", "wav",
	"webm"}

// codecs is what each container holds.
var codecs = map[string]struct{ video, audio []string }{
	"flac": {nil, []string{"flac"}},
	"flv":  {[]string{"H.264"}, []string{"AAC", "mp3"}},
	"fmp4": {[]string{"H.264"}, []string{"AAC"}},
	"gif":  {[]string{"gif"}, nil},
	"mp2":  {nil, []string{"mp2"}},
	"mp3":  {nil, []string{"mp3"}},
	"mp4":  {[]string{"H.264"}, []string{"AAC", "mp3"}},
	"mpg":  {[]string{"mpeg2"}, []string{"mp2"}},
	"mxf":  {[]string{"mpeg2"}, []string{"pcm"}},
	"oga":  {nil, []string{"flac", "vorbis"}},
	"ogg":  {nil, []string{"flac", "vorbis"}},
	"ts":   {[]string{"H.264"}, []string{"AAC", "mp3"}},
	"wav":  {nil, []string{"pcm"}},
	"webm": {[]string{"vp8", "vp9"}, []string{"vorbis"}},
}

// draw draws values of members.
type draw struct {
	*rapid.T
	limit Size
}

func (d draw) yes(what string) bool { return rapid.Bool().Draw(d.T, what) }

// choice draws an index below n, each about as often as the others: rapid's own
// generators draw the first and the last more often.
func choice(n int) *rapid.Generator[int] {
	return rapid.Custom(func(t *rapid.T) (i int) {
		for range 8 {
			i <<= 1
			if rapid.Bool().Draw(t, "bit") {
				i++
			}
		}
		return i % n
	})
}

func (d draw) one(member string, values ...string) string {
	return values[choice(len(values)).Draw(d.T, member)]
}

// maybe is one of the values, or nil.
func (d draw) maybe(member string, values ...string) *string {
	i := choice(len(values)+1).Draw(d.T, member)
	if i == 0 {
		return nil
	}
	return &values[i-1]
}

func (d draw) whole(member string, low, high int) string {
	return strconv.Itoa(rapid.IntRange(low, high).Draw(d.T, member))
}

// side is a multiple of step.
func (d draw) side(member string, low, high, step int) string {
	return strconv.Itoa(step * rapid.IntRange((low+step-1)/step, high/step).Draw(d.T, member))
}

// video draws the pictures.
func (d draw) video(container, codec string) *api.VideoParameters {
	v := &api.VideoParameters{Codec: &codec, CodecOptions: map[string]string{}}
	d.rates(v, container)
	switch {
	case codec == "gif":
	case container == "fmp4":
		v.FixedGOP, v.KeyframesMaxDist = new("true"),
			d.maybe("KeyframesMaxDist", "1", "60", d.whole("KeyframesMaxDist", 1, 100000))
	default:
		v.FixedGOP, v.KeyframesMaxDist = d.maybe("FixedGOP", "true", "false"),
			d.maybe("KeyframesMaxDist", "1", "15", "90", d.whole("KeyframesMaxDist", 1, 600))
	}
	d.options(v)
	d.sizes(v)
	d.watermarks(v)
	return v
}

// rates draws BitRate, FrameRate and MaxFrameRate.
func (d draw) rates(v *api.VideoParameters, container string) {
	v.BitRate = d.maybe("BitRate", "auto", d.whole("BitRate", 10, 99999), d.whole("a low BitRate", 100, 2000))
	rates := []string{"10", "15", "23.97", "24", "25", "29.97", "30", "50", "60"}
	limits := rates
	switch container {
	case "mxf":
		rates = rates[2:]
		limits = rates
	case "gif":
		rates = rates[:8]
	}
	v.FrameRate = d.maybe("FrameRate", append([]string{"auto", "auto", "auto"}, rates...)...)
	if v.FrameRate != nil && *v.FrameRate == "auto" {
		v.MaxFrameRate = d.maybe("MaxFrameRate", limits...)
	}
}

// option draws an option, which may also be "", which is not given.
func (d draw) option(v *api.VideoParameters, name string, values ...string) {
	if value := d.maybe(name, append(values, "")...); value != nil {
		v.CodecOptions[name] = *value
	}
}

// options draws CodecOptions.
func (d draw) options(v *api.VideoParameters) {
	scans := []string{"Progressive", "TopFirst", "BottomFirst", "Auto"}
	switch *v.Codec {
	case "gif":
		d.option(v, "LoopCount", "Infinite", "0", "1", "100", d.whole("LoopCount", 0, 100))
		return
	case "H.264":
		d.option(v, "Profile", "baseline", "main", "high")
		d.option(v, "Level", "1", "1b", "1.1", "1.2", "1.3", "2", "2.1", "2.2", "3", "3.1", "3.2", "4", "4.1")
		d.option(v, "MaxReferenceFrames", "0", "1", "3", d.whole("MaxReferenceFrames", 0, 16))
		d.option(v, "ChromaSubsampling", "yuv420p")
		if v.CodecOptions["Profile"] == "baseline" {
			scans = scans[:1]
		}
	case "mpeg2":
		d.option(v, "ChromaSubsampling", "yuv420p", "yuv422p")
	case "vp8", "vp9":
		d.option(v, "Profile", "0", "1", "2", "3")
	}
	if *v.Codec == "H.264" || *v.Codec == "mpeg2" {
		d.option(v, "InterlacedMode", scans...)
		d.option(v, "ColorSpaceConversionMode", "None", "Bt709ToBt601", "Bt709toBt601", "Bt601ToBt709", "Bt601toBt709",
			"Auto")
	}
	d.buffer(v)
}

// buffer draws MaxBitRate and BufferSize.
func (d draw) buffer(v *api.VideoParameters) {
	low, rate := 16, 0
	if v.BitRate != nil && *v.BitRate != "auto" {
		rate, _ = strconv.Atoi(*v.BitRate) // drawn as a number
		if *v.Codec == "mpeg2" {
			low = max(low, rate)
		}
	}
	if low <= 62500 {
		d.option(v, "MaxBitRate", d.whole("MaxBitRate", low, 62500))
	}
	if most := v.CodecOptions["MaxBitRate"]; most != "" {
		rate, _ = strconv.Atoi(most) // drawn as a number
	}
	if rate > 0 {
		frame := (rate + slowest(v) - 1) / slowest(v)
		d.option(v, "BufferSize", strconv.Itoa(frame), strconv.Itoa(rate), "2147483", d.whole("BufferSize", frame, 10*rate))
	}
}

// slowest is the whole part of the frame rate, or of the limit of an automatic one.
func slowest(v *api.VideoParameters) int {
	rate := "30"
	switch {
	case v.FrameRate != nil && *v.FrameRate != "auto":
		rate = *v.FrameRate
	case v.MaxFrameRate != nil:
		rate = *v.MaxFrameRate
	}
	frames, err := strconv.ParseFloat(rate, 64)
	if err != nil {
		panic(fmt.Sprintf("frame rate %s: %v", rate, err))
	}
	return int(frames)
}

// rows is what heights are a multiple of.
func rows(v *api.VideoParameters) int {
	scan := v.CodecOptions["InterlacedMode"]
	if scan == "" || scan == "Progressive" || v.CodecOptions["ChromaSubsampling"] == "yuv422p" {
		return 2
	}
	return 4
}

// widest is the largest width of a codec below a limit.
func widest(v *api.VideoParameters, limit int) int {
	if *v.Codec == "mpeg2" {
		return min(limit, 4094)
	}
	return limit
}
