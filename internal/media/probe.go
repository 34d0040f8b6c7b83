package media

import "time"

// Probe is what ffprobe found in one file, reduced to what planning needs and
// made safe: missing, absurd and contradictory fields of real files are already
// resolved (see each field).
type Probe struct {
	// Demuxer is the ffmpeg demuxer to force with -f when the file is read
	// again: the first name of ffprobe's format_name ("mov", "matroska", "mpegts").
	Demuxer string
	// Score is ffprobe's probe_score, 0 to 100; 25 or 26 is a guess.
	Score int
	// Start is the container's first timestamp; all times of the API count from it.
	Start time.Duration
	// Duration is the container's claim; 0 when it makes none. It is a hint.
	Duration time.Duration
	// SizeBytes is the size of the file.
	SizeBytes int64
	// BitRate is the container's overall rate, 0 when unknown.
	BitRate BitRate
	// Video and Audio list the usable streams in file order; attached pictures,
	// streams without a known type and video without a picture size are left out.
	Video []VideoStream
	Audio []AudioStream
	// Streams counts everything in the file, usable or not.
	Streams int
	// UnknownVideo counts streams that are video by type but whose codec this
	// ffmpeg does not know, or that never produced a picture (error 4006).
	UnknownVideo int
	// Captions are the text tracks that can be read: mov-text, in file order.
	Captions []CaptionStream
	// Pictures are the attached pictures (cover art), in file order.
	Pictures []Picture
	// StillImage tells that the file is a picture (png, jpg), not media.
	StillImage bool
}

// Picture is a picture that is attached to a file.
type Picture struct {
	// Index is the stream's number in the file.
	Index int
	// Codec is ffmpeg's decoder name ("mjpeg", "png"), "" when it knows none.
	Codec string
	// Size is zero when the picture can't be read.
	Size Size
}

// CaptionStream is a track of captions in a file.
type CaptionStream struct {
	// Index is the stream's number in the file, Language what the file says, or "".
	Index    int
	Language string
}

// VideoStream is one usable video stream.
type VideoStream struct {
	// Index is the stream's number in the file (the N of "0:N").
	Index int
	// Codec is ffmpeg's decoder name, Profile its profile text, PixFmt its pixel format.
	Codec, Profile, PixFmt string
	// Level is the codec's level number (31 for H.264 3.1), 0 or negative when unknown.
	Level int
	// Coded is the size before rotation and before SAR.
	Coded Size
	// SAR is the sample aspect ratio; 1/1 when the file gives none or a zero.
	SAR Rational
	// Rotation is the clockwise turn for display that the metadata asks for: 0, 90, 180 or 270.
	Rotation int
	// Mirrored tells that the display matrix also reflects.
	Mirrored bool
	// FrameRate is the average rate in frames per second, always above 0 and at most 240.
	FrameRate Rational
	// Constant tells that pictures are evenly spaced, but for roundings.
	Constant bool
	// Frames is the container's count of frames; 0 when it makes none.
	Frames int64
	// Duration is the stream's own length; 0 when the container gives none.
	Duration time.Duration
	// Start is the stream's first timestamp.
	Start time.Duration
	// FieldOrder is ffprobe's field_order: "progressive", "tt", "bb", "tb", "bt" or "" when unknown.
	FieldOrder string
	// Space, Primaries, Transfer and Range are ffprobe's colour tags, "" when unknown.
	Space, Primaries, Transfer, Range string
	// Alpha tells transparency that is coded beside the pictures, as VP8 and VP9 have
	// it: PixFmt, which is the default decoder's, does not show it.
	Alpha bool
	// DolbyVision is the profile of Dolby Vision, 0 without. Compatible is what its base
	// layer is without it: 0 nothing, 1 and 6 PQ, 2 SDR, 4 HLG (bl_signal_compatibility_id).
	DolbyVision, Compatible int
	// BitRate is the stream's own rate, 0 when unknown.
	BitRate BitRate
	// Default is the default disposition.
	Default bool
}

// Interlaced tells whether the stream is flagged as interlaced.
func (v VideoStream) Interlaced() bool {
	switch v.FieldOrder {
	case "tt", "bb", "tb", "bt":
		return true
	}
	return false
}

// AudioStream is one usable audio stream.
type AudioStream struct {
	// Index is the stream's number in the file.
	Index int
	// Codec is ffmpeg's decoder name, Profile its profile text.
	Codec, Profile string
	// SampleRate is in Hz.
	SampleRate int
	// Channels is 1 or more; Layout is ffmpeg's layout name, "" when unknown.
	Channels int
	Layout   string
	// Duration, Start and BitRate are as in [VideoStream].
	Duration, Start time.Duration
	BitRate         BitRate
	// Default is the default disposition.
	Default bool
}

// MainVideo is the video stream that a job transcodes: the first one, or the
// only one with the default disposition. The second result is false when there
// is none.
func (p Probe) MainVideo() (VideoStream, bool) {
	return mainStream(p.Video, func(v VideoStream) bool { return v.Default })
}

// MainAudio is the audio stream that a job transcodes, chosen as in [Probe.MainVideo].
func (p Probe) MainAudio() (AudioStream, bool) {
	return mainStream(p.Audio, func(a AudioStream) bool { return a.Default })
}

func mainStream[T any](streams []T, isDefault func(T) bool) (main T, ok bool) {
	if len(streams) == 0 {
		return main, false
	}
	main, defaults := streams[0], 0
	for _, s := range streams {
		if isDefault(s) {
			if defaults++; defaults == 1 {
				main = s
			}
		}
	}
	if defaults != 1 {
		main = streams[0]
	}
	return main, true
}

// Caps is what the installed ffmpeg can do. The zero value can do nothing.
type Caps struct {
	// Version is ffmpeg's version text ("5.1.9-0+deb12u1").
	Version string
	// Encoders, Decoders, Demuxers, Muxers and Filters are the sets of ffmpeg's names.
	Encoders, Decoders, Demuxers, Muxers, Filters map[string]bool
	// FDKAAC is the path of an external fdkaac program, "" without one.
	FDKAAC string
	// Sandbox names how ffmpeg is confined: "bubblewrap", "namespaces" or "none".
	Sandbox string
}

// HEAAC tells whether something installed can write HE-AAC: an ffmpeg with
// libfdk_aac, or fdkaac.
func (c Caps) HEAAC() bool { return c.Encoders["libfdk_aac"] || c.FDKAAC != "" }

// Inspection is what reading a finished file from end to end found: the probe,
// and counts that no header can fake.
type Inspection struct {
	Probe Probe
	// VideoFrames and AudioPackets count the packets of the main streams.
	VideoFrames, AudioPackets int64
	// VideoDuration and AudioDuration run from the first packet of the stream
	// to the end of its last; 0 without such a stream.
	VideoDuration, AudioDuration time.Duration
}
