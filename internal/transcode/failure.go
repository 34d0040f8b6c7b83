package transcode

import (
	"errors"
	"fmt"

	"github.com/reelastic/reelastic/internal/object"
)

// Failure is why an output, a playlist or a whole job can't be made. It is a
// result that the client reads in StatusDetail, not a fault of the program.
type Failure struct {
	// Code is the service's numeric code (original.md 4.13).
	Code int
	// Text is the original's sentence, with its full stop.
	Text string
	// Advice is our sentence that says what to do about it, with its full stop.
	Advice string
}

// The numeric codes that this package has sentences for.
const (
	CodeDependency       = 1001
	CodeRoleRefused      = 2000
	CodeStorage          = 3000
	CodeInputMissing     = 3001
	CodeOutputExists     = 3002
	CodeNoReadAccess     = 3003
	CodeNoWriteAccess    = 3004
	CodeNoBucket         = 3005
	CodeKeyElsewhere     = 3006
	CodeBadInput         = 4000
	CodeLargeFrame       = 4001
	CodeLargeInput       = 4002
	CodeBadWatermark     = 4003
	CodeLargeWatermark   = 4004
	CodeLargeObject      = 4005
	CodeUnsupportedCodec = 4006
	CodeDamagedInput     = 4007
	CodeMismatch         = 4008
	CodeTooMuchArtwork   = 4009
	CodeBadArtwork       = 4010
	CodeBadEmbeddedArt   = 4011
	CodeLargeArtwork     = 4012
	CodeLargeEmbeddedArt = 4013
	CodeStartAfterEnd    = 4014
	CodeSegmentsDiffer   = 4015
	CodeUndecrypted      = 4016
	CodeKeyLength        = 4017
	CodeUndecryptedKey   = 4018
	CodeNoDataKey        = 4019
	CodeHLSKeyLength     = 4020
	CodeDRMKeyLength     = 4021
	CodeCombinedSize     = 4022
	CodeSizesDiffer      = 4023
	CodeMixedVideo       = 4025
	CodeMixedAudio       = 4026
	CodeCaptionRate      = 4105
	CodeInternal         = 9000
	CodeGaveUp           = 9999
)

// Error is the failure without its reference id, for logs.
func (f *Failure) Error() string { return fmt.Sprintf("%d: %s", f.Code, f.sentence()) }

// Detail is the failure in the original's form, "<code> <uuid>: <sentence>",
// followed by the advice. The reference id is fresh for each occurrence.
func (f *Failure) Detail(reference string) string {
	return fmt.Sprintf("%d %s: %s", f.Code, reference, f.sentence())
}

func (f *Failure) sentence() string {
	if f.Advice == "" {
		return f.Text
	}
	return f.Text + " " + f.Advice
}

// AsFailure finds a [Failure] in an error's chain; nil when there is none.
func AsFailure(err error) *Failure {
	f, _ := errors.AsType[*Failure](err)
	return f
}

// PlaylistDependency is 1001: an output of the playlist failed.
func PlaylistDependency() *Failure {
	return &Failure{CodeDependency,
		"Amazon Elastic Transcoder could not generate the playlist because it encountered an error with one or more " +
			"of the playlists dependencies.",
		"The StatusDetail of the outputs it lists says what went wrong."}
}

// StorageFailed is 3000: the store refused for a reason without a code of its own.
func StorageFailed(o object.Key, why string) *Failure {
	return &Failure{CodeStorage,
		fmt.Sprintf("The storage could not read or write an object: bucket=%s, key=%s.", o.Bucket, o.Key), why}
}

// InputMissing is 3001.
func InputMissing(o object.Key) *Failure {
	return &Failure{CodeInputMissing,
		fmt.Sprintf("The specified object does not exist in the specified S3 bucket: bucket=%s, key=%s.", o.Bucket,
			o.Key),
		"Put the object there, or correct Input:Key, and submit the job again."}
}

// OutputExists is 3002 for the first object that is in the way.
func OutputExists(o object.Key) *Failure {
	return &Failure{CodeOutputExists,
		fmt.Sprintf("The specified object could not be saved in the specified bucket because an object by that name "+
			"already exists: bucket=%s, key=%s.", o.Bucket, o.Key),
		`Choose another key or OutputKeyPrefix, delete the object, or submit the job with UserMetadata "reelastic:overwrite": "true".`}
}

// ReadDenied is 3003. Why is what the store says, with its full stop.
func ReadDenied(o object.Key, why string) *Failure {
	return &Failure{CodeNoReadAccess,
		fmt.Sprintf("The service does not have permission to read the specified object: bucket=%s, key=%s.", o.Bucket,
			o.Key),
		why + " Allow it, and submit the job again."}
}

// WriteDenied is 3004. Why is what the store says, with its full stop.
func WriteDenied(o object.Key, why string) *Failure {
	return &Failure{CodeNoWriteAccess,
		fmt.Sprintf("The service does not have permission to write to the specified bucket: bucket=%s, key=%s.",
			o.Bucket, o.Key),
		why + " Allow it, and submit the job again."}
}

// BucketMissing is 3005.
func BucketMissing(bucket string) *Failure {
	return &Failure{CodeNoBucket,
		fmt.Sprintf("The specified S3 bucket does not exist: bucket=%s.", bucket),
		"Create the bucket, or correct the pipeline's buckets."}
}

// KeyNotInRegion is 3006: the object was to be encrypted with a KMS key of another
// region than its bucket's. Why is what the store says, with its full stop.
func KeyNotInRegion(o object.Key, why string) *Failure {
	return &Failure{CodeKeyElsewhere,
		fmt.Sprintf("Amazon Elastic Transcoder was unable to write the key=%s to bucket=%s, as the key is not in "+
			"the same region as the bucket.", o.Key, o.Bucket),
		why + " Use a KMS key and a bucket of one region."}
}

// BadInput is 4000: the input is not a media file that can be read. What is the
// reader's own reason, "" when it gave none.
func BadInput(what string) *Failure {
	advice := "Check that the file is complete and plays elsewhere."
	if what != "" {
		advice = "The reader says: " + what + ". " + advice
	}
	return &Failure{CodeBadInput, "Amazon Elastic Transcoder could not interpret the media file.", advice}
}

// ProtectedInput is 4000: the content is encrypted by a scheme, and there is no key.
func ProtectedInput(scheme string) *Failure {
	return &Failure{CodeBadInput, "Amazon Elastic Transcoder could not interpret the media file.",
		"The file is protected by DRM (" + scheme + "). Submit the file without the protection."}
}

// UnsupportedCodec is 4006: the container was read, its content can't be decoded.
func UnsupportedCodec(what string) *Failure {
	return &Failure{CodeUnsupportedCodec,
		"Amazon Elastic Transcoder could not transcode the input file because its format is not supported.",
		"What was found: " + what + "."}
}

// DamagedInput is 4007: decoding failed on the way.
func DamagedInput(what string) *Failure {
	return &Failure{CodeDamagedInput,
		"Amazon Elastic Transcoder could not process the input file, although its format is generally supported.",
		"The file seems to be damaged: " + what + "."}
}

// Mismatch is 4008: the preset wants what the input does not have.
func Mismatch(what string) *Failure {
	return &Failure{CodeMismatch,
		"The preset and the input file do not match: " + what + ".",
		"Choose a preset that asks only for what the input has."}
}

// LargeFrame is 4001. The advice says what is allowed.
func LargeFrame(advice string) *Failure {
	return &Failure{CodeLargeFrame, "The width x height of the input file exceeds the maximum.", advice}
}

// LargeInput is 4002, for a size in bytes.
func LargeInput(size, limit int64) *Failure {
	return &Failure{CodeLargeInput, "The size of the input file exceeds the maximum.",
		fmt.Sprintf("It has %d bytes; the limit is %d (--max-input-bytes).", size, limit)}
}

// LargeObject is 4005: a file beside the inputs, of a kind such as "watermark", is
// larger than its limit in bytes.
func LargeObject(kind string, o object.Key, size, limit int64) *Failure {
	return &Failure{CodeLargeObject,
		fmt.Sprintf("The size of a file that you specified for one of the %s objects exceeds the maximum allowed "+
			"size: bucket=%s, key=%s, size=%d, max size=%d.",
			kind, o.Bucket, o.Key, size, limit), "Make it smaller."}
}

// ImagePixels is the most that a watermark or an image of album art may have
// (API model, Artwork; original.md 4.8).
const ImagePixels = 4096 * 3072

// BadImage is 4003 for a watermark and 4010 for album art: the object is no
// picture that can be read. What is the reader's own reason.
func BadImage(o object.Key, artwork bool, what string) *Failure {
	code, kind := CodeBadWatermark, "watermark"
	if artwork {
		code, kind = CodeBadArtwork, "album art"
	}
	return &Failure{code,
		fmt.Sprintf("Amazon Elastic Transcoder could not interpret the %s file: bucket=%s, key=%s.", kind, o.Bucket,
			o.Key),
		"It must be a complete png or jpg image. The reader says: " + what + "."}
}

// LargeImage is 4004 for a watermark and 4012 for album art.
func LargeImage(o object.Key, artwork bool, width, height int) *Failure {
	code, kind := CodeLargeWatermark, "watermark"
	if artwork {
		code, kind = CodeLargeArtwork, "album art"
	}
	return &Failure{code,
		fmt.Sprintf("The width x height of the %s file exceeds the maximum: bucket=%s, key=%s.", kind, o.Bucket, o.Key),
		fmt.Sprintf("It has %d x %d pixels; the limit is 4096 x 3072. Make it smaller.", width, height)}
}

// BadEmbeddedArt is 4011: an image in the input, of that codec, can't be kept.
func BadEmbeddedArt(codec string) *Failure {
	if codec == "" {
		codec = "unknown"
	}
	return &Failure{CodeBadEmbeddedArt,
		"Amazon Elastic Transcoder could not interpret the embedded artwork of the input file.",
		"Its format is " + codec + "; png and jpg are kept. The MergePolicy Replace leaves it out."}
}

// LargeEmbeddedArt is 4013.
func LargeEmbeddedArt(width, height int) *Failure {
	return &Failure{CodeLargeEmbeddedArt,
		"The width x height of the embedded artwork of the input file exceeds the maximum.",
		fmt.Sprintf("It has %d x %d pixels; the limit is 4096 x 3072. The MergePolicy Replace leaves it out.", width,
			height)}
}

// TooMuchArtwork is 4009.
func TooMuchArtwork(n int) *Failure {
	return &Failure{CodeTooMuchArtwork, "The output would have too many artwork streams.",
		fmt.Sprintf("It would have %d images, including the input's; the limit is %d. Use fewer, or the MergePolicy "+
			"Replace.",
			n, MaxArtwork)}
}

// StartAfterEnd is 4014: a clip begins after the end of its input.
func StartAfterEnd(start, length string) *Failure {
	return &Failure{CodeStartAfterEnd,
		"The starting time of the clip is after the end of the input file.",
		fmt.Sprintf("The clip starts at %s; the input is %s long.", start, length)}
}

// InconsistentSizes is 4023: inputs that are to be joined come out in different
// sizes; first and other are two of them.
func InconsistentSizes(inputs int, first, other string) *Failure {
	return &Failure{CodeSizesDiffer,
		fmt.Sprintf("The %d inputs to concatenate do not result in a consistent resolution.", inputs),
		fmt.Sprintf("One comes out as %s, another as %s. Change PaddingPolicy, SizingPolicy, MaxWidth or MaxHeight "+
			"of the preset: with Pad all have the same size.", first, other)}
}

// MixedInputs is 4025 for video and 4026 for audio, which the input of that number
// has although the first has not, or the other way round.
func MixedInputs(input int, kind string) *Failure {
	code := CodeMixedVideo
	if kind == "audio" {
		code = CodeMixedAudio
	}
	return &Failure{code,
		fmt.Sprintf("Input #%d does not match the first: either all inputs have %s or none has.", input, kind),
		"Leave the input out, or give the others what they lack."}
}

// Internal is 9000: the service's own fault, which another attempt may cure.
func Internal(what string) *Failure {
	return &Failure{CodeInternal, "Amazon Elastic Transcoder encountered an internal error.", what}
}

// NoRoom is 9000 for a disk that is full, which another attempt would not cure. Advice says
// which, and what is needed.
func NoRoom(advice string) *Failure {
	return &Failure{CodeInternal, "Amazon Elastic Transcoder encountered an internal error.", advice}
}

// GaveUp is 9999: the job's attempts are used up.
func GaveUp(attempts int) *Failure {
	return &Failure{CodeGaveUp, "Amazon Elastic Transcoder encountered an internal error.",
		fmt.Sprintf("The job was begun %d times and never came to an end; the server's log and its list of given-up "+
			"jobs say why.",
			attempts)}
}
