package transcode

import "slices"

// Container is a preset's container in the spelling of the API model.
type Container string

// The containers of the API model.
const (
	MP4  Container = "mp4"
	TS   Container = "ts"
	WebM Container = "webm"
	MP3  Container = "mp3"
	FLAC Container = "flac"
	OGA  Container = "oga"
	OGG  Container = "ogg"
	FMP4 Container = "fmp4"
	MPG  Container = "mpg"
	FLV  Container = "flv"
	GIF  Container = "gif"
	MXF  Container = "mxf"
	WAV  Container = "wav"
	MP2  Container = "mp2"
)

// containers are all of the API model, in the order of the alphabet.
func containers() (all []Container) {
	for _, c := range videoCodecs {
		all = append(all, c.containers...)
	}
	for _, c := range audioCodecs {
		all = append(all, c.containers...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
