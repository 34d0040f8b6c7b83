package api

import (
	"regexp"
	"sync"
	"unicode/utf8"
)

// pattern is a regular expression of the API model. Like Java's
// Matcher.matches, which the original used, it must cover the whole value.
type pattern struct {
	text     string // as in the model, for messages
	maxLen   int    // longest match in code points; 0 means that text sets no limit
	compiled func() *regexp.Regexp
}

// newPattern returns the pattern text, compiled at first use.
func newPattern(text string) *pattern {
	return &pattern{text: text, compiled: compileLater(text)}
}

// compileLater anchors expr at both ends and compiles it once, when asked for.
func compileLater(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\A(?:` + expr + `)\z`) })
}

// match reports whether p covers all of s.
func (p *pattern) match(s string) bool {
	if p.maxLen > 0 && utf8.RuneCountInString(s) > p.maxLen {
		return false
	}
	return p.compiled().MatchString(s)
}

// watermarkKey stands for a pattern whose repeat counts are above RE2's limit
// of 1000. Its three branches admit at most 1024 characters; written with a
// length beside it, it accepts exactly the same values. The dot before the
// suffix is not escaped in the model either.
func watermarkKey() *pattern {
	return &pattern{
		text:     `(^.{1,1020}.jpg$)|(^.{1,1019}.jpeg$)|(^.{1,1020}.png$)`,
		maxLen:   1024,
		compiled: compileLater(`.+.(jpg|jpeg|png)`),
	}
}

// patterns returns every pattern of the API model by the name of its shape.
var patterns = sync.OnceValue(func() map[string]*pattern {
	all := map[string]*pattern{"WatermarkKey": watermarkKey()}
	for shape, text := range patternTexts {
		all[shape] = newPattern(text)
	}
	return all
})

// patternTexts are the patterns of the API model by the name of their shape,
// but for WatermarkKey.
var patternTexts = map[string]string{
	"AccessControl":               `(^FullControl$)|(^Read$)|(^ReadAcp$)|(^WriteAcp$)`,
	"Ascending":                   `(^true$)|(^false$)`,
	"AspectRatio":                 `(^auto$)|(^1:1$)|(^4:3$)|(^3:2$)|(^16:9$)`,
	"AudioBitDepth":               `(^8$)|(^16$)|(^24$)|(^32$)`,
	"AudioBitOrder":               `(^LittleEndian$)`,
	"AudioBitRate":                `^\d{1,3}$`,
	"AudioChannels":               `(^auto$)|(^0$)|(^1$)|(^2$)`,
	"AudioCodec":                  `(^AAC$)|(^vorbis$)|(^mp3$)|(^mp2$)|(^pcm$)|(^flac$)`,
	"AudioCodecProfile":           `(^auto$)|(^AAC-LC$)|(^HE-AAC$)|(^HE-AACv2$)`,
	"AudioPackingMode":            `(^SingleTrack$)|(^OneChannelPerTrack$)|(^OneChannelPerTrackWithMosTo8Tracks$)`,
	"AudioSampleRate":             `(^auto$)|(^22050$)|(^32000$)|(^44100$)|(^48000$)|(^96000$)|(^192000$)`,
	"AudioSigned":                 `(^Unsigned$)|(^Signed$)`,
	"Base64EncodedString":         `^$|(^(?:[A-Za-z0-9\+/]{4})*(?:[A-Za-z0-9\+/]{2}==|[A-Za-z0-9\+/]{3}=)?$)`,
	"BucketName":                  `^(\w|\.|-){1,255}$`,
	"CaptionFormatFormat":         `(^mov-text$)|(^srt$)|(^scc$)|(^webvtt$)|(^dfxp$)|(^cea-708$)`,
	"CaptionFormatPattern":        `(^$)|(^.*\{language\}.*$)`,
	"CaptionMergePolicy":          `(^MergeOverride$)|(^MergeRetain$)|(^Override$)`,
	"Digits":                      `^\d{1,5}$`,
	"DigitsOrAuto":                `(^auto$)|(^\d{2,4}$)`,
	"EncryptionMode":              `(^s3$)|(^s3-aws-kms$)|(^aes-cbc-pkcs7$)|(^aes-ctr$)|(^aes-gcm$)`,
	"FixedGOP":                    `(^true$)|(^false$)`,
	"FloatString":                 `^\d{1,5}(\.\d{0,5})?$`,
	"FrameRate":                   `(^auto$)|(^10$)|(^15$)|(^23.97$)|(^24$)|(^25$)|(^29.97$)|(^30$)|(^50$)|(^60$)`,
	"GranteeType":                 `(^Canonical$)|(^Email$)|(^Group$)`,
	"HlsContentProtectionMethod":  `(^aes-128$)`,
	"HorizontalAlign":             `(^Left$)|(^Right$)|(^Center$)`,
	"Id":                          `^\d{13}-\w{6}$`,
	"Interlaced":                  `(^auto$)|(^true$)|(^false$)`,
	"JobContainer":                `(^auto$)|(^3gp$)|(^asf$)|(^avi$)|(^divx$)|(^flv$)|(^mkv$)|(^mov$)|(^mp4$)|(^mpeg$)|(^mpeg-ps$)|(^mpeg-ts$)|(^mxf$)|(^ogg$)|(^ts$)|(^vob$)|(^wav$)|(^webm$)|(^mp3$)|(^m4a$)|(^aac$)`,
	"JobStatus":                   `(^Submitted$)|(^Progressing$)|(^Complete$)|(^Canceled$)|(^Error$)`,
	"JpgOrPng":                    `(^jpg$)|(^png$)`,
	"KeyIdGuid":                   `(^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$)|(^[0-9A-Fa-f]{32}$)`,
	"KeyStoragePolicy":            `(^NoStore$)|(^WithVariantPlaylists$)`,
	"KeyframesMaxDist":            `^\d{1,6}$`,
	"MaxFrameRate":                `(^10$)|(^15$)|(^23.97$)|(^24$)|(^25$)|(^29.97$)|(^30$)|(^50$)|(^60$)`,
	"MergePolicy":                 `(^Replace$)|(^Prepend$)|(^Append$)|(^Fallback$)`,
	"NonEmptyBase64EncodedString": `(^(?:[A-Za-z0-9\+/]{4})*(?:[A-Za-z0-9\+/]{2}==|[A-Za-z0-9\+/]{3}=)?$)`,
	"Opacity":                     `^\d{1,3}(\.\d{0,20})?$`,
	"PaddingPolicy":               `(^Pad$)|(^NoPad$)`,
	"PipelineStatus":              `(^Active$)|(^Paused$)`,
	"PixelsOrPercent":             `(^\d{1,3}(\.\d{0,5})?%$)|(^\d{1,4}?px$)`,
	"PlayReadyDrmFormatString":    `(^microsoft$)|(^discretix-3.0$)`,
	"PlaylistFormat":              `(^HLSv3$)|(^HLSv4$)|(^Smooth$)|(^MPEG-DASH$)`,
	"PresetContainer":             `(^mp4$)|(^ts$)|(^webm$)|(^mp3$)|(^flac$)|(^oga$)|(^ogg$)|(^fmp4$)|(^mpg$)|(^flv$)|(^gif$)|(^mxf$)|(^wav$)|(^mp2$)`,
	"PresetType":                  `(^System$)|(^Custom$)`,
	"Resolution":                  `(^auto$)|(^\d{1,5}x\d{1,5}$)`,
	"Role":                        `^arn:aws:iam::\w{12}:role/.+$`,
	"Rotate":                      `(^auto$)|(^0$)|(^90$)|(^180$)|(^270$)`,
	"SizingPolicy":                `(^Fit$)|(^Fill$)|(^Stretch$)|(^Keep$)|(^ShrinkToFit$)|(^ShrinkToFill$)`,
	"SnsTopic":                    `(^$)|(^arn:aws:sns:.*:\w{12}:.+$)`,
	"StorageClass":                `(^ReducedRedundancy$)|(^Standard$)`,
	"Success":                     `(^true$)|(^false$)`,
	"Target":                      `(^Content$)|(^Frame$)`,
	"ThumbnailPattern":            `(^$)|(^.*\{count\}.*$)`,
	"ThumbnailResolution":         `^\d{1,5}x\d{1,5}$`,
	"Time":                        `(^\d{1,5}(\.\d{0,3})?$)|(^([0-1]?[0-9]:|2[0-3]:)?([0-5]?[0-9]:)?[0-5]?[0-9](\.\d{0,3})?$)`,
	"TimeOffset":                  `(^[+-]?\d{1,5}(\.\d{0,3})?$)|(^[+-]?([0-1]?[0-9]:|2[0-3]:)?([0-5]?[0-9]:)?[0-5]?[0-9](\.\d{0,3})?$)`,
	"VerticalAlign":               `(^Top$)|(^Bottom$)|(^Center$)`,
	"VideoBitRate":                `(^\d{2,5}$)|(^auto$)`,
	"VideoCodec":                  `(^H\.264$)|(^vp8$)|(^vp9$)|(^mpeg2$)|(^gif$)`,
	"WatermarkSizingPolicy":       `(^Fit$)|(^Stretch$)|(^ShrinkToFit$)`,
}
