package api

// Encryption says how an object is, or is to be, encrypted. With an AES mode and
// none of the other members on an output, the service makes the key itself.
type Encryption struct {
	// s3 and s3-aws-kms (by the store), aes-cbc-pkcs7, aes-ctr and aes-gcm (by the service).
	Mode *string `json:"Mode" check:"pattern=EncryptionMode"`
	// Data key wrapped by KMS, base64.
	Key *string `json:"Key" check:"pattern=Base64EncodedString"`
	// MD5 of the wrapped key's bytes, base64.
	KeyMd5 *string `json:"KeyMd5" check:"pattern=Base64EncodedString"`
	// Initialization vector, base64, up to 255 characters.
	InitializationVector *string `json:"InitializationVector" check:"min=0,max=255"`
}

// JobWatermark puts a graphic into a place that the preset defines.
type JobWatermark struct {
	// Id of the [PresetWatermark], 1 to 40 characters.
	PresetWatermarkId *string `json:"PresetWatermarkId" check:"min=1,max=40"`
	// Key of a .jpg, .jpeg or .png object in the input bucket, up to 1024 characters.
	InputKey *string `json:"InputKey" check:"min=1,max=1024,pattern=WatermarkKey"`
	// How the graphic is encrypted; null means it is not.
	Encryption *Encryption `json:"Encryption"`
}

// JobAlbumArt says which artwork an audio output carries.
type JobAlbumArt struct {
	// What happens to artwork of the input: Replace, Prepend, Append or Fallback.
	MergePolicy *string `json:"MergePolicy" check:"pattern=MergePolicy"`
	// Pictures to add; [] adds none.
	Artwork []Artwork `json:"Artwork"`
}

// Artwork is one picture for an audio output.
type Artwork struct {
	// Key of a .jpg, .jpeg or .png object in the input bucket, up to 1024 characters.
	InputKey *string `json:"InputKey" check:"min=1,max=1024,pattern=WatermarkKey"`
	// Widest in pixels, even, 32 to 4096, or auto (600).
	MaxWidth *string `json:"MaxWidth" check:"pattern=DigitsOrAuto"`
	// Highest in pixels, even, 32 to 3072, or auto (600).
	MaxHeight *string `json:"MaxHeight" check:"pattern=DigitsOrAuto"`
	// How the picture is scaled: Fit Fill Stretch Keep ShrinkToFit ShrinkToFill.
	SizingPolicy *string `json:"SizingPolicy" check:"pattern=SizingPolicy"`
	// Pad fills up to MaxWidth × MaxHeight with white; NoPad does not.
	PaddingPolicy *string `json:"PaddingPolicy" check:"pattern=PaddingPolicy"`
	// jpg or png.
	AlbumArtFormat *string `json:"AlbumArtFormat" check:"pattern=JpgOrPng"`
	// How the picture is encrypted; null means it is not.
	Encryption *Encryption `json:"Encryption"`
}

// InputCaptions says which captions of an input are used.
type InputCaptions struct {
	// Embedded against CaptionSources: MergeOverride, MergeRetain or Override.
	MergePolicy *string `json:"MergePolicy" check:"pattern=CaptionMergePolicy"`
	// Caption files beside the input, at most 20, one per language.
	CaptionSources []CaptionSource `json:"CaptionSources" check:"max=20"`
}

// CaptionSource is a caption file beside an input.
type CaptionSource struct {
	// Object key in the input bucket, 1 to 1024 characters.
	Key *string `json:"Key" check:"min=1,max=1024"`
	// Language code of ISO 639-1 or 639-2.
	Language *string `json:"Language" check:"min=1,max=255"`
	// Shift in time, as seconds or HH:mm:ss with up to three decimals and an optional sign.
	TimeOffset *string `json:"TimeOffset" check:"pattern=TimeOffset"`
	// Name shown to viewers, 1 to 40 characters.
	Label *string `json:"Label" check:"min=1,max=40"`
	// How the file is encrypted; null means it is not.
	Encryption *Encryption `json:"Encryption"`
}

// Captions says which captions an output carries.
type Captions struct {
	// As in [InputCaptions], where the model now wants it.
	MergePolicy *string `json:"MergePolicy" check:"pattern=CaptionMergePolicy"`
	// As in [InputCaptions], where the model now wants them; at most 20.
	CaptionSources []CaptionSource `json:"CaptionSources" check:"max=20"`
	// Formats to write, at most 4.
	CaptionFormats []CaptionFormat `json:"CaptionFormats" check:"max=4"`
}

// CaptionFormat is one format in which an output's captions are written.
type CaptionFormat struct {
	// Embedded: mov-text, cea-708; files: dfxp, scc, srt, webvtt.
	Format *string `json:"Format" check:"pattern=CaptionFormatFormat"`
	// Key pattern of caption files with {language}; may be "".
	Pattern *string `json:"Pattern" check:"pattern=CaptionFormatPattern"`
	// How caption files are encrypted; null means they are not.
	Encryption *Encryption `json:"Encryption"`
}
