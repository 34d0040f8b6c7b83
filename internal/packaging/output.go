package packaging

import (
	"time"

	"github.com/reelastic/reelastic/internal/format/manifest"
	"github.com/reelastic/reelastic/internal/format/mpegts"
	"github.com/reelastic/reelastic/internal/media"
	"github.com/reelastic/reelastic/internal/transcode"
)

// output is an output as it is packaged. What its media is, and what playlists say of
// it, is filled in by the formats that it is for.
type output struct {
	index int
	spec  transcode.OutputSpec
	Output
	files Files

	// segments are where the media is cut; keyframes are the ranges of these, for playlists
	// of I-frames.
	segments, keyframes []manifest.Segment
	// divided are the segments of a transport stream, before any encryption.
	divided []mpegts.Segment
	// fragments is nil but for fragmented mp4.
	fragments *fragments
	// streams are those of a file for Smooth Streaming.
	streams []smoothStream
	// subtitles are captions with playlists of HLS, documents whole files for MPEG-DASH.
	subtitles, documents []captionFile
	// lists are the output's own playlists, target the target duration of these.
	lists  []list
	target int64
}

// list is a playlist of HLS that is written when its target duration is known.
type list struct {
	key  string
	text func(target int64) []byte
}

// list adds a playlist of the output's own.
func (o *output) list(key string, text func(target int64) []byte) {
	o.lists = append(o.lists, list{key, text})
}

// plain is a file of the output that is published as it is, media one that is encrypted
// as the output's media is.
func (o *output) plain(key, file string) Object {
	return Object{Key: key, File: file, Container: o.spec.Preset.Container, Encryption: o.spec.Encryption}
}

func (o *output) media(key, file string) Object {
	media := o.plain(key, file)
	media.cipher = o.Encryption.Media
	return media
}

// add lists a media file that will have so many bytes.
func (o *output) add(media Object, sizeBytes int64) {
	o.files.Media = append(o.files.Media, media)
	o.files.SizeBytes += sizeBytes
}

// hasVideo reports whether the output has frames beside or without audio.
func (o *output) hasVideo() bool { return o.Plan.Video != nil }

// frameRate is zero without video.
func (o *output) frameRate() media.Rational {
	if o.Plan.Video == nil {
		return media.Rational{}
	}
	return o.Plan.Video.FrameRate
}

// starts are the times at which segments begin.
func starts(segments []manifest.Segment) []time.Duration {
	all, at := make([]time.Duration, len(segments)), time.Duration(0)
	for i, s := range segments {
		all[i] = at
		at += s.Duration
	}
	return all
}
