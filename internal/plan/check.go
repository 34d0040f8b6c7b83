package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Check compares a finished output with its plan; nil when it may be shown. A
// result that is shorter than nine tenths of what the input claims comes from a
// damaged input (4007), since ffmpeg ends well on a file that was cut off. Every
// other difference is a fault of the service (9000).
func Check(out Output, got media.Inspection) *transcode.Failure {
	if out.Failure != nil {
		return out.Failure
	}
	if f := checkVideo(out.Video, got); f != nil {
		return f
	}
	if f := checkAudio(out.Audio, got); f != nil {
		return f
	}
	if n := len(got.Probe.Captions); n != out.Subtitles {
		return different(fmt.Sprintf("%d tracks of captions", n), fmt.Sprint(out.Subtitles))
	}
	return checkLength(out, got)
}

func checkVideo(want *Video, got media.Inspection) *transcode.Failure {
	v, ok := got.Probe.MainVideo()
	switch {
	case want == nil && !ok:
		return nil
	case want == nil:
		return different("a video stream", "none")
	case !ok || got.VideoFrames == 0:
		return transcode.DamagedInput("no picture came out of it")
	case v.Codec != codecNames[want.Codec]:
		return different(v.Codec+" video", codecNames[want.Codec])
	case v.Coded != want.Size:
		return different("a picture of "+v.Coded.String(), want.Size.String())
	case v.Rotation != 0 || v.Mirrored:
		return different("a picture that asks to be turned", "one that stands upright")
	}
	if f := checkStream(*want, v); f != nil {
		return f
	}
	if f := checkColours(*want, v); f != nil {
		return f
	}
	span := time.Duration(float64(got.VideoFrames) / want.FrameRate.Float() * float64(time.Second))
	if off := (span - got.VideoDuration).Abs(); off > tolerance(span) {
		return different(fmt.Sprintf("%d frames over %s", got.VideoFrames, got.VideoDuration.Round(time.Millisecond)),
			want.FrameRate.String()+" frames per second")
	}
	return nil
}

// checkStream compares what the headers of the stream say, as far as they do.
func checkStream(want Video, v media.VideoStream) *transcode.Failure {
	format := strings.Replace(v.PixFmt, "yuvj", "yuv", 1) // a full range stands in the tags as well
	switch {
	case v.PixFmt != "" && want.pixelFormat != "" && format != want.pixelFormat:
		return different("the pixel format "+v.PixFmt, want.pixelFormat)
	case v.Profile != "" && len(want.profiles) > 0 && !slices.Contains(want.profiles, v.Profile):
		return different("the profile "+v.Profile, want.profiles[0])
	case v.Level > 0 && want.Level > 0 && v.Level != want.Level:
		return different(fmt.Sprintf("the level %d", v.Level), fmt.Sprint(want.Level))
	case !slices.Contains(fieldOrders[want.Scan], v.FieldOrder):
		return different(fmt.Sprintf("the field order %q", v.FieldOrder), string(want.Scan))
	}
	return nil
}

// fieldOrders are ffprobe's words for a scan; the second letter is the order in
// which the fields are shown, "" is not known: lists of segments do not tell.
var fieldOrders = map[transcode.Scan][]string{
	"":                    {"", "progressive"},
	transcode.Progressive: {"", "progressive"},
	transcode.TopFirst:    {"", "tt"},
	transcode.BottomFirst: {"", "bb"},
}

func checkAudio(want *Audio, got media.Inspection) *transcode.Failure {
	tracks := got.Probe.Audio
	switch {
	case want == nil && len(tracks) == 0:
		return nil
	case want == nil:
		return different("an audio stream", "none")
	case len(tracks) == 0 || got.AudioPackets == 0:
		return transcode.DamagedInput("no sound came out of it")
	case len(tracks) != want.Tracks:
		return different(fmt.Sprintf("%d audio tracks", len(tracks)), fmt.Sprint(want.Tracks))
	}
	for _, a := range tracks {
		if f := checkTrack(*want, a); f != nil {
			return f
		}
	}
	return nil
}

func checkTrack(want Audio, a media.AudioStream) *transcode.Failure {
	codec := soundNames[want.Codec]
	if want.Codec == transcode.PCM {
		codec = pcmNames[want.BitDepth]
	}
	switch {
	case a.Codec != codec:
		return different(a.Codec+" audio", codec)
	case a.SampleRate != want.SampleRate:
		return different(fmt.Sprintf("%d Hz", a.SampleRate), fmt.Sprintf("%d Hz", want.SampleRate))
	case want.Profile == heAAC && want.Channels == 1 && a.Channels == 2:
		// Mono HE-AAC might turn out to be parametric stereo, so ffprobe says two.
		return nil
	case a.Channels != want.Channels:
		return different(fmt.Sprintf("%d audio channels", a.Channels), fmt.Sprint(want.Channels))
	}
	return nil
}

// checkLength compares lengths. The video is held to its own stream's claim.
// Where only the container makes a claim, the longest stream counts, since the
// claim is about that one. Claims shorter than the result are common and
// harmless; an estimate is no claim.
func checkLength(out Output, got media.Inspection) *transcode.Failure {
	want, have, short := shortfall(out, got)
	if short && have < want*9/10 {
		return transcode.DamagedInput(fmt.Sprintf("%s of %s could be decoded",
			have.Round(time.Millisecond), want.Round(time.Millisecond)))
	}
	return nil
}

// shortfall tells whether a result is shorter than the input claims.
func shortfall(out Output, got media.Inspection) (want, have time.Duration, short bool) {
	if out.Estimated {
		return 0, 0, false
	}
	want, have = out.Duration, max(got.VideoDuration, got.AudioDuration)
	if out.Video != nil && out.Video.Duration > 0 {
		want, have = out.Video.Duration, got.VideoDuration
	}
	return want, have, want-have > tolerance(want)
}

// Remark is the StatusDetail of an output that [Check] has passed: the plan's
// warning, or that a little of the input was lost; "" when there is nothing to say.
func Remark(out Output, got media.Inspection) string {
	want, have, short := shortfall(out, got)
	if out.Warning != "" || !short {
		return out.Warning
	}
	return fmt.Sprintf("The input file seems to be damaged: %s of %s could be decoded, and the output is that much shorter.",
		have.Round(time.Millisecond), want.Round(time.Millisecond))
}

// tolerance is how far a length may be off: half a second or two percent.
func tolerance(length time.Duration) time.Duration { return max(500*time.Millisecond, length/50) }

func different(got, want string) *transcode.Failure {
	return transcode.Internal(fmt.Sprintf("The result has %s; %s was planned.", got, want))
}
