package plan

import (
	"slices"
	"strconv"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// muxers are ffmpeg's names of the containers with the flags that they need
// always. Mpg is written by the muxer for DVDs, since the plain one makes MPEG-1.
var muxers = map[transcode.Container][]string{
	transcode.MP4:  {"mp4", "-movflags", "+faststart"},
	transcode.TS:   {"mpegts"},
	transcode.WebM: {"webm"},
	transcode.MP3:  {"mp3", "-id3v2_version", "3", "-write_xing", "1"},
	transcode.MP2:  {"mp2"},
	transcode.FLAC: {"flac"},
	transcode.OGA:  {"oga"},
	transcode.OGG:  {"ogg"},
	transcode.MPG:  {"vob"},
	transcode.FLV:  {"flv", "-flvflags", "+add_keyframe_index"},
	transcode.GIF:  {"gif"},
	transcode.MXF:  {"mxf"},
	transcode.WAV:  {"wav", "-rf64", "auto"},
}

// oggArgs leave out packets without a byte: FLAC's encoder ends with one, for muxers
// that write the header again; in Ogg it would become a packet that holds no frame. Pages
// are short: players know the times of a page when they have all of it.
func (r *rendition) oggArgs() []string {
	return []string{"-bsf:a", "noise=drop=not(size)", "-page_duration", r.sound.encoder.oggPage()}
}

// muxArgs name the container and the file.
func (r *rendition) muxArgs() []string {
	if r.List != "" {
		return r.hlsArgs()
	}
	var args []string
	if !r.smooth {
		args = append([]string{"-f"}, muxers[r.container]...)
	}
	switch {
	case r.smooth:
		args = append(args, r.smoothArgs()...)
	case r.container == transcode.FMP4:
		args = append(args, r.fragmentArgs()...)
	case r.container == transcode.OGA || r.container == transcode.OGG:
		args = append(args, r.oggArgs()...)
	case r.container == transcode.MXF && r.Video != nil && !slices.Contains(mxfFrameRates, r.Video.FrameRate):
		args = append(args, "-strict", "unofficial")
	}
	return append(args, r.File)
}

// wholeFile is a segment duration in seconds that no output reaches.
const wholeFile = "10000000"

// hlsArgs are for a segmented ts output: one file, which packaging divides. It is
// written with a list of itself, as which several results are read back by one process.
// The streams begin at 10 s, so that captions have a timestamp to refer to that every
// output shares.
func (r *rendition) hlsArgs() []string {
	return []string{"-f", "hls", "-hls_time", wholeFile, "-hls_list_size", "0", "-hls_playlist_type", "vod", "-start_number", "0",
		"-output_ts_offset", "10", "-muxdelay", "0", "-hls_flags", "single_file", "-hls_segment_filename", r.File, r.List}
}

// soundFragment is the length of fragments without pictures, in microseconds. Where
// there are segments, the worker divides them anew: the muxer ends each one when it is
// long enough, so that they drift.
const soundFragment = "4000000"

// fragmentArgs make one file of fragments with an index of them before the
// first, which plays by itself and is what an on-demand MPEG-DASH presentation
// refers to (ISO/IEC 23009-1, 8.3): a fragment for each GOP. The header is
// written late, so that it can say what precedes the programme.
func (r *rendition) fragmentArgs() []string {
	if r.Video != nil {
		return append([]string{"mp4", "-movflags", "+dash+frag_keyframe+delay_moov+global_sidx"}, r.leadArgs()...)
	}
	return []string{"mp4", "-movflags", "+dash+delay_moov+global_sidx", "-frag_duration", soundFragment}
}

// smoothArgs make one file of fragments for Smooth Streaming, each of one track with
// its absolute time (MS-SSTR 2.2.4), and a list of them at the end. Fragments begin at
// the keyframes that are forced at multiples of the segments' length, which are less
// than a frame's length away from these. Sound that the encoder puts before the first
// instant is dropped, since times can't be negative.
func (r *rendition) smoothArgs() (args []string) {
	if r.sound != nil {
		args = append(args, "-bsf:a", `noise=drop=lt(pts\,0)`)
	}
	args = append(args, "-f", "ismv")
	if r.Video == nil {
		return append(args, "-frag_duration", microseconds(r.segment))
	}
	frame := media.NewRational(int64(time.Second), 1).Div(r.Video.FrameRate).Float()
	args = append(args, r.preloadArgs(r.reordered)...) // times of fragments tell no lead
	return append(args, "-movflags", "+frag_keyframe", "-min_frag_duration", microseconds(r.segment-time.Duration(frame)-time.Microsecond))
}

func microseconds(d time.Duration) string { return strconv.FormatInt(d.Microseconds(), 10) }

// mxfFrameRates are the rates of SMPTE 326M that files may have; for others the
// muxer must be told to go on.
var mxfFrameRates = []media.Rational{
	{Num: 24000, Den: 1001}, {Num: 24, Den: 1}, {Num: 25, Den: 1}, {Num: 30000, Den: 1001}, {Num: 30, Den: 1},
	{Num: 50, Den: 1}, {Num: 60000, Den: 1001}, {Num: 60, Den: 1},
}
