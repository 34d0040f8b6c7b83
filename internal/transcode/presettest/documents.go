// Package presettest has presets for tests: valid ones of every container and
// codec, random ones, and bad ones with what is said about them. It makes
// requests only, so that tests of any package can use it.
package presettest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/reelastic/reelastic/api"
)

const (
	limits = `"MaxWidth": "1280", "MaxHeight": "720", "SizingPolicy": "ShrinkToFit", "PaddingPolicy": "NoPad", "DisplayAspectRatio": "auto"`
	h264   = `"Video": {"Codec": "H.264", "CodecOptions": {"Profile": "main", "Level": "3.1", "MaxReferenceFrames": "3"},
		"KeyframesMaxDist": "90", "FixedGOP": "true", "BitRate": "1600", "FrameRate": "29.97", ` + limits + `}`
	mpeg2 = `"Video": {"Codec": "mpeg2", "CodecOptions": {"InterlacedMode": "Progressive", "ChromaSubsampling": "yuv420p"},
		"KeyframesMaxDist": "15", "FixedGOP": "true", "BitRate": "6000", "FrameRate": "25", ` + limits + `}`
	aac        = `"Audio": {"Codec": "AAC", "SampleRate": "44100", "BitRate": "128", "Channels": "2", "CodecOptions": {"Profile": "AAC-LC"}}`
	vorbis     = `"Audio": {"Codec": "vorbis", "SampleRate": "44100", "BitRate": "160", "Channels": "2"}`
	thumbnails = `"Thumbnails": {"Format": "jpg", "Interval": "5", "MaxWidth": "192", "MaxHeight": "108", "SizingPolicy": "Fit", "PaddingPolicy": "Pad"}`
)

// documents are valid presets, by the name that a [Refusal] calls them.
var documents = map[string]string{
	"mp4": `{"Name": "web", "Container": "mp4", ` + h264 + `, ` + aac + `, ` + thumbnails + `}`,
	"old": `{"Name": "older form", "Container": "mp4", "Video": {"Codec": "H.264", "CodecOptions": {}, "Resolution": "640x480", "AspectRatio": "4:3"}, ` + aac + `,
		"Thumbnails": {"Format": "png", "Interval": "60", "Resolution": "160x120", "AspectRatio": "auto"}}`,
	"ts":   `{"Name": "segments", "Container": "ts", ` + h264 + `, ` + aac + `}`,
	"fmp4": `{"Name": "fragments", "Container": "fmp4", ` + h264 + `, ` + aac + `}`,
	"flv": `{"Name": "flash", "Container": "flv", ` + h264 +
		`, "Audio": {"Codec": "mp3", "SampleRate": "44100", "BitRate": "128", "Channels": "2"}}`,
	"vp8": `{"Name": "web with vp8", "Container": "webm", "Video": {"Codec": "vp8", "CodecOptions": {"Profile": "0"}, "KeyframesMaxDist": "90", "BitRate": "1000", "FrameRate": "25", ` +
		limits + `}, ` + vorbis + `}`,
	"vp9": `{"Name": "web with vp9", "Container": "webm", "Video": {"Codec": "vp9", "CodecOptions": {}, "BitRate": "1000", "FrameRate": "auto", "MaxFrameRate": "60", ` +
		limits + `}, ` + vorbis + `}`,
	"mpg": `{"Name": "programme stream", "Container": "mpg", ` + mpeg2 +
		`, "Audio": {"Codec": "mp2", "SampleRate": "48000", "BitRate": "160", "Channels": "2"}}`,
	"mxf": `{"Name": "exchange", "Container": "mxf", ` + mpeg2 +
		`, "Audio": {"Codec": "pcm", "SampleRate": "48000", "Channels": "auto", "CodecOptions": {"BitDepth": "24"}}}`,
	"gif":  `{"Name": "loop", "Container": "gif", "Video": {"Codec": "gif", "CodecOptions": {"LoopCount": "Infinite"}, "FrameRate": "15", ` + limits + `}}`,
	"aac":  `{"Name": "sound", "Container": "mp4", ` + aac + `}`,
	"mp3":  `{"Name": "sound", "Container": "mp3", "Audio": {"Codec": "mp3", "SampleRate": "44100", "BitRate": "192", "Channels": "2", "CodecOptions": {}}}`,
	"mp2":  `{"Name": "sound", "Container": "mp2", "Audio": {"Codec": "mp2", "SampleRate": "48000", "BitRate": "192", "Channels": "2"}}`,
	"ogg":  `{"Name": "sound", "Container": "ogg", ` + vorbis + `}`,
	"oga":  `{"Name": "sound", "Container": "oga", "Audio": {"Codec": "flac", "SampleRate": "auto", "Channels": "auto"}}`,
	"flac": `{"Name": "sound", "Container": "flac", "Audio": {"Codec": "flac", "SampleRate": "96000", "Channels": "2", "CodecOptions": {"BitDepth": "24"}}}`,
	"wav":  `{"Name": "sound", "Container": "wav", "Audio": {"Codec": "pcm", "SampleRate": "44100", "Channels": "2", "CodecOptions": {"BitDepth": "16", "BitOrder": "LittleEndian", "Signed": "Signed"}}}`,
}

// Names are the names of the valid presets that [Request] starts from.
func Names() []string { return slices.Sorted(maps.Keys(documents)) }

// Request is the valid preset of a name with a change: a document whose members
// replace those of the same place, null removing them. An error is a mistake in
// the test.
func Request(name, change string) (*api.CreatePresetRequest, error) {
	req := new(api.CreatePresetRequest)
	for _, document := range []string{documents[name], change} {
		if err := json.Unmarshal([]byte(document), req); err != nil {
			return nil, fmt.Errorf("preset %s with %s: %w", name, change, err)
		}
	}
	return req, nil
}

// Refusal is a bad preset, as a change of a valid one.
type Refusal struct {
	// Of names the valid preset, Change is what makes it bad.
	Of, Change string
	// Message is the whole text of the ValidationException.
	Message string
}

// Request is the bad preset; see [Request].
func (r Refusal) Request() (*api.CreatePresetRequest, error) { return Request(r.Of, r.Change) }
