package plan

import (
	"fmt"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Output is what one output of the job will be. The worker checks the results
// against it before anyone sees them.
type Output struct {
	// Index is the output's place in the job, from 0.
	Index int
	// Failure is set when the output can't be made from these inputs; the other
	// members are then zero.
	Failure *transcode.Failure
	// Warning is a StatusDetail for an output that will be Complete all the
	// same; "" for none.
	Warning string
	// Video and Audio are nil when the output has no such stream.
	Video *Video
	Audio *Audio
	// Parts are what is shown of each input, in order.
	Parts []Part
	// Subtitles is how many tracks of mov-text the file has, which come from the
	// files of [Output.SubtitleFile]; Carrier is what brings cea-708, nil without.
	Subtitles int
	Carrier   *Carrier
	// Duration is the expected length; 0 when it is not known in advance.
	Duration time.Duration
	// Estimated reports that Duration is only computed from a bit rate, Measured that it is
	// that of the packets of every input.
	Estimated, Measured bool
	// SourceFrames is about how many frames of the inputs are shown.
	SourceFrames float64
	// File is the media file.
	File string
	// List is ffmpeg's own list of a segmented ts output ("o1.m3u8"), never published,
	// which names the one File. "" otherwise.
	List string
	// Lead is how many seconds before it is shown the first frame of a segmented
	// output is decoded: the same for all outputs of the job. In fragmented mp4 it is
	// [Output.LeadFrames] at first, which may be a little longer.
	Lead media.Rational
	// Thumbnails is nil when none are asked for.
	Thumbnails *Thumbnails
	// Artwork is how many images an audio file carries.
	Artwork int
	// Effort is the estimated processor time, in seconds, of making the output by itself:
	// good for weighing the outputs of a job. Above 0, but for a failure.
	Effort float64
}

// warn adds a sentence to the warning, once.
func (o *Output) warn(sentence string) {
	if !strings.Contains(o.Warning, sentence) {
		o.Warning = strings.TrimSpace(o.Warning + " " + sentence)
	}
}

// Video is the expected video stream.
type Video struct {
	Codec     transcode.VideoCodec
	Size      media.Size
	FrameRate media.Rational
	// RFC6381 names the codec as playlists do, with no constraint flags ("avc1.4d001f"); "" for
	// what no playlist holds.
	RFC6381 string
	// Profile and Level are the H.264 profile_idc and level_idc (77, 31); zero for other codecs.
	Profile, Level int
	// Duration is the length of the source's video stream; 0 when it is not known.
	Duration time.Duration
	// Frames is how many frames there are; 0 when only decoding tells.
	Frames int64
	// Conversion is what was done to the colour matrix: [transcode.ConvertNone],
	// To601 or To709; "" when the preset does not ask.
	Conversion transcode.ColorConversion
	// Scan is [transcode.Progressive], TopFirst or BottomFirst.
	Scan transcode.Scan
	// probed is ffprobe's name of the codec; pixelFormat and profiles are what it may say of
	// the stream, "" and none where it says nothing of use.
	probed      string
	pixelFormat string
	profiles    []string
	// colours are what the stream must say of its colours; zero where it can't.
	colours colours
}

// Audio is the expected audio stream.
type Audio struct {
	Codec transcode.AudioCodec
	// RFC6381 names the codec as playlists do ("mp4a.40.2"); "" for what no playlist holds.
	RFC6381 string
	// Profile is AAC's, in the API's spelling; "" for other codecs.
	Profile    string
	SampleRate int
	// Channels is how many each track has.
	Channels int
	// Tracks is 1 but for packings with a track for each channel.
	Tracks int
	// BitDepth is bits per sample, of flac and pcm; 0 for other codecs.
	BitDepth int
	// Duration is how long the inputs' audio is; 0 when that is not known.
	Duration time.Duration
	// probed is ffprobe's name of the codec; looksStereo tells that it may take the one
	// channel for two.
	probed      string
	looksStereo bool
}

// Part is what an output shows of an input: from Start, counted from the input's
// first timestamp, for Length; 0 when that is not known.
type Part struct{ Start, Length time.Duration }

// SubtitleFile is the SRT file that the output's step reads for its track i of
// mov-text.
func (o Output) SubtitleFile(i int) string { return fmt.Sprintf("c%d_%d.srt", o.Index+1, i+1) }

// LeadFrames is the lead in whole frames: as many as cover it.
func (o Output) LeadFrames() int {
	if o.Lead.IsZero() {
		return 0
	}
	frames := o.Lead.Mul(o.Video.FrameRate)
	return int((frames.Num + frames.Den - 1) / frames.Den)
}

// LeadExcess is how much longer the lead in whole frames is.
func (o Output) LeadExcess() time.Duration {
	if o.Lead.IsZero() {
		return 0
	}
	seconds := whole(o.LeadFrames()).Div(o.Video.FrameRate)
	excess := media.NewRational(seconds.Num*o.Lead.Den-o.Lead.Num*seconds.Den, seconds.Den*o.Lead.Den)
	return time.Duration(excess.Mul(media.NewRational(int64(time.Second), 1)).RoundHalfUp())
}
