package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// Check compares a finished output with its plan; nil when it may be shown. It looks both
// ways: at what is missing and at what is too much, in each stream by itself. A result that
// is shorter than nine tenths of its input, or most of whose frames were damaged, comes from
// a damaged input (4007), since ffmpeg ends well on such files. Every other difference is a
// fault of the service (9000).
func Check(out Output, got media.Inspection) *transcode.Failure {
	if out.Failure != nil {
		return out.Failure
	}
	if share := out.Damaged(got); share >= mostDamaged {
		return transcode.DamagedInput(fmt.Sprintf("%.0f %% of its frames are damaged", 100*share))
	}
	checks := []func(Output, media.Inspection) *transcode.Failure{checkVideo, checkAudio, checkExtents, checkLength}
	for _, check := range checks {
		if f := check(out, got); f != nil {
			return f
		}
	}
	if n := len(got.Probe.Captions); n != out.Subtitles {
		return different(fmt.Sprintf("%d tracks of captions", n), fmt.Sprint(out.Subtitles))
	}
	return nil
}

const (
	// mostDamaged is the share of damaged frames from which on an input is of no use, and
	// toldDamaged the one from which on they are worth a word.
	mostDamaged = 0.5
	toldDamaged = 0.02
)

// Damaged is the share of the inputs' frames that were damaged in decoding, 0 to 1.
func (o Output) Damaged(got media.Inspection) float64 {
	if o.Video == nil || got.DamagedFrames == 0 {
		return 0
	}
	return min(1, float64(got.DamagedFrames)/max(1, o.SourceFrames))
}

func checkVideo(out Output, got media.Inspection) *transcode.Failure {
	want := out.Video
	v, ok := got.Probe.MainVideo()
	switch {
	case want == nil && !ok:
		return nil
	case want == nil:
		return different("a video stream", "none")
	case !ok || got.VideoFrames == 0:
		return transcode.DamagedInput("no picture came out of it")
	case v.Codec != want.probed:
		return different(v.Codec+" video", want.probed)
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
	transcode.Progressive: {"", "progressive"},
	transcode.TopFirst:    {"", "tt"},
	transcode.BottomFirst: {"", "bb"},
}

func checkAudio(out Output, got media.Inspection) *transcode.Failure {
	want, tracks := out.Audio, got.Probe.Audio
	switch {
	case want == nil && len(tracks) == 0:
		return nil
	case want == nil:
		return different("an audio stream", "none")
	case len(tracks) == 0 || slices.ContainsFunc(got.Audio, func(t media.Track) bool { return t.Packets == 0 }):
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
	switch {
	case a.Codec != want.probed:
		return different(a.Codec+" audio", want.probed)
	case a.SampleRate != want.SampleRate:
		return different(fmt.Sprintf("%d Hz", a.SampleRate), fmt.Sprintf("%d Hz", want.SampleRate))
	case want.looksStereo && a.Channels == 2:
		return nil
	case a.Channels != want.Channels:
		return different(fmt.Sprintf("%d audio channels", a.Channels), fmt.Sprint(want.Channels))
	}
	return nil
}

// checkLength compares lengths with those of the inputs. Where only the container makes a
// claim, the longest stream counts, since the claim is about that one. Claims shorter than
// the result are common and harmless; an estimate is no claim.
func checkLength(out Output, got media.Inspection) *transcode.Failure {
	for _, s := range shortfalls(out, got) {
		if s.have < s.want*9/10 {
			return transcode.DamagedInput(s.String())
		}
	}
	return nil
}

// shortfall is a stream that is shorter than its input's.
type shortfall struct{ want, have time.Duration }

func (s shortfall) String() string {
	return fmt.Sprintf("%s of %s could be decoded", s.have.Round(time.Millisecond), s.want.Round(time.Millisecond))
}

// shortfalls are the streams of a result that are shorter than the inputs' are, or claim to be.
func shortfalls(out Output, got media.Inspection) (all []shortfall) {
	add := func(want, have time.Duration) {
		if want-have > tolerance(want) {
			all = append(all, shortfall{want, have})
		}
	}
	switch {
	case out.Estimated:
		return nil
	case out.Video != nil && out.Video.Duration > 0:
		add(out.Video.Duration, got.VideoDuration)
	default:
		add(out.Duration, max(got.VideoDuration, got.AudioDuration()))
	}
	if out.Audio != nil {
		for _, track := range got.Audio {
			add(out.Audio.Duration, track.Duration)
		}
	}
	return all
}

// Remark is the StatusDetail of an output that [Check] has passed: the plan's
// warning, or that a little of the input was lost; "" when there is nothing to say.
func Remark(out Output, got media.Inspection) string {
	if out.Warning != "" {
		return out.Warning
	}
	if short := shortfalls(out, got); len(short) > 0 {
		return fmt.Sprintf("The input file seems to be damaged: %s, and the output is that much shorter.", short[0])
	}
	if share := out.Damaged(got); share > toldDamaged {
		return fmt.Sprintf("The input file seems to be damaged: %.0f %% of its frames are.", 100*share)
	}
	return ""
}
