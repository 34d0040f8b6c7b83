package presets

import (
	"math/rand/v2"
	"strings"
)

// family is a group of cases about one thing. Each of its settings gives a case
// for every container, and a setting with alternatives, "Profile=main|high", one
// for each of them.
type family struct {
	name string
	// containers are the alternatives, "mp4|ts".
	containers string
	// video and audio are codecs; "" for none.
	video, audio string
	// source is one of sources; "" for the usual one.
	source string
	// with are members in place of the codec's usual ones: a member of Video or
	// of its CodecOptions by its name, one of Audio behind "a.", of Thumbnails behind "t.".
	with []string
}

// small is a picture that level 1 of H.264 allows.
const small = " MaxWidth=128 MaxHeight=96 FrameRate=15 BitRate=48"

// table varies the members of each codec one at a time, and those in pairs that
// an encoder treats together.
var table = []family{
	{name: "H.264 profile and scan", containers: "mp4|ts|fmp4|flv", video: "H.264", audio: "AAC", with: []string{
		"Profile=baseline|main|high", "Profile=main|high InterlacedMode=TopFirst|BottomFirst|Auto"}},
	{name: "H.264 level", containers: "mp4", video: "H.264", audio: "AAC", with: []string{
		"Profile=baseline|main|high Level=1|1b|1.1|1.2|1.3|2|2.1|2.2|3|3.1|3.2|4|4.1" + small}},
	{name: "H.264 references", containers: "ts", video: "H.264", audio: "AAC", with: []string{
		"Profile=main Level=4.1 MaxReferenceFrames=0|1|2|3|4|5|8|16",
		"Profile=baseline Level=4.1 MaxReferenceFrames=0|1|3|16",
		"Profile=high Level=4.1 MaxReferenceFrames=0|1|2|6",
		"Profile=high InterlacedMode=TopFirst MaxReferenceFrames=1|2|4"}},
	{name: "H.264 key frames", containers: "mp4|ts", video: "H.264", audio: "AAC", with: []string{
		"FixedGOP=true|false KeyframesMaxDist=1|2|13|15|25|48|90|100000",
		"FixedGOP=true KeyframesMaxDist=12 InterlacedMode=TopFirst|BottomFirst"}},
	{name: "H.264 key frames in fragments", containers: "fmp4", video: "H.264", audio: "AAC", with: []string{
		"KeyframesMaxDist=15|24|60", "KeyframesMaxDist=30 Profile=baseline|high"}},
	{name: "H.264 rate", containers: "mp4|flv", video: "H.264", audio: "AAC", with: []string{
		"FrameRate=10|15|23.97|24|25|29.97|30|50|60"}},
	{name: "H.264 rate of fields", containers: "ts", video: "H.264", audio: "AAC", with: []string{
		"InterlacedMode=TopFirst FrameRate=10|25|29.97|30|60"}},
	{name: "automatic rate of 29.97", containers: "mp4", video: "H.264", audio: "AAC", with: []string{
		"FrameRate=auto", "FrameRate=auto MaxFrameRate=10|15|23.97|24|25|29.97|30|50|60"}},
	{name: "automatic rate of 50", containers: "ts", video: "H.264", audio: "AAC", source: "fifty", with: []string{
		"FrameRate=auto", "FrameRate=auto MaxFrameRate=10|15|24|25|50|60"}},
	{name: "automatic rate of 60", containers: "mp4", video: "H.264", audio: "AAC", source: "sixty", with: []string{
		"FrameRate=auto", "FrameRate=auto MaxFrameRate=10|15|25|30|50|60"}},
	{name: "automatic rate of 59.94", containers: "mp4", video: "H.264", audio: "AAC", source: "ntsc", with: []string{
		"FrameRate=auto", "FrameRate=auto MaxFrameRate=15|24|29.97|60"}},
	{name: "automatic rate of 24", containers: "ts", video: "H.264", audio: "AAC", source: "film", with: []string{
		"FrameRate=auto", "FrameRate=auto MaxFrameRate=10|23.97|24|60"}},
	{name: "H.264 bit rate", containers: "mp4", video: "H.264", audio: "AAC", with: []string{
		"MaxWidth=640 MaxHeight=360 BitRate=auto", "MaxWidth=640 MaxHeight=360 BitRate=200|1000",
		"MaxWidth=640 MaxHeight=360 BitRate=auto MaxBitRate=200|800",
		"MaxWidth=640 MaxHeight=360 BitRate=auto MaxBitRate=300 BufferSize=150|300|600",
		"MaxWidth=640 MaxHeight=360 BitRate=300 MaxBitRate=300|400 BufferSize=300|1200",
		"MaxWidth=640 MaxHeight=360 BitRate=400 BufferSize=400",
		"MaxWidth=640 MaxHeight=360 BitRate=500 MaxBitRate=500",
		"MaxWidth=640 MaxHeight=360 BitRate=800 MaxBitRate=400 BufferSize=400"}},
	{name: "size", containers: "mp4", video: "H.264", audio: "AAC", with: []string{
		"SizingPolicy=Fit|Fill|Stretch|Keep|ShrinkToFit|ShrinkToFill PaddingPolicy=Pad|NoPad MaxWidth=200 " +
			"MaxHeight=240",
		"SizingPolicy=Fit|Fill|Stretch|Keep|ShrinkToFit|ShrinkToFill PaddingPolicy=Pad|NoPad MaxWidth=400 " +
			"MaxHeight=128",
		"SizingPolicy=Fit|Fill|Stretch|Keep|ShrinkToFit|ShrinkToFill PaddingPolicy=Pad|NoPad MaxWidth=720 " +
			"MaxHeight=700 FrameRate=10",
		"SizingPolicy=Keep|ShrinkToFit|ShrinkToFill PaddingPolicy=NoPad MaxWidth=auto MaxHeight=auto",
		"SizingPolicy=ShrinkToFit MaxWidth=auto MaxHeight=200"}},
	{name: "display aspect ratio", containers: "mp4|ts", video: "H.264", audio: "AAC", with: []string{
		"DisplayAspectRatio=auto|1:1|4:3|3:2|16:9",
		"DisplayAspectRatio=4:3|16:9 SizingPolicy=Stretch MaxWidth=320 MaxHeight=288"}},
	{name: "older form of size", containers: "mp4", video: "H.264", audio: "AAC", with: []string{
		"Resolution=auto AspectRatio=auto|4:3 t.Resolution=128x72 t.AspectRatio=auto|1:1",
		"Resolution=320x240|400x224 AspectRatio=auto|1:1|4:3|3:2|16:9 t.Resolution=128x72"}},
	{name: "thumbnails", containers: "mp4", video: "H.264", audio: "AAC", with: []string{
		"t.Format=jpg|png t.Interval=1", "t.Interval=1 InterlacedMode=TopFirst",
		"t.SizingPolicy=Fit|Fill|Stretch|Keep|ShrinkToFit|ShrinkToFill t.PaddingPolicy=Pad|NoPad t.MaxWidth=100 " +
			"t.MaxHeight=120",
		"t.SizingPolicy=Fit|Keep|ShrinkToFill t.PaddingPolicy=Pad t.MaxWidth=auto t.MaxHeight=auto",
		"t.MaxWidth=300 t.MaxHeight=80 DisplayAspectRatio=4:3"}},
	{name: "thumbnails of every codec", containers: "webm", video: "vp9", audio: "vorbis",
		with: []string{"t.Format=jpg|png t.Interval=1 Profile=0|2"}},
	{name: "H.264 colour", containers: "mp4|ts", video: "H.264", audio: "AAC", with: []string{
		"ColorSpaceConversionMode=None|Bt709ToBt601|Bt709toBt601|Bt601ToBt709|Bt601toBt709|Auto",
		"InterlacedMode=TopFirst ColorSpaceConversionMode=None|Bt709ToBt601|Bt601ToBt709|Auto"}},
	{name: "automatic colour, down", containers: "mp4|ts", video: "H.264", audio: "AAC", source: "hd", with: []string{
		"ColorSpaceConversionMode=Auto InterlacedMode=TopFirst SizingPolicy=Stretch MaxWidth=720 MaxHeight=480|576",
		"ColorSpaceConversionMode=Auto InterlacedMode=Progressive SizingPolicy=Stretch MaxWidth=720 MaxHeight=480",
		"ColorSpaceConversionMode=Auto InterlacedMode=TopFirst SizingPolicy=Stretch MaxWidth=704 MaxHeight=480"}},
	{name: "automatic colour, up", containers: "mp4", video: "H.264", audio: "AAC", source: "sd", with: []string{
		"ColorSpaceConversionMode=Auto InterlacedMode=TopFirst SizingPolicy=Stretch MaxWidth=1920 MaxHeight=1080 " +
			"BitRate=3000",
		"ColorSpaceConversionMode=Auto InterlacedMode=Progressive SizingPolicy=Stretch MaxWidth=1920 MaxHeight=1080 " +
			"BitRate=3000"}},

	{name: "vp8 profile", containers: "webm", video: "vp8", audio: "vorbis",
		with: []string{"Profile=0|1|2|3", "Profile=0|3 MaxWidth=200 MaxHeight=240 PaddingPolicy=Pad"}},
	{name: "vp8 key frames", containers: "webm", video: "vp8", audio: "vorbis",
		with: []string{"FixedGOP=true|false KeyframesMaxDist=1|13|25|90"}},
	{name: "vp8 rate", containers: "webm", video: "vp8", audio: "vorbis",
		with: []string{"FrameRate=auto|10|15|23.97|24|25|29.97|30|50|60"}},
	{name: "vp8 bit rate", containers: "webm", video: "vp8", audio: "vorbis", with: []string{
		"BitRate=auto|200|600", "BitRate=auto MaxBitRate=150|300", "BitRate=200 MaxBitRate=250 BufferSize=250|500",
		"BitRate=200 MaxBitRate=200 BufferSize=200"}},
	{name: "vp9 profile", containers: "webm", video: "vp9", audio: "vorbis",
		with: []string{"Profile=0|1|2|3", "Profile=1|2 MaxWidth=200 MaxHeight=240 PaddingPolicy=Pad"}},
	{name: "vp9 key frames", containers: "webm", video: "vp9", audio: "vorbis",
		with: []string{"FixedGOP=true|false KeyframesMaxDist=1|13|25|90"}},
	{name: "vp9 rate", containers: "webm", video: "vp9", audio: "vorbis",
		with: []string{"FrameRate=auto|10|15|23.97|24|25|29.97|30|50|60"}},
	{name: "vp9 bit rate", containers: "webm", video: "vp9", audio: "vorbis", with: []string{
		"BitRate=auto|200|600", "BitRate=auto MaxBitRate=150|300", "BitRate=200 MaxBitRate=250 BufferSize=250|500",
		"BitRate=200 MaxBitRate=200 BufferSize=200"}},

	{name: "mpeg2 chroma and scan", containers: "mpg", video: "mpeg2", audio: "mp2", with: []string{
		"ChromaSubsampling=yuv420p|yuv422p InterlacedMode=Progressive|TopFirst|BottomFirst|Auto"}},
	{name: "mpeg2 chroma and scan in mxf", containers: "mxf", video: "mpeg2", audio: "pcm", with: []string{
		"ChromaSubsampling=yuv420p|yuv422p InterlacedMode=Progressive|TopFirst|BottomFirst|Auto"}},
	{name: "mpeg2 key frames", containers: "mpg", video: "mpeg2", audio: "mp2",
		with: []string{"FixedGOP=true|false KeyframesMaxDist=1|2|12|15|30|90"}},
	{name: "mpeg2 key frames in mxf", containers: "mxf", video: "mpeg2", audio: "pcm",
		with: []string{"FixedGOP=true|false KeyframesMaxDist=1|12|15"}},
	{name: "mpeg2 rate", containers: "mpg", video: "mpeg2", audio: "mp2",
		with: []string{"FrameRate=auto|10|15|23.97|24|25|29.97|30|50|60"}},
	{name: "mpeg2 rate in mxf", containers: "mxf", video: "mpeg2", audio: "pcm",
		with: []string{"FrameRate=auto|23.97|24|25|29.97|30|50|60"}},
	{name: "mpeg2 bit rate", containers: "mpg", video: "mpeg2", audio: "mp2", with: []string{
		"BitRate=auto|1000|4000", "BitRate=auto MaxBitRate=1000", "BitRate=800 MaxBitRate=800|1200 BufferSize=400|1600",
		"BitRate=1000 BufferSize=1000"}},
	{name: "mpeg2 shape", containers: "mpg", video: "mpeg2", audio: "mp2", with: []string{
		"DisplayAspectRatio=auto|4:3|16:9 SizingPolicy=Stretch MaxWidth=320 MaxHeight=288",
		"ColorSpaceConversionMode=None|Bt709ToBt601|Bt601ToBt709|Auto"}},

	{name: "gif loops", containers: "gif", video: "gif", with: []string{"LoopCount=Infinite|0|1|5|100"}},
	{name: "gif rate", containers: "gif", video: "gif", with: []string{"FrameRate=auto|10|15|25|29.97|50",
		"FrameRate=15 MaxWidth=200 MaxHeight=240 PaddingPolicy=Pad"}},

	{name: "AAC", containers: "mp4", audio: "AAC",
		with: []string{"a.SampleRate=auto|22050|32000|44100|48000|96000 a.Channels=auto|1|2"}},
	{name: "AAC bit rate", containers: "mp4|ts|fmp4", audio: "AAC",
		with: []string{"a.BitRate=64|96|128|160|256 a.Channels=1|2", "a.BitRate=320 a.Channels=2"}},
	{name: "AAC profile", containers: "mp4", audio: "AAC", with: []string{"a.Profile=auto a.BitRate=32|40|64|128",
		"a.Profile=AAC-LC a.BitRate=64"}},
	{name: "HE-AAC", containers: "mp4|ts", audio: "AAC", with: []string{"a.Profile=HE-AAC|HE-AACv2 a.BitRate=40|64"}},
	{name: "no sound", containers: "mp4|ts|fmp4|flv", video: "H.264", audio: "AAC", with: []string{"a.Channels=0"}},
	{name: "pictures alone", containers: "mp4|ts|fmp4|flv", video: "H.264", with: []string{""}},
	{name: "mp3", containers: "mp3", audio: "mp3", with: []string{
		"a.SampleRate=auto|22050|32000|44100|48000 a.Channels=auto|1|2", "a.BitRate=64|192|256|320"}},
	{name: "mp3 beside pictures", containers: "mp4|ts|flv", video: "H.264", audio: "mp3",
		with: []string{"a.SampleRate=22050|44100 a.Channels=1|2"}},
	{name: "mp2", containers: "mp2", audio: "mp2", with: []string{
		"a.SampleRate=auto|22050|32000|44100|48000 a.Channels=auto|1|2",
		"a.SampleRate=48000 a.BitRate=64|192|256|320|384"}},
	{name: "vorbis", containers: "ogg|oga", audio: "vorbis", with: []string{
		"a.SampleRate=auto|32000|44100|48000 a.Channels=auto|1|2", "a.SampleRate=22050 a.BitRate=64",
		"a.BitRate=64|160|240"}},
	{name: "vorbis beside pictures", containers: "webm", video: "vp8", audio: "vorbis",
		with: []string{"a.Channels=0|1|2", "a.SampleRate=22050|32000|48000 a.BitRate=64"}},
	{name: "flac", containers: "flac|ogg|oga", audio: "flac", with: []string{
		"a.BitDepth=16|24 a.SampleRate=auto|22050|44100|96000|192000 a.Channels=2",
		"a.BitDepth=16|24 a.Channels=auto|1"}},
	{name: "wav", containers: "wav", audio: "pcm", with: []string{
		"a.BitDepth=8 a.Signed=Unsigned a.SampleRate=auto|22050|48000 a.Channels=1|2",
		"a.BitDepth=16|24|32 a.Signed=Signed a.BitOrder=LittleEndian " +
			"a.SampleRate=auto|22050|32000|44100|48000|96000|192000 a.Channels=2",
		"a.BitDepth=16|24|32 a.Channels=1|auto"}},
	{name: "tracks in mxf", containers: "mxf", video: "mpeg2", audio: "pcm", with: []string{
		"a.AudioPackingMode=SingleTrack|OneChannelPerTrack|OneChannelPerTrackWithMosTo8Tracks a.BitDepth=16|24 " +
			"a.Channels=1|2|auto"}},
	{name: "six channels", containers: "mp4", audio: "AAC", source: "film",
		with: []string{"a.Channels=auto|2 a.BitRate=320", "a.Channels=1 a.BitRate=128"}},
	{name: "six channels without loss", containers: "wav", audio: "pcm", source: "film",
		with: []string{"a.Channels=auto|1|2 a.BitDepth=16|24"}},
	{name: "six channels of flac", containers: "flac", audio: "flac", source: "film",
		with: []string{"a.Channels=auto|2 a.BitDepth=16|24"}},
	{name: "six channels where two are most", containers: "mp3", audio: "mp3", source: "film",
		with: []string{"a.Channels=auto|1|2"}},
	{name: "six channels in tracks", containers: "mxf", video: "mpeg2", audio: "pcm", source: "film", with: []string{
		"a.AudioPackingMode=SingleTrack|OneChannelPerTrack|OneChannelPerTrackWithMosTo8Tracks a.Channels=auto " +
			"a.BitDepth=16|24"}},
}

// usual are a codec's members where a case does not say otherwise.
var usual = map[string]string{
	"H.264":  "Profile=main Level=3 MaxReferenceFrames=3 KeyframesMaxDist=30 FixedGOP=false BitRate=250 FrameRate=25",
	"vp8":    "Profile=0 KeyframesMaxDist=30 FixedGOP=false BitRate=250 FrameRate=25",
	"vp9":    "Profile=0 KeyframesMaxDist=30 FixedGOP=false BitRate=250 FrameRate=25",
	"mpeg2":  "ChromaSubsampling=yuv420p KeyframesMaxDist=15 FixedGOP=true BitRate=1500 FrameRate=25",
	"gif":    "LoopCount=Infinite FrameRate=10",
	"AAC":    "a.SampleRate=44100 a.BitRate=96 a.Channels=2",
	"mp3":    "a.SampleRate=44100 a.BitRate=128 a.Channels=2",
	"mp2":    "a.SampleRate=48000 a.BitRate=128 a.Channels=2",
	"vorbis": "a.SampleRate=44100 a.BitRate=96 a.Channels=2",
	"flac":   "a.SampleRate=44100 a.Channels=2 a.BitDepth=16",
	"pcm":    "a.SampleRate=48000 a.Channels=2 a.BitDepth=16",
}

const usualThumbnails = "t.Format=png t.Interval=60 t.MaxWidth=192 t.MaxHeight=108 t.SizingPolicy=ShrinkToFit " +
	"t.PaddingPolicy=NoPad"

const usualSize = "MaxWidth=256 MaxHeight=144 SizingPolicy=ShrinkToFit PaddingPolicy=NoPad DisplayAspectRatio=auto"

// setting is one row of the table: one preset and the source it is tried on.
type setting struct {
	family, container, video, audio, source string
	with                                    string
}

func (s setting) String() string {
	return strings.Join(strings.Fields(s.family+": "+s.container+" "+s.video+" "+s.with), " ")
}

// settings are all rows of a family.
func (f family) settings() (all []setting) {
	source := f.source
	if source == "" {
		source = usualSource
	}
	for _, container := range strings.Split(f.containers, "|") {
		for _, with := range f.with {
			for _, one := range alternatives(with) {
				all = append(all, setting{f.name, container, f.video, f.audio, source, one})
			}
		}
	}
	return all
}

// alternatives is every text that "a=1|2 b=3|4" stands for.
func alternatives(text string) []string {
	all := []string{""}
	for _, field := range strings.Fields(text) {
		name, values, _ := strings.Cut(field, "=")
		var longer []string
		for _, begun := range all {
			for _, value := range strings.Split(values, "|") {
				longer = append(longer, strings.TrimSpace(begun+" "+name+"="+value))
			}
		}
		all = longer
	}
	return all
}

// full are all rows of the table.
func full() (all []setting) {
	for _, f := range table {
		all = append(all, f.settings()...)
	}
	return all
}

// sample is one row of each family, always the same ones.
func sample() (some []setting) {
	const seed = 20120925 // of the API's version; any number does
	random := rand.New(rand.NewPCG(seed, seed))
	for _, f := range table {
		all := f.settings()
		some = append(some, all[random.IntN(len(all))])
	}
	return some
}
