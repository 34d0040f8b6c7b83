package transcode

import (
	"github.com/reelastic/reelastic/api"
	"github.com/reelastic/reelastic/internal/media"
)

// InputSpec is one source object.
type InputSpec struct {
	// Key is the object's key in the pipeline's input bucket.
	Key string
	// Container is the demuxer hint in the API's spelling; "" is "auto".
	Container string
	// FrameRate and AspectRatio override detection; zero is "auto".
	FrameRate, AspectRatio media.Rational
	// Interlaced is "auto", "true" or "false".
	Interlaced string
	// Clip is the part that is used.
	Clip Clip
	// Encryption is how the file is encrypted.
	Encryption EncryptionSpec
	// Captions are for all outputs that have captions.
	Captions CaptionChoice
}

func inputSpecs(r *reader, inputs []api.JobInput, files *captionFileList) []InputSpec {
	specs := make([]InputSpec, len(inputs))
	for i := range inputs {
		specs[i] = inputSpec(r, &inputs[i], files)
	}
	return specs
}

func inputSpec(r *reader, in *api.JobInput, files *captionFileList) InputSpec {
	if text(in.Key) == "" {
		r.fail(missing("Input:Key"))
	}
	spec := InputSpec{Key: text(in.Key), Interlaced: "auto"}
	if container := text(in.Container); container != "auto" {
		spec.Container = container
	}
	spec.FrameRate = r.frameRate("Input:FrameRate", in.FrameRate)
	spec.AspectRatio = r.aspectRatio("Input:AspectRatio", in.AspectRatio)
	if interlaced := r.oneOf("Input:Interlaced", in.Interlaced, "auto", "true", "false"); interlaced != "" {
		spec.Interlaced = interlaced
	}
	if resolution := text(in.Resolution); resolution != "" && resolution != "auto" {
		r.fail(invalid("Input:Resolution", resolution, "it is auto"))
	}
	spec.Encryption = sourceEncryption(r, "Input:Encryption", in.Encryption)
	spec.Clip = clip(r, "Input:TimeSpan", in.TimeSpan)
	if c := in.InputCaptions; c != nil && (c.MergePolicy != nil || len(c.CaptionSources) > 0) {
		spec.Captions = captionChoice(r, "Input:InputCaptions:", c.MergePolicy, c.CaptionSources, files)
	}
	return spec
}
