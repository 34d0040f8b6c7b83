package media

import "time"

// Probe is what ffprobe found in one file, reduced to what planning needs and
// made safe: missing, absurd and contradictory fields of real files are already
// resolved (see each field).
type Probe struct {
	// Demuxer is the ffmpeg demuxer to force with -f when the file is read
	// again: the first name of ffprobe's format_name ("mov", "matroska", "mpegts").
	Demuxer string
	// File is the file in the step's folder that is read in place of the input's own; ""
	// for that one.
	File string
	// Score is ffprobe's probe_score, 0 to 100; 25 or 26 is a guess.
	Score int
	// Start is the container's first timestamp, which ffmpeg counts from; Priming is what
	// decoders drop of the stream that begins with it. All times of the API count from the
	// sum of both, where the presentation begins.
	Start, Priming time.Duration
	// Duration is how long the longest stream lasts where Measured is set, else the
	// container's claim, which is a hint; 0 when it makes none.
	Duration time.Duration
	// Measured reports that the file was read from end to end: the lengths and starts of all
	// streams are then those of their packets, whatever the headers claim.
	Measured bool
	// Resets are where the clock of the file is set anew, in the order of the file; none
	// where it goes on, and in formats in which that is not looked for.
	Resets []Reset
	// LongPauses reports that a stream pauses for longer than ffmpeg believes, or lies so far
	// behind another one in the file: it would take the next time for that of a clock set anew.
	LongPauses bool
	// LateBytes is how much of the file has to be read until all streams are known, where that
	// is more than usual; 0 otherwise.
	LateBytes int64
	// Protected names the scheme by which the streams are encrypted ("cenc"); "" for none.
	Protected string
	// SizeBytes is the size of the file.
	SizeBytes int64
	// BitRate is the container's overall rate, 0 when unknown.
	BitRate BitRate
	// Video and Audio list the usable streams in file order; attached images,
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
	// Artwork are the attached images (album art), in file order.
	Artwork []Artwork
	// StillImage reports that the file is an image (png, jpg), not media.
	StillImage bool
}

// Reset is what to add to the times in a file, from a place on, so that they go on.
type Reset struct {
	// ID is that of the stream (in a transport stream its PID), 0 for all that have no resets
	// of their own.
	ID int
	// Pos is the place in the file, in bytes.
	Pos   int64
	Shift time.Duration
	// Lift is what to add beside that to times of decoding alone.
	Lift time.Duration
}

// Hint is what a job says of an input beside its bytes.
type Hint struct {
	// Container is the job's word for the container, "" or "auto" for none.
	Container string
	// Extension is the end of the object's key without the dot ("mp3"), "" without one. It
	// counts only where the content leaves a doubt.
	Extension string
}

// Artwork is an image that is attached to a file.
type Artwork struct {
	// Index is the stream's number in the file.
	Index int
	// Codec is ffmpeg's decoder name ("mjpeg", "png"), "" when it knows none.
	Codec string
	// Size is zero when the image can't be read.
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
	// Programme is the number of its programme in a transport stream, 0 for none.
	Programme int
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
	// Mirrored reports that the display matrix also reflects.
	Mirrored bool
	// FrameRate is the average rate in frames per second, always above 0 and at most 240.
	FrameRate Rational
	// BaseRate is the rate of the most frequent distance of frames where it is higher than
	// the average, as in recordings with pauses; zero otherwise.
	BaseRate Rational
	// Constant reports that frames are evenly spaced, but for roundings.
	Constant bool
	// LongestGap is the longest distance of two frames; 0 when it was not measured.
	LongestGap time.Duration
	// Frames is the container's count of frames; 0 when it makes none.
	Frames int64
	// Duration is the stream's own length; 0 when it is not known.
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

// Interlaced reports whether the stream is flagged as interlaced.
func (v VideoStream) Interlaced() bool {
	switch v.FieldOrder {
	case "tt", "bb", "tb", "bt":
		return true
	}
	return false
}

// AudioStream is one usable audio stream.
type AudioStream struct {
	// Index is the stream's number in the file, Programme as in [VideoStream].
	Index, Programme int
	// Codec is ffmpeg's decoder name, Profile its profile text.
	Codec, Profile string
	// SampleRate is in Hz.
	SampleRate int
	// Channels is 1 or more; Layout is ffmpeg's layout name, "" when unknown.
	Channels int
	Layout   string
	// Joints reports that its blocks follow each other but for a few places, where they lie
	// over each other or leave a gap, as where recordings were joined.
	Joints bool
	// LongestGap is the longest distance of the beginnings of two blocks; 0 when it was not measured.
	LongestGap time.Duration
	// Duration, Start and BitRate are as in [VideoStream].
	Duration, Start time.Duration
	BitRate         BitRate
	// Default is the default disposition.
	Default bool
}

// Origin is where the presentation begins, on the clock of the file's timestamps.
func (p Probe) Origin() time.Duration { return p.Start + p.Priming }

// BeginsAnywhere reports whether the format's clock may begin anywhere, and be set anew. Of such
// files ffmpeg takes the first time of the streams that a run reads for the beginning.
func (p Probe) BeginsAnywhere() bool {
	return p.Demuxer == "mpegts" || p.Demuxer == "mpeg" || p.Demuxer == "ogg"
}

// VideoEnd and AudioEnd are when the main streams end, counted from the origin; 0 when
// that is not known, or without such a stream.
func (p Probe) VideoEnd() time.Duration {
	v, ok := p.MainVideo()
	if !ok || v.Duration <= 0 {
		return 0
	}
	return max(0, v.Start+v.Duration-p.Origin())
}

// AudioEnd is documented at [Probe.VideoEnd].
func (p Probe) AudioEnd() time.Duration {
	a, ok := p.MainAudio()
	if !ok || a.Duration <= 0 {
		return 0
	}
	return max(0, a.Start+a.Duration-p.Origin())
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

// Inspection is what reading a finished file from end to end found: the probe,
// and counts that no header can fake.
type Inspection struct {
	Probe Probe
	// VideoFrames counts the packets of the main video stream; VideoStart is the time of
	// its first, VideoDuration runs from there to the end of its last. 0 without.
	VideoFrames               int64
	VideoStart, VideoDuration time.Duration
	// Audio has an element for each audio stream of the probe.
	Audio []Track
	// DamagedFrames counts the frames of the inputs that ffmpeg reported as damaged while it
	// made the file.
	DamagedFrames int64
	// ListDuration is the sum of the segments' durations that ffmpeg's list states, 0
	// without a list.
	ListDuration time.Duration
}

// Track is the extent of an audio stream: what is heard of it, without the samples that
// decoders are told to drop.
type Track struct {
	Packets int64
	// Start is when the first sample is heard, Duration runs from there to the end.
	Start, Duration time.Duration
	// Covered is the sum of the packets' durations, with what is dropped.
	Covered time.Duration
}

// AudioDuration is how long the first audio stream is heard; 0 without one.
func (i Inspection) AudioDuration() time.Duration {
	if len(i.Audio) == 0 {
		return 0
	}
	return i.Audio[0].Duration
}
