package plan

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/reelastic/reelastic/internal/media"
)

// demuxers are the formats that may be read: media in one file. Left out are
// all that name other files or addresses, such as playlists.
var demuxers = []string{"mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "mpegts", "mpeg",
	"mpegvideo", "flv", "asf", "mxf", "mxf_opatom", "ogg", "wav", "w64", "mp3", "aac", "flac", "gif", "amr", "ac3",
	"eac3"}

// MaxPixels is the largest frame that is ever decoded, 8192 × 4320.
const MaxPixels = 8192 * 4320

// Of a file whose header does not describe its streams so much is read for the first
// packets of each, in bytes and in microseconds: a track may begin late, and ffmpeg's own
// bounds of 5 MB and a few seconds pass over it. It is kept in memory meanwhile.
const (
	analyzedBytes = "100000000"
	analyzedTime  = "120000000"
)

// AnalysisArgs make ffmpeg and ffprobe find streams that begin late.
func AnalysisArgs() []string {
	return []string{"-probesize", analyzedBytes, "-analyzeduration", analyzedTime}
}

// LateArgs take the place of [AnalysisArgs], behind them, for a file in which a stream is
// only known after so many bytes.
func LateArgs(bytes int64) []string {
	const day = "86400000000" // microseconds
	return []string{"-probesize", strconv.FormatInt(bytes, 10), "-analyzeduration", day}
}

// SafetyArgs are the options that stand before every input, of ffmpeg and of
// ffprobe alike: local files only, known formats only, no frame beyond
// [MaxPixels]; and those of [AnalysisArgs].
func SafetyArgs() []string {
	return append([]string{"-protocol_whitelist", "file", "-format_whitelist", strings.Join(demuxers, ","),
		"-max_pixels", strconv.Itoa(MaxPixels)}, AnalysisArgs()...)
}

// openArgs are the options that read a part of a source.
func openArgs(p media.Probe, e excerpt) []string {
	args := SafetyArgs()
	if p.LateBytes > 0 {
		args = append(args, LateArgs(p.LateBytes)...)
	}
	if p.Demuxer != "" {
		args = append(args, "-f", p.Demuxer)
	}
	if p.LongPauses {
		args = append(args, "-dts_delta_threshold", "100000") // as good as never
	}
	if p.Priming != 0 {
		args = append(args, "-itsoffset", secondsText(-p.Priming))
	}
	return append(args, e.args(p)...)
}

// timedStream is a stream by its number in the file, and when it begins.
type timedStream struct {
	index int
	start time.Duration
	video bool
}

// together are the streams of a source of which the earliest is its beginning, that first.
func together(p media.Probe) (all []timedStream) {
	if !p.BeginsAnywhere() {
		return nil
	}
	if v, ok := p.MainVideo(); ok {
		all = append(all, timedStream{v.Index, v.Start, true})
	}
	for _, a := range p.Audio {
		all = append(all, timedStream{a.Index, a.Start, false})
	}
	slices.SortStableFunc(all, func(a, b timedStream) int { return cmp.Compare(a.start, b.start) })
	return all
}

// withThreads adds the number of a decoder's threads to the options of [openArgs].
func withThreads(open []string, threads int) []string {
	safety := len(SafetyArgs())
	args := append(open[:safety:safety], "-threads", strconv.Itoa(threads))
	return append(args, open[safety:]...)
}

// imageInput reads a PNG file that is our own.
func imageInput(file string) []string {
	return ownInput("png_pipe", "-f", "png_pipe", "-i", "file:"+file)
}

// ownInput reads a file of one format that is our own.
func ownInput(format string, args ...string) []string {
	return append([]string{"-protocol_whitelist", "file", "-format_whitelist", format}, args...)
}

// bareArgs keep the source's tags, chapters and data out of every file.
var bareArgs = []string{"-map_metadata", "-1", "-map_chapters", "-1", "-dn"}

// intermediateArgs encode frames that will be encoded again: fast, and with
// a quantizer that leaves no difference to be seen.
func intermediateArgs(format string, threads int) []string {
	encoder := "libx264"
	if format == "rgb24" {
		encoder = "libx264rgb"
	}
	return []string{"-c:v", encoder, "-preset", "ultrafast", "-crf", "8", "-pix_fmt", format,
		"-threads", strconv.Itoa(threads)}
}
