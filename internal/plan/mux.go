package plan

import (
	"slices"
	"time"

	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// muxers are ffmpeg's names of the containers with the flags that they need
// always. Mpg is written by the muxer for DVDs, since the plain one makes MPEG-1.
var muxers = map[transcode.Container][]string{
	transcode.MP4:  {"mp4", "-movflags", "+faststart"},
	transcode.FMP4: {"mp4"},
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

// muxArgs name the container and the file.
func muxArgs(r *rendition) []string {
	switch {
	case r.List != "":
		return hlsArgs(r)
	case r.smooth:
		return append(smoothArgs(r), r.File)
	}
	args := append([]string{"-f"}, muxers[r.container]...)
	switch r.container {
	case transcode.FMP4:
		args = append(args, fragmentArgs(r)...)
	case transcode.OGA, transcode.OGG:
		args = append(args, oggArgs(r)...)
	case transcode.MXF:
		args = append(args, mxfArgs(r)...)
	}
	return append(args, r.File)
}

// oggArgs leave out packets without a byte: FLAC's encoder ends with one, for muxers
// that write the header again; in Ogg it would become a packet that holds no frame. Pages
// are short: players know the times of a page when they have all of it.
func oggArgs(r *rendition) []string {
	return []string{"-bsf:a", "noise=drop=not(size)", "-page_duration", r.audio.encoder.oggPage()}
}

// mxfFrameRates are the rates of SMPTE 326M that files may have.
var mxfFrameRates = []media.Rational{
	{Num: 24000, Den: 1001}, {Num: 24, Den: 1}, {Num: 25, Den: 1}, {Num: 30000, Den: 1001}, {Num: 30, Den: 1},
	{Num: 50, Den: 1}, {Num: 60000, Den: 1001}, {Num: 60, Den: 1},
}

// mxfArgs tell the muxer to go on with other frame rates.
func mxfArgs(r *rendition) []string {
	if slices.Contains(mxfFrameRates, r.Video.FrameRate) {
		return nil
	}
	return []string{"-strict", "unofficial"}
}

// wholeFile is a segment duration in seconds that no output reaches.
const wholeFile = "10000000"

// hlsArgs are for a segmented ts output: one file, which packaging divides. It is
// written with a list of itself, as which several results are read back by one process.
// The streams begin at 10 s, so that captions have a timestamp to refer to that every
// output shares.
func hlsArgs(r *rendition) []string {
	return []string{"-f", "hls", "-hls_time", wholeFile, "-hls_list_size", "0", "-hls_playlist_type", "vod",
		"-start_number", "0", "-output_ts_offset", "10", "-muxdelay", "0", "-hls_flags", "single_file",
		"-hls_segment_filename", r.File, r.List}
}

// audioFragment is the length of fragments without video, in microseconds. Where
// there are segments, the worker divides them anew: the muxer ends each one when it is
// long enough, so that they drift.
const audioFragment = "4000000"

// fragmentArgs make one file of fragments with an index of them before the
// first, which plays by itself and is what an on-demand MPEG-DASH presentation
// refers to (ISO/IEC 23009-1, 8.3): a fragment for each GOP. The header is
// written late, so that it can say what precedes the programme.
func fragmentArgs(r *rendition) []string {
	if r.Video != nil {
		fragments := []string{"-movflags", "+dash+frag_keyframe+delay_moov+global_sidx"}
		return append(fragments, preloadArgs(r, r.LeadFrames())...)
	}
	return []string{"-movflags", "+dash+delay_moov+global_sidx", "-frag_duration", audioFragment}
}

// smoothArgs make one file of fragments for Smooth Streaming, each of one track with
// its absolute time (MS-SSTR 2.2.4), and a list of them at the end. Fragments begin at
// the keyframes that are forced at multiples of the segments' length, which are less
// than a frame's length away from these. Audio that the encoder puts before the first
// instant is dropped, since times can't be negative.
func smoothArgs(r *rendition) (args []string) {
	if r.audio != nil {
		args = append(args, "-bsf:a", `noise=drop=lt(pts\,0)`)
	}
	args = append(args, "-f", "ismv")
	if r.Video == nil {
		return append(args, "-frag_duration", microseconds(r.segment))
	}
	frame := time.Duration(media.NewRational(int64(time.Second), 1).Div(r.Video.FrameRate).Float())
	shortest := r.segment - frame - time.Microsecond
	args = append(args, preloadArgs(r, r.video.reordered)...) // times of fragments tell no lead
	return append(args, "-movflags", "+frag_keyframe", "-min_frag_duration", microseconds(shortest))
}
