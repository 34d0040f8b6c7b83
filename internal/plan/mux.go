package plan

import "github.com/reelastic/reelastic/internal/transcode"

// muxArgs name the container and the file. The list of an HLS output is only a
// source of durations; its streams begin at 10 s, so that captions have a
// timestamp to refer to that every output shares.
func (r *rendition) muxArgs() []string {
	switch {
	case r.List != "":
		return []string{"-f", "hls", "-hls_time", r.segmentSeconds, "-hls_list_size", "0",
			"-hls_playlist_type", "vod", "-start_number", "0", "-output_ts_offset", "10", "-muxdelay", "0",
			"-hls_segment_filename", r.File, r.List}
	case r.container == transcode.TS:
		return []string{"-f", "mpegts", r.File}
	}
	return []string{"-f", "mp4", "-movflags", "+faststart", r.File}
}
