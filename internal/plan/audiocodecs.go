package plan

import (
	"github.com/reelastic/reelastic/internal/transcode"
)

// audioCodecs make the encoder of a preset's codec. The warning is a sentence for an output
// that is made all the same; "" for none.
var audioCodecs = map[transcode.AudioCodec]func(transcode.AudioSpec, audioScene) (
	encoder audioEncoder, warning string, failure *transcode.Failure){
	transcode.AAC:       newAAC,
	transcode.MP3Audio:  newMP3,
	transcode.MP2Audio:  newMP2,
	transcode.Vorbis:    newVorbis,
	transcode.FLACAudio: newFLAC,
	transcode.PCM:       newPCM,
}

// newAudioEncoder settles the encoder of a preset, or says what is not installed.
func newAudioEncoder(spec transcode.AudioSpec, s audioScene) (audioEncoder, string, *transcode.Failure) {
	encoder, warning, failure := audioCodecs[spec.Codec](spec, s)
	switch {
	case failure != nil:
		return nil, "", failure
	case encoder.external() == nil && !s.caps.Encoders[encoder.name()]:
		return nil, "", lacking(encoder.name())
	}
	return encoder, warning, nil
}
