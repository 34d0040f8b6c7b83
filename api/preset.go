package api

// Preset says how to encode an output. It is never changed, only created and
// deleted. A preset without Video makes audio files, one without Audio silent ones.
type Preset struct {
	// Identifier; those of system presets begin with 1351620000000 or 1351620000001.
	Id *string `json:"Id" check:"pattern=Id"`
	// Amazon resource name, of the caller's region and account.
	Arn *string `json:"Arn"`
	// Label of 1 to 40 characters.
	Name *string `json:"Name" check:"min=1,max=40"`
	// Free text, up to 255 characters.
	Description *string `json:"Description" check:"min=0,max=255"`
	// File format: flac flv fmp4 gif mp2 mp3 mp4 mpg mxf oga ogg ts wav webm.
	Container *string `json:"Container" check:"pattern=PresetContainer"`
	// Audio settings; null for none.
	Audio *AudioParameters `json:"Audio"`
	// Video settings; null for none.
	Video *VideoParameters `json:"Video"`
	// Thumbnail settings; used when the job asks for thumbnails.
	Thumbnails *Thumbnails `json:"Thumbnails"`
	// System (comes with the service) or Custom (made by the account).
	Type *string `json:"Type" check:"pattern=PresetType"`
}

// VideoParameters are the video settings of a preset. Numbers travel as text.
// Sizes are given either by Resolution and AspectRatio (the old way) or by
// MaxWidth, MaxHeight, SizingPolicy, PaddingPolicy and DisplayAspectRatio.
type VideoParameters struct {
	// H.264, vp8, vp9, mpeg2 or gif.
	Codec *string `json:"Codec" check:"pattern=VideoCodec"`
	// Settings of the codec by name (Profile, Level, MaxBitRate in kb/s …), at most 30, each key and value
	// 1 to 255 characters. A key with the value "" counts as not given.
	CodecOptions map[string]string `json:"CodecOptions" check:"max=30,key.min=1,key.max=255,value.min=1,value.max=255,value.emptyabsent"`
	// Longest distance between keyframes, in frames, 1 to 6 digits.
	KeyframesMaxDist *string `json:"KeyframesMaxDist" check:"pattern=KeyframesMaxDist"`
	// "true" puts a keyframe at exactly every KeyframesMaxDist frames; "false" allows more.
	FixedGOP *string `json:"FixedGOP" check:"pattern=FixedGOP"`
	// Rate in kb/s, 2 to 5 digits, or auto.
	BitRate *string `json:"BitRate" check:"pattern=VideoBitRate"`
	// Frames per second: auto 10 15 23.97 24 25 29.97 30 50 60.
	FrameRate *string `json:"FrameRate" check:"pattern=FrameRate"`
	// Upper bound when FrameRate is auto; same values without auto.
	MaxFrameRate *string `json:"MaxFrameRate" check:"pattern=MaxFrameRate"`
	// Frame size in pixels as WxH, or auto.
	Resolution *string `json:"Resolution" check:"pattern=Resolution"`
	// Display aspect ratio that goes with Resolution: auto 1:1 4:3 3:2 16:9.
	AspectRatio *string `json:"AspectRatio" check:"pattern=AspectRatio"`
	// Widest frame in pixels, even, 128 to 4096, or auto (1920).
	MaxWidth *string `json:"MaxWidth" check:"pattern=DigitsOrAuto"`
	// Highest frame in pixels, even, 96 to 3072, or auto (1080).
	MaxHeight *string `json:"MaxHeight" check:"pattern=DigitsOrAuto"`
	// Aspect ratio written into the file: auto 1:1 4:3 3:2 16:9.
	DisplayAspectRatio *string `json:"DisplayAspectRatio" check:"pattern=AspectRatio"`
	// How the picture is scaled: Fit Fill Stretch Keep ShrinkToFit ShrinkToFill.
	SizingPolicy *string `json:"SizingPolicy" check:"pattern=SizingPolicy"`
	// Pad fills up to MaxWidth × MaxHeight with black; NoPad does not.
	PaddingPolicy *string `json:"PaddingPolicy" check:"pattern=PaddingPolicy"`
	// Places where a job may put graphics.
	Watermarks []PresetWatermark `json:"Watermarks"`
}

// PresetWatermark is a place and size for a graphic that a job supplies. Lengths
// are pixels ("12px") or percent ("7.5%") of the Target.
type PresetWatermark struct {
	// Name of the place, unique in the preset, 1 to 40 characters.
	Id *string `json:"Id" check:"min=1,max=40"`
	// Widest the graphic may be.
	MaxWidth *string `json:"MaxWidth" check:"pattern=PixelsOrPercent"`
	// Highest the graphic may be.
	MaxHeight *string `json:"MaxHeight" check:"pattern=PixelsOrPercent"`
	// How the graphic is scaled: Fit, Stretch or ShrinkToFit.
	SizingPolicy *string `json:"SizingPolicy" check:"pattern=WatermarkSizingPolicy"`
	// Side the horizontal offset counts from: Left, Right or Center (no offset).
	HorizontalAlign *string `json:"HorizontalAlign" check:"pattern=HorizontalAlign"`
	// Distance from that side, inward.
	HorizontalOffset *string `json:"HorizontalOffset" check:"pattern=PixelsOrPercent"`
	// Side the vertical offset counts from: Top, Bottom or Center (no offset).
	VerticalAlign *string `json:"VerticalAlign" check:"pattern=VerticalAlign"`
	// Distance from that side, inward.
	VerticalOffset *string `json:"VerticalOffset" check:"pattern=PixelsOrPercent"`
	// Percent from 0 (invisible) to 100, decimals allowed; multiplies the graphic's own alpha.
	Opacity *string `json:"Opacity" check:"pattern=Opacity"`
	// What positions refer to: Content (the picture without bars) or Frame (with them).
	Target *string `json:"Target" check:"pattern=Target"`
}

// AudioParameters are the audio settings of a preset. Numbers travel as text.
type AudioParameters struct {
	// AAC, flac, mp2, mp3, pcm or vorbis.
	Codec *string `json:"Codec" check:"pattern=AudioCodec"`
	// Samples per second: auto 22050 32000 44100 48000 96000 192000.
	SampleRate *string `json:"SampleRate" check:"pattern=AudioSampleRate"`
	// Rate in kb/s, 1 to 3 digits; documented from 64 to 320.
	BitRate *string `json:"BitRate" check:"pattern=AudioBitRate"`
	// Number of channels: auto 0 1 2.
	Channels *string `json:"Channels" check:"pattern=AudioChannels"`
	// How channels become tracks: SingleTrack, OneChannelPerTrack or OneChannelPerTrackWithMosTo8Tracks.
	AudioPackingMode *string `json:"AudioPackingMode" check:"pattern=AudioPackingMode"`
	// Settings of the codec.
	CodecOptions *AudioCodecOptions `json:"CodecOptions"`
}

// AudioCodecOptions are settings that only some audio codecs have.
type AudioCodecOptions struct {
	// AAC: auto, AAC-LC, HE-AAC or HE-AACv2.
	Profile *string `json:"Profile" check:"pattern=AudioCodecProfile"`
	// Bits per sample: flac 16 or 24; pcm 8, 16, 24 or 32.
	BitDepth *string `json:"BitDepth" check:"pattern=AudioBitDepth"`
	// pcm: LittleEndian.
	BitOrder *string `json:"BitOrder" check:"pattern=AudioBitOrder"`
	// pcm: Signed or Unsigned.
	Signed *string `json:"Signed" check:"pattern=AudioSigned"`
}

// Thumbnails are the settings of the still pictures of a preset, sized the old
// way (Resolution and AspectRatio) or by limits, as in [VideoParameters].
type Thumbnails struct {
	// jpg or png.
	Format *string `json:"Format" check:"pattern=JpgOrPng"`
	// About how many seconds lie between two thumbnails, 1 to 5 digits.
	Interval *string `json:"Interval" check:"pattern=Digits"`
	// Size in pixels as WxH.
	Resolution *string `json:"Resolution" check:"pattern=ThumbnailResolution"`
	// Aspect ratio that goes with Resolution: auto 1:1 4:3 3:2 16:9.
	AspectRatio *string `json:"AspectRatio" check:"pattern=AspectRatio"`
	// Widest thumbnail in pixels, even, 32 to 4096, or auto (1920).
	MaxWidth *string `json:"MaxWidth" check:"pattern=DigitsOrAuto"`
	// Highest thumbnail in pixels, even, 32 to 3072, or auto (1080).
	MaxHeight *string `json:"MaxHeight" check:"pattern=DigitsOrAuto"`
	// How the picture is scaled: Fit Fill Stretch Keep ShrinkToFit ShrinkToFill.
	SizingPolicy *string `json:"SizingPolicy" check:"pattern=SizingPolicy"`
	// Pad fills up to MaxWidth × MaxHeight with black; NoPad does not.
	PaddingPolicy *string `json:"PaddingPolicy" check:"pattern=PaddingPolicy"`
}
